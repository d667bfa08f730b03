package config

import (
	"net/netip"
	"slices"
	"time"

	"holdfast/config/syntax"
)

// Sessions are all BFD sessions that can be followed.
func (c *Config) Sessions() []BFD { return slices.Concat(c.BFDs, c.IdleBFDs) }

// BFD is a bfd_instance: a session that watches the way to a neighbour (RFC 5880).
type BFD struct {
	Name       string
	Neighbor   netip.Addr
	Source     netip.Addr    // zero = any
	MinRX      time.Duration // shortest interval to receive at, default 10 ms
	MinTX      time.Duration // interval to send at, default 10 ms
	IdleTX     time.Duration // interval to send at while not up, default 1 s
	Multiplier uint8         // packets missed until it is down, default 5
	Passive    bool
	TTL        uint8 // TTL or hop limit sent: 255 over IPv4, 64 over IPv6
	MaxHops    int   // how much a received TTL may have shrunk, -1 = any
	Multihop   bool
	Weight     int // of trackers that say none
	Reverse    bool
	VRRP       bool // the vrrp role is told
	Checker    bool // the checker role is told
	Pos        syntax.Pos
}
