package engine

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mdlayher/arp"
	"go.uber.org/zap/zaptest/observer"

	"holdfast/config"
	"holdfast/internal/conformance"
	"holdfast/internal/super"
	"holdfast/test/lab"
)

// onVMACs puts all addresses of an instance on virtual MAC interfaces.
func onVMACs(i config.Instance) config.Instance {
	for _, list := range [][]config.Address{i.VIPs, i.ExcludedVIPs} {
		for n := range list {
			list[n].VMAC = true
		}
	}
	return i
}

// routed is an instance with an address on each of eth0 and eth1 and IPv6 on eth0, all with
// the virtual MAC.
func routed() config.Instance {
	i := v3(instance("VI_1", 51, 100, "192.168.1.150/24", "192.168.2.150/24"), tenth)
	i.VIPs[1].Dev, i.VIPs[1].DevGiven = "eth1", true
	i.ExcludedVIPs = vips(six)
	return onVMACs(i)
}

// router is a host with a second interface.
func (n *network) router() *box {
	n.Helper()
	a := n.box("a", "192.168.1.151/24")
	must(n.TB, a.AddLink("eth1", nil, nil))
	must(n.TB, a.AddAddr("eth1", netip.MustParsePrefix("192.168.2.151/24")))
	return a
}

func (b *box) run(name string, args ...string) string {
	b.t.Helper()
	out, err := b.Run(name, args...)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// macvlans describes the macvlans of a host and their settings.
func (b *box) macvlans() string {
	b.t.Helper()
	out := b.run("ip", "-o", "-d", "link", "show", "type", "macvlan")
	var all []string
	for line := range strings.Lines(out) {
		text := vmacLine.FindStringSubmatch(line)
		if text == nil {
			b.t.Fatalf("unexpected line %q", line)
		}
		all = append(all, strings.Join(text[1:], " ")+"\n")
		settings := []string{"ipv4/conf/%s/arp_ignore", "ipv4/conf/%s/accept_local", "ipv4/conf/%s/promote_secondaries", "ipv6/conf/%s/disable_ipv6"}
		if !strings.Contains(line, " 00:00:5e:00:02:") { // a filter of IPv4 makes no difference to IPv6
			settings = append(settings, "ipv4/conf/%s/rp_filter")
		}
		for _, path := range settings {
			all = append(all, b.run("sh", "-c", "cd /proc/sys/net && grep -H . "+fmt.Sprintf(path, text[1])))
		}
	}
	return strings.Join(all, "")
}

// vmacLine takes a line of `ip -o -d link` apart.
var vmacLine = regexp.MustCompile(`^\d+: (\S+)@(\S+): (<.*UP.*>) mtu (\d+) .* link/ether (\S+) brd ff:ff:ff:ff:ff:ff .* macvlan mode (\S+) .* addrgenmode (\S+)`)

// parents are the settings of the interfaces below and of the host.
func (b *box) parents() string {
	b.t.Helper()
	return b.run("bash", "-c", "cd /proc/sys/net/ipv4/conf && grep . {all,default,lo,eth0,eth1,eth1p}/{rp_filter,arp_filter,arp_ignore}")
}

// addressesOf is what an interface has of a family, as `ip` prints it, without link-local
// addresses.
func (b *box) addressesOf(dev string) string {
	b.t.Helper()
	var list []string
	for _, w := range strings.Fields(b.run("ip", "-br", "addr", "show", "dev", dev))[2:] {
		if !strings.HasPrefix(w, "fe80:") {
			list = append(list, w)
		}
	}
	return strings.Join(list, " ")
}

func (b *box) eventuallyOn(dev, want string) {
	b.t.Helper()
	if err := lab.Eventually(soon, b.Name+" to have "+want+" on "+dev, func() (bool, string) {
		if out, err := b.Run("ip", "link", "show", "dev", dev); err != nil {
			return false, out
		}
		got := b.addressesOf(dev)
		return got == want, got
	}); err != nil {
		b.t.Fatal(err)
	}
}

// What is made is what keepalived makes, while it is backup and while it is master, with a
// filter that has to be moved, and nothing is left of it.
func TestSemantics3_13_VMACIsThatOfKeepalived(t *testing.T) {
	conformance.Shows(t, "R27", "R64")
	conformance.Refuses(t, "R64")
	t.Parallel()
	var seen [2]string
	for at, kind := range []string{"keepalived", "engine"} {
		t.Run(kind, func(t *testing.T) {
			n := newNetwork(t)
			a := n.router()
			for path, value := range map[string]string{"all": "1", "eth1": "2", "default": "0"} {
				must(t, a.Sysctl("net/ipv4/conf/"+path+"/rp_filter", value))
			}
			before := a.parents()
			i := routed()
			i.AdvertInt = time.Second // long enough a backup
			startAs(a, kind, i)
			backup := a.macvlans()
			a.log(0, "Entering MASTER STATE")
			for dev, want := range map[string]string{"vrrp.51": "192.168.1.150/24", "vrrp1.51": "192.168.2.150/24", "vrrp6.51": six} {
				a.eventuallyOn(dev, want)
			}
			seen[at] = backup + a.macvlans() + a.parents()
			mark := a.proc.LogSize()
			if code := a.stop(); code != 0 {
				t.Errorf("exit status %d", code)
			}
			for _, name := range []string{"vrrp.51", "vrrp1.51", "vrrp6.51"} {
				a.log(0, "(VI_1): Success creating VMAC interface "+name)
				a.log(mark, "(VI_1) Success removing VMAC interface "+name)
			}
			if left := a.macvlans(); left != "" {
				t.Errorf("left behind: %s", left)
			}
			if d := cmp.Diff(before, a.parents()); d != "" && kind == "engine" {
				t.Errorf("settings (-before +after):\n%s", d)
			}
		})
	}
	if d := cmp.Diff(seen[0], seen[1]); d != "" {
		t.Errorf("(-keepalived +engine):\n%s", d)
	}
}

// Whoever is master, of the two programs, the address is at the same hardware address.
func TestVirtualMACStaysWithTheAddress(t *testing.T) {
	conformance.Shows(t, "R37", "R42")
	t.Parallel()
	lab.Judge(t, virtualMACStaysWithTheAddress)
}

func virtualMACStaysWithTheAddress(t *lab.Trial) {
	n := newNetwork(t)
	high, low, x := n.box("high", highAddr+"/24"), n.box("low", lowAddr+"/24"), n.box("x", "192.168.1.160/24")
	gateway := netip.MustParseAddr("192.168.1.150")
	const mac = "00:00:5e:00:01:33"
	answers := func(who *box) {
		t.Helper()
		who.eventuallyOn("vrrp.51", "192.168.1.150/24")
		if err := lab.Eventually(soon, "an ARP reply from "+who.Name, func() (bool, string) {
			got, err := x.resolve(gateway)
			return err == nil && got == mac, fmt.Sprint(got, err)
		}); err != nil {
			t.Fatal(err)
		}
	}
	startAs(low, "engine", onVMACs(v3(instance("VI_1", 51, 100, "192.168.1.150/24"), tenth)))
	answers(low)
	must(t, x.Ping(gateway, soon))
	startAs(high, "keepalived", onVMACs(v3(instance("VI_1", 51, 150, "192.168.1.150/24"), tenth)))
	answers(high)
	low.eventuallyOn("vrrp.51", "")
	start := time.Now()
	must(t, high.proc.KillTree())
	high.run("ip", "link", "del", "vrrp.51") // what it leaves would answer as well
	answers(low)
	if err := lab.Eventually(soon, "gratuitous ARP", func() (bool, string) {
		list := n.cap.GARPs(gateway, start)
		return len(list) >= 5, fmt.Sprint(list)
	}); err != nil {
		t.Fatal(err)
	}
	for _, g := range n.cap.GARPs(gateway, start) {
		if g.MAC != mac {
			t.Errorf("announced from %s", g.MAC)
		}
	}
}

// resolve asks by ARP for an address, past the kernel's own table.
func (b *box) resolve(addr netip.Addr) (mac string, err error) {
	err = b.Do(func() error {
		ifi, err := net.InterfaceByName("eth0")
		if err != nil {
			return err
		}
		c, err := arp.Dial(ifi)
		if err != nil {
			return err
		}
		defer c.Close()
		if err := c.SetDeadline(time.Now().Add(time.Second)); err != nil {
			return err
		}
		hw, err := c.Resolve(addr)
		mac = hw.String()
		return err
	})
	return mac, err
}

// fast is an instance with addresses of both families on a virtual MAC that is master soon.
func fast() config.Instance {
	i := v3(instance("VI_1", 51, 100, "192.168.1.150/24"), tenth)
	i.ExcludedVIPs = vips(six)
	return onVMACs(i)
}

func TestVMACThatSomebodyRemovesComesBack(t *testing.T) {
	t.Parallel()
	lab.Judge(t, vmacThatSomebodyRemovesComesBack)
}

func vmacThatSomebodyRemovesComesBack(t *lab.Trial) {
	n, a := master(t, fast())
	a.eventuallyOn("vrrp.51", "192.168.1.150/24")
	a.eventuallyOn("vrrp6.51", six)
	for range 2 {
		mark, start := a.proc.LogSize(), time.Now()
		must(t, a.DelLink("vrrp.51"))
		a.eventuallyOn("vrrp.51", "192.168.1.150/24")
		a.log(mark, "(VI_1) restored VMAC interface vrrp.51 on eth0")
		if err := lab.Eventually(soon, "gratuitous ARP", func() (bool, string) {
			list := n.cap.GARPs(netip.MustParseAddr("192.168.1.150"), start)
			return len(list) >= 5 && list[0].MAC == "00:00:5e:00:01:33", fmt.Sprint(list)
		}); err != nil {
			t.Fatal(err)
		}
	}
	mark := a.proc.LogSize()
	must(t, a.SetLink("vrrp6.51", false)) // IPv6 addresses go with it
	a.log(mark, "(VI_1) restored VMAC interface vrrp6.51 on eth0")
	a.eventuallyOn("vrrp6.51", six)
	a.run("ip", "link", "set", "vrrp.51", "down")
	a.run("ip", "link", "set", "vrrp.51", "name", "taken")
	a.eventuallyOn("taken", "192.168.1.150/24")
	if got := strings.Count(a.proc.Log(), "Entering"); got != 2 {
		t.Errorf("%d transitions, want BACKUP and MASTER only", got)
	}
	if code := a.stop(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	if left := a.macvlans(); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

// A virtual MAC interface that cannot be made means FAULT, as does one whose parent has no
// carrier; when it can be made after all it is.
func TestSemantics3_13_FaultWithoutTheVMAC(t *testing.T) {
	t.Parallel()
	var seen [2]string
	for at, kind := range []string{"keepalived", "engine"} {
		t.Run(kind, func(t *testing.T) {
			n := newNetwork(t)
			a := n.router()
			a.run("ip", "link", "add", "br0", "type", "bridge")
			a.run("ip", "link", "set", "eth1", "master", "br0") // a port takes no macvlan
			i := routed()
			i.VIPs[1].Dev, i.VIPs[1].DevGiven = "eth1", true
			if kind == "engine" {
				a.engine(i)
			} else {
				var err error
				path, err := a.WriteFile("keepalived.conf", kaInstance(i))
				must(t, err)
				a.proc, err = a.Start("keepalived", "keepalived", "-n", "-l", "-D", "-P", "-f", path, "-p", a.Dir+"/p", "-r", a.Dir+"/v")
				must(t, err)
			}
			seen[at] = a.log(0, "entering FAULT state (interface vrrp")
			seen[at] = seen[at][strings.Index(seen[at], "(VI_1)"):]
			if kind == "keepalived" {
				return
			}
			a.log(0, "create VMAC vrrp1.51 on eth1: device or resource busy")
			a.run("ip", "link", "set", "eth1", "nomaster")
			a.log(0, "Entering MASTER STATE")
			a.eventuallyOn("vrrp1.51", "192.168.2.150/24")
			mark := a.proc.LogSize()
			must(t, a.SetLink("eth1p", false))
			a.log(mark, "Entering FAULT STATE")
			must(t, a.SetLink("eth1p", true))
			a.log(mark, "Entering MASTER STATE")
		})
	}
	if seen[0] == "" || !strings.HasPrefix(seen[1], strings.TrimSuffix(seen[0], ")")+": create VMAC") {
		t.Errorf("keepalived said %q, the engine %q", seen[0], seen[1])
	}
}

// With dynamic_interfaces the parent may go and return.
func TestVMACFollowsItsParent(t *testing.T) {
	t.Parallel()
	lab.Judge(t, vmacFollowsItsParent)
}

func vmacFollowsItsParent(t *lab.Trial) {
	n := newNetwork(t)
	a := n.router()
	a.role.Config.Global.DynamicInterfaces = true
	a.engine(routed())
	a.eventuallyOn("vrrp1.51", "192.168.2.150/24")
	mark := a.proc.LogSize()
	must(t, a.DelLink("eth1"))
	a.log(mark, "Entering FAULT STATE")
	must(t, a.AddLink("eth1", nil, nil))
	a.log(mark, "(VI_1): Success creating VMAC interface vrrp1.51")
	a.log(mark, "Entering MASTER STATE")
	a.eventuallyOn("vrrp1.51", "192.168.2.150/24")
	if got := a.run("cat", "/proc/sys/net/ipv4/conf/eth1/arp_ignore"); got != "1\n" {
		t.Errorf("arp_ignore of the new parent is %s", got)
	}
	mark = a.proc.LogSize()
	must(t, a.CutCable())
	a.log(mark, "Entering FAULT STATE")
	must(t, a.PlugCable())
	a.log(mark, "Entering MASTER STATE")
	a.eventuallyOn("vrrp.51", "192.168.1.150/24")
}

// A killed engine's interfaces are used by the next, or removed if nobody wants them, and the
// settings of before its time come back.
func TestSemantics3_13_VMACsAfterACrash(t *testing.T) {
	t.Parallel()
	lab.Judge(t, vmacsAfterACrash)
}

func vmacsAfterACrash(t *lab.Trial) {
	n := newNetwork(t)
	a := n.router()
	must(t, a.Sysctl("net/ipv4/conf/all/rp_filter", "2"))
	before := a.parents()
	a.engine(routed())
	a.eventuallyOn("vrrp1.51", "192.168.2.150/24")
	must(t, a.proc.KillTree())
	index := a.run("cat", "/sys/class/net/vrrp.51/ifindex")
	a.engine(fast()) // without eth1
	a.log(0, "(VI_1): using VMAC interface vrrp.51, which is there already")
	a.log(0, "Success removing VMAC interface vrrp1.51")
	a.log(0, "Entering MASTER STATE")
	a.eventuallyOn("vrrp.51", "192.168.1.150/24")
	if got := a.run("cat", "/sys/class/net/vrrp.51/ifindex"); got != index {
		t.Errorf("vrrp.51 has the number %s, had %s", got, index)
	}
	must(t, a.proc.KillTree())
	a.engine(v3(instance("VI_1", 51, 100, "192.168.1.150/24"), tenth))
	a.log(0, "Entering MASTER STATE")
	a.has(soon, "192.168.1.150/24")
	if left := a.macvlans(); left != "" {
		t.Errorf("left behind: %s", left)
	}
	got := strings.ReplaceAll(a.parents(), "default/rp_filter:2", "default/rp_filter:0")
	// The single interfaces keep the strictness of `all`, which makes no difference.
	got = strings.ReplaceAll(strings.ReplaceAll(got, "eth0/rp_filter:2", "eth0/rp_filter:0"), "eth1/rp_filter:2", "eth1/rp_filter:0")
	got = strings.ReplaceAll(got, "eth1p/rp_filter:2", "eth1p/rp_filter:0")
	if d := cmp.Diff(before, got); d != "" {
		t.Errorf("settings (-before +after):\n%s", d)
	}
}

func TestReloadOfVMACs(t *testing.T) {
	t.Parallel()
	lab.Judge(t, reloadOfVMACs)
}

func reloadOfVMACs(t *lab.Trial) {
	n := newNetwork(t)
	a := n.router()
	plain := v3(instance("VI_1", 51, 100, "192.168.1.150/24"), tenth)
	a.engine(plain)
	a.has(soon, "192.168.1.150/24")
	two := routed()
	two.ExcludedVIPs = nil
	one := routed()
	one.VIPs, one.ExcludedVIPs = one.VIPs[:1], nil
	for _, c := range []struct {
		name string
		new  config.Instance
		said []string // lines about virtual MAC interfaces, in order
		on   map[string]string
	}{
		{"use_vmac added", one, []string{"(VI_1): Success creating VMAC interface vrrp.51"},
			map[string]string{"eth0": "192.168.1.151/24", "vrrp.51": "192.168.1.150/24"}},
		{"unchanged", one, nil, map[string]string{"vrrp.51": "192.168.1.150/24"}},
		{"another added", two, []string{"(VI_1): Success creating VMAC interface vrrp1.51"},
			map[string]string{"vrrp.51": "192.168.1.150/24", "vrrp1.51": "192.168.2.150/24"}},
		{"IPv6 added", routed(), []string{"(VI_1): Success creating VMAC interface vrrp6.51"}, map[string]string{"vrrp6.51": six}},
		{"two removed", one, []string{"(VI_1) Success removing VMAC interface vrrp1.51", "(VI_1) Success removing VMAC interface vrrp6.51"},
			map[string]string{"vrrp.51": "192.168.1.150/24", "eth1": "192.168.2.151/24"}},
		{"removed", plain, []string{"(VI_1) Success removing VMAC interface vrrp.51"},
			map[string]string{"eth0": "192.168.1.151/24 192.168.1.150/24"}},
	} {
		mark := a.proc.LogSize()
		a.reload(c.new)
		var said []string
		for line := range strings.Lines(a.proc.LogSince(mark)) {
			if at := strings.Index(line, "(VI_1"); at >= 0 && strings.Contains(line, "VMAC") {
				said = append(said, strings.TrimSpace(strings.SplitN(line[at:], "{", 2)[0]))
			}
		}
		if d := cmp.Diff(c.said, said); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
		for dev, want := range c.on {
			if got := a.addressesOf(dev); got != want {
				t.Errorf("%s: %s has %q, want %q", c.name, dev, got, want)
			}
		}
		if strings.Contains(a.proc.LogSince(mark), "restored") {
			t.Errorf("%s: something had to be restored:\n%s", c.name, a.proc.LogSince(mark))
		}
	}
	if got := strings.Count(a.proc.Log(), "Entering"); got != 2 {
		t.Errorf("%d transitions in all reloads", got)
	}
}

func TestSemantics4_5_NoVMACOnLoopback(t *testing.T) {
	inHost(t, func(t *testing.T, _ *box, e *Engine, _ *observer.ObservedLogs) {
		i := fast()
		i.VIPs[0].Dev = "lo"
		var p *super.PermanentError
		if err := e.Prepare(t.Context(), cfg(i)); !errors.As(err, &p) || p.Status != statusConfig || !strings.Contains(err.Error(), "use_vmac of 192.168.1.150") {
			t.Errorf("error %v", err)
		}
	})
}

// -V
func TestKeepVIPsKeepsVMACs(t *testing.T) {
	t.Parallel()
	lab.Judge(t, keepVIPsKeepsVMACs)
}

func keepVIPsKeepsVMACs(t *lab.Trial) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	a.role.KeepVIPs = true
	a.engine(fast())
	a.eventuallyOn("vrrp.51", "192.168.1.150/24")
	if code := a.stop(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	a.eventuallyOn("vrrp.51", "192.168.1.150/24")
}
