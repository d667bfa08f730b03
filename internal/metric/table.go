package metric

import (
	"fmt"
	"slices"
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
	Values Values // one for each row
}

// Add adds a column.
func (t *Table) Add(family, labels string, values Values) {
	t.Columns = append(t.Columns, Column{Family: family, Labels: labels, Values: values})
}

// One is a table of one row without labels of its own.
func One() Table {
	var t Table
	t.Rows.Add()
	return t
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
	if isPlain(value) {
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

// isPlain reports whether a value is ASCII that can stand as it is, as nearly all are.
func isPlain(value string) bool {
	for i := range len(value) {
		if c := value[i]; c >= utf8.RuneSelf || c == '\n' || c == '\\' || c == '"' {
			return false
		}
	}
	return true
}

// Reset forgets the rows and their values, but neither the columns nor the room.
func (t *Table) Reset() {
	t.Rows.reset()
	for n := range t.Columns {
		t.Columns[n].Values.reset()
	}
}

// Grow makes room for more rows, each of which has about so many bytes that set it apart from the one before.
func (t *Table) Grow(rows, bytes int) {
	t.Rows.text = slices.Grow(t.Rows.text, bytes*rows)
	for n := range t.Columns {
		v := &t.Columns[n].Values
		v.text = slices.Grow(v.text, usualValue*rows)
	}
}

// usualValue is what a value usually takes, in bytes.
const usualValue = 2

// A Room is how much room a table takes, in bytes: its rows, and the values of its columns.
type Room []int

// Room is how much the table takes.
func (t *Table) Room() Room {
	r := Room{len(t.Rows.text)}
	for n := range t.Columns {
		r = append(r, len(t.Columns[n].Values.text))
	}
	return r
}

// Reserve makes so much room, and a little more, in a table that is empty.
func (t *Table) Reserve(r Room) {
	for n, size := range r {
		if size += size / 16; n == 0 {
			t.Rows.text = make([]byte, 0, size)
		} else if n <= len(t.Columns) {
			t.Columns[n-1].Values.text = make([]byte, 0, size)
		}
	}
}

// Size is about how many bytes a table takes on its way to another process.
func (t *Table) Size() int {
	size := len(t.Rows.text) + columnHead
	for i := range t.Columns {
		c := &t.Columns[i]
		size += len(c.Family) + len(c.Labels) + len(c.Values.text) + columnHead
	}
	return size
}

// columnHead is more than a column takes besides its texts and values.
const columnHead = 32
