package engine

import (
	"bytes"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/internal/netif"
	"holdfast/test/lab"
)

const six = "2001:db8::100/64"

// withSix is an instance with an excluded IPv6 address.
func withSix() config.Instance {
	i := v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth)
	i.ExcludedVIPs = vips(six)
	return i
}

// nas waits until at least n advertisements for an address were seen.
func (n *network) nas(since time.Time, addr string, count int) []lab.NA {
	n.Helper()
	var list []lab.NA
	err := lab.Eventually(8*time.Second, itoa(count)+" neighbour advertisements for "+addr, func() (bool, string) {
		list = n.cap.NAs(netip.MustParseAddr(addr), since)
		return len(list) >= count, itoa(len(list))
	})
	if err != nil {
		n.Fatal(err)
	}
	return list
}

func TestSemantics3_8_NeighbourAdvertisementIsThatOfKeepalived(t *testing.T) {
	t.Parallel()
	for _, forwarding := range []string{"0", "1"} {
		var frames [2][]byte
		for at, kind := range []string{"keepalived", "engine"} {
			t.Run(kind+" forwarding "+forwarding, func(t *testing.T) {
				n := newNetwork(t)
				a := n.box("a", "192.168.1.151/24")
				must(t, a.Sysctl("net/ipv6/conf/all/forwarding", forwarding))
				a.setMAC("02:00:00:00:00:51")
				startAs(a, kind, withSix())
				frames[at] = n.nas(time.Time{}, "2001:db8::100", 1)[0].Frame
			})
		}
		if !bytes.Equal(frames[0], frames[1]) {
			t.Errorf("forwarding %s: keepalived %x\nengine     %x", forwarding, frames[0], frames[1])
		}
	}
}

func TestSemantics3_7_NeighbourAdvertisementBursts(t *testing.T) {
	t.Parallel()
	lab.Judge(t, neighbourAdvertisementBursts)
}

func neighbourAdvertisementBursts(t *lab.Trial) {
	i := withSix()
	i.GARPDelay, i.GARPRepeat, i.GARPRefresh, i.GARPRefreshRepeat = time.Second, 3, time.Second, 2
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	a.role.Detail = true
	a.engine(i)
	a.log(0, "(VI_1) Sending/queueing Unsolicited Neighbour Adverts on eth0 for 2001:db8::100")
	// 3 at once, 3 after a second, and the 2 of the first refresh then too.
	list := n.nas(time.Time{}, "2001:db8::100", 8)
	from := list[0].At
	for at, want := range []time.Duration{0, 0, 0, 1, 1, 1, 1, 1} {
		if got := list[at].At.Sub(from); got < want*time.Second-20*time.Millisecond || got > want*time.Second+100*time.Millisecond {
			t.Errorf("frame %d after %v, want %d s", at, got, want)
		}
	}
	if code := a.stop(); code != 0 {
		t.Errorf("exit status %d", code)
	}
}

// A reload that gives a master an IPv6 address announces that one, and with the pause
// that was asked for.
func TestReloadAnnouncesANewIPv6Address(t *testing.T) {
	t.Parallel()
	lab.Judge(t, reloadAnnouncesANewIPv6Address)
}

func reloadAnnouncesANewIPv6Address(t *lab.Trial) {
	i := withSix()
	i.GARPDelay, i.GARPRepeat = 0, 2
	n, a := master(t, i)
	n.nas(time.Time{}, "2001:db8::100", 2)
	start := time.Now()
	i.ExcludedVIPs = append(i.ExcludedVIPs, vips("2001:db8::101/64")...)
	i.GARPRepeat, i.GNAInterval = 4, 50*time.Millisecond
	a.reload(i)
	list := n.nas(start, "2001:db8::101", 4)
	for at := 1; at < 4; at++ {
		if gap := list[at].At.Sub(list[at-1].At); gap < 49*time.Millisecond {
			t.Errorf("%v between two advertisements, want 50ms", gap)
		}
	}
	if again := n.cap.NAs(netip.MustParseAddr("2001:db8::100"), start); len(again) > 0 {
		t.Errorf("the old address was announced again, %d times", len(again))
	}
	i.ExcludedVIPs = i.ExcludedVIPs[1:]
	start = time.Now()
	a.reload(i)
	out, err := a.Run("ip", "-6", "-br", "addr", "show", "dev", "eth0")
	must(t, err)
	if strings.Contains(out, "::100/") || !strings.Contains(out, "::101/") {
		t.Errorf("after the first was removed: %s", out)
	}
	if more := n.cap.NAs(netip.MustParseAddr("2001:db8::101"), start); len(more) > 0 {
		t.Errorf("announced without a reason, %d times", len(more))
	}
}

// An address with duplicate address detection (-nodad) is announced when that is over, and
// not at all if another host has it.
func TestAnAddressUnderDetectionIsAnnouncedAfterIt(t *testing.T) {
	t.Parallel()
	lab.Judge(t, anAddressUnderDetectionIsAnnouncedAfterIt)
}

func anAddressUnderDetectionIsAnnouncedAfterIt(t *lab.Trial) {
	n := newNetwork(t)
	a, x := n.box("a", "192.168.1.151/24"), n.box("x", "192.168.1.153/24")
	must(t, a.Sysctl("net/ipv6/conf/eth0/accept_dad", "1"))
	must(t, x.AddAddr("eth0", netip.MustParsePrefix("2001:db8::200/64")))
	i := withSix()
	i.GARPDelay, i.GARPRepeat = 0, 2
	i.ExcludedVIPs = append(i.ExcludedVIPs, vips("2001:db8::200/64")...)
	for k := range i.ExcludedVIPs {
		i.ExcludedVIPs[k].DAD = true
	}
	start := time.Now()
	a.engine(i)
	became := logTime(t, a.log(0, "Entering MASTER STATE"))
	a.log(0, "(VI_1) IP 2001:db8::200 on eth0 is used by another host")
	list := n.nas(start, "2001:db8::100", 2)
	// One probe and RetransTimer, a second, before the address is ours.
	if waited := list[0].At.Sub(became); waited < time.Second {
		t.Errorf("announced after %v, while it was tentative", waited)
	}
	own := a.mac()
	for _, f := range n.cap.NAs(netip.MustParseAddr("2001:db8::200"), start) {
		if f.MAC == own {
			t.Errorf("announced an address of another host: %x", f.Frame)
		}
	}
}

// mac is the hardware address of eth0.
func (b *box) mac() string {
	b.t.Helper()
	out, err := b.Run("cat", "/sys/class/net/eth0/address")
	if err != nil {
		b.t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// setMAC gives eth0 a hardware address.
func (b *box) setMAC(hw string) {
	b.t.Helper()
	if out, err := b.Run("ip", "link", "set", "eth0", "address", hw); err != nil {
		b.t.Fatal(err, out)
	}
}

// groupsOnly notes the groups an announcer was given.
type groupsOnly struct {
	announcer
	groups []netif.Group
}

func (g *groupsOnly) SetGroups(list []netif.Group) { g.groups = list }

// What stands on an interface of a garp_group shares its pauses: the frames leave there.
func TestAVMACIsInTheGroupOfItsParent(t *testing.T) {
	e := New(Options{})
	e.vmacs.VMACs = netif.NewVMACs(&netif.Fake{})
	given := &groupsOnly{}
	e.arp = given
	e.cfg = &config.Config{GARPGroups: []config.GARPGroup{
		{ARPInterval: time.Second, Interfaces: []string{"eth0", "eth1"}}, {NAInterval: time.Minute, Interfaces: []string{"eth3"}},
	}}
	e.vmacs.want = []netif.VMAC{{Parent: "eth0", VRID: 51, Prefix: "vrrp"}, {Parent: "eth2", VRID: 52, Prefix: "vrrp"}}
	e.groupAnnouncements()
	want := []netif.Group{
		{Devs: []string{"eth0", "eth1", "vrrp.51"}, Pauses: netif.Pauses{ARP: time.Second}},
		{Devs: []string{"eth3"}, Pauses: netif.Pauses{NA: time.Minute}},
	}
	if !reflect.DeepEqual(given.groups, want) {
		t.Errorf("groups %v, want %v", given.groups, want)
	}
}
