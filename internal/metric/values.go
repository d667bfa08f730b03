package metric

import (
	"bytes"
	"encoding/binary"
	"math"
)

// Values are numbers, one behind the other. Most of what is counted is whole and small: it takes a byte or two, from
// the role that tells it to the text. The zero Values is empty.
type Values struct {
	text []byte
	n    int

	asBefore bool // see Sender
}

// How a number begins: a whole one is twice itself, which is even.
const (
	longNumber = 1 // its 64 bits follow
	noNumber   = 3
)

// Numbers are values.
func Numbers(list ...float64) (v Values) {
	for _, n := range list {
		v.Add(n)
	}
	return v
}

// None is the value of a row that has no series in a column.
func None() float64 { return math.NaN() }

// Known is a number that may not be known.
func Known(is bool, n float64) float64 {
	if !is {
		return None()
	}
	return n
}

// reset forgets all, but not the room for them.
func (v *Values) reset() { v.text, v.n = v.text[:0], 0 }

// Len is how many there are.
func (v *Values) Len() int { return v.n }

// Add adds a number; NaN is no series.
func (v *Values) Add(n float64) {
	v.n++
	whole := uint64(n)
	switch {
	case float64(whole) == n && whole < 1<<53 && (whole > 0 || !math.Signbit(n)):
		v.text = binary.AppendUvarint(v.text, whole<<1)
	case math.IsNaN(n):
		v.text = append(v.text, noNumber)
	default:
		v.text = binary.BigEndian.AppendUint64(append(v.text, longNumber), math.Float64bits(n))
	}
}

// A cursor goes through values.
type cursor []byte

// next is the next number, None behind the last one.
func (c *cursor) next() float64 {
	n, rest, ok := number(*c)
	if !ok {
		return None()
	}
	*c = rest
	return n
}

// number takes the first number of a text.
func number(b []byte) (n float64, rest []byte, ok bool) {
	if len(b) > 0 && b[0]&0x81 == 0 { // most are one byte
		return float64(b[0] >> 1), b[1:], true
	}
	word, size := binary.Uvarint(b)
	switch {
	case size <= 0:
		return 0, nil, false
	case word&1 == 0:
		return float64(word >> 1), b[size:], true
	case word == noNumber && size == 1:
		return None(), b[1:], true
	case word == longNumber && size == 1 && len(b) >= 9:
		return math.Float64frombits(binary.BigEndian.Uint64(b[1:])), b[9:], true
	}
	return 0, nil, false
}

// asBefore is how values and rows are told that are as before: what else begins with no values has nothing behind it.
const asBefore = "\x00="

// AppendBinary is for package codec.
func (v Values) AppendBinary(b []byte) ([]byte, error) {
	if v.asBefore {
		return append(b, asBefore...), nil
	}
	return append(binary.AppendUvarint(b, uint64(v.n)), v.text...), nil
}

// UnmarshalBinary is the way back.
func (v *Values) UnmarshalBinary(b []byte) error {
	if string(b) == asBefore {
		*v = Values{asBefore: true}
		return nil
	}
	n, size := binary.Uvarint(b)
	// Each value has a byte at least, which bounds what is believed.
	if size <= 0 || n > uint64(len(b)-size) {
		return errShort
	}
	text := b[size:]
	rest := text
	for range n {
		var ok bool
		if _, rest, ok = number(rest); !ok {
			return errShort
		}
	}
	if len(rest) > 0 {
		return errShort
	}
	*v = Values{text: bytes.Clone(text), n: int(n)}
	return nil
}
