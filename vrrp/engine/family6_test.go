package engine

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/conformance"
	"holdfast/vrrp"
)

const (
	highAddr6 = "fe80::151"
	lowAddr6  = "fe80::152"
)

var group6 = netip.MustParseAddr("ff02::12")

// kinds6 are the ways a pair may talk over IPv6.
var kinds6 = []kind{
	{"v3 IPv6", 400 * time.Millisecond, func(priority uint8, _, _ string) config.Instance {
		return v3(instance("VI_1", 51, priority, "2001:db8::150/128"), tenth)
	}},
	{"v2 IPv6", 3700 * time.Millisecond, func(priority uint8, _, _ string) config.Instance {
		return instance("VI_1", 51, priority, "2001:db8::150/128")
	}},
	{"v3 IPv6 unicast", 400 * time.Millisecond, func(priority uint8, _, peer string) config.Instance {
		i := v3(instance("VI_1", 51, priority, "2001:db8::150/128"), tenth)
		i.UnicastPeers = []config.Peer{{Addr: netip.MustParseAddr(peer), MaxTTL: 255}}
		return i
	}},
}

func transmit6(payload ...byte) vrrp.Transmit {
	return vrrp.Transmit{Interface: "eth0", Src: netip.MustParseAddr("fe80::151"), Dst: group6, TTL: 255, Payload: payload}
}

func TestSemantics2_1_HeaderOfIPv6(t *testing.T) {
	conformance.Shows(t, "R5", "R8")
	got := (&family6{}).datagram(nil, transmit6(1, 2, 3, 4))
	want := []byte{0x6c, 0, 0, 0, 0, 4, 112, 255,
		0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x51,
		0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 1, 2, 3, 4}
	if !bytes.Equal(got, want) {
		t.Errorf("datagram\n%x, want\n%x", got, want)
	}
}

// control is one control message as the kernel writes it.
func control(level, kind int32, data ...byte) []byte {
	b := binary.NativeEndian.AppendUint64(nil, uint64(unix.CmsgLen(len(data))))
	b = binary.NativeEndian.AppendUint32(b, uint32(level))
	b = binary.NativeEndian.AppendUint32(b, uint32(kind))
	b = append(b, data...)
	return append(b, make([]byte, unix.CmsgSpace(len(data))-len(b))...)
}

func hopLimit(n uint32) []byte {
	return control(unix.IPPROTO_IPV6, unix.IPV6_HOPLIMIT, binary.NativeEndian.AppendUint32(nil, n)...)
}

func pktInfo(dst netip.Addr) []byte {
	return control(unix.IPPROTO_IPV6, unix.IPV6_PKTINFO, append(dst.AsSlice(), 2, 0, 0, 0)...)
}

func TestParseIPv6(t *testing.T) {
	from := netip.MustParseAddr("fe80::9")
	join := func(list ...[]byte) []byte { return bytes.Join(list, nil) }
	for _, c := range []struct {
		name    string
		from    netip.Addr
		control []byte
		ok      bool
		ttl     uint8
	}{
		{"both", from, join(hopLimit(255), pktInfo(group6)), true, 255},
		{"the other way round", from, join(pktInfo(group6), hopLimit(254)), true, 254},
		{"others between", from, join(control(unix.SOL_SOCKET, unix.IPV6_HOPLIMIT, 1, 0, 0, 0), pktInfo(group6),
			control(unix.IPPROTO_IPV6, unix.IPV6_TCLASS, 9, 0, 0, 0), hopLimit(7)), true, 7},
		{"no hop limit", from, pktInfo(group6), false, 0},
		{"no destination", from, hopLimit(255), false, 0},
		{"no control message", from, nil, false, 0},
		{"no source", netip.Addr{}, join(hopLimit(255), pktInfo(group6)), false, 0},
		{"cut off", from, join(hopLimit(255), pktInfo(group6))[:50], false, 0},
		{"hop limit too short", from, join(control(unix.IPPROTO_IPV6, unix.IPV6_HOPLIMIT, 255), pktInfo(group6)), false, 0},
		{"destination too short", from, join(hopLimit(255), control(unix.IPPROTO_IPV6, unix.IPV6_PKTINFO, 1, 2, 3)), false, 0},
	} {
		d, ok := parse(portTo("eth0", group6), arrival{[]byte{1, 2, 3}, c.from, c.control})
		if ok != c.ok {
			t.Errorf("%s: accepted %v, want %v", c.name, ok, c.ok)
			continue
		}
		if ok && (d.TTL != c.ttl || d.Src != from || d.Dst != group6 || d.HeaderLen != 40 || !bytes.Equal(d.Payload, []byte{1, 2, 3}) || d.Interface != "eth0") {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
}

func FuzzParseIPv6(f *testing.F) {
	f.Add([]byte{1, 2, 3}, append(hopLimit(255), pktInfo(group6)...))
	f.Add([]byte(nil), []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5, 6, 7, 8})
	f.Fuzz(func(t *testing.T, b, control []byte) {
		d, ok := parse6("eth0", arrival{b, netip.MustParseAddr("fe80::9"), control})
		if ok && (!d.Dst.Is6() || len(d.Payload) != len(b)) {
			t.Errorf("%+v of %d bytes", d, len(b))
		}
	})
}

// The sending socket is bound to the source while it is an address of this host, so that the kernel looks for none among
// all addresses of the interface; what has another source is sent as well.
func TestIPv6SendingSocketIsBoundToTheSource(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	x := n.box("x", "fe80::153/64")
	must(t, x.Do(func() error {
		kernel, l := openLink(t, "eth0")
		defer kernel.Close()
		s, err := openSocket(portTo("eth0", group6), l)
		if err != nil {
			return err
		}
		defer s.close()
		for _, c := range []struct{ src, bound string }{
			{"fe80::153", "fe80::153"}, {"fe80::153", "fe80::153"}, {"fe80::154", "::"}, {"fe80::154", "::"}, {"fe80::153", "fe80::153"},
		} {
			tx := transmit6(make([]byte, 24)...)
			tx.Src = netip.MustParseAddr(c.src)
			eventually(t, "an address to send from", func() bool { return s.send(tx) == nil })
			name, err := unix.Getsockname(s.(*rawSocket).tx)
			if err != nil {
				return err
			}
			if got := netip.AddrFrom16(name.(*unix.SockaddrInet6).Addr).String(); got != c.bound {
				t.Errorf("after sending from %s it is bound to %s, want %s", c.src, got, c.bound)
			}
		}
		return nil
	}))
}

// What an IPv6 socket gets and gives, without an allocation: hop limit and destination with it.
func TestIPv6SocketTellsHopLimitAndDestination(t *testing.T) {
	conformance.Shows(t, "R8")
	n := newNetwork(t)
	a, x := n.box("a", "fe80::151/64"), n.box("x", "fe80::153/64")
	k := portTo("eth0", group6)
	open := func(b *box, use func(socket)) {
		must(t, b.Do(func() error {
			kernel, l := openLink(t, "eth0")
			defer kernel.Close()
			s, err := openSocket(k, l)
			if err != nil {
				return err
			}
			defer s.close()
			use(s)
			return nil
		}))
	}
	open(a, func(in socket) {
		r := newReceiver()
		var got []vrrp.Datagram
		each := func(a arrival) {
			if d, ok := parse(k, a); ok {
				d.Payload = bytes.Clone(d.Payload)
				got = append(got, d)
			}
		}
		open(x, func(out socket) {
			for _, c := range []struct {
				dst string
				ttl uint8
			}{{"ff02::12", 255}, {"ff02::12", 254}, {"fe80::151", 3}, {"ff02::12", 255}} {
				got = nil
				tx := transmit6(1, 2, 3, 4, 5)
				tx.Src, tx.Dst, tx.TTL = x.addr, netip.MustParseAddr(c.dst), c.ttl
				// Until the link has a carrier its addresses are tentative, and nothing is sent from them.
				eventually(t, "an address to send from", func() bool { return out.send(tx) == nil })
				eventually(t, "the datagram", func() bool { return r.drain(in.fd(), burst, each) > 0 })
				if d := got[0]; len(got) != 1 || d.Src != x.addr || d.Dst.String() != c.dst || d.TTL != c.ttl || !bytes.Equal(d.Payload, tx.Payload) {
					t.Errorf("%+v: %+v", c, got)
				}
			}
			ignore := func(a arrival) { parse(k, a) }
			tx := transmit6(make([]byte, 24)...)
			tx.Src = x.addr
			if n := allocations(func() {
				if err := out.send(tx); err != nil {
					t.Fatal(err)
				}
				for r.drain(in.fd(), burst, ignore) == 0 {
				}
			}); n != 0 && !raceDetector {
				t.Errorf("%v allocations for a datagram that was sent and received", n)
			}
		})
	})
}

const ethIPv6 = 0xdd86 // in network order

func isVRRP6(f []byte) bool { return len(f) > 54 && f[14+6] == protocol }

// Byte for byte the frame of keepalived with the same configuration and source, but for the hardware
// address, and the flow label, which is the kernel's.
func TestSemantics2_1_FrameOfIPv6IsThatOfKeepalived(t *testing.T) {
	t.Parallel()
	for _, k := range kinds6 {
		t.Run(k.name, func(t *testing.T) {
			i := k.instance(100, "fe80::151", "fe80::153")
			i.VIPs = append(vips("fe80::51/64"), append(i.VIPs, vips("2001:db8:1:2::3/64")...)...)
			var frames [2][]byte
			for at, who := range []string{"keepalived", "engine"} {
				t.Run(who, func(t *testing.T) {
					n := newNetwork(t)
					a, x := n.box("a", "fe80::151/64"), n.box("x", "fe80::153/64")
					startAs(a, who, i)
					f := frame(t, x, ethIPv6, isVRRP6)
					clear(f[6:12])
					f[15] &= 0xf0
					clear(f[16:18])
					if f[0]&1 == 0 { // unicast: the hop limit of 2.2.7 is the kernel's, 64, if none is given
						clear(f[:6])
						if want := map[string]byte{"keepalived": 64, "engine": 255}[who]; f[21] != want {
							t.Errorf("hop limit %d, want %d", f[21], want)
						}
						f[21] = 0
					}
					frames[at] = f
				})
			}
			if !bytes.Equal(frames[0], frames[1]) {
				t.Errorf("keepalived %x\nengine     %x", frames[0], frames[1])
			}
		})
	}
}
