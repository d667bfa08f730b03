package vrrp

import (
	"time"

	"holdfast/vrrp/wire"
)

// This file is what the MIB of RFC 6527 tells of a virtual router besides what is counted, with its numbers.

// Takeover is why a virtual router became master last, numbered as in RFC 6527.
type Takeover uint8

// It never was master; the master before it stopped; there is a master whose priority is lower, or it is the owner,
// which begins as master; no master was heard. In a sync group all have the reason of the first.
const (
	TakeoverNone Takeover = iota
	TakeoverResigned
	TakeoverPreempted
	TakeoverSilence
)

// takeover is why m becomes master now.
func (m *machine) takeover(now time.Time) Takeover {
	switch {
	case m.hears(now):
		return TakeoverPreempted
	case m.resigned:
		return TakeoverResigned
	}
	return TakeoverSilence
}

// Misfit is what was wrong with an advert.
type Misfit uint8

// Nothing was, its TTL, its version, its checksum.
const (
	MisfitNone Misfit = iota
	MisfitTTL
	MisfitVersion
	MisfitChecksum
)

// misfitOf is what a reason to refuse an advert is here; most are nothing.
func misfitOf(r wire.Reason) Misfit {
	switch r {
	case wire.BadTTL:
		return MisfitTTL
	case wire.WrongVersion:
		return MisfitVersion
	case wire.BadChecksum:
		return MisfitChecksum
	}
	return MisfitNone
}

// takePart notes since when m takes part, as it enters a state.
func (m *machine) takePart(s State, now time.Time) {
	switch {
	case s != Backup && s != Master:
		m.part = time.Time{}
	case m.part.IsZero():
		m.part = now
	}
}
