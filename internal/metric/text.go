package metric

import (
	"io"
	"math"
	"strconv"
)

// ContentType is that of the text.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// chunk is how much text there is at a time: what is told of ten thousand real servers is megabytes.
const chunk = 32 << 10

// Write writes tables as text. A family that is in two tables, or not in the table of families, would make the text
// worthless to whoever reads it: it is there the first time only, and not at all.
func Write(w io.Writer, tables []Table) error {
	t := writer{to: w, text: make([]byte, 0, chunk+chunk/4), families: byName()}
	for i := range tables {
		t.table(&tables[i])
	}
	t.flush()
	return t.err
}

type writer struct {
	to       io.Writer
	text     []byte
	err      error
	families map[string]Family // that were not written yet
}

func (w *writer) flush() {
	if w.err == nil && len(w.text) > 0 {
		_, w.err = w.to.Write(w.text)
	}
	w.text = w.text[:0]
}

func (w *writer) table(t *Table) {
	for from := 0; from < len(t.Columns) && w.err == nil; {
		to := from + 1
		for to < len(t.Columns) && t.Columns[to].Family == t.Columns[from].Family {
			to++
		}
		if f, is := w.families[t.Columns[from].Family]; is {
			delete(w.families, f.Name)
			w.family(f, &t.Rows, t.Columns[from:to])
		}
		from = to
	}
}

// family writes the samples of a family, row by row, so that those of a histogram stand together.
func (w *writer) family(f Family, rows *Rows, columns []Column) {
	begun := false
	for row := range rows.Len() {
		labels := rows.At(row)
		for i := range columns {
			c := &columns[i]
			if row >= len(c.Values) || math.IsNaN(c.Values[row]) {
				continue
			}
			if !begun {
				begun = true
				w.head(f)
			}
			w.sample(c, labels, c.Values[row])
		}
		if len(w.text) >= chunk {
			if w.flush(); w.err != nil {
				return
			}
		}
	}
}

func (w *writer) head(f Family) {
	w.text = append(append(w.text, "# HELP "...), f.Name...)
	w.text = append(append(w.text, ' '), f.Help...)
	w.text = append(append(w.text, "\n# TYPE "...), f.Name...)
	w.text = append(append(w.text, ' '), f.Type...)
	w.text = append(w.text, '\n')
}

func (w *writer) sample(c *Column, labels []byte, value float64) {
	b := append(append(w.text, c.Family...), c.Suffix...)
	if len(labels) > 0 || c.Labels != "" {
		b = append(append(b, '{'), labels...)
		if len(labels) > 0 && c.Labels != "" {
			b = append(b, ',')
		}
		b = append(append(b, c.Labels...), '}')
	}
	b = append(b, ' ')
	switch whole := int64(value); {
	case float64(whole) == value && whole < 1<<53 && whole > -1<<53:
		b = strconv.AppendInt(b, whole, 10)
	case math.IsInf(value, 1):
		b = append(b, "+Inf"...)
	default:
		b = strconv.AppendFloat(b, value, 'g', -1, 64)
	}
	w.text = append(b, '\n')
}
