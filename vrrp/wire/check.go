package wire

import (
	"crypto/subtle"
	"fmt"
	"net/netip"
	"time"
)

// Reason says why a packet was refused, or that it was not.
type Reason uint8

// The reasons, in the order in which they are looked for (semantics 2.5).
const (
	Accepted         Reason = iota
	TooShort                // length: less than the fields say
	TooLong                 // length: more than the fields say
	BadTTL                  // multicast packet that has passed a router
	WrongVersion            // not the version configured
	TrailerMissing          // auth_hmac: not signed
	TrailerMalformed        // auth_hmac: what is behind the packet is no trailer
	UnknownKey              // auth_hmac: signed with a key we do not have
	InvalidHMAC             // auth_hmac: wrong key, or changed on the way
	Replay                  // auth_hmac: not a new stamp
	Stale                   // auth_hmac: signed too long ago, or in the future
	UnknownAuth             // version 2: no such authentication type
	AuthMismatch            // version 2: not the authentication type configured
	AuthFailure             // version 2: wrong password
	WrongCarrier            // with an authentication header where none is due, or without
	BadICV                  // authentication header: wrong password, or changed on the way
	BadSPI                  // authentication header: not of the sender
	Replayed                // authentication header: not a new sequence number
	IntervalMismatch        // version 2: not our interval; version 3: zero
	InvalidType             // not an advertisement
	BadIPLength             // the IP header's total length disagrees
	BadChecksum
	WrongCast      // multicast for a unicast router or the other way round
	OwnerIgnores   // owner_ignore_adverts; not found by Check
	NotAPeer       // not one of the unicast peers; found by CheckPeer
	PeerTTL        // TTL outside the peer's range; found by CheckPeer
	OwnAddress     // our own source address; not found by Check
	NoAddresses    // version 3: not one address
	numberOfReason // keep last
)

var reasonNames = [numberOfReason]string{
	"accepted", "too short", "too long", "TTL", "version", "not signed", "malformed trailer", "unknown key",
	"invalid HMAC", "replay", "stale", "unknown authentication type",
	"authentication type", "authentication failure", "authentication header", "integrity check",
	"security parameter index",
	"sequence number", "advertisement interval", "packet type",
	"IP length", "checksum", "multicast or unicast", "owner ignores adverts", "not a peer", "peer TTL", "own address",
	"no address",
}

// String names the reason in a word or two.
func (r Reason) String() string {
	if r < numberOfReason {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// A Packet is one received VRRP packet without its IP header.
type Packet struct {
	Src, Dst netip.Addr
	TTL      uint8
	// TotalLength and HeaderLen are the IP header's; TotalLength is 0 if the
	// receiver could not tell.
	TotalLength, HeaderLen int
	Payload                []byte
	// Header is the IPv4 header as it was received, and AH the authentication header behind it (SplitAH); without one
	// both may be nil.
	Header, AH []byte
}

// Expect is what a virtual router requires of the packets it accepts.
type Expect struct {
	Version  uint8
	Interval time.Duration // compared in version 2 only
	Auth     AuthType
	Password [AuthLen]byte
	// AH checks authentication headers, for AuthAH. Sequence is the highest number of before.
	AH       *AHKey
	Sequence uint32
	// Keys check trailers, for auth_hmac; nil without it. Unsigned is whether an advert without a trailer is accepted,
	// and Stamps are those of the sender that are.
	Keys     *Keyring
	Unsigned bool
	Stamps   Stamps
	Unicast  bool
	Bare     bool // v3_checksum_as_v2
	// OldChecksum is whether a version 3 unicast checksum made with the multicast
	// group as destination may be accepted, as old versions of keepalived send it
	// (semantics 2.3).
	OldChecksum bool
}

// A Verdict is the outcome of Check. Got and Want are the values that disagreed.
type Verdict struct {
	Reason    Reason
	Got, Want int
	Max       int // PeerTTL: Want is the smallest, Max the largest TTL accepted
	Version   uint8
	Src       netip.Addr // NotAPeer, BadSPI: the sender
	SPI       netip.Addr // BadSPI: the one found
	// Sequence is the number in an authentication header that was right, whatever is wrong with the packet behind it; 0
	// is none.
	Sequence uint32
	// Stamp is that of a trailer that was right and new, 0 without one.
	Stamp uint64
	// Multicast is, for WrongCast, whether multicast was expected.
	Multicast bool
	// Old is set for an accepted packet with the old unicast checksum.
	Old bool
	// Form is, for BadChecksum, that of the checksum that the packet has.
	Form Form
}

// Check decides whether a virtual router that expects e accepts p, and decodes it.
// The order of the checks is that of semantics 2.5. The addresses are appended to
// addrs. The advert is meaningful only if the verdict's reason is Accepted.
func Check(p Packet, e Expect, addrs []netip.Addr) (Advert, Verdict) {
	var found proof
	a, v := check(p, e, addrs, &found)
	v.Sequence, v.Stamp = found.sequence, found.stamp
	return a, v
}

// A proof is what was right in a packet, whatever is wrong with the rest of it.
type proof struct {
	sequence uint32
	stamp    uint64
}

func check(p Packet, e Expect, addrs []netip.Addr, found *proof) (Advert, Verdict) {
	b, trailer, v := checkLength(p, e.Keys != nil)
	if v.Reason != Accepted {
		return Advert{}, v
	}
	if p.TTL != TTL && !e.Unicast {
		return Advert{}, Verdict{Reason: BadTTL, Got: int(p.TTL), Want: TTL}
	}
	if version := b[0] >> 4; version != e.Version {
		return Advert{}, Verdict{Reason: WrongVersion, Got: int(version), Want: int(e.Version)}
	}
	if e.Keys != nil {
		if found.stamp, v = checkTrailer(p, b, trailer, e); v.Reason != Accepted {
			return Advert{}, v
		}
	}
	a, err := Decode(b, !p.Src.Is4(), addrs)
	if err != nil { // the length is right and the version known
		return Advert{}, Verdict{Reason: TooShort, Got: len(b), Want: len(b)}
	}
	if v := checkAuth(a, e, p.AH != nil); v.Reason != Accepted {
		return Advert{}, v
	}
	if p.AH != nil {
		if found.sequence, v = e.AH.open(p, b, e.Sequence); v.Reason != Accepted {
			return Advert{}, v
		}
	}
	if a.Version == 2 && a.Interval != e.Interval {
		return Advert{}, Verdict{
			Reason: IntervalMismatch, Version: 2,
			Got: int(a.Interval / time.Second), Want: int(e.Interval / time.Second),
		}
	}
	if typ := b[0] & 0x0f; typ != TypeAdvertisement {
		return Advert{}, Verdict{Reason: InvalidType, Got: int(typ), Want: TypeAdvertisement}
	}
	if want := p.HeaderLen + len(p.AH) + len(b) + len(trailer); p.TotalLength != 0 && p.TotalLength != want {
		return Advert{}, Verdict{Reason: BadIPLength, Got: p.TotalLength, Want: want}
	}
	if a.Interval == 0 {
		// An adopted interval of zero would make us master at once.
		return Advert{}, Verdict{Reason: IntervalMismatch, Version: a.Version, Want: int(e.Interval / centisecond)}
	}
	if a.Version == 3 && len(a.Addrs) == len(addrs) {
		// In version 2 an instance without addresses can be configured (no_virtual_ipaddress).
		return Advert{}, Verdict{Reason: NoAddresses}
	}
	old, ok := checkSum(b, a.Version, p, e)
	if !ok {
		return Advert{}, Verdict{Reason: BadChecksum, Version: a.Version, Form: formOf(b, a.Version, p)}
	}
	if p.Dst.IsMulticast() == e.Unicast {
		return Advert{}, Verdict{Reason: WrongCast, Multicast: !e.Unicast}
	}
	return a, Verdict{Version: a.Version, Old: old}
}

// checkLength returns the part of the payload that is the packet: what an
// Ethernet frame was padded with is behind the IP header's total length. With signed
// what is behind the packet is its trailer.
func checkLength(p Packet, signed bool) (b, trailer []byte, _ Verdict) {
	header := p.HeaderLen + len(p.AH)
	b = p.Payload
	if n := p.TotalLength - header; p.TotalLength != 0 && n >= 0 && n < len(b) {
		b = b[:n]
	}
	if len(b) < HeaderLen {
		return nil, nil, Verdict{Reason: TooShort, Got: header + len(b), Want: header + HeaderLen}
	}
	n, known := size(b, !p.Src.Is4())
	v := Verdict{Got: header + len(b), Want: header + n}
	switch {
	case len(b) < n:
		v.Reason = TooShort
		return nil, nil, v
	case !known: // which is found next
		return b, nil, Verdict{}
	case len(b) > n && !signed:
		v.Reason = TooLong
		return nil, nil, v
	}
	return b[:n], b[n:], Verdict{}
}

func checkAuth(a Advert, e Expect, ah bool) Verdict {
	switch {
	case a.Version == 2 && a.Auth > AuthAH:
		return Verdict{Reason: UnknownAuth, Got: int(a.Auth)}
	case a.Version == 2 && a.Auth != e.Auth:
		return Verdict{Reason: AuthMismatch, Got: int(a.Auth), Want: int(e.Auth)}
	case ah != (e.Auth == AuthAH):
		// The type is only a byte of the packet: without its header anybody could write it.
		return Verdict{Reason: WrongCarrier, Got: carrier(ah), Want: carrier(!ah)}
	case e.Auth == AuthPass && subtle.ConstantTimeCompare(a.AuthData[:], e.Password[:]) != 1:
		return Verdict{Reason: AuthFailure}
	}
	return Verdict{}
}

// carrier is the IP protocol that a packet comes with.
func carrier(ah bool) int {
	if ah {
		return AHProtocol
	}
	return Protocol
}

// checkSum reports whether the checksum is right, and whether only in the old way.
func checkSum(b []byte, version uint8, p Packet, e Expect) (old, ok bool) {
	path := Path{Src: p.Src, Dst: p.Dst}
	if sums(b, version, path) {
		return false, true
	}
	if version != 3 || !p.Src.Is4() {
		return false, false
	}
	path.Bare = true
	if e.Bare && sums(b, version, path) {
		return false, true
	}
	if e.Unicast && e.OldChecksum && sums(b, version, Path{Src: p.Src, Dst: Group4()}) {
		return true, true
	}
	return false, false
}

// Text says why the packet was refused, with the values, in keepalived's words.
func (v Verdict) Text() string {
	switch v.Reason {
	case TrailerMissing, TrailerMalformed, UnknownKey, InvalidHMAC, Replay, Stale:
		return v.trailerText()
	case WrongCarrier, BadICV, BadSPI, Replayed:
		return v.headerText()
	case TooShort:
		return fmt.Sprintf("vrrp packet too short, length %d and expect %d", v.Got, v.Want)
	case TooLong:
		return fmt.Sprintf("vrrp packet too long, length %d and expect %d", v.Got, v.Want)
	case BadTTL:
		return fmt.Sprintf("invalid TTL/HL. Received %d and expect %d", v.Got, v.Want)
	case WrongVersion:
		return fmt.Sprintf("wrong version. Received %d and expect %d", v.Got, v.Want)
	case UnknownAuth:
		return fmt.Sprintf("Invalid auth type: %d", v.Got)
	case AuthMismatch:
		return fmt.Sprintf("received a %d auth, expecting %d!", v.Got, v.Want)
	case AuthFailure:
		return "received an invalid passwd!"
	case IntervalMismatch:
		if v.Version == 3 {
			return "advertisement interval 0 received"
		}
		return fmt.Sprintf("advertisement interval mismatch mine=%d sec rcv'd=%d sec", v.Want, v.Got)
	case InvalidType:
		return fmt.Sprintf("Invalid packet type. %d and expect %d", v.Got, v.Want)
	case BadIPLength:
		return fmt.Sprintf("ip_tot_len mismatch against received length. %d and expect %d", v.Got, v.Want)
	case BadChecksum:
		return fmt.Sprintf("Invalid VRRPv%d checksum%s", v.Version, v.Form.explain())
	case NoAddresses:
		return "advertisement without an address received"
	case WrongCast:
		if v.Multicast {
			return "received a unicast packet, expecting multicast"
		}
		return "received a multicast packet, expecting unicast"
	case NotAPeer:
		return fmt.Sprintf("unicast source address %s not a unicast peer", v.Src)
	case PeerTTL:
		return fmt.Sprintf("TTL/HL %d not in range %d - %d", v.Got, v.Want, v.Max)
	}
	return v.Reason.String()
}

// A Peer is a unicast peer with the TTL range accepted from it.
type Peer struct {
	Addr           netip.Addr
	MinTTL, MaxTTL uint8
}

// CheckPeer looks for the sender among the peers (semantics 2.11). With listed
// false, a sender that is not a peer is accepted too. The verdict tells got and
// wanted TTL.
func CheckPeer(src netip.Addr, ttl uint8, peers []Peer, listed bool) Verdict {
	for _, p := range peers {
		if p.Addr != src {
			continue
		}
		if ttl < p.MinTTL || ttl > p.MaxTTL {
			return Verdict{Reason: PeerTTL, Got: int(ttl), Want: int(p.MinTTL), Max: int(p.MaxTTL)}
		}
		return Verdict{}
	}
	if listed {
		return Verdict{Reason: NotAPeer, Src: src}
	}
	return Verdict{}
}
