// Package agentx is the subagent's side of AgentX (RFC 2741), by which a daemon gives an SNMP agent what it has to
// tell: PDUs as bytes and back, and a session as a state machine. It does no I/O and asks no clock.
package agentx

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// An OID is the name of an object: sub-identifiers from the root. Nobody changes one that others have.
type OID []uint32

// maxOID is how many sub-identifiers a name may have (RFC 2741, section 5.1).
const maxOID = 128

// ParseOID reads the dotted form, with a dot in front or without one.
func ParseOID(text string) (OID, error) {
	words := strings.Split(strings.TrimPrefix(text, "."), ".")
	if len(words) > maxOID {
		return nil, fmt.Errorf("%d sub-identifiers, where %d are possible", len(words), maxOID)
	}
	o := make(OID, len(words))
	for i, w := range words {
		n, err := strconv.ParseUint(w, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("not a sub-identifier: %q", w)
		}
		o[i] = uint32(n)
	}
	return o, nil
}

// String is the dotted form, with a dot in front: as "snmpwalk -On" writes it.
func (o OID) String() string {
	var b strings.Builder
	for _, n := range o {
		b.WriteByte('.')
		b.WriteString(strconv.FormatUint(uint64(n), 10))
	}
	return b.String()
}

// Compare orders names as GETNEXT goes through them.
func (o OID) Compare(p OID) int { return slices.Compare(o, p) }

// Begins reports whether o begins with the prefix.
func (o OID) Begins(prefix OID) bool {
	return len(o) >= len(prefix) && slices.Equal(o[:len(prefix)], prefix)
}

// With is o with more sub-identifiers behind it, in memory of its own.
func (o OID) With(more ...uint32) OID {
	return append(append(make(OID, 0, len(o)+len(more)), o...), more...)
}

// A Type says what kind of value a variable has.
type Type uint16

// The types of RFC 2741, section 5.4. The last three are no values but reasons why there is none.
const (
	Integer        Type = 2
	OctetString    Type = 4
	Null           Type = 5
	ObjectID       Type = 6
	IPAddress      Type = 64
	Counter32      Type = 65
	Gauge32        Type = 66
	TimeTicks      Type = 67
	Opaque         Type = 68
	Counter64      Type = 70
	NoSuchObject   Type = 128
	NoSuchInstance Type = 129
	EndOfMIBView   Type = 130
)

// form is how a type is encoded.
type form uint8

const (
	formUnknown form = iota
	formWord
	formLong
	formBytes
	formOID
	formNothing
)

func (t Type) form() form {
	switch t {
	case Integer, Counter32, Gauge32, TimeTicks:
		return formWord
	case Counter64:
		return formLong
	case OctetString, IPAddress, Opaque:
		return formBytes
	case ObjectID:
		return formOID
	case Null, NoSuchObject, NoSuchInstance, EndOfMIBView:
		return formNothing
	}
	return formUnknown
}

// A Value is one value with its type. Which field counts depends on that.
type Value struct {
	Type   Type
	Number uint64 // of an Integer the 32 bits of its two's complement
	Text   string // bytes of an OctetString, IPAddress or Opaque
	OID    OID
}

// Int is an Integer.
func Int(n int) Value { return Value{Type: Integer, Number: uint64(uint32(int32(n)))} }

// Gauge is a Gauge32, which Unsigned32 is too.
func Gauge(n uint32) Value { return Value{Type: Gauge32, Number: uint64(n)} }

// Count is a Counter32: what does not fit starts again from 0.
func Count(n uint64) Value { return Value{Type: Counter32, Number: n & 0xffffffff} }

// Count64 is a Counter64.
func Count64(n uint64) Value { return Value{Type: Counter64, Number: n} }

// Ticks are TimeTicks, hundredths of a second.
func Ticks(n uint32) Value { return Value{Type: TimeTicks, Number: uint64(n)} }

// Bytes is an OctetString.
func Bytes(text string) Value { return Value{Type: OctetString, Text: text} }

// Int is the number of an Integer.
func (v Value) Int() int { return int(int32(uint32(v.Number))) }

// A VarBind is a variable: its name and its value.
type VarBind struct {
	Name  OID
	Value Value
}

// A Range is what a request asks for: names from Start, itself only with Include, to before End; without End there is
// no end.
type Range struct {
	Start   OID
	Include bool
	End     OID
}

var errShort = errors.New("the PDU ends too early")
