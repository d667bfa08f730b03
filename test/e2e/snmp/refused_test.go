//go:build e2e

package snmp

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"holdfast/test/lab"
)

// A forged advert is one of 192.168.1.152, with something wrong.
type forged struct {
	ttl, head, auth, interval byte
	vrid                      byte
	password                  string
	spoil                     uint16 // of the checksum
}

// packet is the advert with the header of its datagram.
func (f forged) packet() []byte {
	src, dst := netip.MustParseAddr("192.168.1.152").AsSlice(), netip.MustParseAddr("224.0.0.18").AsSlice()
	body := []byte{f.head, f.vrid, 10, 1, f.auth, f.interval, 0, 0, 192, 168, 1, f.vrid}
	sum := uint32(0)
	if f.head>>4 == 2 {
		body = append(body, append([]byte(f.password), make([]byte, 8-len(f.password))...)...)
	} else { // the pseudo header
		for _, b := range [][]byte{src, dst, {0, 112, 0, byte(len(body))}} {
			for i := 0; i < len(b); i += 2 {
				sum += uint32(binary.BigEndian.Uint16(b[i:]))
			}
		}
	}
	for i := 0; i < len(body) && (f.head>>4 != 2 || i < 12+8); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(body[i:]))
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	binary.BigEndian.PutUint16(body[6:], ^uint16(sum)+f.spoil)
	head := []byte{0x45, 0xc0, 0, byte(20 + len(body)), 0, 0, 0, 0, f.ttl, 112, 0, 0}
	return append(append(append(head, src...), dst...), body...)
}

func v2() forged {
	return forged{ttl: 255, head: 0x21, auth: 1, interval: 1, vrid: 61, password: "secret"}
}

func v3() forged { return forged{ttl: 255, head: 0x31, interval: 50, vrid: 62} }

// Adverts that are refused are told of: by the MIB of version 2 where they do not show that they may be sent, by that of
// version 3 where they are none for this link or this version.
func TestRefusalsAreTold(t *testing.T) {
	t.Parallel()
	with := func(f forged, edit func(*forged)) func(*station) {
		edit(&f)
		return func(s *station) { s.must(s.peer.Host.SendIP(netip.MustParseAddr("224.0.0.18"), f.packet())) }
	}
	lab.Judge(t, func(t *lab.Trial) {
		p := newPair(t)
		p.each(func(s *station) { s.start(scene(t, "refusals")) })
		p.have(".1.3.6.1.4.1.9586.100.5.2.3.1.4.1 = INTEGER: 2")
		p.have(".1.3.6.1.4.1.9586.100.5.2.3.1.4.2 = INTEGER: 2")
		p.tells([]step{
			{"a TTL", 1, with(v2(), func(f *forged) { f.ttl = 254 })},
			{"a version", 1, with(v2(), func(f *forged) { f.head = 0x31 })},
			{"a type, which is no matter of theirs, and a checksum", 1, func(s *station) {
				with(v2(), func(f *forged) { f.head = 0x22 })(s)
				with(v2(), func(f *forged) { f.spoil = 1 })(s)
			}},
			{"no authentication", 1, with(v2(), func(f *forged) { f.auth = 0 })},
			{"an authentication that there is not", 1, with(v2(), func(f *forged) { f.auth = 7 })},
			{"a wrong password", 1, with(v2(), func(f *forged) { f.password = "other" })},
			{"a TTL of version 3", 1, with(v3(), func(f *forged) { f.ttl = 254 })},
			{"version 2", 1, with(v3(), func(f *forged) { f.head = 0x21 })},
			{"a checksum of version 3", 1, with(v3(), func(f *forged) { f.spoil = 1 })},
		})
	})
}
