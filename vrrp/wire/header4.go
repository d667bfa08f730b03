package wire

import (
	"encoding/binary"
	"net/netip"
)

// header4Len is the length of an IPv4 header without options, in bytes.
const header4Len = 20

// Precedence is the TOS byte of an advert, in IPv6 its traffic class: internetwork control (semantics 2.1).
const Precedence = 0xc0

// A Header4 is the IPv4 header that an advert is sent with. An authentication header covers most of it, so
// it is made in one place only.
type Header4 struct {
	Src, Dst netip.Addr // of IPv4
	TTL      uint8
	// Protocol is Protocol or AHProtocol.
	Protocol uint8
	// ID is the identification; the kernel puts another one in the place of 0.
	ID uint16
}

// Append appends the header of a datagram with so many bytes behind it to b: TOS Precedence, may be fragmented, no
// options. The checksum is 0: whoever sends it fills it in.
func (h Header4) Append(b []byte, payload int) []byte {
	src, dst := h.Src.As4(), h.Dst.As4()
	b = append(b, 4<<4|header4Len/4, Precedence)
	b = binary.BigEndian.AppendUint16(b, uint16(header4Len+payload))
	b = binary.BigEndian.AppendUint16(b, h.ID)
	// Neither flags nor an offset; the last 0, 0 is room for the checksum.
	b = append(b, 0, 0, h.TTL, h.Protocol, 0, 0)
	b = append(b, src[:]...)
	return append(b, dst[:]...)
}
