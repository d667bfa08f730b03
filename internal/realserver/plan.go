package realserver

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strconv"
)

// A Kind is what a step does.
type Kind uint8

// The steps.
const (
	LoadModule Kind = iota
	SetSysctl
	AddLink
	DeleteLink
	LinkUp
	LinkDown
	AddFou
	DeleteFou
	AddAddress
	DeleteAddress
)

// A Step is one thing to do. Fields that its kind does not use are zero.
type Step struct {
	Kind   Kind
	Name   string // of a module, a sysctl or a link
	Value  string // of a sysctl
	Prefix netip.Prefix
	Fou    Fou
	Local  netip.Addr // of a new link, which takes GRE with checksums to it
}

// label marks addresses of IPv4 as ours. A label begins with the name of its link and is at most 15 bytes long.
func label(link string) string { return link + ":holdfast" }

// Mark is in the addresses that we set, as the kernel keeps who has set them (IFA_PROTO). It is not that of
// the daemon, which removes addresses of its own that are not in its configuration.
const Mark = 19

// String is the step as a command line.
func (s Step) String() string {
	family := "ip "
	if s.Prefix.Addr().Is6() || s.Fou.Six {
		family = "ip -6 "
	}
	port := strconv.Itoa(int(s.Fou.Port))
	switch s.Kind {
	case LoadModule:
		return "modprobe " + s.Name
	case SetSysctl:
		return "sysctl -w " + s.Name + "=" + s.Value
	case AddLink:
		kind := "gre"
		if s.Local.Is6() {
			kind = "ip6gre"
		}
		return "ip link add " + s.Name + " type " + kind + " local " + s.Local.String() + " icsum"
	case DeleteLink:
		return "ip link del " + s.Name
	case LinkUp:
		return "ip link set " + s.Name + " up"
	case LinkDown:
		return "ip link set " + s.Name + " down"
	case AddFou:
		return family + "fou add port " + port + " gue"
	case DeleteFou:
		return family + "fou del port " + port
	case AddAddress:
		if s.Prefix.Addr().Is6() {
			return "ip address add " + s.Prefix.String() + " dev " + s.Name + " nodad"
		}
		return "ip address add " + s.Prefix.String() + " dev " + s.Name + " scope host label " + label(s.Name)
	case DeleteAddress:
		return "ip address del " + s.Prefix.String() + " dev " + s.Name
	}
	return ""
}

// A Setting is a sysctl that was changed.
type Setting struct{ Was, Is string }

// Record is what was changed on a host since it was booted, and for what.
type Record struct {
	Wish    Wish
	Sysctls map[string]Setting
	Added   []Added  // addresses
	Up      []string // links that were down
	Links   []string // that were made
	Fous    []Fou
}

// Added is an address that was set.
type Added struct {
	Link   string
	Prefix netip.Prefix
}

// goal is what a wish needs.
type goal struct {
	modules, up []string
	sysctls     map[string]string
	fous        []Fou
	addresses   []Added
}

// needs is the goal of a wish. What is good as it is on the host is not changed: a sysctl is in the goal with the
// value it has then.
func (w Wish) needs(h Host) goal {
	g := goal{sysctls: map[string]string{}}
	for _, e := range w {
		link := e.link()
		g.addresses = append(g.addresses, Added{link, e.prefix()})
		if link != "lo" {
			g.up = append(g.up, link)
			g.modules = append(g.modules, e.module())
		}
		if e.Method.Type == GUE {
			g.modules = append(g.modules, map[bool]string{false: "fou", true: "fou6"}[e.Addr.Is6()])
			g.fous = append(g.fous, Fou{e.Addr.Is6(), e.Method.Port})
		}
		if !e.Addr.Is4() {
			continue // neighbours ask an interface for its own addresses only
		}
		for _, of := range []string{"all", "lo"} {
			h.want(g.sysctls, of, "arp_ignore", "1", func(n int) bool { return n == 1 || n == 2 })
			h.want(g.sysctls, of, "arp_announce", "2", func(n int) bool { return n == 2 })
		}
		if link != "lo" {
			// Strict means that a client is reached through the tunnel, where it comes from. Loose is what is larger,
			// so it holds whatever all has.
			h.want(g.sysctls, link, "rp_filter", "2", func(n int) bool {
				return max(n, h.number(conf("all", "rp_filter"))) != 1
			})
		}
	}
	for _, list := range []*[]string{&g.modules, &g.up} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return g
}

// want puts a sysctl of a link into a goal, with the value it has if that is good. A link that is not there yet will
// begin with the default.
func (h Host) want(goal map[string]string, link, what, value string, good func(int) bool) {
	key := conf(link, what)
	have, ok := h.Sysctls[key]
	if !ok {
		if n := h.number(conf("default", what)); good(n) {
			return
		}
	}
	if ok {
		if n, err := strconv.Atoi(have); err == nil && good(n) {
			value = have
		}
	}
	goal[key] = value
}

// Plan is what makes a host that was changed as the record says one that serves the wish, and the record after that.
// What the record does not name is not undone, nor what somebody else has changed since.
func Plan(w Wish, h Host, r Record) ([]Step, Record) {
	p := planner{host: h, was: r, next: Record{Wish: w, Sysctls: map[string]Setting{}}}
	made := w.madeLinks()
	p.unmake(made)
	g := w.needs(p.host)
	p.modules(g)
	p.make(made)
	p.links(g)
	// Before an address is there nobody may answer for it.
	p.sysctls(g)
	p.fous(g)
	p.addresses(g)
	// And what is undone is undone backwards.
	slices.Reverse(p.undo)
	return append(p.do, p.undo...), p.next
}

type planner struct {
	host      Host
	was, next Record
	do, undo  []Step
}

func (p *planner) modules(g goal) {
	for _, m := range g.modules {
		if !p.loaded(m) {
			p.do = append(p.do, Step{Kind: LoadModule, Name: m})
		}
	}
}

func (p *planner) links(g goal) {
	for _, name := range g.up {
		l, _ := p.host.link(name)
		if !l.Up {
			p.do = append(p.do, Step{Kind: LinkUp, Name: name})
		}
		if !l.Up || slices.Contains(p.was.Up, name) {
			p.next.Up = append(p.next.Up, name)
		}
	}
	for _, name := range p.was.Up {
		if l, _ := p.host.link(name); l.Up && !slices.Contains(g.up, name) && !slices.Contains(p.was.Links, name) {
			p.undo = append(p.undo, Step{Kind: LinkDown, Name: name})
		}
	}
}

// loaded reports whether what a module brings is there.
func (p *planner) loaded(module string) bool {
	name := map[string]string{"ipip": "tunl0", "ip6_tunnel": "ip6tnl0", "ip_gre": "gre0", "ip6_gre": "ip6gre0"}[module]
	if name == "" {
		return slices.ContainsFunc(p.host.Fous, func(f Fou) bool { return f.Six == (module == "fou6") })
	}
	_, there := p.host.link(name)
	return there
}

func (p *planner) sysctls(g goal) {
	for _, key := range slices.Sorted(maps.Keys(g.sysctls)) {
		want, have := g.sysctls[key], p.host.Sysctls[key]
		before, changed := p.was.Sysctls[key]
		switch {
		case have != want:
			p.do = append(p.do, Step{Kind: SetSysctl, Name: key, Value: want})
			if !changed {
				before.Was = have
			}
			p.next.Sysctls[key] = Setting{before.Was, want}
		case changed:
			p.next.Sysctls[key] = before
		}
	}
	for _, key := range slices.Backward(slices.Sorted(maps.Keys(p.was.Sysctls))) {
		s := p.was.Sysctls[key]
		// Of an interface that is gone, or that is made anew, nothing is known.
		if _, still := g.sysctls[key]; !still && p.host.Sysctls[key] == s.Is && s.Was != "" {
			p.undo = append(p.undo, Step{Kind: SetSysctl, Name: key, Value: s.Was})
		}
	}
}

func (p *planner) fous(g goal) {
	slices.SortFunc(g.fous, func(a, b Fou) int {
		switch {
		case a.Six == b.Six:
			return cmp.Compare(a.Port, b.Port)
		case a.Six:
			return 1
		}
		return -1
	})
	for _, f := range slices.Compact(g.fous) {
		there := slices.Contains(p.host.Fous, f)
		if !there {
			p.do = append(p.do, Step{Kind: AddFou, Fou: f})
		}
		if !there || slices.Contains(p.was.Fous, f) {
			p.next.Fous = append(p.next.Fous, f)
		}
	}
	for _, f := range p.was.Fous {
		if !slices.Contains(g.fous, f) && slices.Contains(p.host.Fous, f) {
			p.undo = append(p.undo, Step{Kind: DeleteFou, Fou: f})
		}
	}
}

func (p *planner) addresses(g goal) {
	for _, a := range g.addresses {
		there := p.host.has(a.Link, a.Prefix)
		if !there {
			p.do = append(p.do, Step{Kind: AddAddress, Name: a.Link, Prefix: a.Prefix})
		}
		if !there || slices.Contains(p.was.Added, a) {
			p.next.Added = append(p.next.Added, a)
		}
	}
	for _, a := range p.was.Added {
		if !slices.Contains(g.addresses, a) && p.host.has(a.Link, a.Prefix) {
			p.undo = append(p.undo, Step{Kind: DeleteAddress, Name: a.Link, Prefix: a.Prefix})
		}
	}
}
