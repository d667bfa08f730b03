package wire

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"hash"
	"net/netip"
)

// This file is the authentication header between the IP header and a version 2 packet of authentication type 2
// (RFC 2338 section 5.3.6.3, RFC 2402, HMAC-MD5-96 of RFC 2403), as keepalived 2.2.7 makes and reads it:
//
//	0      1      2      4      8          12               24
//	| next | len  | 0    | SPI  | sequence | integrity check |
//
// The check covers the IP header (without what changes on the way), this header (with zeros for the check) and
// the packet. The security parameter index is the source address. There is one sequence for all routers of a
// VRID: whoever takes over goes on from the number that was heard last (semantics 2.13).

const (
	// AHProtocol is the IP protocol number of an authentication header.
	AHProtocol = 51
	// AHLen is the length of the authentication header, in bytes.
	AHLen = 24
	// MaxSequence is the last sequence number; the number of a key never begins again (RFC 2402 section 2.5).
	MaxSequence = 1<<32 - 2

	icvLen = 12
	icvAt  = AHLen - icvLen
	// maxHeader4 is the length of an IPv4 header with as many options as there can be.
	maxHeader4 = 60
)

// An AHKey makes and checks authentication headers with one password. It keeps room for its work, so it is used by
// one goroutine only and allocates nothing but what Seal returns.
type AHKey struct {
	mac  hash.Hash
	room [maxHeader4 + AHLen]byte
	sum  [md5.Size]byte
}

// NewAHKey is the key of a password, which is filled up with zeros.
func NewAHKey(password [AuthLen]byte) *AHKey { return &AHKey{mac: hmac.New(md5.New, password[:])} }

// Seal appends the authentication header of an advert and the advert to b. It is right for a datagram with just
// the header h, whose protocol is AHProtocol.
func (k *AHKey) Seal(b []byte, h Header4, sequence uint32, message []byte) []byte {
	var ip [header4Len]byte
	start := len(b)
	b = append(b, Protocol, AHLen/4-2, 0, 0) // its length in words, less two (RFC 2402 section 2.2)
	spi := h.Src.As4()
	b = append(b, spi[:]...)
	b = binary.BigEndian.AppendUint32(b, sequence)
	b = append(b, k.check(h.Append(ip[:0], AHLen+len(message)), b[start:], message)...)
	return append(b, message...)
}

// check is the integrity check value of a datagram; it is valid until the next call. Of the authentication header
// only what stands before the value counts.
func (k *AHKey) check(ip, ah, message []byte) []byte {
	b := append(k.room[:0], ip...)
	b[1] = 0      // TOS
	clear(b[6:8]) // flags and offset
	if !netip.AddrFrom4([4]byte(b[16:20])).IsMulticast() {
		b[8] = 0 // TTL: 2.2.7 covers that of a multicast, which passes no router
	}
	clear(b[10:12]) // checksum
	b = append(b, ah[:icvAt]...)
	b = append(b, make([]byte, icvLen)...)
	k.mac.Reset()
	k.mac.Write(b) // a hash never fails
	k.mac.Write(message)
	return k.mac.Sum(k.sum[:0])[:icvLen]
}

// SplitAH takes the authentication header from the bytes behind an IP header; of fewer bytes than it has it is
// all there are. It reports false if what comes behind it is no advert.
func SplitAH(b []byte) (ah, message []byte, ok bool) {
	if len(b) == 0 || b[0] != Protocol {
		return nil, nil, false
	}
	n := min(len(b), AHLen)
	return b[:n], b[n:], true
}

// open checks the authentication header of a packet with a message. last is the highest number of before. The reasons
// come in keepalived's order. The length that the header tells is not looked at: a header of another length has another
// check.
func (k *AHKey) open(p Packet, message []byte, last uint32) (sequence uint32, v Verdict) {
	if len(p.Header) < header4Len || len(p.Header) > maxHeader4 || len(p.AH) != AHLen {
		return 0, Verdict{Reason: BadICV}
	}
	ah := p.AH
	if subtle.ConstantTimeCompare(ah[icvAt:], k.check(p.Header, ah, message)) != 1 {
		return 0, Verdict{Reason: BadICV}
	}
	if spi := netip.AddrFrom4([4]byte(ah[4:8])); spi != p.Src {
		return 0, Verdict{Reason: BadSPI, Src: p.Src, SPI: spi}
	}
	sequence = binary.BigEndian.Uint32(ah[8:])
	if sequence <= last {
		return 0, Verdict{Reason: Replayed, Got: int(sequence), Want: int(last)}
	}
	return sequence, Verdict{}
}

// headerText says why a packet was refused for its authentication header or the lack of one.
func (v Verdict) headerText() string {
	switch v.Reason {
	case BadICV:
		return "IPSEC-AH : invalid IPSEC HMAC-MD5 value. Due to fields mutation or bad password !"
	case BadSPI:
		return fmt.Sprintf("IPSEC-AH : invalid IPSEC SPI value. %s and expect %s", v.SPI, v.Src)
	case Replayed:
		return fmt.Sprintf("IPSEC-AH : sequence number %d already processed. Packet dropped. Local(%d)", v.Got, v.Want)
	}
	return fmt.Sprintf("received by IP protocol %d, expecting %d!", v.Got, v.Want)
}
