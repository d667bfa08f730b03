package agreement

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"holdfast/config"
	"holdfast/config/syntax"
)

// A member is a virtual router on one host.
type member struct {
	host *host
	in   *config.Instance
}

// at is the place of the first of some statements of the instance, else that of the instance.
func (m member) at(keywords ...string) spot { return m.host.of(m.in.Pos, keywords...) }

// A router is a virtual router with all hosts that have it, in their order.
type router struct{ members []member }

func (r *router) on(h *host) (member, bool) {
	for _, m := range r.members {
		if m.host == h {
			return m, true
		}
	}
	return member{}, false
}

// What tells that two instances are one virtual router, as points. An id may be used on several networks, an interface
// called otherwise on another host, and a name is for people: none of them is enough alone. An address in
// common is, because then they cannot be two.
const (
	pointsAddress   = 6
	pointsID        = 5
	pointsName      = 2
	pointsInterface = 1
	pointsNetwork   = 1 // an address of one is in a network of the other
	pointsEnough    = 6
)

// match finds the virtual routers: host by host, what is most alike first.
func (c *comparer) match() {
	for _, h := range c.hosts {
		c.join(h)
	}
}

// A candidate is an instance that may be a router.
type candidate struct{ points, router, instance int }

func (c *comparer) join(h *host) {
	instances := h.Config.Instances
	var all []candidate
	for i := range instances {
		for n, r := range c.routers {
			if points := c.likeness(r, member{h, &instances[i]}); points >= pointsEnough {
				all = append(all, candidate{points, n, i})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(b.points, a.points) })
	taken, joined := map[int]bool{}, map[int]bool{}
	for _, a := range all {
		if !taken[a.router] && !joined[a.instance] {
			taken[a.router], joined[a.instance] = true, true
			r := c.routers[a.router]
			r.members = append(r.members, member{h, &instances[a.instance]})
		}
	}
	for i := range instances {
		if !joined[i] {
			c.routers = append(c.routers, &router{[]member{{h, &instances[i]}}})
		}
	}
}

// likeness is how much an instance is like a router.
func (c *comparer) likeness(r *router, m member) int {
	most := 0
	for _, o := range r.members {
		points := 0
		if share(o.in, m.in) {
			points += pointsAddress
		}
		if o.in.VRID == m.in.VRID && o.in.IPv6 == m.in.IPv6 {
			points += pointsID
			if neighbours(o.in, m.in) || only(o) && only(m) {
				points += pointsNetwork
			}
		}
		if o.in.Name == m.in.Name {
			points += pointsName
		}
		if o.in.Interface == m.in.Interface {
			points += pointsInterface
		}
		most = max(most, points)
	}
	return most
}

// only reports whether the host has no other virtual router.
func only(m member) bool { return len(m.host.Config.Instances) == 1 }

// share reports whether two instances have an address in common.
func share(a, b *config.Instance) bool {
	// What every link has may be on several.
	local := func(v *config.Address) bool { return v.Prefix.Addr().IsLinkLocalUnicast() }
	for v := range a.Addresses() {
		for w := range b.Addresses() {
			if v.Prefix.Addr() == w.Prefix.Addr() && !local(v) {
				return true
			}
		}
	}
	return false
}

// neighbours reports whether an address of one is in a network of the other.
func neighbours(a, b *config.Instance) bool {
	in := func(p netip.Prefix, v netip.Addr) bool {
		return !p.IsSingleIP() && p.Contains(v) && !v.IsLinkLocalUnicast()
	}
	for v := range a.Addresses() {
		for w := range b.Addresses() {
			if in(v.Prefix, w.Prefix.Addr()) || in(w.Prefix, v.Prefix.Addr()) {
				return true
			}
		}
	}
	return false
}

// nothingInCommon says so where no virtual router is on two hosts.
func (c *comparer) nothingInCommon() bool {
	var with []*host
	for _, h := range c.hosts {
		if h.Damaged {
			return false
		}
		if len(h.Config.Instances) > 0 {
			with = append(with, h)
		}
	}
	if len(with) < 2 || slices.ContainsFunc(c.routers, func(r *router) bool { return len(r.members) > 1 }) {
		return false
	}
	first, second := member{with[0], &with[0].Config.Instances[0]}, member{with[1], &with[1].Config.Instances[0]}
	c.say(syntax.Error, "pair-nothing-in-common", second.at(), first.at(), "of the first file: "+about(first.in),
		"no virtual router of %s is on another director: none has an address, or an id with a name, an interface or a "+
			"network, in "+
			"common with one there; are these the files of one network? Here: %s", second.host.File, about(second.in))
	return true
}

// about is what tells an instance from others.
func about(in *config.Instance) string {
	var addrs []string
	for v := range in.Addresses() {
		addrs = append(addrs, v.Prefix.Addr().String())
	}
	text := fmt.Sprintf("%s, VRID %d on %s", in.Name, in.VRID, in.Interface)
	if len(addrs) > 0 {
		text += ", " + some(addrs)
	}
	return text
}

// alone says which hosts lack a router.
func (c *comparer) alone(r *router) {
	var lack []*host
	var files []string
	for _, h := range c.hosts {
		if _, ok := r.on(h); !ok && !h.Damaged {
			lack, files = append(lack, h), append(files, h.File)
		}
	}
	if len(lack) == 0 {
		return
	}
	m := r.members[0]
	if len(r.members) > 1 {
		c.say(syntax.Note, "pair-router-alone", m.at(), lack[0].whole(), "has no virtual router like it",
			"(%s) is not on every director: %s has none like it", m.in.Name, strings.Join(files, ", "))
		return
	}
	c.say(syntax.Warning, "pair-router-alone", m.at(), lack[0].whole(), "has no virtual router like it",
		"(%s) is on this director only, and nobody takes over from it: no other one has a virtual router like it (%s)",
		m.in.Name, about(m.in))
}

// A Router is a virtual router with the directors that have it, as far as files tell.
type Router struct{ Members []Member }

// A Member is a router on a director, of which it is the number.
type Member struct {
	Director int
	Instance *config.Instance
}

// Routers are the virtual routers of directors of one network, in the order of the files.
func Routers(directors []Director) []Router {
	c := &comparer{}
	index := map[*host]int{}
	for i := range directors {
		h := &host{Director: &directors[i]}
		c.hosts, index[h] = append(c.hosts, h), i
	}
	c.match()
	var all []Router
	for _, r := range c.routers {
		var out Router
		for _, m := range r.members {
			out.Members = append(out.Members, Member{index[m.host], m.in})
		}
		all = append(all, out)
	}
	return all
}
