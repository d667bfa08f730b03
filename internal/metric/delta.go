package metric

import (
	"fmt"
	"hash/maphash"
)

// A Sender tells tables to a Receiver, again and again: of what is as it was the last time it says only that. The zero
// value has told nothing.
type Sender struct {
	seed maphash.Seed
	told [][]uint64 // of each table the hash of its rows, and those of its columns
}

// Changed are tables without what is in them as it was when this was called before. The tables that it is given stay as
// they are.
func (s *Sender) Changed(tables []Table) []Table {
	if s.told == nil {
		s.seed = maphash.MakeSeed()
	}
	list := make([]Table, len(tables))
	for len(s.told) < len(tables) {
		s.told = append(s.told, nil)
	}
	s.told = s.told[:len(tables)]
	for i := range tables {
		t, told := &tables[i], s.told[i]
		known := len(told)
		same := func(n int, hash uint64) bool {
			if n < known && told[n] == hash {
				return true
			}
			if n < len(told) {
				told[n] = hash
			} else {
				told = append(told, hash)
			}
			return false
		}
		list[i].Columns = make([]Column, len(t.Columns))
		if list[i].Rows = t.Rows; same(0, maphash.Bytes(s.seed, t.Rows.text)) {
			list[i].Rows = Rows{asBefore: true}
		}
		for n := range t.Columns {
			c := &t.Columns[n]
			if list[i].Columns[n] = *c; same(1+n, s.hash(c)) {
				list[i].Columns[n] = Column{Values: Values{asBefore: true}}
			}
		}
		s.told[i] = told[:1+len(t.Columns)]
	}
	return list
}

func (s *Sender) hash(c *Column) uint64 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	for _, text := range []string{c.Family, c.Suffix, c.Labels} {
		_, _ = h.WriteString(text)
		_ = h.WriteByte(0)
	}
	_, _ = h.Write(c.Values.text)
	return h.Sum64()
}

// A Receiver is told tables by a Sender. The zero value was told nothing.
type Receiver struct{ last []Table }

// Whole are the tables that changed ones stand for. They are not to be changed: the next ones share what stays.
func (r *Receiver) Whole(changed []Table) ([]Table, error) {
	list := make([]Table, len(changed))
	for i := range changed {
		var last Table
		if i < len(r.last) {
			last = r.last[i]
		}
		t := &list[i]
		*t = changed[i]
		if t.Rows.asBefore {
			if i >= len(r.last) {
				return nil, fmt.Errorf("rows of table %d are as before, and there was none", i)
			}
			t.Rows = last.Rows
		}
		for n := range t.Columns {
			if !t.Columns[n].Values.asBefore {
				continue
			}
			if n >= len(last.Columns) {
				return nil, fmt.Errorf("column %d of table %d is as before, and there was none", n, i)
			}
			t.Columns[n] = last.Columns[n]
		}
	}
	r.last = list
	return list, nil
}
