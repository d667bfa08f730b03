package engine

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/config"
	"holdfast/test/lab"
)

// scattered is an instance with addresses of both families on its own interface, on another,
// and on virtual MAC interfaces of both.
func scattered() config.Instance {
	i := v3(instance("VI_1", 51, 100, "192.168.1.150/24", "192.168.1.148/24", "192.168.1.149/24", "192.168.2.150/24", "192.168.2.149/24"), tenth)
	i.ExcludedVIPs = vips("2001:db8::1/64", "2001:db8::2/64", "2001:db8::3/64", "2001:db8::4/64", "192.168.1.140/24")
	for _, list := range [][]config.Address{i.VIPs[3:], i.ExcludedVIPs[2:4]} {
		for n := range list {
			list[n].Dev, list[n].DevGiven = "eth1", true
		}
	}
	for _, a := range []*config.Address{&i.VIPs[1], &i.VIPs[2], &i.VIPs[4], &i.ExcludedVIPs[1], &i.ExcludedVIPs[3], &i.ExcludedVIPs[4]} {
		a.VMAC = true
	}
	i.GARPDelay, i.GARPRepeat = 0, 1
	return i
}

// announced lists what captures saw announced since a moment, as `address from MAC`, each
// once.
func announced(i config.Instance, since time.Time, captures ...*lab.Capture) []string {
	seen := map[string]bool{}
	for _, c := range captures {
		for _, a := range addressesOf(&i) {
			for _, g := range c.GARPs(a.Prefix.Addr(), since) {
				seen[fmt.Sprint(g.Addr, " from ", g.MAC)] = true
			}
			for _, g := range c.NAs(a.Prefix.Addr(), since) {
				seen[fmt.Sprint(g.Addr, " from ", g.MAC)] = true
			}
		}
	}
	return sortedKeys(seen)
}

// Both programs announce the same addresses again, from the same hardware addresses.
func TestSemantics3_10_ExtraInterfacesAreThoseOfKeepalived(t *testing.T) {
	t.Parallel()
	for _, all := range []bool{false, true} {
		var seen [2][]string
		for at, kind := range []string{"keepalived", "engine"} {
			t.Run(fmt.Sprintf("%s all=%v", kind, all), func(t *testing.T) {
				lab.Judge(t, func(t *lab.Trial) { seen[at] = extra(t, kind, all) })
			})
		}
		if d := cmp.Diff(seen[0], seen[1]); d != "" || len(seen[1]) < 4 {
			t.Errorf("all=%v (-keepalived +engine):\n%s%v", all, d, seen[1])
		}
	}
}

// extra is what a program announces on other interfaces, every second.
func extra(t testing.TB, kind string, all bool) []string {
	n := newNetwork(t)
	a := n.router()
	a.setMAC("02:00:00:00:00:01")
	a.run("ip", "link", "set", "eth1", "address", "02:00:00:00:01:01")
	other, err := a.Capture("eth1p")
	must(t, err)
	defer other.Close()
	i := scattered()
	i.GARPExtra = config.GARPExtra{Interval: time.Second, All: all}
	startAs(a, kind, i)
	a.log(0, "Entering MASTER STATE")
	n.garps(time.Time{}, "192.168.1.140", 1) // the last of the first burst
	start := time.Now()
	list := n.garps(start, "192.168.1.148", 3)
	for k := 1; k < 3; k++ {
		if gap := list[k].At.Sub(list[k-1].At); (gap - time.Second).Abs() > 200*time.Millisecond {
			t.Errorf("%v between two rounds, want a second", gap)
		}
	}
	return announced(i, start, n.cap, other)
}

// garps waits until at least count gratuitous ARPs for an address were seen.
func (n *network) garps(since time.Time, addr string, count int) []lab.GARP {
	n.Helper()
	var list []lab.GARP
	err := lab.Eventually(8*time.Second, itoa(count)+" gratuitous ARPs for "+addr, func() (bool, string) {
		list = n.cap.GARPs(netip.MustParseAddr(addr), since)
		return len(list) >= count, itoa(len(list))
	})
	if err != nil {
		n.Fatal(err)
	}
	return list
}

func TestSemantics1_25_UnicastAnnouncesItsSourceAfterAFault(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"keepalived", "engine"} {
		t.Run(kind, func(t *testing.T) {
			n := newNetwork(t)
			a := n.box("a", "192.168.1.151/24")
			a.role.Detail = true
			i := v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth)
			i.SourceIP = a.addr
			i.UnicastPeers = []config.Peer{{Addr: netip.MustParseAddr("192.168.1.152"), MaxTTL: 255}}
			startAs(a, kind, i)
			a.log(0, "Entering MASTER STATE")
			if early := n.cap.GARPs(a.addr, time.Time{}); len(early) > 0 {
				t.Errorf("announced at the start: %v", early)
			}
			must(t, a.CutCable())
			a.log(0, "Entering FAULT STATE")
			mark, start := a.proc.LogSize(), time.Now()
			must(t, a.PlugCable())
			a.log(mark, "VI_1: sending gratuitous ARP for 192.168.1.151")
			a.log(mark, "Entering MASTER STATE")
			n.garps(start, "192.168.1.150", 5)
			if list := n.cap.GARPs(a.addr, start); len(list) != 1 || list[0].MAC != a.mac() {
				t.Errorf("announced %v, want one from %s", list, a.mac())
			}
		})
	}
}

// Without peers there is neither unicast nor multicast; a reload that brings one ends it.
func TestSemantics2_10_FaultWithoutPeers(t *testing.T) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	i := v3(instance("VI_1", 51, 255, "192.168.1.150/32"), tenth)
	i.FaultNoPeer = true
	a.engine(i)
	a.log(0, "(VI_1) entering FAULT state (unicast without any peers)")
	start := time.Now()
	i.UnicastPeers = []config.Peer{{Addr: netip.MustParseAddr("192.168.1.152"), MaxTTL: 255}}
	a.reload(i)
	a.has(soon, "192.168.1.150/32")
	if list := n.cap.Adverts(time.Time{}, func(ad lab.Advert) bool { return ad.At.Before(start) || ad.Dst.IsMulticast() }); len(list) > 0 {
		t.Errorf("sent %v", list)
	}
}

func TestStatesAreToldAgainAfterAReload(t *testing.T) {
	t.Parallel()
	lab.Judge(t, statesAreToldAgainAfterAReload)
}

func statesAreToldAgainAfterAReload(t *lab.Trial) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	a.role.Config.Global.Reloading.WriteStates = true
	i := v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth)
	a.engine(i)
	a.log(0, `notify INSTANCE "VI_1" MASTER 100`)
	mark := a.proc.LogSize()
	a.reload(i)
	a.log(mark, `notify INSTANCE "VI_1" MASTER 100`)
	a.role.Config.Global.Reloading.WriteStates = false
	mark = a.proc.LogSize()
	a.reload(i)
	if slices.ContainsFunc(strings.Split(a.proc.LogSince(mark), "\n"), func(l string) bool { return strings.Contains(l, "notify") }) {
		t.Errorf("told without being asked:\n%s", a.proc.LogSince(mark))
	}
}
