package engine

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/netif"
	"holdfast/test/lab"
	"holdfast/vrrp"
)

func TestWhichAddressesAreNeeded(t *testing.T) {
	i := instance("VI_1", 51, 100, "10.0.0.1/32", "10.0.0.2/32")
	i.VIPs[1].NoTrack = true
	i.ExcludedVIPs = vips("10.0.0.3/32", "fd00::1/64")
	only := instance("VI_2", 52, 100)
	only.ExcludedVIPs = vips("fd00::1/64", "fd00::2/64")
	for _, c := range []struct {
		name    string
		i       *config.Instance
		refused string
		want    string
	}{
		{"none refused", &i, "", ""},
		{"one of virtual_ipaddress", &i, "10.0.0.1/32", "10.0.0.1/32"},
		{"one that is not tracked", &i, "10.0.0.2/32", ""},
		{"an excluded one", &i, "fd00::1/64 10.0.0.3/32", ""},
		{"a needed one and others", &i, "10.0.0.1/32 fd00::1/64", "10.0.0.1/32"},
		{"all of them", &i, "10.0.0.1/32 10.0.0.2/32 10.0.0.3/32 fd00::1/64", "10.0.0.1/32 10.0.0.2/32 10.0.0.3/32 fd00::1/64"},
		{"one of two excluded ones", &only, "fd00::1/64", ""},
		{"both", &only, "fd00::1/64 fd00::2/64", "fd00::1/64 fd00::2/64"},
	} {
		var got []string
		for _, o := range unavailable(addressesOf(c.i), func(a netif.Wanted) error {
			if strings.Contains(" "+c.refused+" ", " "+a.Prefix.String()+" ") {
				return unix.EINVAL
			}
			return nil
		}) {
			got = append(got, o.Address.String())
			if o.Kind != vrrp.Refused || o.Cause != unix.EINVAL.Error() {
				t.Errorf("%s: %+v", c.name, o)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

func TestWhatLasts(t *testing.T) {
	for _, c := range []struct {
		f    failure
		want bool
	}{
		{failure{err: unix.EPERM, times: 1}, true},
		{failure{err: unix.EACCES, times: 1}, true},
		{failure{err: unix.EINVAL, times: 1}, true},
		{failure{err: unix.ENOSPC, times: 1}, true},
		{failure{err: unix.EINVAL, times: 1, former: true}, false},
		{failure{err: unix.ENODEV, times: 9}, false},
		{failure{err: unix.ENOBUFS, times: 1}, false},
		{failure{err: unix.EAGAIN, times: passing}, true},
		{failure{err: errors.New("broken"), times: 1}, false},
	} {
		if got := c.f.lasts(); got != c.want {
			t.Errorf("%+v: %v", c.f, got)
		}
	}
}

// An address that the kernel refuses beside others of ours: whoever has them all is master, and the other
// one stays a backup, whatever its priority. Only the first refusal, which cannot be foreseen, costs
// a transition; when the reason is gone it takes over again.
func TestAMasterHasItsAddresses(t *testing.T) {
	t.Parallel()
	lab.Judge(t, aMasterHasItsAddresses)
}

func aMasterHasItsAddresses(t *lab.Trial) {
	n := newNetwork(t)
	a, b := n.box("a", "192.168.1.151/24"), n.box("b", "192.168.1.152/24")
	const second = "192.168.7.2/24"
	good := v3(instance("VI_1", 51, 200, "192.168.1.150/24", "192.168.7.1/24", second), tenth)
	bad := v3(instance("VI_1", 51, 200, "192.168.1.150/24", "192.168.7.1/24", second), tenth)
	bad.VIPs[2].Scope = unix.RT_SCOPE_LINK // all of a subnet have the same
	b.engine(v3(instance("VI_1", 51, 100, "192.168.1.150/24", "192.168.7.1/24", second), tenth))
	b.has(soon, "192.168.7.1/24", "192.168.1.150/24", second)
	a.engine(bad)
	a.log(0, "cannot set 192.168.7.2/24 on eth0: invalid argument; it has the lowest priority until that is possible")
	a.log(0, "BACKUP 1")
	b.has(soon, "192.168.7.1/24", "192.168.1.150/24", second)
	mark, after := a.proc.LogSize(), time.Now()
	// News make it try again, and nobody hears of that.
	for range 3 {
		if _, err := a.Run("sh", "-ec", "ip addr add 10.77.0.1/32 dev lo; ip addr del 10.77.0.1/32 dev lo"); err != nil {
			t.Fatal(err)
		}
		a.log(mark, "Changing effective priority from 1 to 200")
		mark = a.proc.LogSize()
		a.log(mark, "Changing effective priority from 200 to 1")
	}
	if got := n.cap.Adverts(after, advertsOf(a)); len(got) > 0 {
		t.Errorf("it was heard again: %v", got)
	}
	if log := a.proc.LogSince(mark); strings.Contains(log, "STATE") {
		t.Errorf("it changed its state:\n%s", log)
	}
	if log := b.proc.LogSince(0); strings.Count(log, "Entering MASTER STATE") > 2 {
		t.Errorf("the peer went to and fro:\n%s", log)
	}
	a.reload(good)
	b.has(20 * time.Second)
	if c, err := a.CountAddr("eth0", netip.MustParseAddr("192.168.1.150")); err != nil || c != 1 {
		t.Errorf("%d of the address, %v", c, err)
	}
}

// A master that is alone serves what it can have; a reload that brings an address which the kernel does
// not take costs it nothing else. A healthy router that comes is master then, whatever its priority.
func TestAPartOfTheAddressesIsBetterThanNone(t *testing.T) {
	t.Parallel()
	lab.Judge(t, aPartOfTheAddressesIsBetterThanNone)
}

func aPartOfTheAddressesIsBetterThanNone(t *lab.Trial) {
	n := newNetwork(t)
	a, b := n.box("a", "192.168.1.151/24"), n.box("b", "192.168.1.152/24")
	file := func(prio uint8, scope uint8, vips ...string) config.Instance {
		i := v3(instance("VI_1", 51, prio, vips...), tenth)
		i.VIPs[len(vips)-1].Scope = scope
		return i
	}
	some := []string{"192.168.1.150/24", "192.168.7.1/24"}
	all := append(slices.Clip(some), "192.168.7.2/24")
	a.engine(file(200, unix.RT_SCOPE_UNIVERSE, some...))
	a.has(soon, "192.168.7.1/24", "192.168.1.150/24")
	a.log(0, "MASTER 200") // written when the addresses are there already
	mark := a.proc.LogSize()
	a.reload(file(200, unix.RT_SCOPE_LINK, all...))
	a.log(mark, "cannot set 192.168.7.2/24 on eth0: invalid argument; it has the lowest priority")
	a.reload(file(200, unix.RT_SCOPE_LINK, all...)) // the same once more
	a.has(soon, "192.168.7.1/24", "192.168.1.150/24")
	if log := a.proc.LogSince(mark); strings.Contains(log, "STATE") || strings.Contains(log, "removing VIPs") {
		t.Errorf("the master was none for a while:\n%s", log)
	}
	b.engine(file(100, unix.RT_SCOPE_UNIVERSE, all...))
	b.has(soon, "192.168.7.1/24", "192.168.1.150/24", "192.168.7.2/24")
	a.has(soon)
	mark = a.proc.LogSize()
	if code := b.stop(); code != 0 {
		t.Errorf("status %d", code)
	}
	a.has(soon, "192.168.7.1/24", "192.168.1.150/24")
	a.log(mark, "Entering MASTER STATE") // which is said when the addresses are there
	mark = a.proc.LogSize()
	a.reload(file(200, unix.RT_SCOPE_UNIVERSE, all...))
	a.has(soon, "192.168.7.1/24", "192.168.1.150/24", "192.168.7.2/24")
	if log := a.proc.LogSince(mark); strings.Contains(log, "STATE") {
		t.Errorf("the master of a part was none for a while:\n%s", log)
	}
}

// An address that the kernel is known to refuse beside the interface's own: not a single advert is
// heard before that is over.
func TestAnAddressOfAnotherScope(t *testing.T) {
	t.Parallel()
	lab.Judge(t, anAddressOfAnotherScope)
}

func anAddressOfAnotherScope(t *lab.Trial) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	bad := v3(instance("VI_1", 51, 200, "192.168.1.150/24"), tenth)
	bad.VIPs[0].Scope = unix.RT_SCOPE_LINK
	start := time.Now()
	a.engine(bad)
	a.log(0, "entering FAULT state (cannot set 192.168.1.150/24 on eth0: 192.168.1.151/24 is there with another scope)")
	a.log(0, "committed")
	if got := n.cap.Adverts(start, advertsOf(a)); len(got) > 0 {
		t.Errorf("it was heard: %v", got)
	}
	if _, err := a.Run("sh", "-ec", "ip addr add 192.168.1.151/25 dev eth0; ip addr del 192.168.1.151/24 dev eth0"); err != nil {
		t.Fatal(err)
	}
	a.log(0, "Entering MASTER STATE")
	a.log(0, "MASTER 200")
	if c, err := a.CountAddr("eth0", netip.MustParseAddr("192.168.1.150")); err != nil || c != 1 {
		t.Errorf("%d of the address, %v", c, err)
	}
}

// IPv6 switched off: an instance with nothing else is in FAULT and never heard; one that has it
// among its excluded addresses runs, and has it when IPv6 is on again.
func TestIPv6OffAndOnAgain(t *testing.T) {
	t.Parallel()
	lab.Judge(t, ipv6OffAndOnAgain)
}

func ipv6OffAndOnAgain(t *lab.Trial) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	if err := a.Sysctl("net/ipv6/conf/eth0/disable_ipv6", "1"); err != nil {
		t.Fatal(err)
	}
	one, two := v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth), v3(instance("VI_2", 52, 100), tenth)
	one.ExcludedVIPs, two.ExcludedVIPs = vips("2001:db8::1/64"), vips("2001:db8::2/64")
	a.engine(one, two)
	a.log(0, "entering FAULT state (cannot set 2001:db8::2/64 on eth0: IPv6 is disabled there (disable_ipv6))")
	a.log(0, "cannot set addresses: add 2001:db8::1/64 to eth0: permission denied")
	a.has(soon, "192.168.1.150/32")
	if err := a.Sysctl("net/ipv6/conf/eth0/disable_ipv6", "0"); err != nil {
		t.Fatal(err)
	}
	for _, addr := range []string{"2001:db8::1", "2001:db8::2"} {
		if err := lab.Eventually(20*time.Second, addr+" on a", func() (bool, string) {
			c, err := a.CountAddr("eth0", netip.MustParseAddr(addr))
			return c == 1 && err == nil, "not there"
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// A source address of unicast may be on any interface, and has to be on one.
func TestTheSourceOfUnicastIsOnTheHost(t *testing.T) {
	t.Parallel()
	lab.Judge(t, theSourceOfUnicastIsOnTheHost)
}

func theSourceOfUnicastIsOnTheHost(t *lab.Trial) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	i := v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth)
	i.SourceIP = netip.MustParseAddr("10.9.9.9")
	i.UnicastPeers = []config.Peer{{Addr: netip.MustParseAddr("192.168.1.152")}}
	a.engine(i)
	a.log(0, "entering FAULT state (source address 10.9.9.9 not present)")
	for range 2 {
		mark := a.proc.LogSize()
		if _, err := a.Run("ip", "addr", "add", "10.9.9.9/32", "dev", "lo"); err != nil {
			t.Fatal(err)
		}
		a.log(mark, "(VI_1) Entering MASTER STATE")
		a.has(soon, "192.168.1.150/32")
		if _, err := a.Run("ip", "addr", "del", "10.9.9.9/32", "dev", "lo"); err != nil {
			t.Fatal(err)
		}
		a.log(mark, "entering FAULT state (source address 10.9.9.9 not present)")
		a.has(soon)
	}
}

// Without CAP_NET_ADMIN nothing is ever said, and the peer stays.
func TestNoRightToSetAddresses(t *testing.T) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	start := time.Now()
	var err error
	a.proc, err = a.Start("engine", "setpriv", "--inh-caps=-all,+net_raw", "--bounding-set=-all,+net_raw", self(t), "role",
		a.write(v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth)))
	if err != nil {
		t.Fatal(err)
	}
	a.log(0, "entering FAULT state (no right to set addresses: CAP_NET_ADMIN is missing: operation not permitted)")
	a.log(0, "committed")
	if got := n.cap.Adverts(start, advertsOf(a)); len(got) > 0 {
		t.Errorf("it was heard: %v", got)
	}
}

// The group is joined also when multicast is switched on after the start.
func TestMulticastThatIsSwitchedOnLater(t *testing.T) {
	t.Parallel()
	lab.Judge(t, multicastThatIsSwitchedOnLater)
}

func multicastThatIsSwitchedOnLater(t *lab.Trial) {
	n := newNetwork(t)
	a, b := n.box("a", "192.168.1.151/24"), n.box("b", "192.168.1.152/24")
	b.engine(v3(instance("VI_1", 51, 200, "192.168.1.150/32"), tenth))
	b.has(soon, "192.168.1.150/32")
	if _, err := a.Run("ip", "link", "set", "eth0", "multicast", "off"); err != nil {
		t.Fatal(err)
	}
	a.engine(v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
	a.log(0, "has no multicast")
	if _, err := a.Run("ip", "link", "set", "eth0", "multicast", "on"); err != nil {
		t.Fatal(err)
	}
	a.log(0, "Entering BACKUP STATE")
	if err := lab.Eventually(soon, "adverts to be received", func() (bool, string) {
		s := a.stats()
		return s["Received"] > 3, "not yet"
	}); err != nil {
		t.Fatal(err)
	}
	if log := a.proc.Log(); strings.Contains(log, "MASTER STATE") {
		t.Errorf("two masters:\n%s", log)
	}
}
