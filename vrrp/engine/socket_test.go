package engine

import (
	"bytes"
	"math"
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"holdfast/internal/conformance"
	"holdfast/vrrp"
)

func transmit(payload ...byte) vrrp.Transmit {
	return vrrp.Transmit{Interface: "eth0", Src: netip.MustParseAddr("192.168.1.151"),
		Dst: netip.MustParseAddr("224.0.0.18"), TTL: 255, Payload: payload}
}

func TestSemantics2_1_Header(t *testing.T) {
	conformance.Shows(t, "R3", "R5")
	got := (&family4{}).datagram(nil, transmit(1, 2, 3, 4))
	want := []byte{0x45, 0xc0, 0, 24, 0, 0, 0, 0, 255, 112, 0, 0, 192, 168, 1, 151, 224, 0, 0, 18, 1, 2, 3, 4}
	if !bytes.Equal(got, want) {
		t.Errorf("datagram\n%x, want\n%x", got, want)
	}
}

func TestParseIPv4(t *testing.T) {
	plain := (&family4{}).datagram(nil, transmit(1, 2, 3, 4))
	options := slices.Concat([]byte{0x46}, plain[1:20], []byte{0x94, 4, 0, 0}, plain[20:])
	for _, c := range []struct {
		name    string
		b       []byte
		ok      bool
		header  int
		payload []byte
	}{
		{"plain", plain, true, 20, []byte{1, 2, 3, 4}},
		{"with options", options, true, 24, []byte{1, 2, 3, 4}},
		{"padded by Ethernet", append(slices.Clone(plain), 0, 0), true, 20, []byte{1, 2, 3, 4, 0, 0}},
		{"no payload", plain[:20], true, 20, nil},
		{"short", plain[:19], false, 0, nil},
		{"empty", nil, false, 0, nil},
		{"version 6", append([]byte{0x60}, plain[1:]...), false, 0, nil},
		{"header length below 5", append([]byte{0x44}, plain[1:]...), false, 0, nil},
		{"header longer than all", append([]byte{0x4f}, plain[1:]...), false, 0, nil},
	} {
		d, ok := parse4("eth0", c.b)
		if ok != c.ok {
			t.Errorf("%s: accepted %v, want %v", c.name, ok, c.ok)
			continue
		}
		if !ok {
			continue
		}
		if d.HeaderLen != c.header || !bytes.Equal(d.Payload, c.payload) || d.TTL != 255 || d.TotalLength != 24 ||
			d.Src != netip.MustParseAddr("192.168.1.151") || d.Dst != netip.MustParseAddr("224.0.0.18") || d.Interface != "eth0" {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
}

// An authentication header is no part of the payload; what comes behind one that is no advert is none.
func TestSemantics2_13_ParseIPv4WithHeader(t *testing.T) {
	sealed := transmit(append([]byte{112, 4, 0, 0, 192, 168, 1, 151, 19: 0, 23: 0}, 0x21, 51)...)
	sealed.AH, sealed.ID = true, 0x102
	b := (&family4{}).datagram(nil, sealed)
	if b[9] != 51 || b[4] != 1 || b[5] != 2 {
		t.Fatalf("header % x", b[:20])
	}
	d, ok := parse4("eth0", b)
	if !ok || !bytes.Equal(d.Payload, []byte{0x21, 51}) || len(d.AH) != 24 || !bytes.Equal(d.Header, b[:20]) {
		t.Errorf("%v %+v", ok, d)
	}
	if d, ok = parse4("eth0", b[:30]); !ok || len(d.AH) != 10 || len(d.Payload) != 0 {
		t.Errorf("cut: %v %+v", ok, d)
	}
	if _, ok = parse4("eth0", with(b, 20, 6)); ok {
		t.Error("TCP in it")
	}
}

func FuzzParseIPv4(f *testing.F) {
	f.Add((&family4{}).datagram(nil, transmit(1, 2, 3, 4)))
	f.Add([]byte{0x4f})
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, ok := parse4("eth0", b)
		if ok && d.HeaderLen+len(d.AH)+len(d.Payload) != len(b) {
			t.Errorf("header of %d and payload of %d bytes out of %d", d.HeaderLen, len(d.Payload), len(b))
		}
	})
}

// pair is two connected sockets that keep datagrams apart.
func pair(t *testing.T) (in, out int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fds[0]); unix.Close(fds[1]) })
	return fds[0], fds[1]
}

func write(t *testing.T, fd int, b ...byte) {
	t.Helper()
	if _, err := unix.Write(fd, b); err != nil {
		t.Fatal(err)
	}
}

func TestReceiverDrainsInOrder(t *testing.T) {
	in, out := pair(t)
	r := newReceiver()
	var got []byte
	each := func(a arrival) { got = append(got, a.bytes[0]) }
	if n := r.drain(in, 100, each); n != 0 || got != nil {
		t.Fatalf("%d datagrams from an empty socket", n)
	}
	// More than one batch needs a queue that long.
	for i := range 2 * burst {
		if _, err := unix.Write(out, []byte{byte(i)}); err == unix.EAGAIN {
			break
		}
	}
	n := r.drain(in, 4*burst, each)
	if n == 0 || n != len(got) {
		t.Fatalf("%d drained, %d handled", n, len(got))
	}
	for i, b := range got {
		if int(b) != i {
			t.Fatalf("order %v", got)
		}
	}
	write(t, out, bytes.Repeat([]byte{7}, maxDatagram+100)...)
	size := 0
	r.drain(in, 1, func(a arrival) { size = len(a.bytes) })
	if size != maxDatagram {
		t.Errorf("an oversized datagram gives %d bytes, want it cut to %d", size, maxDatagram)
	}
}

// allocations is how often f allocates. The count is of the whole process, in which others
// allocate as well whenever they get to run; what f does itself is in every count, hence the
// least of many.
func allocations(f func()) float64 {
	least := math.Inf(1)
	for range 100 {
		least = min(least, testing.AllocsPerRun(10, f))
	}
	return least
}

func TestReceivingAndSendingAllocateNothing(t *testing.T) {
	if raceDetector {
		t.Log("the race detector allocates; the receiver is tested all the same")
	}
	in, out := pair(t)
	r := newReceiver()
	each := func(arrival) {}
	datagram := (&family4{}).datagram(nil, transmit(1, 2, 3, 4))
	if n := allocations(func() {
		if _, err := unix.Write(out, datagram); err != nil {
			t.Fatal(err)
		}
		if r.drain(in, burst, each) != 1 {
			t.Fatal("nothing received")
		}
	}); n != 0 && !raceDetector {
		t.Errorf("%v allocations for a received datagram", n)
	}

	net := newNetwork(t)
	a := net.box("a", "192.168.1.151/24")
	err := a.Do(func() error {
		k, l := openLink(t, "eth0")
		defer k.Close()
		p, err := openSocket(mainPort, l)
		if err != nil {
			return err
		}
		defer p.close()
		tx := transmit(make([]byte, 20)...)
		if n := allocations(func() {
			if err := p.send(tx); err != nil {
				t.Fatal(err)
			}
		}); n != 0 && !raceDetector {
			t.Errorf("%v allocations for a sent datagram", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// mainPort is that of most instances of the tests.
var mainPort = portTo("eth0", netip.MustParseAddr("224.0.0.18"))

// Somebody else on the host is a member of the group; a port that did not join it does not
// get its datagrams.
func TestPortReceivesItsOwnGroupsOnly(t *testing.T) {
	n := newNetwork(t)
	a, x := n.box("a", "192.168.1.151/24"), n.box("x", "192.168.1.153/24")
	must(t, a.Do(func() error {
		k, l := openLink(t, "eth0")
		defer k.Close()
		other := portTo("eth0", netip.MustParseAddr("224.0.0.19"))
		var ports [3]socket
		for i, k := range []portKey{mainPort, other, portTo("eth0", a.addr)} {
			p, err := openSocket(k, l)
			if err != nil {
				return err
			}
			defer p.close()
			ports[i] = p
		}
		r := newReceiver()
		// count is how many of those with this virtual router identifier have come.
		count := func(p socket, vrid byte) (n int) {
			r.drain(p.fd(), burst, func(a arrival) {
				if d, ok := parse(mainPort, a); ok && d.Payload[1] == vrid {
					n++
				}
			})
			return n
		}
		advert := good()
		advert[1] = 1
		arrive(t, x, ports[0].fd(), checksum(advert))
		if count(ports[0], 1) == 0 {
			t.Error("the member has received something else")
		}
		for _, p := range ports[1:] {
			if got := count(p, 1); got != 0 {
				t.Errorf("%d datagrams of a group it has not joined", got)
			}
		}
		return nil
	}))
}
