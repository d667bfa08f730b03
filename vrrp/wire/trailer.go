package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"hash"
	"net/netip"
)

// This file is all there is of the layout of the trailer with which auth_hmac signs adverts (semantics 2.14). It is
// behind the packet, in version 2 over IPv4 behind the authentication data, and counts in the length of the datagram:
//
//	0      1     2        3     4                  12              28
//	| type | key | length | 0   | stamp, 64 bits   | tag, 16 bytes |
//
// The type is 1, the length that of the trailer. The stamp is the time of the sender in microseconds since 1970, always
// higher than the one before. The tag is the beginning of HMAC-SHA256 over source and destination address, the packet
// with zero for its checksum, and the trailer before the tag. The checksum of the packet does not cover the trailer.
//
// The facts known of keepalived 2.4.2 are a trailer of fixed size, the tag of 128 bits, a key number and a sequence
// made of the time. The order of the fields and what the tag covers are ours (docs/compatibility.md).

const (
	// TrailerLen is the length of the trailer, in bytes.
	TrailerLen = 28
	// MinKey and MaxKey bound the length of a key of auth_hmac, in bytes.
	MinKey = 32
	MaxKey = 64

	trailerType = 1
	stampAt     = 4
	tagAt       = 12
)

// A Key is one key of auth_hmac with its number, which every trailer names.
type Key struct {
	ID     uint8
	Secret []byte
}

// A Keyring signs and checks trailers. It keeps room for its work, so it is used by one goroutine only and allocates
// nothing but what Sign returns.
type Keyring struct {
	keys [256]hash.Hash // nil for a number without a key
	head [2*16 + HeaderLen]byte
	sum  [sha256.Size]byte
}

// NewKeyring is a ring of keys; of two with a number the last counts.
func NewKeyring(keys []Key) *Keyring {
	k := new(Keyring)
	for _, key := range keys {
		k.keys[key.ID] = hmac.New(sha256.New, key.Secret)
	}
	return k
}

// Sign appends a packet and its trailer to b. The ring must have the key.
func (k *Keyring) Sign(b []byte, src, dst netip.Addr, message []byte, key uint8, stamp uint64) []byte {
	b = append(b, message...)
	start := len(b)
	b = append(b, trailerType, key, TrailerLen, 0)
	b = binary.BigEndian.AppendUint64(b, stamp)
	return append(b, k.tag(k.keys[key], src, dst, message, b[start:])...)
}

// tag is valid until the next call. Of the trailer what stands before the tag counts.
func (k *Keyring) tag(mac hash.Hash, src, dst netip.Addr, message, trailer []byte) []byte {
	head := k.head[:0]
	if src.Is4() {
		s, d := src.As4(), dst.As4()
		head = append(append(head, s[:]...), d[:]...)
	} else {
		s, d := src.As16(), dst.As16()
		head = append(append(head, s[:]...), d[:]...)
	}
	head = append(head, message[:HeaderLen]...)
	clear(head[len(head)-2:]) // the checksum, which has more than one form (semantics 2.3)
	mac.Reset()
	mac.Write(head) // a hash never fails
	mac.Write(message[HeaderLen:])
	mac.Write(trailer[:tagAt])
	return mac.Sum(k.sum[:0])[:TrailerLen-tagAt]
}

// open checks the trailer behind a packet.
func (k *Keyring) open(p Packet, message, trailer []byte) (stamp uint64, v Verdict) {
	if len(trailer) != TrailerLen || trailer[0] != trailerType || trailer[2] != TrailerLen || trailer[3] != 0 {
		return 0, Verdict{Reason: TrailerMalformed, Got: len(trailer), Want: TrailerLen}
	}
	mac := k.keys[trailer[1]]
	if mac == nil {
		return 0, Verdict{Reason: UnknownKey, Got: int(trailer[1])}
	}
	if subtle.ConstantTimeCompare(trailer[tagAt:], k.tag(mac, p.Src, p.Dst, message, trailer)) != 1 {
		return 0, Verdict{Reason: InvalidHMAC, Got: int(trailer[1])}
	}
	return binary.BigEndian.Uint64(trailer[stampAt:]), Verdict{}
}
