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

// Write writes tables as text. What several of them tell of one family stands together, and what is in no table of
// families is left out: either would make the whole text worthless to whoever reads it.
func Write(w io.Writer, tables []Table) error {
	t := writer{to: w, text: make([]byte, 0, chunk+chunk/4), families: byName()}
	for i := range tables {
		for c := range tables[i].Columns {
			f, is := t.families[tables[i].Columns[c].Family]
			if !is {
				continue
			}
			delete(t.families, f.Name)
			t.begun = false
			for j := range tables[i:] {
				t.family(f, &tables[i+j])
			}
		}
	}
	t.flush()
	return t.err
}

type writer struct {
	to       io.Writer
	text     []byte
	err      error
	families map[string]Family // that were not written yet
	begun    bool              // a sample of the family was written
	at       []cursor          // of the columns of the family
}

func (w *writer) flush() {
	if w.err == nil && len(w.text) > 0 {
		_, w.err = w.to.Write(w.text)
	}
	w.text = w.text[:0]
}

// family writes what a table tells of a family, row by row, so that the samples of a histogram stand together.
func (w *writer) family(f Family, t *Table) {
	from := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Family == f.Name })
	if from < 0 || w.err != nil {
		return
	}
	columns := t.Columns[from:]
	if n := slices.IndexFunc(columns, func(c Column) bool { return c.Family != f.Name }); n >= 0 {
		columns = columns[:n]
	}
	w.at = w.at[:0]
	for i := range columns {
		w.at = append(w.at, columns[i].Values.text)
	}
	rows := t.Rows.first()
	for range t.Rows.Len() {
		labels := rows.next()
		for i := range columns {
			value := w.at[i].next()
			if math.IsNaN(value) {
				continue
			}
			if !w.begun {
				w.begun = true
				w.head(f)
			}
			w.sample(&columns[i], labels, value)
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
