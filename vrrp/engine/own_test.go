package engine

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zaptest/observer"

	"holdfast/config"
	"holdfast/internal/conformance"
	"holdfast/test/lab"
)

// The virtual hardware addresses of VRID 51 (RFC 9568 section 7.3).
const (
	virtual4 = "00:00:5e:00:01:33"
	virtual6 = "00:00:5e:00:02:33"
)

// own puts an instance on a virtual MAC interface of its own.
func own(i config.Instance) config.Instance {
	i.VMAC.Use = true
	return i
}

// below makes the adverts of one leave the interface below.
func below(i config.Instance) config.Instance {
	i.VMAC.XmitBase = true
	return i
}

func onOwn(priority uint8) config.Instance {
	return own(v3(instance("VI_1", 51, priority, "192.168.1.150/24"), tenth))
}

func onOwn6(priority uint8) config.Instance {
	return own(v3(instance("VI_1", 51, priority, "fe80::51/64", "2001:db8::150/64"), tenth))
}

// sent is how many frames an interface has sent.
func (b *box) sent(dev string) string {
	b.t.Helper()
	return strings.TrimSpace(b.run("cat", "/sys/class/net/"+dev+"/statistics/tx_packets"))
}

// from waits for an advert of a box and fails unless it comes from a hardware address.
func (n *network) from(since time.Time, who *box, mac string) {
	n.Helper()
	a, err := n.cap.Wait(since, soon, "an advertisement of "+who.Name, advertsOf(who))
	if err != nil {
		n.Fatal(err)
	}
	if a.MAC != mac {
		n.Errorf("%s sends adverts from %s, want %s", who.Name, a.MAC, mac)
	}
}

// An ownKind is a way a pair with virtual MAC interfaces of their own may talk.
type ownKind struct {
	name, dev, vips, mac string // mac is "" for that of the interface below
	length               string
	high, low            config.Instance
	addrs                [2]string
}

func ownKinds() []ownKind {
	four, six := [2]string{highAddr, lowAddr}, [2]string{highAddr6, lowAddr6}
	unicast := func(i config.Instance, own, peer string) config.Instance {
		i.SourceIP = netip.MustParseAddr(own)
		i.UnicastPeers = []config.Peer{{Addr: netip.MustParseAddr(peer), MaxTTL: 255}}
		return below(i)
	}
	const vip4, vips6 = "192.168.1.150/24", "2001:db8::150/64"
	return []ownKind{
		{"IPv4", "vrrp.51", vip4, virtual4, "/24", onOwn(150), onOwn(100), four},
		{"IPv4 from the base", "vrrp.51", vip4, "", "/24", below(onOwn(150)), below(onOwn(100)), four},
		{"IPv4 unicast", "vrrp.51", vip4, "", "/24", unicast(onOwn(150), highAddr, lowAddr),
			unicast(onOwn(100), lowAddr, highAddr), four},
		{"IPv6", "vrrp.51", vips6, virtual6, "/64", onOwn6(150), onOwn6(100), six},
		{"IPv6 from the base", "vrrp.51", vips6, "", "/64", below(onOwn6(150)), below(onOwn6(100)), six},
	}
}

// A pair on virtual MAC interfaces goes through election, hand-over, preemption and sudden death.
func TestSemantics3_14_PairsOnVMACs(t *testing.T) {
	conformance.Shows(t, "R27", "R63")
	t.Parallel()
	for _, k := range ownKinds() {
		for _, who := range []string{"engine/engine", "engine/keepalived", "keepalived/engine"} {
			t.Run(k.name+"/"+who, func(t *testing.T) {
				t.Parallel()
				lab.Judge(t, func(t *lab.Trial) { pairOnVMACs(t, k, who) })
			})
		}
	}
}

func pairOnVMACs(t *lab.Trial, k ownKind, who string) {
	n := newNetwork(t)
	high, low := n.box("high", k.addrs[0]+k.length), n.box("low", k.addrs[1]+k.length)
	first, second, _ := strings.Cut(who, "/")
	mac := func(b *box) string {
		if k.mac != "" {
			return k.mac
		}
		return b.mac()
	}
	startAs(low, second, k.low)
	low.eventuallyOn(k.dev, k.vips)
	n.from(time.Time{}, low, mac(low))
	startAs(high, first, k.high)
	high.eventuallyOn(k.dev, k.vips) // preempts
	low.eventuallyOn(k.dev, "")
	n.from(time.Time{}, high, mac(high))
	log := low.proc.LogSize()
	quiet := low.sent(k.dev)
	time.Sleep(time.Second) // what is asserted is that nothing happens in this time
	if got := low.sent(k.dev); second == "engine" && got != quiet {
		t.Errorf("a backup has sent %s frames, before %s", got, quiet)
	}
	if strings.Contains(low.proc.LogSince(log), "MASTER STATE") {
		t.Errorf("two masters:\n%s", low.proc.LogSince(log))
	}
	stopped := time.Now()
	if code := high.stop(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	low.eventuallyOn(k.dev, k.vips)
	if _, err := n.cap.Wait(stopped, soon, "priority 0", func(a lab.Advert) bool { return a.Priority == 0 }); err != nil {
		t.Error(err)
	}
	if left := high.macvlans(); left != "" {
		t.Errorf("left behind: %s", left)
	}
	startAs(high, first, k.high)
	high.eventuallyOn(k.dev, k.vips)
	low.eventuallyOn(k.dev, "")
	must(t, high.proc.KillTree())
	low.eventuallyOn(k.dev, k.vips)
}

// Adverts that leave the interface below are heard on a virtual MAC interface, and the other way round by a
// router that itself sends from below; 2.2.7 does not hear those.
func TestFromBaseAndFromVMACHearEachOther(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, low string
		hi, lo    config.Instance
	}{
		{"engine from below", "engine", below(onOwn(150)), onOwn(100)},
		{"engine from below, keepalived", "keepalived", below(onOwn(150)), onOwn(100)},
		{"engine hears", "engine", onOwn(150), below(onOwn(100))},
		{"without", "keepalived", below(onOwn(150)), v3(instance("VI_1", 51, 100, "192.168.1.150/24"), tenth)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) {
				n := newNetwork(t)
				high, low := n.box("high", highAddr+"/24"), n.box("low", lowAddr+"/24")
				high.engine(c.hi)
				high.eventuallyOn("vrrp.51", "192.168.1.150/24")
				startAs(low, c.low, c.lo)
				time.Sleep(time.Second) // ten adverts are not missed
				if log := low.proc.Log(); strings.Contains(log, "MASTER STATE") {
					t.Errorf("two masters:\n%s", log)
				}
			})
		})
	}
}

// A backup says nothing at all with the hardware address that is the master's, and one that was master stops.
func TestBackupOnVMACSaysNothing(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	must(t, a.AddAddr("eth0", netip.MustParsePrefix("fe80::151/64")))
	four, six := onOwn(100), onOwn6(100)
	four.AdvertInt, six.AdvertInt, six.Name = time.Second, time.Second, "VI_6"
	a.engine(four, six)
	a.log(0, "(VI_6) Entering BACKUP STATE")
	time.Sleep(2 * time.Second) // joining groups takes a second
	for _, dev := range []string{"vrrp.51", "vrrp6.51"} {
		if got := a.sent(dev); got != "0" {
			t.Errorf("a backup has sent %s frames from %s", got, dev)
		}
	}
	if log := a.proc.Log(); strings.Contains(log, "MASTER") {
		t.Skipf("the machine was slow: %s", log)
	}
	a.eventuallyOn("vrrp.51", "192.168.1.150/24")
	a.eventuallyOn("vrrp6.51", "2001:db8::150/64")
	if got := a.run("ip", "-br", "-6", "addr", "show", "dev", "vrrp6.51"); strings.Count(got, "fe80:") != 1 {
		t.Errorf("with a link-local virtual address there is no need for another: %s", got)
	}
}

// The same VRID in both families is two virtual routers on two interfaces.
func TestOneVRIDInBothFamiliesOnVMACs(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	must(t, a.AddAddr("eth0", netip.MustParsePrefix("fe80::151/64")))
	six := onOwn6(100)
	six.Name = "VI_6"
	a.engine(onOwn(100), six)
	a.eventuallyOn("vrrp.51", "192.168.1.150/24")
	a.eventuallyOn("vrrp6.51", "2001:db8::150/64")
	for src, mac := range map[string]string{"192.168.1.151": virtual4, "fe80::151": virtual6} {
		got, err := n.cap.Wait(time.Time{}, soon, "an advert from "+src, lab.From(netip.MustParseAddr(src)))
		must(t, err)
		if got.MAC != mac {
			t.Errorf("%s sends from %s, want %s", src, got.MAC, mac)
		}
	}
}

// Where addresses are is as in keepalived: those of the instance's family and interface on its own, others on
// one of their own with use_vmac_addr.
func TestSemantics3_13_WhereAddressesAreOnVMACs(t *testing.T) {
	t.Parallel()
	mixed := func(addrs bool) config.Instance {
		i := onOwn(100)
		i.VIPs = append(i.VIPs, vips("192.168.2.150/24", "192.168.2.151/24")...)
		i.VIPs[1].Dev, i.VIPs[1].DevGiven = "eth1", true
		i.VIPs[2].Dev, i.VIPs[2].DevGiven, i.VIPs[2].VMAC = "eth1", true, true
		i.ExcludedVIPs = vips("2001:db8::150/64", "192.168.1.160/32")
		i.VMAC.Addrs = addrs
		return i
	}
	only := v3(instance("VI_1", 51, 100, "192.168.1.150/24", "192.168.2.150/24"), tenth)
	only.VIPs[1].Dev, only.VIPs[1].DevGiven, only.VMAC.Addrs = "eth1", true, true
	for _, c := range []struct {
		name string
		i    config.Instance
	}{{"use_vmac", mixed(false)}, {"both", mixed(true)}, {"use_vmac_addr", only}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var seen [2]string
			for at, kind := range []string{"keepalived", "engine"} {
				n := newNetwork(t)
				a := n.router()
				startAs(a, kind, c.i)
				a.log(0, "Entering MASTER STATE")
				must(t, lab.Eventually(soon, "addresses", func() (bool, string) {
					out := a.run("ip", "-br", "addr")
					return strings.Contains(out, "192.168.1.150") && strings.Contains(out, "192.168.2.150"), out
				}))
				for line := range strings.Lines(a.run("ip", "-br", "addr")) {
					var words []string
					for n, w := range strings.Fields(vethPeer.ReplaceAllString(line, "@peer")) {
						if n != 1 && !strings.HasPrefix(w, "fe80:") {
							words = append(words, w)
						}
					}
					seen[at] += strings.Join(words, " ") + "\n"
				}
				a.stop()
			}
			if d := cmp.Diff(seen[0], seen[1]); d != "" {
				t.Errorf("(-keepalived +engine):\n%s", d)
			}
		})
	}
}

// vethPeer is the number that one end of a cable tells of the other.
var vethPeer = regexp.MustCompile("@if[0-9]+")

// A reload gives a master a virtual MAC interface, another name for it, and takes it away again, without a
// transition.
func TestReloadOfOwnVMAC(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	plain := v3(instance("VI_1", 51, 100, "192.168.1.150/24"), tenth)
	a.engine(plain)
	a.has(soon, "192.168.1.150/24")
	called := onOwn(100)
	called.VMAC.Name, called.VMAC.Group = "gate", config.Named{Set: true, Number: 7}
	other := called
	other.VMAC.MAC = [6]byte{2, 0, 0, 0, 0, 9}
	for _, c := range []struct {
		name     string
		i        config.Instance
		dev, mac string
	}{
		{"added", onOwn(100), "vrrp.51", virtual4},
		{"named", called, "gate", virtual4},
		{"with another hardware address", other, "gate", "02:00:00:00:00:09"},
		{"sent from below", below(onOwn(100)), "vrrp.51", ""},
		{"removed", plain, "eth0", ""},
		{"added again", onOwn(100), "vrrp.51", virtual4},
	} {
		since := time.Now()
		a.reload(c.i)
		on := "192.168.1.150/24"
		if c.dev == "eth0" {
			on = "192.168.1.151/24 " + on
		}
		a.eventuallyOn(c.dev, on)
		after := time.Now()
		mac := c.mac
		if mac == "" {
			mac = a.mac()
		}
		n.from(after, a, mac)
		if list := n.garps(since, "192.168.1.150", 1); c.mac != "" && list[len(list)-1].MAC != mac {
			t.Errorf("%s: announced from %s, want %s", c.name, list[len(list)-1].MAC, mac)
		}
	}
	if got := strings.Count(a.proc.Log(), "Entering"); got != 2 {
		t.Errorf("%d transitions:\n%s", got, a.proc.Log())
	}
	if code := a.stop(); code != 0 || a.macvlans() != "" {
		t.Errorf("exit status %d, left %s", code, a.macvlans())
	}
}

// An instance whose interface cannot be made is in FAULT, says why, and is well when it can be made.
func TestFaultWithoutOwnVMAC(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a := n.router()
	a.run("ip", "link", "add", "br0", "type", "bridge")
	a.run("ip", "link", "set", "eth1", "master", "br0") // a port takes no macvlan
	i := onOwn(100)
	i.Interface = "eth1"
	i.VIPs[0].Dev = "eth1"
	a.engine(i)
	const why = "create VMAC vrrp.51 on eth1: device or resource busy"
	a.log(0, "(VI_1): entering FAULT state (interface vrrp.51 down: "+why+")")
	a.dumped(why)
	a.run("ip", "link", "set", "eth1", "nomaster")
	a.log(0, "Entering MASTER STATE")
	a.eventuallyOn("vrrp.51", "192.168.1.150/24")
	if got := strings.Count(a.proc.Log(), "\"cannot"); got > 1 {
		t.Errorf("said %d times:\n%s", got, a.proc.Log())
	}
}

// Its own interface that somebody removes, sets down or renames is put right without a transition; the one below
// that goes takes the instance to FAULT, and back when it comes.
func TestOwnVMACThatSomebodyRemovesComesBack(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a := n.router()
	a.role.Config.Global.DynamicInterfaces = true
	i := onOwn(100)
	i.Interface = "eth1"
	i.VIPs[0].Dev = "eth1"
	a.engine(i)
	a.eventuallyOn("vrrp.51", "192.168.1.150/24")
	on, err := a.Capture("eth1p")
	must(t, err)
	defer on.Close()
	adverts := func(what string) {
		t.Helper()
		_, err := on.Wait(time.Now(), soon, "adverts after "+what, func(ad lab.Advert) bool { return ad.MAC == virtual4 })
		must(t, err)
	}
	must(t, a.DelLink("vrrp.51"))
	a.eventuallyOn("vrrp.51", "192.168.1.150/24")
	adverts("removal")
	mark := a.proc.LogSize()
	must(t, a.SetLink("vrrp.51", false))
	a.log(mark, "restored VMAC interface")
	adverts("setting it down")
	a.run("ip", "link", "set", "vrrp.51", "down")
	a.run("ip", "link", "set", "vrrp.51", "name", "taken")
	a.eventuallyOn("taken", "192.168.1.150/24")
	adverts("renaming it")
	if got := strings.Count(a.proc.Log(), "Entering"); got != 2 {
		t.Errorf("%d transitions, want BACKUP and MASTER only:\n%s", got, a.proc.Log())
	}
	mark = a.proc.LogSize()
	must(t, a.DelLink("eth1"))
	a.log(mark, "Entering FAULT STATE")
	must(t, a.AddLink("eth1", nil, nil))
	must(t, a.AddAddr("eth1", netip.MustParsePrefix("192.168.2.151/24")))
	a.log(mark, "Entering MASTER STATE")
	mark = a.proc.LogSize()
	must(t, a.SetLink("eth1p", false))
	a.log(mark, "Entering FAULT STATE")
	must(t, a.SetLink("eth1p", true))
	a.log(mark, "Entering MASTER STATE")
}

// With dont_track_primary the carrier of the interface below makes no difference, also not through the
// interface on it.
func TestOwnVMACWithoutTrackingThePrimary(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	i := onOwn(100)
	i.DontTrackPrimary = true
	a.engine(i)
	a.eventuallyOn("vrrp.51", "192.168.1.150/24")
	must(t, a.CutCable())
	mark := a.proc.LogSize()
	must(t, a.PlugCable())
	n.from(time.Now(), a, virtual4)
	if log := a.proc.LogSince(mark); strings.Contains(log, "FAULT") {
		t.Errorf("log:\n%s", log)
	}
}

// What a killed one leaves is used by the next, or goes.
func TestOwnVMACAfterACrash(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	a.engine(onOwn(100))
	a.eventuallyOn("vrrp.51", "192.168.1.150/24")
	must(t, a.proc.KillTree())
	index := a.run("cat", "/sys/class/net/vrrp.51/ifindex")
	slow := onOwn(100)
	slow.AdvertInt = time.Second
	a.engine(slow)
	a.log(0, "(VI_1): using VMAC interface vrrp.51, which is there already")
	a.eventuallyOn("vrrp.51", "") // a backup has no addresses
	a.eventuallyOn("vrrp.51", "192.168.1.150/24")
	if got := a.run("cat", "/sys/class/net/vrrp.51/ifindex"); got != index {
		t.Errorf("vrrp.51 has the number %s, had %s", got, index)
	}
	must(t, a.proc.KillTree())
	plain := v3(instance("VI_1", 51, 100, "192.168.1.150/24"), tenth)
	a.engine(plain)
	a.has(soon, "192.168.1.150/24")
	if left := a.macvlans(); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

// The dump says where an instance lives as keepalived's does.
func TestInterfaceOfAnInstanceIsSaidInTheDump(t *testing.T) {
	inHost(t, func(t *testing.T, _ *box, e *Engine, _ *observer.ObservedLogs) {
		c := cfg(below(onOwn(100)))
		c.Global.VMACPrefix = "vrrp"
		must(t, e.Prepare(t.Context(), c))
		must(t, e.Commit(t.Context()))
		defer func() { must(t, e.closeVMACs()) }()
		s, err := e.Snapshot(t.Context())
		must(t, err)
		if got := fmt.Sprint(s.Instances[0].Place); got != "{vrrp.51 vrrp.51 [vrrp.51]}" {
			t.Errorf("place %s", got)
		}
	})
}

// Two hundred instances on virtual MAC interfaces are masters at once, each with its hardware address, and stop
// at once.
func TestManyOnVMACs(t *testing.T) { lab.Judge(t, manyOnVMACs) }

func manyOnVMACs(t *lab.Trial) {
	const many = 200
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	var list []config.Instance
	for i := range many {
		list = append(list, own(v3(instance("VI_"+itoa(i+1), uint8(i+1), 200, prefixText(10, 0, i, 1)), 5*tenth)))
	}
	a.engine(list...)
	waitCount(t, a, "Entering MASTER STATE", many)
	seen := map[string]uint8{}
	must(t, lab.Eventually(soon, "adverts of all", func() (bool, string) {
		for _, ad := range n.cap.Adverts(time.Time{}, advertsOf(a)) {
			seen[ad.MAC] = ad.VRID
		}
		return len(seen) >= many, itoa(len(seen))
	}))
	for mac, vrid := range seen {
		if want := fmt.Sprintf("00:00:5e:00:01:%02x", vrid); mac != want {
			t.Errorf("VRID %d sends from %s", vrid, mac)
		}
	}
	start := time.Now()
	if code := a.stop(); code != 0 || a.macvlans() != "" {
		t.Errorf("exit status %d, left %s", code, a.macvlans())
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("the stop took %v", took)
	}
}
