package engine

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"holdfast/internal/conformance"
	"holdfast/internal/netif"
)

// onVMAC is the port of a router on a virtual MAC interface.
func onVMAC(group netip.Addr) portKey {
	k := portTo("vrrp.51", group)
	k.vrid = 51
	return k
}

// framed is a datagram as a frame socket gives it: with a header checksum and padding.
func framed(padding int, payload ...byte) []byte {
	b := (&family4{}).datagram(nil, transmit(payload...))
	binary.BigEndian.PutUint16(b[10:], headerChecksum(b[:20]))
	return append(b, make([]byte, padding)...)
}

// framed6 is one of IPv6.
func framed6(padding int, payload ...byte) []byte {
	return append((&family6{}).datagram(nil, transmit6(payload...)), make([]byte, padding)...)
}

func with(b []byte, at int, value byte) []byte {
	b = bytes.Clone(b)
	b[at] = value
	return b
}

// The filter takes what is for the router and nothing else. What kind of frame it is in is not part of this: the
// virtual machine for tests does not know.
func TestFrameFilterTakesWhatIsForTheRouter(t *testing.T) {
	conformance.Refuses(t, "R5", "R55")
	four, six := framed(6, 0x31, 51, 100, 1), framed6(0, 0x31, 51, 100, 1)
	options := append(with(four[:20], 0, 0x46), 1, 1, 1, 1)
	for _, c := range []struct {
		name  string
		group netip.Addr
		b     []byte
		taken bool
	}{
		{"IPv4", groupA, four, true},
		{"IPv4 with options", groupA, append(options, 0x31, 51, 100, 1), true},
		{"options that look like it", groupA, append(append(options[:20:20], 0x31, 51, 100, 1), 0x31, 52, 0, 0), false},
		{"another protocol", groupA, with(four, 9, 17), false},
		{"another group", groupB, four, false},
		{"another router", groupA, with(four, 21, 52), false},
		{"too short", groupA, four[:21], false},
		{"nothing", groupA, nil, false},
		{"IPv6", group6, six, true},
		{"IPv6, another header", group6, with(six, 6, 58), false},
		{"IPv6, another group", group6, with(six, 39, 0x13), false},
		{"IPv6, a group of other scope", group6, with(six, 25, 5), false},
		{"IPv6, another router", group6, with(six, 41, 50), false},
		{"IPv6, too short", group6, six[:41], false},
	} {
		vm, err := bpf.NewVM(frameFilter(onVMAC(c.group))[3:])
		must(t, err)
		n, err := vm.Run(c.b)
		must(t, err)
		if (n > 0) != c.taken || n > len(c.b) && n != maxDatagram {
			t.Errorf("%s: takes %d bytes, want it taken: %v", c.name, n, c.taken)
		}
	}
}

// With authentication headers the VRID is behind one.
func TestSemantics2_13_FrameFilter(t *testing.T) {
	k := onVMAC(groupA)
	k.protocol = 51
	sealed := transmit(append(make([]byte, 24), 0x21, 51)...)
	sealed.Payload[0], sealed.AH = 112, true
	b := (&family4{}).datagram(nil, sealed)
	binary.BigEndian.PutUint16(b[10:], headerChecksum(b[:20]))
	vm, err := bpf.NewVM(frameFilter(k)[3:])
	must(t, err)
	for name, c := range map[string]struct {
		b     []byte
		taken bool
	}{
		"ours": {b, true}, "another router": {with(b, 45, 52), false}, "without a header": {framed(0, 0x21, 51), false},
		"where it is without a header": {with(with(b, 21, 51), 45, 52), false}, "cut": {b[:45], false},
	} {
		n, err := vm.Run(c.b)
		must(t, err)
		if (n > 0) != c.taken {
			t.Errorf("%s: takes %d bytes", name, n)
		}
	}
	d, ok := parse(k, arrival{bytes: append(b, 0, 0, 0)})
	if !ok || !bytes.Equal(d.Payload, []byte{0x21, 51}) || len(d.AH) != 24 {
		t.Errorf("%v %+v", ok, d)
	}
}

func TestParseFrame(t *testing.T) {
	payload := []byte{0x31, 51, 100, 1}
	four, six := framed(6, payload...), framed6(2, payload...)
	wrong := with(four, 10, four[10]+1)
	fragment := with(with(four, 6, 0x20), 10, 0)
	fragment[11] = 0
	binary.BigEndian.PutUint16(fragment[10:], headerChecksum(fragment[:20]))
	for _, c := range []struct {
		name  string
		group netip.Addr
		b     []byte
		ok    bool
	}{
		{"padded", groupA, four, true},
		{"not padded", groupA, four[:24], true},
		{"cut", groupA, four[:23], false},
		{"checksum of the header", groupA, wrong, false},
		{"fragment", groupA, fragment, false},
		{"IPv6 for IPv4", groupA, six, false},
		{"header only", groupA, four[:20], false},
		{"IPv6 padded", group6, six, true},
		{"IPv6 cut", group6, six[:43], false},
		{"IPv4 for IPv6", group6, four, false},
		{"nothing", group6, nil, false},
	} {
		d, ok := parse(onVMAC(c.group), arrival{bytes: c.b})
		if ok != c.ok {
			t.Errorf("%s: %v", c.name, ok)
		}
		if ok && (d.Interface != "vrrp.51" || d.Dst != c.group || d.TTL != 255 || !bytes.Equal(d.Payload, payload)) {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
}

func FuzzParseFrame(f *testing.F) {
	f.Add(framed(6, 1, 2, 3), false)
	f.Add(framed6(6, 1, 2, 3), true)
	f.Add([]byte{0x4f, 0x60}, false)
	f.Fuzz(func(t *testing.T, b []byte, six bool) {
		group := groupA
		if six {
			group = group6
		}
		d, ok := parse(onVMAC(group), arrival{bytes: b})
		if ok && (d.HeaderLen+len(d.AH)+len(d.Payload) > len(b) || d.Src.Is6() != six) {
			t.Errorf("%+v of %d bytes", d, len(b))
		}
	})
}

func TestHardwareAddressesOfGroups(t *testing.T) {
	for group, want := range map[string][6]byte{
		"224.0.0.18":     {1, 0, 0x5e, 0, 0, 0x12},
		"239.255.129.18": {1, 0, 0x5e, 0x7f, 0x81, 0x12},
		"ff02::12":       {0x33, 0x33, 0, 0, 0, 0x12},
		"ff05::1:2:3":    {0x33, 0x33, 0, 2, 0, 3},
	} {
		if got := groupHardware(netip.MustParseAddr(group)); [6]byte(got[:6]) != want {
			t.Errorf("%s: %x, want %x", group, got, want)
		}
	}
}

// A frame socket that cannot be opened leaves nothing open, and one on an interface without a parent here is none.
func TestFrameSocketNeedsItsParent(t *testing.T) {
	if _, err := openSocket(onVMAC(groupA), netif.Link{Index: 1}); err == nil {
		t.Error("opened without a parent")
	}
	before := openFiles(t)
	if _, err := openSocket(onVMAC(groupA), netif.Link{Index: 1 << 30, Parent: 1 << 30}); err == nil {
		t.Error("opened on an interface that is not there")
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d files are open, were %d", after, before)
	}
}

// openFiles is the number of the next file descriptor, which tells whether one was left open.
func openFiles(t *testing.T) int {
	t.Helper()
	fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	must(t, err)
	unix.Close(fd)
	return fd
}
