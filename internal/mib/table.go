// Package mib is what an SNMP agent shows of a daemon: the objects of KEEPALIVED-MIB, of VRRP-MIB (RFC 2787) and of
// VRRPV3-MIB (RFC 6527), made from a configuration and from what the roles say of themselves. A view is of one moment;
// a value is made when it is asked for, so a large one costs little that nobody looks at.
package mib

import (
	"slices"

	"holdfast/internal/agentx"
)

// A part is a piece of the tree whose objects have one prefix: a table, or scalars, which are a table of one row.
type part interface {
	base() agentx.OID
	get(name agentx.OID) agentx.Value
	next(r agentx.Range) (agentx.VarBind, bool)
	write(name agentx.OID, v agentx.Value) (Change, agentx.Error)
}

// A table has an object for each column and row. An object without a value, which is one of type 0, is not there.
type table[R any] struct {
	entry   agentx.OID
	columns []column[R] // ascending
	rows    []R         // ascending by their index
	index   func(*R) agentx.OID
	writers []writer[R] // of the columns that may be set
}

type column[R any] struct {
	number uint32
	of     func(*R) agentx.Value
}

func (t *table[R]) base() agentx.OID { return t.entry }

func (t *table[R]) get(name agentx.OID) agentx.Value {
	rest := name[len(t.entry):]
	if len(rest) > 0 {
		if c, is := t.column(rest[0]); is {
			if n, is := t.row(rest[1:]); is {
				if v := t.columns[c].of(&t.rows[n]); v.Type != 0 {
					return v
				}
			}
			return agentx.Value{Type: agentx.NoSuchInstance}
		}
	}
	return agentx.Value{Type: agentx.NoSuchObject}
}

// column is where a column is, or would be.
func (t *table[R]) column(number uint32) (int, bool) {
	return slices.BinarySearchFunc(t.columns, number, func(c column[R], n uint32) int { return int(c.number) - int(n) })
}

// row is where the row of an index is, or would be.
func (t *table[R]) row(index agentx.OID) (int, bool) {
	at, is := 0, false
	for low, high := 0, len(t.rows); low < high; at = low {
		middle := (low + high) / 2
		switch c := t.index(&t.rows[middle]).Compare(index); {
		case c < 0:
			low = middle + 1
		case c == 0:
			return middle, true
		default:
			high = middle
		}
	}
	return at, is
}

func (t *table[R]) next(r agentx.Range) (agentx.VarBind, bool) {
	c, n := 0, 0
	switch {
	case len(r.Start) > len(t.entry) && r.Start.Begins(t.entry):
		var is bool
		if c, is = t.column(r.Start[len(t.entry)]); is {
			var exact bool
			if n, exact = t.row(r.Start[len(t.entry)+1:]); exact && !r.Include {
				n++
			}
		}
	case r.Start.Compare(t.entry) > 0:
		return agentx.VarBind{}, false
	}
	for ; c < len(t.columns); c, n = c+1, 0 {
		for ; n < len(t.rows); n++ {
			if v := t.columns[c].of(&t.rows[n]); v.Type != 0 {
				name := append(t.entry.With(t.columns[c].number), t.index(&t.rows[n])...)
				if len(r.End) > 0 && name.Compare(r.End) >= 0 {
					return agentx.VarBind{}, false
				}
				return agentx.VarBind{Name: name, Value: v}, true
			}
		}
	}
	return agentx.VarBind{}, false
}

// scalar is the index of what there is only one of.
func scalar[R any](*R) agentx.OID { return agentx.OID{0} }

// A Tree is the parts of a view, in the order of their names.
type Tree []part

// Get is as agentx.Tree wants it.
func (t Tree) Get(name agentx.OID) agentx.Value {
	for _, p := range t {
		if name.Begins(p.base()) {
			if v := p.get(name); v.Type != agentx.NoSuchObject {
				return v
			}
		}
	}
	return agentx.Value{Type: agentx.NoSuchObject}
}

// Next is as agentx.Tree wants it.
func (t Tree) Next(r agentx.Range) (agentx.VarBind, bool) {
	for _, p := range t {
		if v, is := p.next(r); is {
			return v, true
		}
	}
	return agentx.VarBind{}, false
}
