//go:build e2e

package traffic

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// An outer is what a director puts around a packet, in words, and where it sends it.
type outer struct {
	to, inner netip.Addr // the real server, and the service
	words     string
}

const (
	protoIPIP = 4
	protoUDP  = 17
	protoIPv6 = 41
	protoGRE  = 47

	greChecksum = 0x8000
)

// unwrap reads an Ethernet frame with a packet in a tunnel; the kernel's own reading is the other witness, since its servers
// take the packets.
func unwrap(frame []byte) (o outer, is bool) {
	defer func() {
		if recover() != nil { // cut short
			is = false
		}
	}()
	to, proto, rest := ip(frame[14:])
	o.to = to
	switch proto {
	case protoIPIP, protoIPv6:
		o.words = "ipip"
	case protoGRE:
		flags, kind := binary.BigEndian.Uint16(rest), binary.BigEndian.Uint16(rest[2:])
		o.words = "gre"
		proto = map[uint16]byte{0x0800: protoIPIP, 0x86dd: protoIPv6}[kind]
		rest = rest[4:]
		if flags&greChecksum != 0 {
			o.words += " csum"
			rest = rest[4:]
		}
		if flags&^greChecksum != 0 {
			o.words += fmt.Sprintf(" flags %x", flags)
		}
	case protoUDP:
		o.words = fmt.Sprintf("gue port %d", binary.BigEndian.Uint16(rest[2:]))
		if binary.BigEndian.Uint16(rest[6:]) != 0 {
			o.words += " csum"
		}
		gue := rest[8:]
		proto, rest = gue[1], gue[4+4*int(gue[0]&31):]
		if gue[0]&^31 != 0 {
			return o, false // a control message, or of another version
		}
		// A private field that begins with the flags of it: the only one that there is is that of remote checksums.
		if flags := binary.BigEndian.Uint16(gue[2:]); flags == 1 && binary.BigEndian.Uint32(gue[4:]) == 1<<31 {
			o.words += " remcsum"
		} else if flags != 0 {
			o.words += fmt.Sprintf(" flags %x", flags)
		}
	default:
		return o, false
	}
	if proto != protoIPIP && proto != protoIPv6 {
		return o, false
	}
	o.inner, _, _ = ip(rest)
	return o, o.inner.Is4() == (proto == protoIPIP)
}

// ip reads the header of a packet.
func ip(b []byte) (to netip.Addr, proto byte, rest []byte) {
	if b[0]>>4 == 4 {
		return netip.AddrFrom4([4]byte(b[16:20])), b[9], b[4*(b[0]&15):]
	}
	return netip.AddrFrom16([16]byte(b[24:40])), b[6], b[40:]
}

func TestUnwrap(t *testing.T) {
	v4 := func(proto byte, rest ...byte) []byte {
		return append([]byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, proto, 0, 0, 1, 1, 1, 1, 2, 2, 2, proto}, rest...)
	}
	v6 := func(proto byte, rest ...byte) []byte {
		b := append(make([]byte, 40), rest...)
		b[0], b[6], b[24], b[39] = 0x60, proto, 0xfd, proto
		return b
	}
	cat := func(b []byte, rest []byte) []byte { return append(b, rest...) }
	for _, c := range []struct {
		name   string
		packet []byte
		want   string
	}{
		{"ipip", cat(v4(4), v4(6)), "ipip 2.2.2.4 2.2.2.6"},
		{"IPv6 in IPv4", cat(v4(41), v6(6)), "ipip 2.2.2.41 fd00::6"},
		{"gre", cat(v4(47, 0, 0, 8, 0), v4(6)), "gre 2.2.2.47 2.2.2.6"},
		{"gre with a checksum", cat(v6(47, 0x80, 0, 0x86, 0xdd, 1, 2, 0, 0), v6(6)), "gre csum fd00::2f fd00::6"},
		{"gre with a key", cat(v4(47, 0x20, 0, 8, 0), v4(6)), "gre flags 2000 2.2.2.47 2.2.2.6"},
		{"gue", cat(v4(17, 1, 1, 0x17, 0xc0, 0, 0, 0, 0, 0, 4, 0, 0), v4(6)), "gue port 6080 2.2.2.17 2.2.2.6"},
		{"gue with a checksum", cat(v6(17, 1, 1, 0x17, 0xc0, 0, 0, 1, 0, 0, 4, 0, 0), v4(6)),
			"gue port 6080 csum fd00::11 2.2.2.6"},
		{"gue with a remote checksum", cat(v4(17, 1, 1, 0x17, 0xc0, 0, 0, 0, 0, 2, 4, 0, 1, 0x80, 0, 0, 0, 0, 20, 0, 36), v4(6)),
			"gue port 6080 remcsum 2.2.2.17 2.2.2.6"},
		{"no tunnel", v4(6, 1, 2, 3, 4), ""},
		{"DNS", v4(17, 1, 1, 0, 53, 0, 0, 0, 0, 0x12, 0x34, 1, 0), ""},
		{"cut short", v4(4, 0x45, 0), ""},
	} {
		got := ""
		if o, is := unwrap(cat(make([]byte, 14), c.packet)); is {
			got = strings.Join([]string{o.words, o.to.String(), o.inner.String()}, " ")
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
