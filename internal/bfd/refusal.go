package bfd

import "fmt"

// Reason says why a packet was refused, or that it was not.
type Reason uint8

// The reasons, in the order in which they are looked for.
const (
	Accepted        Reason = iota
	TooShort               // fewer bytes than a packet has
	WrongVersion           // not version 1
	WrongLength            // the field says something else than the datagram
	NoMultiplier           // detection multiplier 0
	Multipoint             // the flag is set
	NoDiscriminator        // the sender's is 0
	PollAndFinal           // both flags are set
	NotAddressed           // without our discriminator, in a state in which the sender must have it
	Authenticated          // no authentication is in use here
	UnknownSession         // no session has the discriminator, or is with the sender; not found by Decode
	TTLTooLow              // it has passed more routers than max_hops allows; not found by Decode
	reasons                // keep last
)

// String names the reason in a few words.
func (r Reason) String() string {
	names := [reasons]string{
		"accepted", "too short", "version", "length", "detection multiplier", "multipoint", "my discriminator",
		"poll and final",
		"your discriminator", "authentication", "no session", "TTL",
	}
	if r < reasons {
		return names[r]
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// A Refusal is a reason with what was found and what was expected.
type Refusal struct {
	Reason    Reason
	Got, Want int
}

// String says why a packet was refused, in keepalived's words.
func (r Refusal) String() string {
	switch r.Reason {
	case Accepted:
		return "accepted"
	case TooShort:
		return fmt.Sprintf("Packet is too small: %d bytes", r.Got)
	case WrongVersion:
		return fmt.Sprintf("Packet is of unsupported version: %d", r.Got)
	case WrongLength:
		return fmt.Sprintf("Packet size mismatch: length field: %d bytes, buffer size: %d bytes", r.Got, r.Want)
	case NoMultiplier:
		return "Packet 'detection multiplier' field is zero"
	case Multipoint:
		return "Packet has 'multipoint' flag"
	case NoDiscriminator:
		return "Packet 'my discriminator' field is zero"
	case PollAndFinal:
		return "Packet has both poll and final flags set"
	case NotAddressed:
		return "Packet 'your discriminator' field is zero and 'state' field is not Down or AdminDown"
	case Authenticated:
		return "auth bit is set, but no authentication is in use"
	case UnknownSession:
		return fmt.Sprintf("session is not found - your discriminator field is 0x%08x", uint32(r.Got))
	case TTLTooLow:
		return fmt.Sprintf("Packet ttl(%d) < %d", r.Got, r.Want)
	}
	return r.Reason.String()
}
