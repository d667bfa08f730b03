package wire

import "net/netip"

// checksum is the one's complement checksum of a packet whose checksum field is
// zero (RFC 1071). Version 2 over IPv4 covers the packet alone, version 3 and
// everything over IPv6 a pseudo-header too (RFC 9568 section 5.2.8).
func checksum(b []byte, version uint8, p Path) uint16 {
	sum := add(0, b)
	if !p.Src.Is4() || version != 2 && !p.Bare {
		sum = addPseudo(sum, p.Src, p.Dst, len(b))
	}
	return ^fold(sum)
}

// sums reports whether a received packet, its checksum field included, sums up.
func sums(b []byte, version uint8, p Path) bool { return checksum(b, version, p) == 0 }

// A Form is one of the ways to make the checksum that are found in the field.
type Form uint8

// WrongForm is none of them. FullForm covers a pseudo-header, BareForm does not, GroupForm covers one with
// 224.0.0.18 as destination of what goes elsewhere. Bare6Form is BareForm over IPv6.
const (
	WrongForm Form = iota
	FullForm
	BareForm
	GroupForm
	Bare6Form
)

// formOf tells which form a checksum has that was refused.
func formOf(b []byte, version uint8, p Packet) Form {
	if fold(add(0, b)) == 0xffff {
		if p.Src.Is4() {
			return BareForm
		}
		return Bare6Form
	}
	switch {
	case !p.Src.Is4():
		return WrongForm
	case sums(b, 3, Path{Src: p.Src, Dst: p.Dst}):
		return FullForm
	case version == 3 && sums(b, 3, Path{Src: p.Src, Dst: Group4()}):
		return GroupForm
	}
	return WrongForm
}

// explain says what the sender does and what would help, in a refusal.
func (f Form) explain() string {
	switch f {
	case FullForm:
		return " - the sender covers a pseudo-header, which is for version 3"
	case BareForm:
		return " - the sender leaves out the pseudo-header; set v3_checksum_as_v2 to accept that and do the same"
	case GroupForm:
		return " - the sender takes 224.0.0.18 for the destination, as old versions do; leave out old_unicast_checksum never"
	case Bare6Form:
		return " - the sender leaves out the pseudo-header, which IPv6 always has"
	}
	return ""
}

func addPseudo(sum uint32, src, dst netip.Addr, length int) uint32 {
	if src.Is4() {
		s, d := src.As4(), dst.As4()
		sum = add(add(sum, s[:]), d[:])
	} else {
		s, d := src.As16(), dst.As16()
		sum = add(add(sum, s[:]), d[:])
	}
	return sum + uint32(length>>16) + uint32(length&0xffff) + Protocol
}

// add adds b as big-endian 16 bit words, an odd last byte padded with zero. The
// carries stay in the upper half: a packet is far too short to overflow it.
func add(sum uint32, b []byte) uint32 {
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	return sum
}

func fold(sum uint32) uint16 {
	for sum>>16 != 0 {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}
