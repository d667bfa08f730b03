package config

import (
	"net/netip"
	"time"

	"holdfast/config/syntax"
)

// Address is one line of a virtual_ipaddress block (semantics 3.2).
type Address struct {
	Prefix        netip.Prefix // address with its prefix length, not masked
	Dev           string       // interface name, never empty
	DevGiven      bool         // `dev` was written: the interface is tracked (semantics 3.4)
	Scope         uint8        // rtnetlink scope: 0 global, 200 site, 253 link, 254 host, 255 nowhere
	Broadcast     netip.Addr
	Label         string
	Peer          netip.Prefix
	NoPrefixRoute bool
	Home          bool
	MngTmpAddr    bool
	AutoJoin      bool
	DAD           bool // -nodad written (a quirk of the name: IPv6 only)
	PreferredLft  time.Duration
	LftGiven      bool // PreferredLft counts; otherwise forever
	NoTrack       bool
	VMAC          bool   // use_vmac: it lives on a virtual MAC interface on Dev
	TrackGroup    string // static addresses: virtual routers that fail with its interface
	Pos           syntax.Pos
}
