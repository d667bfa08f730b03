package bfd

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Length is how long a control packet without authentication is, in bytes.
const Length = 24

// version is the version of the protocol.
const version = 1

// The UDP ports that control packets are sent to.
const (
	Port         = 3784 // for neighbours on the link (RFC 5881)
	PortMultihop = 4784 // for neighbours several hops away (RFC 5883)
)

// State is the state of a session at one of its ends.
type State uint8

// The states; the values are those in packets.
const (
	AdminDown State = iota
	Down
	Init
	Up
)

// String is the state in keepalived's words.
func (s State) String() string {
	return [...]string{"AdminDown", "Down", "Init", "Up"}[s&3]
}

// Diag says why a session was last taken down.
type Diag uint8

// The diagnostics of RFC 5880 section 4.1.
const (
	NoDiag Diag = iota
	DetectionExpired
	EchoFailed
	NeighborSignaledDown
	ForwardingReset
	PathDown
	ConcatenatedPathDown
	AdministrativelyDown
	ReverseConcatenatedPathDown
)

// String is the diagnostic in keepalived's words, which are those of the RFC.
func (d Diag) String() string {
	words := [...]string{
		"No Diagnostic", "Control Detection Time Expired", "Echo Function Failed", "Neighbor Signaled Session Down",
		"Forwarding Plane Reset", "Path Down", "Concatenated Path Down", "Administratively Down",
		"Reverse Concatenated Path Down",
	}
	if int(d) < len(words) {
		return words[d]
	}
	return fmt.Sprintf("Diagnostic %d", uint8(d))
}

// Word is the diagnostic as a word that stays, "" for none.
func (d Diag) Word() string {
	if d == NoDiag {
		return ""
	}
	return strings.ReplaceAll(strings.ToLower(d.String()), " ", "_")
}

// A Packet is a control packet. Intervals are in microseconds, as on the wire.
type Packet struct {
	Diag       Diag // 0..31
	State      State
	Poll       bool
	Final      bool
	Auth       bool // an authentication section follows
	Demand     bool
	Multiplier uint8  // never 0 in one that was accepted
	Mine       uint32 // discriminator of the sender, never 0 in one that was accepted
	Yours      uint32 // that the sender has heard, 0 = none
	MinTX      uint32 // desired: the sender would not send more often
	MinRX      uint32 // required: the sender does not want to receive more often, 0 = nothing at all
	MinEchoRX  uint32 // 0: no echo is returned
}

// bits of the second byte of a packet
const (
	bitPoll       = 1 << 5
	bitFinal      = 1 << 4
	bitAuth       = 1 << 2
	bitDemand     = 1 << 1
	bitMultipoint = 1 << 0
)

// Encode gives the packet as it is sent.
func (p Packet) Encode() [Length]byte {
	var b [Length]byte
	b[0] = version<<5 | byte(p.Diag)&0x1f
	b[1] = byte(p.State) << 6
	for _, f := range [...]struct {
		set bool
		bit byte
	}{{p.Poll, bitPoll}, {p.Final, bitFinal}, {p.Auth, bitAuth}, {p.Demand, bitDemand}} {
		if f.set {
			b[1] |= f.bit
		}
	}
	b[2], b[3] = p.Multiplier, Length
	for i, v := range [...]uint32{p.Mine, p.Yours, p.MinTX, p.MinRX, p.MinEchoRX} {
		binary.BigEndian.PutUint32(b[4+4*i:], v)
	}
	return b
}

// Decode reads a control packet and looks at all that can be seen without the session it is for
// (RFC 5880 section 6.8.6). A packet that is refused is not to be used.
func Decode(b []byte) (Packet, Refusal) {
	refused := func(r Reason, got, want int) (Packet, Refusal) {
		return Packet{}, Refusal{Reason: r, Got: got, Want: want}
	}
	if len(b) < Length {
		return refused(TooShort, len(b), Length)
	}
	p := Packet{
		Diag: Diag(b[0] & 0x1f), State: State(b[1] >> 6),
		Poll: b[1]&bitPoll != 0, Final: b[1]&bitFinal != 0, Auth: b[1]&bitAuth != 0, Demand: b[1]&bitDemand != 0,
		Multiplier: b[2],
		Mine:       binary.BigEndian.Uint32(b[4:]),
		Yours:      binary.BigEndian.Uint32(b[8:]),
		MinTX:      binary.BigEndian.Uint32(b[12:]),
		MinRX:      binary.BigEndian.Uint32(b[16:]),
		MinEchoRX:  binary.BigEndian.Uint32(b[20:]),
	}
	switch v, length := int(b[0]>>5), int(b[3]); {
	case v != version:
		return refused(WrongVersion, v, version)
	case length != len(b):
		return refused(WrongLength, length, len(b))
	case p.Multiplier == 0:
		return refused(NoMultiplier, 0, 1)
	case b[1]&bitMultipoint != 0:
		return refused(Multipoint, 1, 0)
	case p.Mine == 0:
		return refused(NoDiscriminator, 0, 1)
	case p.Poll && p.Final:
		return refused(PollAndFinal, 0, 0)
	case p.Yours == 0 && p.State > Down:
		return refused(NotAddressed, 0, 0)
	case p.Auth:
		return refused(Authenticated, 0, 0)
	}
	return p, Refusal{}
}
