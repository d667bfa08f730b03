package config

import (
	"net/netip"

	"holdfast/config/syntax"
)

// Rule is one line of static_rules or virtual_rules: a policy of routing.
type Rule struct {
	IPv6       bool
	Not        bool         // packets that do not match
	From, To   netip.Prefix // invalid = any
	InIf       string       // dev, iif
	OutIf      string
	TOS        Named
	Mark, Mask uint32 // Mask 0 = any mark
	TunnelID   uint64
	UIDs       Span
	Transport  Named // ipproto
	SrcPorts   Span
	DstPorts   Span

	Action                 RuleAction
	Table                  Named // of RuleTable
	Goto                   uint32
	L3MDev                 bool // the table is that of the VRF device
	Realms                 Realms
	SuppressPrefixLength   Metric
	SuppressInterfaceGroup Named

	Preference uint32
	Proto      uint8 // default 18
	NoTrack    bool
	TrackGroup string // static rules
	Pos        syntax.Pos
}

// RuleAction is what becomes of a packet that a rule matches, FR_ACT_* of the kernel.
type RuleAction uint8

// The actions. RuleNone is that of l3mdev alone.
const (
	RuleNone RuleAction = iota
	RuleTable
	RuleGoto
	RuleNop
	RuleBlackhole
	RuleUnreachable
	RuleProhibit
)

// Span is a range of numbers; Set tells that one was given.
type Span struct {
	Set       bool
	Low, High uint32
}
