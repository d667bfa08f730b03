package engine

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/internal/conformance"
	"holdfast/test/lab"
)

// router6 is the virtual router of most of these tests.
func router6() (name string, vips []string) {
	return "VI_6", []string{"fe80::51/64", "2001:db8::150/128"}
}

// silent fails if anything was sent from an address.
func (n *network) silent(from netip.Addr) {
	n.Helper()
	if got := n.cap.Adverts(time.Time{}, lab.From(from)); len(got) > 0 {
		n.Errorf("sent %v", got)
	}
}

// heard waits for an advert with a priority from an address.
func (n *network) heard(since time.Time, from netip.Addr, priority uint8) lab.Advert {
	n.Helper()
	a, err := n.cap.Wait(since, soon, "an advertisement of "+from.String(), func(a lab.Advert) bool {
		return a.Src == from && a.Priority == priority
	})
	if err != nil {
		n.Fatal(err)
	}
	return a
}

// A router waits for a link-local address, and until duplicate address detection has passed it; when the address
// goes, it says so from that and stops.
func TestSemantics2_4_IPv6WaitsForItsAddress(t *testing.T) {
	conformance.Shows(t, "R6")
	conformance.Refuses(t, "R6")
	t.Parallel()
	n := newNetwork(t)
	a := n.box("a", "fe80::151/64")
	must(t, a.DelAddr("eth0", netip.MustParsePrefix("fe80::151/64")))
	must(t, a.Sysctl("net/ipv6/conf/eth0/accept_dad", "1"))
	name, vips := router6()
	a.engine(v3(instance(name, 51, 100, vips...), tenth))
	a.log(0, "(VI_6) entering FAULT state (no IPv6 address for interface)")
	must(t, a.AddAddr("eth0", netip.MustParsePrefix("2001:db8::151/64"))) // not link-local
	if _, err := a.Run("ip", "addr", "add", "fe80::151/64", "dev", "eth0"); err != nil {
		t.Fatal(err)
	}
	out, err := a.Run("ip", "-6", "addr", "show", "dev", "eth0", "tentative")
	must(t, err)
	log := a.proc.Log()
	if !strings.Contains(out, "fe80::151") { // the machine was slow: detection is over
		t.Logf("not seen tentative: %s", out)
	} else if strings.Contains(log, "BACKUP") {
		t.Errorf("a tentative address is used:\n%s", log)
	}
	a.log(0, "(VI_6) Entering BACKUP STATE")
	a.log(0, "(VI_6) Entering MASTER STATE")
	n.heard(time.Time{}, a.addr, 100)
	gone := time.Now()
	mark := a.proc.LogSize()
	must(t, a.DelAddr("eth0", netip.MustParsePrefix("fe80::151/64")))
	a.log(mark, "(VI_6) Entering FAULT STATE")
	n.heard(gone, a.addr, 0)
}

// An address that another host has is never used.
func TestIPv6AddressThatAnotherHostHas(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	n.box("x", "fe80::151/64")
	own, err := a.Addrs("eth0")
	must(t, err)
	for _, p := range own {
		if p.Addr().Is6() {
			must(t, a.DelAddr("eth0", p))
		}
	}
	must(t, a.Sysctl("net/ipv6/conf/eth0/accept_dad", "1"))
	must(t, a.AddAddr("eth0", netip.MustParsePrefix("fe80::151/64")))
	must(t, lab.Eventually(soon, "the address to be found elsewhere", func() (bool, string) {
		out, err := a.Run("ip", "-6", "addr", "show", "dev", "eth0", "dadfailed")
		return err == nil && strings.Contains(out, "fe80::151"), out
	}))
	name, vips := router6()
	a.engine(v3(instance(name, 51, 100, vips...), tenth))
	a.log(0, "(VI_6) entering FAULT state (no IPv6 address for interface)")
	must(t, a.AddAddr("eth0", netip.MustParsePrefix("fe80::152/64")))
	n.heard(time.Time{}, netip.MustParseAddr("fe80::152"), 100)
	n.silent(a.addr)
	n.silent(netip.MustParseAddr("fe80::151"))
}

// The source stays what it is while the interface gets other addresses.
func TestIPv6SourceStays(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a := n.box("a", "fe80::151/64")
	name, vips := router6()
	a.engine(v3(instance(name, 51, 100, vips...), tenth))
	n.heard(time.Time{}, a.addr, 100)
	for _, p := range []string{"fe80::1/64", "fe80::ffff/64", "2001:db8::7/64"} {
		must(t, a.AddAddr("eth0", netip.MustParsePrefix(p)))
	}
	for range 3 {
		n.heard(time.Now(), a.addr, 100)
	}
	must(t, a.DelAddr("eth0", netip.MustParsePrefix("fe80::151/64")))
	n.heard(time.Now(), netip.MustParseAddr("fe80::1"), 100)
	if log := a.proc.Log(); strings.Contains(log, "FAULT") {
		t.Errorf("log:\n%s", log)
	}
	n.silent(netip.MustParseAddr("fe80::51")) // a virtual one is no source
}

// With the MTU of the interface IPv6 goes, and the kernel forgets who has joined what; with IPv6 switched off it
// goes as well. Afterwards a backup hears its master again.
func TestIPv6GoesAndComesBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, off, on string }{
		{"MTU", "ip link set eth0 mtu 1000", "ip link set eth0 mtu 1500"},
		{"switched off", "sysctl -w net.ipv6.conf.eth0.disable_ipv6=1", "sysctl -w net.ipv6.conf.eth0.disable_ipv6=0"},
		{"MTU, in no time", "ip link set eth0 mtu 1000; ip link set eth0 mtu 1500", "true"},
		{"down", "ip link set eth0 down", "ip link set eth0 up"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t)
			// The kernel makes the link-local address of a again by itself.
			a, b := n.box("a", "192.168.1.151/24"), n.box("b", "fe80::152/64")
			name, vips := router6()
			b.engine(v3(instance(name, 51, 150, vips...), tenth))
			n.heard(time.Time{}, b.addr, 150)
			a.engine(v3(instance(name, 51, 100, vips...), tenth))
			run := func(script string) {
				if out, err := a.Run("sh", "-c", script); err != nil {
					t.Fatal(err, out)
				}
			}
			run(c.off)
			a.log(0, "(VI_6) Entering FAULT STATE")
			mark := a.proc.LogSize()
			run(c.on)
			must(t, lab.Eventually(soon, "BACKUP after FAULT", func() (bool, string) {
				_, after, _ := strings.Cut(a.proc.Log(), "Entering FAULT STATE")
				return strings.Contains(after, "(VI_6) Entering BACKUP STATE"), after
			}))
			from := time.Now()
			for range 15 { // five master down intervals
				from = n.heard(from, b.addr, 150).At.Add(time.Millisecond)
			}
			if log := a.proc.LogSince(mark); strings.Contains(log, "MASTER") {
				t.Errorf("deaf:\n%s", log)
			}
		})
	}
}

// A reload changes the family of a router: the old one ends, the new one begins.
func TestReloadFromOneFamilyToTheOther(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	four := v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth)
	six := v3(instance("VI_1", 51, 100, "fe80::51/64", "2001:db8::150/128"), tenth)
	families := func(since time.Time) (six bool) {
		ad, err := n.cap.Wait(since, soon, "an advertisement", func(a lab.Advert) bool { return a.Priority == 100 })
		must(t, err)
		return ad.Src.Is6()
	}
	a.engine(four)
	if families(time.Time{}) {
		t.Error("IPv6 before")
	}
	for _, want := range []bool{true, false} {
		at := time.Now()
		if want {
			a.reload(six)
		} else {
			a.reload(four)
		}
		zero, err := n.cap.Wait(at, soon, "priority 0", func(a lab.Advert) bool { return a.Priority == 0 })
		must(t, err)
		if zero.Src.Is6() == want {
			t.Errorf("priority 0 comes from %v", zero.Src)
		}
		if families(zero.At) != want {
			t.Errorf("after the reload IPv6 is %v", !want)
		}
	}
	a.has(soon, "192.168.1.150/32")
	all, err := a.Addrs("eth0")
	must(t, err)
	for _, p := range all {
		if strings.HasPrefix(p.String(), "2001:") || p == prefix("fe80::51/64") {
			t.Errorf("%v is left", p)
		}
	}
}

// A source of global scope is used as it is, also with a hop limit of its own for peers.
func TestIPv6ConfiguredSource(t *testing.T) {
	t.Parallel()
	for _, unicast := range []bool{false, true} {
		n := newNetwork(t)
		a, b := n.box("a", "2001:db8::151/64"), n.box("b", "2001:db8::152/64")
		name, vips := router6()
		i := v3(instance(name, 51, 100, vips...), tenth)
		i.SourceIP = a.addr
		dst, ttl := group6, uint8(255)
		if unicast {
			i.UnicastPeers, i.UnicastTTL = []config.Peer{{Addr: b.addr, MaxTTL: 255}}, 77
			dst, ttl = b.addr, 77
		}
		a.engine(i)
		if ad := n.heard(time.Time{}, a.addr, 100); ad.Dst != dst || ad.TTL != ttl || ad.Version != 3 || len(ad.Addrs) != 2 {
			t.Errorf("unicast %v: %+v", unicast, ad)
		}
		if code := a.stop(); code != 0 {
			t.Errorf("exit status %d", code)
		}
		n.heard(time.Time{}, a.addr, 0)
	}
}
