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
