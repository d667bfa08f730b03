package agreement

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"holdfast/config"
	"holdfast/config/syntax"
)

// A held address of a member.
type held struct {
	*config.Address
	listed bool // in adverts: of virtual_ipaddress
}

// holds are the addresses of a member.
func holds(m member) map[netip.Addr]held {
	all := map[netip.Addr]held{}
	for _, list := range []struct {
		addresses []config.Address
		listed    bool
	}{{m.in.ExcludedVIPs, false}, {m.in.VIPs, true}} {
		for i := range list.addresses {
			all[list.addresses[i].Prefix.Addr()] = held{&list.addresses[i], list.listed}
		}
	}
	return all
}

// addresses says what a takeover would lose or change.
func (c *comparer) addresses(r *router) {
	of := map[*host]map[netip.Addr]held{}
	for _, m := range r.members {
		of[m.host] = holds(m)
	}
	for _, m := range r.members {
		told := map[netip.Addr]bool{}
		for _, o := range r.members {
			if m.host != o.host && !m.host.Damaged {
				c.lacking(m, o, of, told)
			}
		}
	}
	c.lists(r, of)
	c.prefixes(r, of)
}

// lacking says which addresses another member has and this one has not.
func (c *comparer) lacking(m, o member, of map[*host]map[netip.Addr]held, told map[netip.Addr]bool) {
	var names []string
	var first syntax.Pos
	for v := range o.in.Addresses() {
		addr := v.Prefix.Addr()
		if _, has := of[m.host][addr]; has || told[addr] {
			continue
		}
		told[addr] = true
		if names = append(names, addr.String()); len(names) == 1 {
			first = v.Pos
		}
	}
	if len(names) > 0 {
		c.say(syntax.Error, "pair-address-missing", spot{o.host, first}, m.at("virtual_ipaddress",
			"virtual_ipaddress_excluded"),
			"not here", "(%s) %s has no %s: when that director takes over, nobody has %s", o.in.Name, m.host.File, some(names),
			itOrThem(len(names)))
	}
}

func itOrThem(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// lists compares which addresses are in adverts, and in which order.
func (c *comparer) lists(r *router, of map[*host]map[netip.Addr]held) {
	const harmless = "adverts count all the same"
	set := func(m member) string {
		var all []string
		for v, h := range of[m.host] {
			if h.listed {
				all = append(all, v.String())
			}
		}
		slices.Sort(all)
		return strings.Join(all, " ")
	}
	var alike []member // have the usual addresses
	odd := map[*host]bool{}
	for m, u := range unlike(r.members, set) {
		odd[m.host] = true
		for v, h := range inOrder(m) {
			if there, ok := of[u.host][v]; ok && there.listed != h.listed {
				c.say(syntax.Warning, "pair-address-list-differs", spot{m.host, h.Pos}, spot{u.host, there.Pos},
					listName(there.listed),
					"(%s) %s is in %s here and in %s in %s: each logs that the list in the adverts of the other is wrong; %s",
					m.in.Name, v, listName(h.listed), listName(there.listed), u.host.File, harmless)
				break
			}
		}
	}
	for _, m := range r.members {
		if !odd[m.host] {
			alike = append(alike, m)
		}
	}
	order := func(m member) string {
		var all []string
		for i := range m.in.VIPs {
			all = append(all, m.in.VIPs[i].Prefix.Addr().String())
		}
		return strings.Join(all, " ")
	}
	for m, u := range unlike(alike, order) {
		c.say(syntax.Note, "pair-address-list-differs", m.at("virtual_ipaddress"), u.at("virtual_ipaddress"), "another order",
			"(%s) the addresses stand in another order than in %s; %s", m.in.Name, u.host.File, harmless)
	}
}

func listName(listed bool) string {
	if listed {
		return "virtual_ipaddress"
	}
	return "virtual_ipaddress_excluded"
}

// inOrder are the addresses of a member as they stand in the file.
func inOrder(m member) func(yield func(netip.Addr, held) bool) {
	all := holds(m)
	return func(yield func(netip.Addr, held) bool) {
		for v := range m.in.Addresses() {
			if addr := v.Prefix.Addr(); !yield(addr, all[addr]) {
				return
			}
		}
	}
}

// prefixes says where an address makes another route.
func (c *comparer) prefixes(r *router, of map[*host]map[netip.Addr]held) {
	told := map[netip.Addr]bool{}
	for _, m := range r.members {
		for addr := range inOrder(m) {
			if told[addr] {
				continue
			}
			told[addr] = true
			var having []member
			for _, o := range r.members {
				if _, ok := of[o.host][addr]; ok {
					having = append(having, o)
				}
			}
			length := func(m member) int { return of[m.host][addr].Prefix.Bits() }
			for odd, usual := range unlike(having, length) {
				c.say(syntax.Warning, "pair-prefix-differs", spot{odd.host, of[odd.host][addr].Pos},
					spot{usual.host, of[usual.host][addr].Pos}, fmt.Sprintf("%s/%d", addr, length(usual)),
					"(%s) %s/%d here and %s/%d in %s: a takeover changes the route to the network", odd.in.Name, addr, length(odd),
					addr, length(usual), usual.host.File)
			}
		}
	}
}

// sharedAddresses says where an address is that of one router on a host, and of another router on another host.
func (c *comparer) sharedAddresses() {
	type place struct {
		router *router
		member member
		pos    syntax.Pos
	}
	first := map[netip.Addr]place{}
	for _, r := range c.routers {
		for _, m := range r.members {
			for v := range m.in.Addresses() {
				addr := v.Prefix.Addr()
				p, ok := first[addr]
				if !ok {
					first[addr] = place{r, m, v.Pos}
				} else if p.router != r && p.member.host != m.host && !addr.IsLinkLocalUnicast() && !both(p.router, m.host, addr) &&
					!both(r, p.member.host, addr) {
					c.say(syntax.Error, "pair-address-of-two-routers", spot{m.host, v.Pos}, spot{p.member.host, p.pos},
						"of "+about(p.member.in), "(%s) %s is also an address of %s in %s, which is another virtual router: both "+
							"may have it "+
							"at once", m.in.Name, addr, p.member.in.Name, p.member.host.File)
				}
			}
		}
	}
}

// both reports whether a router has the address on a host: one that has it twice in a file has a finding there.
func both(r *router, h *host, addr netip.Addr) bool {
	m, ok := r.on(h)
	if !ok {
		return false
	}
	_, has := holds(m)[addr]
	return has
}

// routes says which routes and rules a takeover loses.
func (c *comparer) routes(r *router) {
	missing(c, r, "virtual_routes", func(m member) []config.Route { return m.in.Routes },
		func(v config.Route) (string, syntax.Pos) {
			return fmt.Sprintf("%s in table %s", v.Dest, v.Table.String()), v.Pos
		})
	missing(c, r, "virtual_rules", func(m member) []config.Rule { return m.in.Rules },
		func(v config.Rule) (string, syntax.Pos) { return ruleName(v), v.Pos })
}

// ruleName is what a rule is about. Interfaces may be called otherwise on another host.
func ruleName(v config.Rule) string {
	name := "table " + v.Table.String()
	if v.From.IsValid() {
		name = "from " + v.From.String() + " " + name
	}
	if v.To.IsValid() {
		name = "to " + v.To.String() + " " + name
	}
	if v.Mark != 0 {
		name = fmt.Sprintf("fwmark %d %s", v.Mark, name)
	}
	return name
}

// missing says which entries of a block the other members of a router lack.
func missing[T any](c *comparer, r *router, block string, of func(member) []T, name func(T) (string, syntax.Pos)) {
	for _, m := range r.members {
		if m.host.Damaged {
			continue
		}
		has := map[string]bool{}
		for _, v := range of(m) {
			key, _ := name(v)
			has[key] = true
		}
		for _, o := range r.members {
			var names []string
			var first syntax.Pos
			for _, v := range of(o) {
				key, pos := name(v)
				if has[key] {
					continue
				}
				has[key] = true
				if names = append(names, key); len(names) == 1 {
					first = pos
				}
			}
			if len(names) > 0 {
				c.say(syntax.Warning, "pair-route-missing", spot{o.host, first}, m.at(block), "not here",
					"(%s) %s of %s lacks %s, which a takeover by that director loses", o.in.Name, block, m.host.File, some(names))
			}
		}
	}
}
