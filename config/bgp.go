package config

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"holdfast/config/syntax"
)

// BGP is the bgp block: what services with `announce bgp` show, and to whom. What speaks is a program of its own.
type BGP struct {
	LocalAS     uint32
	RouterID    netip.Addr // of IPv4
	Program     string     // path of the speaker, "" = beside this program
	Communities []Community
	MED         *uint32 // nil = none is sent
	Prepend     int     // how often the own AS is put before the path once more
	// NextHops are those that are told in place of the own address of a session, one of a family at most.
	NextHops  []netip.Addr
	Farewell  time.Duration // how long routes are told with GRACEFUL_SHUTDOWN before they go at a stop; 0 = not at all
	Neighbors []BGPNeighbor // order of the text
	Pos       syntax.Pos
}

// BGPNeighbor is a router that hears of what is announced.
type BGPNeighbor struct {
	Addr         netip.Addr
	RemoteAS     uint32
	LocalAddress netip.Addr // zero = any
	Port         uint16     // where it listens, 179 mostly
	PasswordFile string     // with the password of TCP-MD5 (RFC 2385), "" = none
	Password     string     // of that file, read when the configuration is
	TTLSecurity  uint8      // how many hops away it may be (RFC 5082), 0 = TTLs are not looked at
	Multihop     uint8      // TTL of packets to a neighbour of another AS that is not next door, 0 = it is
	Hold         time.Duration
	Keepalive    time.Duration
	ConnectRetry time.Duration
	Passive      bool   // it is the one that connects
	BFD          string // the bfd_instance of the way to it, whose end is that of the session; "" = none
	IPv4, IPv6   bool   // the families it is told prefixes of
	Pos          syntax.Pos
}

// Listens reports whether some neighbour is to connect by itself.
func (b *BGP) Listens() bool {
	return slices.ContainsFunc(b.Neighbors, func(n BGPNeighbor) bool { return n.Passive })
}

// Hears reports whether some neighbour is told prefixes of a family.
func (b *BGP) Hears(ipv6 bool) bool {
	return slices.ContainsFunc(b.Neighbors, func(n BGPNeighbor) bool { return n.Carries(ipv6) })
}

// Carries reports whether it is told prefixes of a family.
func (n BGPNeighbor) Carries(ipv6 bool) bool {
	if ipv6 {
		return n.IPv6
	}
	return n.IPv4
}

// Community is one of RFC 1997.
type Community uint32

// GracefulShutdown is that of routes that are about to go (RFC 8326).
const GracefulShutdown Community = 0xffff0000

// String is "65000:100".
func (c Community) String() string { return fmt.Sprintf("%d:%d", uint32(c)>>16, uint32(c)&0xffff) }
