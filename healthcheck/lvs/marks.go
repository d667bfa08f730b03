package lvs

import (
	"net/netip"
	"slices"

	"holdfast/config"
	"holdfast/ipvs"
)

// MarkPlan says how groups of addresses become services by mark (nftables_ipvs, semantics 8.15): one for each family
// and protocol instead of one for each address, and somebody else marks the packets, as Mapped says.
type MarkPlan struct {
	On    bool
	First uint32 // no mark below is given to a group; not 0
	// Left are the marks that a predecessor gave: connections go by them.
	Left map[MarkedGroup]uint32
	// Taken are marks of services that are not ours.
	Taken map[uint32]bool
}

// A MarkedGroup is what has one mark: all addresses of a group, for one protocol.
type MarkedGroup struct {
	Group    string
	Protocol config.Protocol
}

// Mapped is a range of addresses with a mark, for packets of a protocol to a port, 0 for all ports that have no mark
// of their own. No two of one family, protocol and port overlap.
type Mapped struct {
	First, Last netip.Addr
	Protocol    config.Protocol
	Port        uint16
	Mark        uint32
}

// MarkKinds are what has to be possible for groups to be services by mark: a range for each family and protocol, with a
// port and without, as far as a setup has them.
func (s Setup) MarkKinds() []Mapped {
	var kinds []Mapped
	groups := GroupsOf(s)
	for i := range s.VirtualServers {
		v := &s.VirtualServers[i]
		g := groups[v.Group]
		if g == nil || g.HasMarks() {
			continue
		}
		for _, e := range v.EntriesOf(g) {
			some := netip.IPv4Unspecified()
			if e.First.Is6() {
				some = netip.IPv6Unspecified()
			}
			kind := Mapped{some, some, v.Protocol, min(e.Port, 1), 1}
			if !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
	}
	return kinds
}

// marks are those that groups have.
type marks struct {
	of     map[MarkedGroup]uint32
	next   uint32 // first that may be new; 0 after the last one there is
	mapped []Mapped
}

func groupOf(v *config.VirtualServer) MarkedGroup { return MarkedGroup{v.Group, v.Protocol} }

// Marks are those of groups, for the life after this one. Nobody may change them.
func (c *Core) Marks() map[MarkedGroup]uint32 { return c.marks.of }

// Mapped says which packets are to be marked, since the last Configure or Stop. Nobody may change it.
func (c *Core) Mapped() []Mapped { return c.marks.mapped }

// allot gives each group that the setup has as a service by mark its mark: the one it has, as far as that is still
// allowed. One that a group no longer has is not given to another one, as with keepalived: clients may go by it.
func (c *Core) allot(a *pending) {
	plan, old := c.setup.Marks, c.marks.of
	if old == nil {
		old = plan.Left
	}
	c.marks.of, c.marks.next = map[MarkedGroup]uint32{}, max(c.marks.next, plan.First)
	if !plan.On {
		return
	}
	used := c.writtenMarks()
	for mark := range plan.Taken {
		used[mark] = true
	}
	var fresh []*config.VirtualServer
	for i := range c.setup.VirtualServers {
		v := &c.setup.VirtualServers[i]
		if g := c.groups[v.Group]; v.Group == "" || g == nil || g.HasMarks() {
			// What has a mark that others set is reached by that, and entry by entry.
			continue
		}
		mark := old[groupOf(v)]
		switch {
		case c.marks.of[groupOf(v)] != 0:
		case mark < plan.First || used[mark]:
			fresh = append(fresh, v)
		default:
			c.marks.of[groupOf(v)] = mark
			used[mark] = true
			if mark >= c.marks.next {
				c.marks.next = mark + 1
			}
		}
	}
	for _, v := range fresh {
		if c.marks.of[groupOf(v)] != 0 {
			continue
		}
		mark := c.newMark(used)
		if mark == 0 {
			a.log(Error, v.Name(), "VS "+v.Name()+": no mark from nftables_ipvs_start_fwmark on is free - "+
				"each address of its group is a service")
			continue
		}
		c.marks.of[groupOf(v)] = mark
		used[mark] = true
	}
}

// newMark is one that nobody uses, 0 if there is none.
func (c *Core) newMark(used map[uint32]bool) uint32 {
	for range 2 {
		for mark := c.marks.next; mark != 0; mark++ {
			if !used[mark] {
				c.marks.next = mark + 1
				return mark
			}
		}
		c.marks.next = c.setup.Marks.First // after the last one those that became free
	}
	return 0
}

// writtenMarks are those that the setup itself names.
func (c *Core) writtenMarks() map[uint32]bool {
	used := map[uint32]bool{}
	for i := range c.setup.VirtualServers {
		if mark := c.setup.VirtualServers[i].FWMark; mark != 0 {
			used[mark] = true
		}
	}
	for _, g := range c.setup.Groups {
		for _, e := range g.Entries {
			if e.ByMark() {
				used[e.FWMark] = true
			}
		}
	}
	return used
}

// markedMembers are the services in the kernel of a group with a mark: one for each family.
func markedMembers(entries []config.GroupEntry, mark uint32) []member {
	var out []member
	for _, family := range []ipvs.Family{ipvs.IPv4, ipvs.IPv6} {
		if slices.ContainsFunc(entries, func(e config.GroupEntry) bool { return familyOf(e.First) == family }) {
			out = append(out, member{ipvs.ServiceID{Family: family, FWMark: mark}, true})
		}
	}
	return out
}

// A claim is a range of addresses that a virtual server has.
type claim struct {
	first, last netip.Addr
	mark        uint32 // 0 for a service of its own
	of          *virtual
}

// A place is where claims can be for the same packets.
type place struct {
	family   ipvs.Family
	protocol config.Protocol
	port     uint16
}

// mapAddresses says which packets are marked. Of what two virtual servers claim the first has it, as in the kernel's
// table where they are services each.
func (c *Core) mapAddresses(a *pending) {
	c.marks.mapped = nil
	if len(c.marks.of) == 0 {
		return
	}
	places := map[place][]claim{}
	var order []place
	put := func(at place, one claim) {
		if places[at] == nil {
			order = append(order, at)
		}
		places[at] = append(places[at], one)
	}
	for _, v := range c.virtuals {
		mark := c.marks.of[groupOf(v.cfg)]
		for _, m := range v.members {
			if m.id.FWMark == 0 {
				at := place{m.id.Family, v.cfg.Protocol, m.id.Port}
				put(at, claim{m.id.Addr, m.id.Addr, 0, v})
			}
		}
		if mark == 0 || len(v.members) == 0 { // of two on a group the second has none
			continue
		}
		entries := v.cfg.EntriesOf(c.groups[v.cfg.Group])
		if len(places) == 0 { // most often all of them are for one port
			at := place{familyOf(entries[0].First), v.cfg.Protocol, entries[0].Port}
			places[at], order = make([]claim, 0, len(entries)), append(order, at)
		}
		for _, e := range entries {
			put(place{familyOf(e.First), v.cfg.Protocol, e.Port}, claim{e.First, e.Last, mark, v})
		}
	}
	late := map[*virtual]bool{}
	n := 0
	for _, all := range places {
		n += len(all)
	}
	c.marks.mapped = make([]Mapped, 0, n)
	for _, at := range order {
		for _, one := range disjoint(places[at], late) {
			if one.mark != 0 {
				c.marks.mapped = append(c.marks.mapped, Mapped{one.first, one.last, at.protocol, at.port, one.mark})
			}
		}
	}
	for _, v := range c.virtuals {
		if late[v] {
			v.sayTaken(a)
		}
	}
}

// disjoint leaves of claims in the order of the configuration what no earlier one has. late gets those who lose
// something to another virtual server.
func disjoint(claims []claim, late map[*virtual]bool) []claim {
	sorted, byFirst := claims, func(a, b claim) int { return a.first.Compare(b.first) }
	if !slices.IsSortedFunc(sorted, byFirst) {
		sorted = slices.Clone(claims)
		slices.SortStableFunc(sorted, byFirst)
	}
	apart := true
	for i := 1; i < len(sorted) && apart; i++ {
		apart = sorted[i-1].last.Less(sorted[i].first)
	}
	if apart {
		return sorted
	}
	var have []claim // sorted, and apart
	for _, one := range claims {
		have = add(have, one, late)
	}
	return have
}

// add puts what is left of a claim among others.
func add(have []claim, one claim, late map[*virtual]bool) []claim {
	at, _ := slices.BinarySearchFunc(have, one.first, func(c claim, a netip.Addr) int { return c.last.Compare(a) })
	for ; at < len(have) && !one.last.Less(have[at].first); at++ {
		met := have[at]
		if met.of != one.of {
			late[one.of] = true
		}
		if one.first.Less(met.first) {
			before := one
			before.last = met.first.Prev()
			have = slices.Insert(have, at, before)
			at++
		}
		one.first = met.last.Next()
		if !one.first.IsValid() || one.last.Less(one.first) {
			return have
		}
	}
	return slices.Insert(have, at, one)
}
