package wire

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
	"time"

	"holdfast/internal/conformance"
)

var (
	six1 = netip.MustParseAddr("fe80::1")
	six2 = netip.MustParseAddr("2001:db8::100")
)

// good is a packet of version 3 that is accepted by an expectation of version 3, over either family.
func good(t *testing.T, six bool) Packet {
	t.Helper()
	a := Advert{Version: 3, VRID: 51, Priority: 100, Interval: time.Second, Addrs: vips}
	p := Packet{Src: host2, Dst: Group4(), TTL: 255, HeaderLen: 20}
	if six {
		a.Addrs = []netip.Addr{six1, six2}
		p = Packet{Src: netip.MustParseAddr("fe80::9"), Dst: Group6(), TTL: 255, HeaderLen: 40}
	}
	b, err := Append(nil, a, Path{Src: p.Src, Dst: p.Dst})
	if err != nil {
		t.Fatal(err)
	}
	p.Payload = b
	return p
}

// sum puts in the checksum of a packet that was changed.
func (p Packet) sum() Packet {
	p.Payload[6], p.Payload[7] = 0, 0
	binary.BigEndian.PutUint16(p.Payload[6:], checksum(p.Payload, p.Payload[0]>>4, Path{Src: p.Src, Dst: p.Dst}))
	return p
}

func refused(t *testing.T, p Packet, want Reason) {
	t.Helper()
	if _, v := Check(p, Expect{Version: 3}, nil); v.Reason != want {
		t.Errorf("%s, want %s", v.Reason, want)
	}
}

// A hop limit that says that a router was passed is refused, over both families.
func TestEveryOtherTTLIsRefused(t *testing.T) {
	conformance.Refuses(t, "R3", "R4", "R8", "R74")
	for _, six := range []bool{false, true} {
		for ttl := range 256 {
			p := good(t, six)
			p.TTL = uint8(ttl)
			want := BadTTL
			if ttl == 255 {
				want = Accepted
			}
			refused(t, p, want)
		}
	}
}

// All versions and all types but one are refused.
func TestEveryOtherVersionAndTypeIsRefused(t *testing.T) {
	conformance.Refuses(t, "R9", "R10")
	for _, six := range []bool{false, true} {
		for first := range 256 {
			p := good(t, six)
			p.Payload[0] = byte(first)
			p.sum()
			_, v := Check(p, Expect{Version: 3}, nil)
			switch {
			case first == 0x31:
				if v.Reason != Accepted {
					t.Errorf("%s", v.Text())
				}
			case first>>4 == 2: // it may be of another length too
				if v.Reason == Accepted {
					t.Errorf("%#x is accepted", first)
				}
			case first>>4 == 3:
				refused(t, p, InvalidType)
			default:
				refused(t, p, WrongVersion)
			}
		}
	}
}

// An advert without an address is ignored in version 3; one with 1 to 255 counts.
func TestCountOfAddresses(t *testing.T) {
	conformance.Shows(t, "R14")
	conformance.Refuses(t, "R14")
	for _, family := range [][]netip.Addr{{host2, Group4(), host1}, {six1, Group6(), six2}} {
		for _, n := range []int{0, 1, 255} {
			a := Advert{Version: 3, VRID: 1, Priority: 9, Interval: time.Second, Addrs: slices.Repeat(family[2:], n)}
			b, err := Append(nil, a, Path{Src: family[0], Dst: family[1]})
			if err != nil {
				t.Fatal(err)
			}
			want := Accepted
			if n == 0 {
				want = NoAddresses
			}
			p := Packet{Src: family[0], Dst: family[1], TTL: 255, Payload: b}
			refused(t, p, want)
			// What stands in the buffer of the receiver already is no address of the packet.
			if _, v := Check(p, Expect{Version: 3}, []netip.Addr{host1}); v.Reason != want {
				t.Errorf("%s with a buffer in use, want %s", v.Reason, want)
			}
		}
	}
	b, err := Append(nil, Advert{Version: 2, VRID: 1, Interval: time.Second}, Path{Src: host2, Dst: Group4()})
	if err != nil {
		t.Fatal(err)
	}
	p := Packet{Src: host2, Dst: Group4(), TTL: 255, Payload: b}
	if _, v := Check(p, Expect{Version: 2, Interval: time.Second}, nil); v.Reason != Accepted {
		t.Errorf("version 2 without an address: %s", v.Text())
	}
}

// The reserved bits are zero in what is sent; set in what is received they change nothing.
func TestReservedBits(t *testing.T) {
	conformance.Shows(t, "R15")
	conformance.Refuses(t, "R15")
	for _, six := range []bool{false, true} {
		want, v := Check(good(t, six), Expect{Version: 3}, nil)
		if v.Reason != Accepted || good(t, six).Payload[4]&0xf0 != 0 {
			t.Fatalf("%s, % x", v.Text(), good(t, six).Payload)
		}
		longest := Advert{Version: 3, Interval: MaxInterval3, Addrs: vips}
		if b, err := Append(nil, longest, Path{Src: host1, Dst: Group4()}); err != nil || b[4] != 0x0f || b[5] != 0xff {
			t.Errorf("the longest interval: % x, %v", b, err)
		}
		for bits := range 16 {
			p := good(t, six)
			p.Payload[4] |= byte(bits << 4)
			got, v := Check(p.sum(), Expect{Version: 3}, nil)
			if v.Reason != Accepted || got.Interval != want.Interval || got.Priority != want.Priority ||
				!slices.Equal(got.Addrs, want.Addrs) {
				t.Errorf("reserved bits %04b: %s, %+v", bits, v.Text(), got)
			}
		}
	}
}

// Every length but the right one is refused, whatever the IP header says of it.
func TestEveryOtherLengthIsRefused(t *testing.T) {
	conformance.Shows(t, "R56")
	conformance.Refuses(t, "R56")
	for _, six := range []bool{false, true} {
		whole := good(t, six)
		refused(t, whole, Accepted)
		for n := range len(whole.Payload) {
			p := whole
			p.Payload = whole.Payload[:n]
			refused(t, p, TooShort)
			p.TotalLength = p.HeaderLen + n
			refused(t, p, TooShort)
		}
		for n := range 20 {
			p := whole
			p.Payload = append(slices.Clone(whole.Payload), make([]byte, n+1)...)
			refused(t, p, TooLong)
		}
		for count := range 256 {
			p := good(t, six)
			p.Payload[3] = byte(count)
			p.sum()
			want := map[bool]Reason{true: TooShort, false: TooLong}[count > 2]
			if count == 2 {
				want = Accepted
			}
			refused(t, p, want)
		}
	}
}

// Addresses of the other family do not have the length that the count says.
func TestAddressesOfTheOtherFamily(t *testing.T) {
	conformance.Refuses(t, "R19")
	p := good(t, false)
	p.Src, p.Dst, p.HeaderLen = netip.MustParseAddr("fe80::9"), Group6(), 40
	refused(t, p.sum(), TooShort)
	p = good(t, true)
	p.Src, p.Dst, p.HeaderLen = host2, Group4(), 20
	refused(t, p.sum(), TooLong)
}

// Over IPv6 the sum of the message alone, and of a pseudo-header with another length, are refused.
func TestChecksumsOfIPv6(t *testing.T) {
	conformance.Shows(t, "R18")
	conformance.Refuses(t, "R18")
	refused(t, good(t, true), Accepted)
	for name, sum := range map[string]func(b []byte, p Packet) uint16{
		"the message alone": func(b []byte, _ Packet) uint16 { return ^fold(add(0, b)) },
		"twice the length": func(b []byte, p Packet) uint16 {
			return ^fold(addPseudo(add(0, b), p.Src, p.Dst, 2*len(b)))
		},
		"no protocol": func(b []byte, p Packet) uint16 {
			return ^fold(addPseudo(add(0, b), p.Src, p.Dst, len(b)) - Protocol)
		},
	} {
		p := good(t, true)
		p.Payload[6], p.Payload[7] = 0, 0
		binary.BigEndian.PutUint16(p.Payload[6:], sum(p.Payload, p))
		if _, v := Check(p, Expect{Version: 3}, nil); v.Reason != BadChecksum {
			t.Errorf("%s: %s", name, v.Reason)
		}
	}
}
