package maglev

import "math/bits"

// A key is that of a SipHash: two words, which are equal here.
type key uint64

// The kernel's keys: where a server begins in its order of the slots, and where the slot
// of a client is; and by how much a server goes on.
const (
	position key = 2654435761
	stride   key = 2654446892
)

// hash is SipHash-1-3 (Aumasson and Bernstein, 2012) of the four bytes of a word, cut to
// 32 bits.
func (k key) hash(word uint32) uint32 {
	s := sip{
		0x736f6d6570736575 ^ uint64(k), 0x646f72616e646f6d ^ uint64(k),
		0x6c7967656e657261 ^ uint64(k), 0x7465646279746573 ^ uint64(k),
	}
	// The message fits into its last block: the number of its bytes is the highest of it.
	block := 4<<56 | uint64(word)
	s[3] ^= block
	s.round()
	s[0] ^= block
	s[2] ^= 0xff
	for range 3 {
		s.round()
	}
	return uint32(s[0] ^ s[1] ^ s[2] ^ s[3])
}

type sip [4]uint64

func (s *sip) round() {
	s[0] += s[1]
	s[2] += s[3]
	s[1] = bits.RotateLeft64(s[1], 13) ^ s[0]
	s[3] = bits.RotateLeft64(s[3], 16) ^ s[2]
	s[0] = bits.RotateLeft64(s[0], 32)
	s[2] += s[1]
	s[0] += s[3]
	s[1] = bits.RotateLeft64(s[1], 17) ^ s[2]
	s[3] = bits.RotateLeft64(s[3], 21) ^ s[0]
	s[2] = bits.RotateLeft64(s[2], 32)
}
