package metric

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Table is series of several families that have the same labels: a row for each thing, a column for each number that
// is told of it. Ten thousand real servers are their names, once, and a few bytes for each number.
type Table struct {
	Rows    Rows
	Columns []Column
}

// A Column is a number of each row. Columns of one family stand side by side.
type Column struct {
	Family string
	Suffix string // of the samples of a histogram: _bucket, _sum or _count
	Labels string // what they have besides those of the row, as text
	Values Values // as many as there are rows; NaN is no series
}

// Add adds a column.
func (t *Table) Add(family, labels string, values Values) {
	t.Columns = append(t.Columns, Column{Family: family, Labels: labels, Values: values})
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

// One is a table of one row without labels of its own.
func One() Table {
	var t Table
	t.Rows.Add()
	return t
}

// Rows are the labels of rows, as text.
type Rows struct {
	text []byte
	ends []uint32
}

// Len is how many rows there are.
func (r *Rows) Len() int { return len(r.ends) }

// At is the labels of a row: `iname="VI_1",vrid="51"`.
func (r *Rows) At(n int) []byte {
	from := uint32(0)
	if n > 0 {
		from = r.ends[n-1]
	}
	return r.text[from:r.ends[n]]
}

// Add adds a row with labels: names and values in turn.
func (r *Rows) Add(pairs ...string) {
	r.text = appendLabels(r.text, pairs)
	r.ends = append(r.ends, uint32(len(r.text)))
}

// Grow makes room for more rows, with so many bytes of labels each.
func (t *Table) Grow(rows, bytes int) {
	t.Rows.text = slices.Grow(t.Rows.text, rows*bytes)
	t.Rows.ends = slices.Grow(t.Rows.ends, rows)
	for n := range t.Columns {
		t.Columns[n].Values = slices.Grow(t.Columns[n].Values, rows)
	}
}

// Labels are labels as text: names and values in turn.
func Labels(pairs ...string) string { return string(appendLabels(nil, pairs)) }

func appendLabels(b []byte, pairs []string) []byte {
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, pairs[i]...), `="`...)
		b = append(appendValue(b, pairs[i+1]), '"')
	}
	return b
}

// appendValue appends the value of a label. Names of a configuration may have any bytes, and a scrape with one that is
// not UTF-8 is refused as a whole: such bytes are written as \xNN.
func appendValue(b []byte, value string) []byte {
	if !strings.ContainsAny(value, "\\\"\n") && utf8.ValidString(value) {
		return append(b, value...)
	}
	for i := 0; i < len(value); {
		r, size := utf8.DecodeRuneInString(value[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = fmt.Appendf(b, `\\x%02x`, value[i])
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\\' || r == '"':
			b = append(b, '\\', byte(r))
		default:
			b = append(b, value[i:i+size]...)
		}
		i += size
	}
	return b
}

// Values are numbers.
type Values []float64

var errShort = errors.New("metrics are cut off")

// AppendBinary is for package codec: whole numbers take few bytes.
func (v Values) AppendBinary(b []byte) ([]byte, error) {
	b = binary.AppendUvarint(b, uint64(len(v)))
	for _, n := range v {
		if n >= 0 && n < 1<<53 && n == math.Trunc(n) && !(n == 0 && math.Signbit(n)) {
			b = binary.AppendUvarint(b, uint64(n)<<1)
			continue
		}
		b = binary.BigEndian.AppendUint64(append(b, 1), math.Float64bits(n))
	}
	return b, nil
}

// UnmarshalBinary is the way back.
func (v *Values) UnmarshalBinary(b []byte) error {
	n, size := binary.Uvarint(b)
	// Each value has a byte at least, which bounds what is believed.
	if size <= 0 || n > uint64(len(b)-size) {
		return errShort
	}
	b = b[size:]
	*v = make(Values, n)
	for i := range *v {
		word, size := binary.Uvarint(b)
		switch {
		case size <= 0 || word&1 == 1 && (word != 1 || size != 1 || len(b) < 9):
			return errShort
		case word&1 == 0:
			(*v)[i], b = float64(word>>1), b[size:]
		default:
			(*v)[i], b = math.Float64frombits(binary.BigEndian.Uint64(b[1:])), b[9:]
		}
	}
	if len(b) > 0 {
		return errShort
	}
	return nil
}

// AppendBinary is for package codec.
func (r Rows) AppendBinary(b []byte) ([]byte, error) {
	b = binary.AppendUvarint(b, uint64(len(r.ends)))
	last := uint32(0)
	for _, end := range r.ends {
		b = binary.AppendUvarint(b, uint64(end-last))
		last = end
	}
	return append(b, r.text...), nil
}

// UnmarshalBinary is the way back.
func (r *Rows) UnmarshalBinary(b []byte) error {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return errShort
	}
	b = b[size:]
	ends, end := make([]uint32, n), uint64(0)
	for i := range ends {
		length, size := binary.Uvarint(b)
		if size <= 0 || length > math.MaxUint32 {
			return errShort
		}
		b = b[size:]
		if end += length; end > math.MaxUint32 {
			return errShort
		}
		ends[i] = uint32(end)
	}
	if uint64(len(b)) != end {
		return errShort
	}
	r.text, r.ends = append([]byte(nil), b...), ends
	return nil
}
