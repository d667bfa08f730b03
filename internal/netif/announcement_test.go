package netif

import (
	"bytes"
	"encoding/hex"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/internal/conformance"
)

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The frames are what keepalived 2.2.7 sent for the same addresses.
func TestSemantics3_8_NeighbourAdvertisementIsThatOfKeepalived(t *testing.T) {
	for _, c := range []struct {
		hw, addr string
		router   bool
		frame    string
	}{
		{"e6:68:c3:f7:03:ac", "2001:db8::100", false, `333300000001 e668c3f703ac 86dd 60000000 0020 3a ff
			20010db8000000000000000000000100 ff020000000000000000000000000001
			88 00 4b21 20000000 20010db8000000000000000000000100 0201 e668c3f703ac`},
		{"e2:4d:4c:f2:31:37", "2001:db8::101", true, `333300000001 e24d4cf23137 86dd 60000000 0020 3a ff
			20010db8000000000000000000000101 ff020000000000000000000000000001
			88 00 18b4 a0000000 20010db8000000000000000000000101 0201 e24d4cf23137`},
	} {
		hw, err := net.ParseMAC(c.hw)
		if err != nil {
			t.Fatal(err)
		}
		got, err := unsolicited(hw, netip.MustParseAddr(c.addr), c.router)
		if err != nil {
			t.Fatal(err)
		}
		if want := unhex(t, c.frame); !bytes.Equal(got, want) {
			t.Errorf("%s from %s:\n%x, want\n%x", c.addr, c.hw, got, want)
		}
	}
}

func TestNothingIsAnnouncedWithoutAHardwareAddress(t *testing.T) {
	conformance.Refuses(t, "R66")
	for _, addr := range []string{"10.0.0.1", "2001:db8::1"} {
		d := device{link: Link{Index: 1, Name: "tun0"}}
		if frame, _, err := d.announcement(netip.MustParseAddr(addr), false); err == nil {
			t.Errorf("%s: frame %x", addr, frame)
		}
	}
}

// The router flag follows the sysctl of the interface, which is read again when it is not fresh any more.
func TestSemantics3_8_RouterFlagFollowsForwarding(t *testing.T) {
	veth(t, "eth0", "eth1")
	a, _ := announcer(t, "eth0")
	read := listen(t, "eth1", 0xdd86)
	at := time.Now()
	for _, forwarding := range []string{"0", "1", "0"} {
		if err := os.WriteFile("/proc/sys/net/ipv6/conf/eth0/forwarding", []byte(forwarding), 0); err != nil {
			t.Fatal(err)
		}
		at = at.Add(freshness)
		a.do(func(a *Announcer) {
			a.Announce(1, []Target{{"eth0", netip.MustParseAddr("fd00::1")}}, 1, Pauses{})
			a.Send(at)
		})
		flags := advertisement(t, read)[58]
		if want := map[string]byte{"0": 0x20, "1": 0xa0}[forwarding]; flags != want {
			t.Errorf("forwarding %s: flags %x, want %x", forwarding, flags, want)
		}
	}
	if forwards("eth9") {
		t.Error("an interface that does not exist forwards")
	}
}

// Whether a host is a router is a file to read: a thousand addresses that are taken over at once do not read it a
// thousand times.
func TestWhetherAHostIsARouterIsAskedOnceForMany(t *testing.T) {
	a, _, _ := paper(1)
	asked, router := 0, true
	a.forwards = func(string) bool { asked++; return router }
	var frames [][]byte
	a.sender = frameSender(func(frame []byte) { frames = append(frames, bytes.Clone(frame)) })
	var targets []Target
	for i := range 1000 {
		targets = append(targets, Target{"eth1", netip.AddrFrom16([16]byte{0: 0xfd, 14: byte(i >> 8), 15: byte(i)})})
	}
	now := time.Now()
	burst := func() {
		frames = nil
		a.Announce(1, targets, 1, Pauses{})
		for a.Send(now) {
		}
	}
	check := func(times int, flags byte) {
		t.Helper()
		if asked != times {
			t.Errorf("asked %d times, want %d", asked, times)
		}
		for _, f := range frames {
			if f[58] != flags {
				t.Fatalf("flags %x, want %x", f[58], flags)
			}
		}
		if len(frames) != len(targets) {
			t.Errorf("%d frames, want %d", len(frames), len(targets))
		}
	}
	burst()
	check(1, 0xa0)
	router = false
	now = now.Add(freshness)
	burst()
	check(2, 0x20)
	a.SetLink(ethernetLink(1)) // it may be another one of the name
	burst()
	check(3, 0x20)
}

// A frameSender takes all frames.
type frameSender func(frame []byte)

func (f frameSender) send(_ int, _, frame []byte) error { f(frame); return nil }
func (f frameSender) forget(int)                        {}
func (f frameSender) close() error                      { return nil }

// advertisement reads until a neighbour advertisement comes.
func advertisement(t *testing.T, read func(time.Duration) []byte) []byte {
	t.Helper()
	for {
		f := read(5 * time.Second)
		if f == nil {
			t.Fatal("no frame")
		}
		if len(f) > 58 && f[20] == unix.IPPROTO_ICMPV6 && f[54] == 136 {
			return f
		}
	}
}

// Gratuitous ARP and neighbour advertisements have pauses of their own: a slow one does not
// hold up the other.
func TestSemantics3_9_FamiliesArePacedApart(t *testing.T) {
	veth(t, "eth0", "eth1")
	a, _ := announcer(t, "eth0")
	arp, ip6 := arps(t, "eth1"), listen(t, "eth1", 0xdd86)
	const pause = 40 * time.Millisecond
	targets := []Target{{"eth0", netip.MustParseAddr("10.0.0.1")}, {"eth0", netip.MustParseAddr("fd00::1")}, {"eth0", netip.MustParseAddr("fd00::2")}}
	start := time.Now()
	a.Announce(1, targets, 3, Pauses{ARP: time.Hour, NA: pause})
	if arp(5*time.Second) == nil {
		t.Fatal("no gratuitous ARP")
	}
	var order []byte
	for range 6 {
		order = append(order, advertisement(t, ip6)[77])
	}
	if want := []byte{1, 2, 1, 2, 1, 2}; !bytes.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
	if took := time.Since(start); took < 5*pause {
		t.Errorf("6 advertisements in %v, want pauses of %v", took, pause)
	}
	if f := arp(time.Millisecond); f != nil {
		t.Errorf("a second gratuitous ARP %x before the hour is over", f)
	}
	a.Cancel(1)
	a.Announce(2, targets[:1], 1, Pauses{})
	if f := arp(50 * time.Millisecond); f != nil {
		t.Errorf("the pause is forgotten with Cancel: %x", f)
	}
}

// Of several interfaces the order is that of the addresses too.
func TestSemantics3_9_OrderAcrossInterfaces(t *testing.T) {
	veth(t, "eth0", "eth1")
	v := newVMACs(t, openKernel(t))
	c := apply(t, v, vmacs(t, "eth0 51", "eth0 52"), "made vrrp.51, made vrrp.52", "vrrp.51@eth0 0133, vrrp.52@eth0 0134")
	a, _ := announcer(t, "eth0")
	for _, l := range c.Links {
		a.SetLink(l)
	}
	read := arps(t, "eth1")
	var targets []Target
	for i, dev := range []string{"vrrp.52", "eth0", "vrrp.51", "eth0", "vrrp.52"} {
		targets = append(targets, Target{dev, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})})
	}
	a.Announce(1, targets, 2, Pauses{})
	var order []byte
	for range 10 {
		order = append(order, read(5 * time.Second)[31])
	}
	if want := []byte{0, 1, 2, 3, 4, 0, 1, 2, 3, 4}; !bytes.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
	apply(t, v, nil, "removed vrrp.51, removed vrrp.52", "")
}
