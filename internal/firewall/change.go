package firewall

import (
	"cmp"
	"maps"
	"slices"
)

// A step is one part of a change. All steps of a change are one transaction: no packet meets a part of them.
type step struct {
	do    action
	table table  // of unmake, name and family count
	set   string // of add and remove
	addrs []Address
}

type action uint8

const (
	unmake action = iota // the table goes, if it is there
	create               // a table that is not there, without addresses
	add                  // addresses to a set
	remove               // addresses from a set
)

// state is what is in the kernel as far as is known. The zero state is nothing.
type state struct {
	Settings
	made    [len(families)]bool
	blocked Blocked
	// stray are names of tables that may be left from a life before and must go.
	stray []string
}

// change is what makes the kernel as wanted, and what is there then.
func (s state) change(w Want) ([]step, state) {
	var steps []step
	next := state{Settings: w.Settings, blocked: Blocked{}}
	// A table that looks otherwise is made anew. Its former addresses go with it.
	anew := !w.On || s.Settings != w.Settings
	// What is left of a life before goes first: a table is ours, and is made anew by us.
	for _, name := range s.stray {
		for _, f := range families {
			steps = append(steps, step{do: unmake, table: table{family: f, name: name}})
		}
	}
	for _, f := range families {
		if s.made[f] && anew {
			steps = append(steps, step{do: unmake, table: table{family: f, name: s.Table}})
		}
	}
	if !w.On {
		return steps, next
	}
	maps.Copy(next.blocked, w.Blocked)
	have := s.blocked
	if anew {
		have = nil
	}
	coming, going := without(w.Blocked, have), without(have, w.Blocked)
	for _, f := range families {
		next.made[f] = s.made[f] && !anew
		t := tableOf(w.Settings, f)
		// As with keepalived a table comes with the first address, and stays without any.
		if !next.made[f] && len(coming.of(f, setVIPs))+len(coming.of(f, setLinkLocal)) > 0 {
			next.made[f] = true
			// A table of this name that somebody else has made is not added to: what it accepts would be reached.
			steps = append(steps, step{do: unmake, table: t}, step{do: create, table: t})
		}
		for _, name := range [...]string{setVIPs, setLinkLocal} {
			if list := going.of(f, name); len(list) > 0 {
				steps = append(steps, step{do: remove, table: t, set: name, addrs: list})
			}
			if list := coming.of(f, name); len(list) > 0 {
				steps = append(steps, step{do: add, table: t, set: name, addrs: list})
			}
		}
	}
	return steps, next
}

// lost is the state when all that was in the kernel may be damaged: the next change makes it anew.
func (s state) lost() state {
	lost := state{stray: s.stray}
	for _, f := range families {
		if s.made[f] && !slices.Contains(lost.stray, s.Table) {
			lost.stray = append(slices.Clone(lost.stray), s.Table)
		}
	}
	return lost
}

// any reports whether something of ours is in the kernel.
func (s state) any() bool { return s.made != [len(families)]bool{} }

// tables are those that are there.
func (s state) tables() []table {
	var list []table
	for _, f := range families {
		if s.made[f] {
			list = append(list, tableOf(s.Settings, f))
		}
	}
	return list
}

// without are the addresses of b that are not in other.
func without(b, other Blocked) Blocked {
	rest := Blocked{}
	for a := range b {
		if !other[a] {
			rest[a] = true
		}
	}
	return rest
}

// of are the addresses that belong to a set of a family, in a certain order.
func (b Blocked) of(f family, set string) []Address {
	var list []Address
	for a := range b {
		if a.family() == f && a.set() == set {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b Address) int {
		return cmp.Or(a.Addr.Compare(b.Addr), cmp.Compare(a.Dev, b.Dev), cmp.Compare(a.Index, b.Index))
	})
	return list
}
