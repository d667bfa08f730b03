package ipvs

import (
	"maps"
	"slices"
)

// Maglev is the name of the scheduler that hashes clients into a table of slots (package
// maglev). Of all schedulers it alone goes by what has been done to a service, and not
// only by what the service is.
const Maglev = "mh"

// MaglevFallback is the flag by which it sends the clients of a destination with weight 0 to others;
// without it they get no answer. MaglevPort is that by which it hashes the port of a client too.
const (
	MaglevFallback = Sched1
	MaglevPort     = Sched2
)

// History is what the kernel goes by in a service with the scheduler mh, beside what the
// service is: whose turn to take slots comes first, and how many slots the destinations
// with weight 0 keep.
type History struct {
	// Order is the destinations as they were added, the oldest first; nil if they were added
	// in the order of their addresses and ports.
	Order []DestID
	// Last is, of destinations with weight 0, the last weight they had that was not 0, or
	// 0 if they had none. One that is not in it is not known, or of no matter.
	Last map[DestID]int32
}

// canonical is h with canonical identities.
func (h *History) canonical() *History {
	if h == nil {
		return nil
	}
	var c History
	for _, d := range h.Order {
		c.Order = append(c.Order, d.Canonical())
	}
	if h.Last != nil {
		c.Last = make(map[DestID]int32, len(h.Last))
	}
	for d, w := range h.Last {
		c.Last[d.Canonical()] = w
	}
	return &c
}

// Added is the destinations in the order in which they were added, as far as that is known.
func (s Service) Added() []DestID {
	if s.History != nil && s.History.Order != nil {
		return s.History.Order
	}
	return sortedDests(nil, s.Dests)
}

// Last is the last weight of a destination that was not 0, by which it has slots, or 0 if it
// never had one; false if that is not known.
func (s Service) Last(d DestID) (int32, bool) {
	if w := s.Dests[d].Weight; w > 0 || s.History == nil {
		return w, w > 0
	}
	w, known := s.History.Last[d]
	return w, known
}

// Take is what becomes of a service by a command about one of its destinations that the
// kernel has taken. Dests has to be the caller's own.
func (s *Service) Take(c Command) {
	before := s.Dests[c.Dest].Weight
	order := s.History != nil && c.Op != EditDest
	if order {
		s.History = &History{Order: slices.Clone(s.Added()), Last: s.History.Last}
	}
	switch c.Op {
	case AddDest:
		if order {
			s.History.Order = append(s.History.Order, c.Dest)
		}
		before = 0
		fallthrough
	case EditDest:
		if s.Dests == nil {
			s.Dests = map[DestID]DestSettings{}
		}
		s.Dests[c.Dest] = c.DestSettings
	case DeleteDest:
		delete(s.Dests, c.Dest)
		if order {
			s.History.Order = slices.DeleteFunc(s.History.Order, func(d DestID) bool { return d == c.Dest })
		}
	}
	s.remember(c, before)
}

// remember keeps the last weight of the destination of c, whose weight was before.
func (s *Service) remember(c Command, before int32) {
	if s.History == nil {
		return
	}
	last := maps.Clone(s.History.Last)
	if last == nil {
		last = map[DestID]int32{}
	}
	switch {
	case c.Op == DeleteDest || c.DestSettings.Weight > 0:
		delete(last, c.Dest)
	case before > 0 || c.Op == AddDest:
		last[c.Dest] = before
	}
	s.History = &History{Order: s.History.Order, Last: last}
}

// Recall gives a service that was read from the kernel what the kernel does not tell and old,
// which was read or made before, knows.
func (s Service) Recall(old Service) Service {
	if s.History == nil {
		return s
	}
	last := map[DestID]int32{}
	for d, settings := range s.Dests {
		if settings.Weight > 0 {
			continue
		}
		if _, there := old.Dests[d]; !there {
			continue
		}
		if w, known := old.Last(d); known {
			last[d] = w
		}
	}
	s.History = &History{Order: s.History.Order, Last: last}
	return s
}

// setInOrder appends what makes the destinations of a service those of want, added in the order of
// their addresses and with the slots that want's history says. In that order, each from the
// first on that is not where it has to be is taken out and added again at once.
func setInOrder(cmds []Command, id ServiceID, sorted []DestID, have, want Service) []Command {
	keep := inPlace(sorted, have, want)
	for i, d := range sorted {
		w := want.Dests[d]
		last, known := want.Last(d)
		c := Command{Op: AddDest, Service: id, Dest: d, DestSettings: w}
		h, there := have.Dests[d]
		turns := known && last > 0 && w.Weight == 0 // it has slots, though its weight is 0
		if there && i < keep {
			c.Op = EditDest
			if is, known := have.Last(d); turns && known && is == last {
				turns = false
			}
			if !turns && h.Equal(w) {
				continue
			}
		} else if there {
			cmds = append(cmds, Command{Op: DeleteDest, Service: id, Dest: d})
		}
		if turns {
			c.DestSettings.Weight = last
			cmds = append(cmds, c)
			c.Op, c.DestSettings.Weight = EditDest, 0
		}
		cmds = append(cmds, c)
	}
	return cmds
}

// inPlace is how many of the destinations of want, from the first on, have can keep.
func inPlace(sorted []DestID, have, want Service) int {
	// Of another scheduler the order is not known.
	if have.History == nil {
		return 0
	}
	at := make(map[DestID]int, len(have.Dests))
	for i, d := range have.Added() {
		at[d] = i
	}
	before := -1
	for i, d := range sorted {
		place, there := at[d]
		if !there || place < before || hasTooMuch(d, have, want) {
			return i
		}
		before = place
	}
	return len(sorted)
}

// hasTooMuch reports whether a destination has, or may have, slots that it is not to have:
// they go with it only.
func hasTooMuch(d DestID, have, want Service) bool {
	if last, known := want.Last(d); !known || last > 0 {
		return false
	}
	is, known := have.Last(d)
	return !known || is > 0
}
