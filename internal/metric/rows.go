package metric

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// Rows are the labels of rows, as text: of each what sets it apart from the one before. The names of ten thousand real
// servers, with those of their virtual servers, are some bytes each.
type Rows struct {
	// text has, for each row, how many bytes it shares with the one before at its beginning and at its end, how many it
	// has between them, and those.
	text []byte
	n    int

	last, next []byte // row, and scratch for another one
	asBefore   bool   // see Sender
}

// reset forgets all, but not the room for them.
func (r *Rows) reset() { r.text, r.n, r.last = r.text[:0], 0, r.last[:0] }

// Len is how many rows there are.
func (r *Rows) Len() int { return r.n }

// Add adds a row with labels: names and values in turn.
func (r *Rows) Add(pairs ...string) {
	r.next = appendLabels(r.next[:0], pairs)
	head := 0
	for most := min(len(r.last), len(r.next)); head < most && r.last[head] == r.next[head]; {
		head++
	}
	tail := 0
	for most := min(len(r.last), len(r.next)) - head; tail < most &&
		r.last[len(r.last)-1-tail] == r.next[len(r.next)-1-tail]; {
		tail++
	}
	own := r.next[head : len(r.next)-tail]
	r.text = binary.AppendUvarint(r.text, uint64(head))
	r.text = binary.AppendUvarint(r.text, uint64(tail))
	r.text = append(binary.AppendUvarint(r.text, uint64(len(own))), own...)
	r.n++
	r.last, r.next = r.next, r.last
}

// A rowCursor goes through rows.
type rowCursor struct {
	rest      []byte
	row, last []byte
}

func (r *Rows) first() rowCursor { return rowCursor{rest: r.text} }

// next is the next row: `iname="VI_1",vrid="51"`. It counts until the one after it is asked for.
func (c *rowCursor) next() []byte {
	head, tail, own, rest, ok := difference(c.rest, len(c.row))
	if !ok {
		return nil // behind the last one
	}
	c.row, c.last = c.last[:0], c.row
	c.row = append(append(append(c.row, c.last[:head]...), own...), c.last[len(c.last)-tail:]...)
	c.rest = rest
	return c.row
}

// difference takes what sets a row apart from the one before, which is so long.
func difference(b []byte, before int) (head, tail int, own, rest []byte, ok bool) {
	var n [3]uint64
	for i := range n {
		number, size := binary.Uvarint(b)
		if size <= 0 {
			return 0, 0, nil, nil, false
		}
		n[i], b = number, b[size:]
	}
	if n[0] > uint64(before) || n[1] > uint64(before)-n[0] || n[2] > uint64(len(b)) {
		return 0, 0, nil, nil, false
	}
	return int(n[0]), int(n[1]), b[:n[2]], b[n[2]:], true
}

var errShort = errors.New("metrics are cut off")

// AppendBinary is for package codec.
func (r Rows) AppendBinary(b []byte) ([]byte, error) {
	if r.asBefore {
		return append(b, asBefore...), nil
	}
	return append(binary.AppendUvarint(b, uint64(r.n)), r.text...), nil
}

// UnmarshalBinary is the way back.
func (r *Rows) UnmarshalBinary(b []byte) error {
	if string(b) == asBefore {
		*r = Rows{asBefore: true}
		return nil
	}
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return errShort
	}
	text := b[size:]
	rest, length := text, 0
	for range n {
		head, tail, own, behind, ok := difference(rest, length)
		if !ok {
			return errShort
		}
		rest, length = behind, head+len(own)+tail
	}
	if len(rest) > 0 {
		return errShort
	}
	*r = Rows{text: bytes.Clone(text), n: int(n)}
	return nil
}
