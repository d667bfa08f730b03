// Package wire is the VRRP packet: version 2 (RFC 3768, with the authentication
// of RFC 2338) and version 3 (RFC 9568), over IPv4 and IPv6, without the IP
// header. It encodes, decodes, and says why a received packet must be refused.
package wire

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"time"
)

const (
	// Protocol is the IP protocol number of VRRP.
	Protocol = 112
	// TTL is the only time to live (hop limit) accepted in multicast packets
	// (RFC 9568 section 5.1.1.3).
	TTL = 255
	// HeaderLen is the length of the fixed part, in bytes.
	HeaderLen = 8
	// AuthLen is the length of the authentication data that ends every version 2
	// packet over IPv4, in bytes. Version 2 over IPv6, which is in no RFC, has none (semantics 2.2).
	AuthLen = 8
	// MaxAddrs is how many addresses the count field can tell.
	MaxAddrs = 255
	// TypeAdvertisement is the only packet type.
	TypeAdvertisement = 1
)

// The intervals a packet can carry: version 2 counts seconds in eight bits,
// version 3 hundredths of a second in twelve.
const (
	MaxInterval2 = 255 * time.Second
	MaxInterval3 = 4095 * centisecond

	centisecond = 10 * time.Millisecond
)

// Group4 is the multicast group of VRRP over IPv4, 224.0.0.18.
func Group4() netip.Addr { return netip.AddrFrom4([4]byte{224, 0, 0, 18}) }

// Group6 is the multicast group of VRRP over IPv6, ff02::12.
func Group6() netip.Addr { return netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0x12}) }

// AuthType is the authentication type of a version 2 packet (RFC 2338 section 5.3.6).
type AuthType uint8

// The types of RFC 2338; all but AuthNone are gone from RFC 3768.
const (
	AuthNone AuthType = 0
	AuthPass AuthType = 1
	AuthAH   AuthType = 2
)

// An Advert is one advertisement.
type Advert struct {
	Version  uint8 // 2 or 3
	VRID     uint8
	Priority uint8 // 0 = the sender stops being master
	// Interval is the sender's advertisement interval. Encoding cuts it to what the
	// version can carry (seconds or hundredths of a second).
	Interval time.Duration
	Auth     AuthType      // version 2 only
	AuthData [AuthLen]byte // version 2 over IPv4 only
	Addrs    []netip.Addr  // all of one family, at most MaxAddrs
}

// Path is where a packet travels: its checksum covers it in version 3.
type Path struct {
	Src, Dst netip.Addr
	// Bare leaves the pseudo-header out of a version 3 checksum over IPv4
	// (v3_checksum_as_v2).
	Bare bool
}

var (
	errShort    = errors.New("shorter than its fields say")
	errVersion  = errors.New("neither version 2 nor version 3")
	errFamily   = errors.New("addresses of another family than the packet")
	errTooMany  = errors.New("more than 255 addresses")
	errInterval = errors.New("interval out of range")
)

// Append appends the encoding of a, with its checksum, to b. It fails when the
// version cannot carry the values.
func Append(b []byte, a Advert, p Path) ([]byte, error) {
	units, err := intervalUnits(a)
	switch {
	case err != nil:
		return b, err
	case len(a.Addrs) > MaxAddrs:
		return b, errTooMany
	}
	start := len(b)
	b = append(b, a.Version<<4|TypeAdvertisement, a.VRID, a.Priority, uint8(len(a.Addrs)))
	if a.Version == 2 {
		b = append(b, uint8(a.Auth), uint8(units))
	} else {
		b = binary.BigEndian.AppendUint16(b, units)
	}
	b = append(b, 0, 0)
	for _, addr := range a.Addrs {
		if addr.Is4() != p.Src.Is4() {
			return b[:start], errFamily
		}
		b = append(b, addr.AsSlice()...)
	}
	if a.Version == 2 && p.Src.Is4() {
		b = append(b, a.AuthData[:]...)
	}
	sum := checksum(b[start:], a.Version, p)
	binary.BigEndian.PutUint16(b[start+6:], sum)
	return b, nil
}

func intervalUnits(a Advert) (uint16, error) {
	unit, top := time.Second, MaxInterval2
	switch a.Version {
	case 2:
	case 3:
		unit, top = centisecond, MaxInterval3
	default:
		return 0, errVersion
	}
	if a.Interval < unit || a.Interval > top {
		return 0, errInterval
	}
	return uint16(a.Interval / unit), nil
}

// VRID tells which virtual router a packet is for, false if it is too short to say.
func VRID(b []byte) (uint8, bool) {
	if len(b) < HeaderLen {
		return 0, false
	}
	return b[1], true
}

// size is the length a packet must have by its own version and count, and whether
// the version is known.
func size(b []byte, ipv6 bool) (int, bool) {
	addr := 4
	if ipv6 {
		addr = 16
	}
	n := HeaderLen + int(b[3])*addr
	switch b[0] >> 4 {
	case 2:
		if !ipv6 {
			n += AuthLen
		}
		return n, true
	case 3:
		return n, true
	}
	return n, false
}

// Decode reads a packet of the given family, ignoring its checksum. The addresses
// are appended to addrs, which may be nil.
func Decode(b []byte, ipv6 bool, addrs []netip.Addr) (Advert, error) {
	if len(b) < HeaderLen {
		return Advert{}, errShort
	}
	n, known := size(b, ipv6)
	if !known {
		return Advert{}, errVersion
	}
	if len(b) < n {
		return Advert{}, errShort
	}
	a := Advert{Version: b[0] >> 4, VRID: b[1], Priority: b[2], Addrs: addrs}
	rest := b[HeaderLen:]
	for range b[3] {
		if ipv6 {
			a.Addrs = append(a.Addrs, netip.AddrFrom16([16]byte(rest)))
			rest = rest[16:]
		} else {
			a.Addrs = append(a.Addrs, netip.AddrFrom4([4]byte(rest)))
			rest = rest[4:]
		}
	}
	if a.Version == 2 {
		a.Auth, a.Interval = AuthType(b[4]), time.Duration(b[5])*time.Second
		if !ipv6 {
			copy(a.AuthData[:], rest)
		}
	} else {
		a.Interval = time.Duration(binary.BigEndian.Uint16(b[4:])&0x0fff) * centisecond
	}
	return a, nil
}
