package metric

import (
	"io"
	"math"
	"slices"
	"strconv"
)

// ContentType is that of the text.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// chunk is how much text there is at a time: what is told of ten thousand real servers is megabytes.
const chunk = 32 << 10

// Write writes tables as text. What several of them tell of one family stands together, column by column, and what is
// in no table of families is left out: either would make the whole text worthless to whoever reads it.
func Write(w io.Writer, tables []Table) error {
	t := writer{to: w, text: make([]byte, 0, chunk+chunk/4)}
	for _, f := range inOrder(nil, tables, byName()) {
		t.begun = false
		eachPart(f, tables, func(i int, columns []Column) { t.part(f, &tables[i], columns) })
	}
	t.flush()
	return t.err
}

// inOrder appends the families that tables tell, each at the place of its first series.
func inOrder(list []*Family, tables []Table, known map[string]*Family) []*Family {
	last := ""
	for i := range tables {
		for c := range tables[i].Columns {
			name := tables[i].Columns[c].Family
			if name == last {
				continue
			}
			last = name
			if f := known[name]; f != nil && !slices.Contains(list, f) {
				list = append(list, f)
			}
		}
	}
	return list
}

type writer struct {
	to      io.Writer
	pack    *packer // instead of to
	text    []byte
	err     error
	begun   bool     // a sample of the family was written
	at      []cursor // of the columns of the family
	before  []line   // of the columns of the family, the latest ones
	changed []change // of the row at hand
}

func (w *writer) flush() {
	switch {
	case w.err != nil || len(w.text) == 0:
	case w.pack != nil:
		w.pack.written(w.text)
	default:
		_, w.err = w.to.Write(w.text)
	}
	w.text = w.text[:0]
}

// eachPart gives take what is told of a family, by the number of the table: column by column, but all columns of a
// histogram, whose samples stand together.
func eachPart(f *Family, tables []Table, take func(i int, columns []Column)) {
	for i := range tables {
		columns := tables[i].Columns
		from := 0
		for from < len(columns) && columns[from].Family != f.Name {
			from++
		}
		to := from
		for to < len(columns) && columns[to].Family == f.Name {
			to++
		}
		if columns = columns[from:to]; len(columns) == 0 {
			continue
		}
		if f.Type == Histogram {
			take(i, columns)
			continue
		}
		for n := range columns {
			take(i, columns[n:n+1])
		}
	}
}

// part writes columns row by row.
func (w *writer) part(f *Family, t *Table, columns []Column) {
	if w.err != nil {
		return
	}
	w.at, w.before = w.at[:0], slices.Grow(w.before[:0], len(columns))[:len(columns)]
	for i := range columns {
		w.at = append(w.at, columns[i].Values.text)
		w.before[i].row = 0
	}
	rows := t.Rows.first()
	for row := range t.Rows.Len() {
		labels := rows.next()
		if w.pack != nil {
			w.changed = changes(w.changed[:0], rows.last, labels)
		}
		for i := range columns {
			value := w.at[i].next()
			if math.IsNaN(value) {
				continue
			}
			if !w.begun {
				w.begun = true
				w.head(f)
			}
			w.sample(&columns[i], row+1, labels, value, &w.before[i])
		}
		if len(w.text) >= chunk {
			if w.flush(); w.err != nil {
				return
			}
		}
	}
}

func (w *writer) head(f *Family) {
	from := len(w.text)
	w.text = append(append(w.text, "# HELP "...), f.Name...)
	w.text = append(append(w.text, ' '), f.Help...)
	w.text = append(append(w.text, "\n# TYPE "...), f.Name...)
	w.text = append(append(w.text, ' '), f.Type...)
	w.text = append(w.text, '\n')
	if w.pack != nil {
		w.pack.add(w.text[from:])
	}
}

// sample writes a line; before is the one of the same column that was written last.
func (w *writer) sample(c *Column, row int, labels []byte, value float64, before *line) {
	from := len(w.text)
	b := append(append(w.text, c.Family...), c.Suffix...)
	named := len(labels) > 0 || c.Labels != ""
	if named {
		b = append(b, '{')
	}
	now := line{row: row, at: from, name: len(b) - from, labels: len(labels)}
	if named {
		b = append(b, labels...)
		if len(labels) > 0 && c.Labels != "" {
			b = append(b, ',')
		}
		b = append(append(b, c.Labels...), '}')
	}
	b = append(b, ' ')
	now.rest = len(b) - from - now.name - now.labels
	switch whole := int64(value); {
	case float64(whole) == value && whole < 1<<53 && whole > -1<<53:
		b = strconv.AppendInt(b, whole, 10)
	case math.IsInf(value, 1):
		b = append(b, "+Inf"...)
	default:
		b = strconv.AppendFloat(b, value, 'g', -1, 64)
	}
	w.text = append(b, '\n')
	if w.pack != nil {
		w.pack.line(w.text[from:], now, before, w.changed)
	}
}
