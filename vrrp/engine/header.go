package engine

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/net/ipv4"

	"holdfast/vrrp"
)

// protocol is VRRP's IP protocol number.
const protocol = 112

// precedence is the TOS byte of an advertisement: internetwork control.
const precedence = 0xc0

// appendDatagram appends the IPv4 datagram of t to b: TOS 0xc0, identification 0, may
// be fragmented (semantics 2.1). The kernel fills in the header checksum and, as
// for keepalived, an identification when it sends.
func appendDatagram(b []byte, t vrrp.Transmit) []byte {
	src, dst := t.Src.As4(), t.Dst.As4()
	b = append(b, ipv4.Version<<4|ipv4.HeaderLen/4, precedence)
	b = binary.BigEndian.AppendUint16(b, uint16(ipv4.HeaderLen+len(t.Payload)))
	b = append(b, 0, 0, 0, 0, t.TTL, protocol, 0, 0)
	b = append(b, src[:]...)
	b = append(b, dst[:]...)
	return append(b, t.Payload...)
}

// parseDatagram takes apart a received IPv4 datagram; false if it is not one. The
// payload is part of b. What the IP layer let through is not checked again, and
// nothing of VRRP is: that is counted by vrrp.Core.
func parseDatagram(dev string, b []byte) (vrrp.Datagram, bool) {
	if len(b) < ipv4.HeaderLen || b[0]>>4 != ipv4.Version {
		return vrrp.Datagram{}, false
	}
	header := int(b[0]&0x0f) * 4
	if header < ipv4.HeaderLen || header > len(b) {
		return vrrp.Datagram{}, false
	}
	return vrrp.Datagram{
		Interface:   dev,
		Src:         netip.AddrFrom4([4]byte(b[12:16])),
		Dst:         netip.AddrFrom4([4]byte(b[16:20])),
		TTL:         b[8],
		TotalLength: int(binary.BigEndian.Uint16(b[2:])),
		HeaderLen:   header,
		Payload:     b[header:],
	}, true
}
