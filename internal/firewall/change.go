package firewall

import (
	"cmp"
	"reflect"
	"slices"
)

// A step is one part of a change. All steps of a change are one transaction: no packet meets a part of them.
type step struct {
	do       action
	table    shape  // of unmake, name and family count
	set      string // of add and remove
	elements []element
}

type action uint8

const (
	unmake action = iota // the table goes, if it is there
	create               // a table that is not there, without elements
	add                  // elements to a set
	remove               // elements from a set
)

// state is what is in the kernel as far as is known. The zero state is nothing.
type state struct {
	tables []table
	// stray are names of tables that may be left from a life before and must go.
	stray []string
}

// change is what makes the kernel as wanted, and what is there then.
func (s state) change(want []table) ([]step, state) {
	var steps []step
	var next state
	// What is left of a life before goes first: a table is ours, and is made anew by us.
	for _, name := range s.stray {
		for _, f := range families {
			steps = append(steps, step{do: unmake, table: shape{family: f, name: name}})
		}
	}
	for _, have := range s.tables {
		// A table that is made anew loses its former elements with that.
		if n := find(want, have.shape); n < 0 || anew(have, want[n]) {
			steps = append(steps, step{do: unmake, table: have.shape})
		}
	}
	for _, t := range want {
		have := table{}
		if n := find(s.tables, t.shape); n >= 0 && !anew(s.tables[n], t) {
			have = s.tables[n]
		} else {
			// As with keepalived a table comes with the first address, and stays without any.
			if t.empty() {
				continue
			}
			// A table of this name that somebody else has made is not added to: what it accepts would be reached.
			steps = append(steps, step{do: unmake, table: t.shape}, step{do: create, table: t.shape})
		}
		next.tables = append(next.tables, t)
		steps = append(steps, fill(have, t)...)
	}
	return steps, next
}

// rebuilt is how many ranges a map loses at most before its table is made anew instead: the kernel goes through all of
// a map to find one to remove (5,000 of 10,000 took it 104 s), and makes one of 10,000 in 0.1 s.
const rebuilt = 8

// anew reports whether a table is made anew to be another one.
func anew(have, want table) bool {
	if !reflect.DeepEqual(have.shape, want.shape) {
		return true
	}
	for _, s := range have.sets {
		if s.marks && len(without(have.elements[s.name], want.elements[s.name])) > rebuilt {
			return true
		}
	}
	return false
}

// fill brings the elements of a table to those wanted.
func fill(have, want table) []step {
	var steps []step
	for _, s := range want.sets {
		old, now := have.elements[s.name], want.elements[s.name]
		// What goes is first: a range that changes would overlap with itself.
		if list := without(old, now); len(list) > 0 {
			steps = append(steps, step{do: remove, table: want.shape, set: s.name, elements: list})
		}
		if list := without(now, old); len(list) > 0 {
			steps = append(steps, step{do: add, table: want.shape, set: s.name, elements: list})
		}
	}
	return steps
}

// find is where the table of that family and name is, -1 if there is none.
func find(tables []table, like shape) int {
	return slices.IndexFunc(tables, func(t table) bool { return t.family == like.family && t.name == like.name })
}

// lost is the state when all that was in the kernel may be damaged: the next change makes it anew.
func (s state) lost() state {
	lost := state{stray: s.stray}
	for _, t := range s.tables {
		if !slices.Contains(lost.stray, t.name) {
			lost.stray = append(slices.Clone(lost.stray), t.name)
		}
	}
	return lost
}

// any reports whether something of ours is in the kernel.
func (s state) any() bool { return len(s.tables) > 0 }

func (t table) empty() bool {
	for _, of := range t.elements {
		if len(of) > 0 {
			return false
		}
	}
	return true
}

// without are the elements of e that are not in other, in a certain order.
func without(e, other elements) []element {
	var rest []element
	for one := range e {
		if !other[one] {
			rest = append(rest, one)
		}
	}
	slices.SortFunc(rest, func(a, b element) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.mark, b.mark)) })
	return rest
}
