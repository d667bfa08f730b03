// Package announce decides which addresses and prefixes a director shows to the routing daemon beside it, or to
// routers: those whose virtual servers can all serve. Where several directors have one address, it is this that takes a
// director out of the way of the clients; internal/announcer makes it so in the kernel, internal/speaker by BGP.
package announce

import (
	"net/netip"
	"slices"
	"strconv"
	"time"

	"holdfast/healthcheck/lvs"
)

// A Place is where something is shown: a prefix, as an address on an interface, as a route in a table, or by BGP.
type Place struct {
	Prefix netip.Prefix // without bits of a host
	Dev    string       // interface; "" for a route, and by BGP
	Table  uint32       // of the route
	BGP    bool         // routers hear of it by BGP
}

// Problem is why a place is not as it should be.
type Problem struct {
	Place Place
	Text  string // one line
}

// String is the place as log lines name it: "192.0.2.10/32 on lo", "192.0.2.0/24 in table 100", "192.0.2.10/32 by BGP".
func (p Place) String() string {
	switch {
	case p.BGP:
		return p.Prefix.String() + " by BGP"
	case p.Dev != "":
		return p.Prefix.String() + " on " + p.Dev
	}
	return p.Prefix.String() + " in table " + strconv.FormatUint(uint64(p.Table), 10)
}

// A Claim is that of a virtual server to places: none of them is shown while it cannot serve.
type Claim struct {
	Of     lvs.ID
	Name   string // of the virtual server, as in the log
	Places []Place
	// Hold is how long it has to be able to serve before a place that was withdrawn is shown again.
	Hold time.Duration
}

// Health is what is known of a virtual server.
type Health struct {
	// Unfit says why it cannot serve, "" if it can.
	Unfit string
	// Unproven says why nobody knows yet that it can, "" if somebody does. It keeps a place from being shown, and
	// takes none away: a reload that adds a server is no reason to leave.
	Unproven string
}

// A Change is of what is shown.
type Change struct {
	Place Place
	On    bool
	Why   string // one clause: why it is not shown any more
}

// Status is what can be seen of a place.
type Status struct {
	Place
	On    bool
	Since time.Time // of On, or of its opposite; zero if it was never shown
	Why   string    // why it is not shown, "" if it is
	// Drained tells that it would be shown if it were not for Drain.
	Drained bool
	// Until is when the time is over that it is held back for, zero if that is not why.
	Until time.Time
	Of    []lvs.ID // the virtual servers that claim it
}

// A Core knows all places. One goroutine uses it at a time.
type Core struct {
	places  map[Place]*place
	order   []Place
	health  func(lvs.ID) Health
	drained string    // why nothing is shown, whatever can serve
	leaves  time.Time // when that is so: until then routers are told that others are better
}

// place is what is known of one.
type place struct {
	claims []Claim
	on     bool
	shown  bool      // it has been, at some time
	fell   bool      // one of its services could not serve any more: what comes back has to prove itself
	since  time.Time // of on
	fit    time.Time // since when all of its services can serve, zero while one cannot
	why    string
}

// New gives a Core without places. health tells of a virtual server that claims one.
func New(health func(lvs.ID) Health) *Core {
	return &Core{places: map[Place]*place{}, health: health}
}

// Configure takes the claims of a configuration. What was shown and still may be stays.
func (c *Core) Configure(now time.Time, claims []Claim) []Change {
	old := c.places
	c.places, c.order = map[Place]*place{}, nil
	for _, claim := range claims {
		for _, at := range claim.Places {
			c.claim(at, claim, old[at])
		}
	}
	var gone []Change
	for at, p := range old {
		if c.places[at] == nil && p.on {
			gone = append(gone, Change{Place: at, Why: "it is not in the configuration any more"})
		}
	}
	slices.SortFunc(gone, func(a, b Change) int { return a.Place.compare(b.Place) })
	return append(gone, c.Decide(now)...)
}

func (c *Core) claim(at Place, by Claim, before *place) {
	p := c.places[at]
	if p == nil {
		p = &place{}
		if before != nil {
			*p = *before
			p.claims = nil
		}
		c.places[at] = p
		c.order = append(c.order, at)
	}
	p.claims = append(p.claims, by)
}

// Drain has nothing shown, whatever can serve, from when a notice is over that routers are given; why is "" to end
// that. What can serve then is shown at once: nothing has failed.
func (c *Core) Drain(now time.Time, why string, notice time.Duration) []Change {
	if c.drained == "" {
		c.leaves = now.Add(notice)
	}
	c.drained = why
	return c.Decide(now)
}

// Decide looks at all virtual servers that claim something, and says what changes.
func (c *Core) Decide(now time.Time) []Change {
	var changes []Change
	known := map[lvs.ID]Health{} // one may have a thousand places, and is asked once
	health := func(id lvs.ID) Health {
		h, asked := known[id]
		if !asked {
			h = c.health(id)
			known[id] = h
		}
		return h
	}
	notice := now.Before(c.leaves)
	for _, at := range c.order {
		p, drained := c.places[at], c.drained
		if notice && p.on {
			drained = ""
		}
		if p.decide(now, health, drained) {
			changes = append(changes, Change{Place: at, On: p.on, Why: p.why})
		}
	}
	return changes
}

// decide reports whether it is to be shown now and was not, or the other way round.
func (p *place) decide(now time.Time, health func(lvs.ID) Health, drained string) bool {
	why, unfit := p.obstacle(health)
	p.fell = p.fell && !p.on || unfit && p.shown
	if why != "" {
		p.fit = time.Time{}
	} else if p.fit.IsZero() {
		p.fit = now
	}
	if hold := p.heldUntil(); why == "" && now.Before(hold) {
		why = "it was withdrawn, and has to prove itself until " + hold.Format(time.TimeOnly)
	}
	if drained != "" {
		why = drained
	}
	p.why = why
	if on := why == ""; on != p.on {
		p.on, p.since = on, now
		p.shown = p.shown || on
		return true
	}
	return false
}

// obstacle is why the place cannot be shown, "" if it can, and whether one of its services cannot serve.
func (p *place) obstacle(health func(lvs.ID) Health) (why string, unfit bool) {
	for _, claim := range p.claims {
		h := health(claim.Of)
		switch {
		case h.Unfit != "":
			return claim.Name + ": " + h.Unfit, true
		case h.Unproven != "" && !p.on && why == "":
			why = claim.Name + ": " + h.Unproven
		}
	}
	return why, false
}

// heldUntil is when a place that had to go may be shown again, the zero time if it never had to, or cannot be shown.
func (p *place) heldUntil() time.Time {
	if p.on || !p.fell || p.fit.IsZero() {
		return time.Time{}
	}
	var hold time.Duration
	for _, claim := range p.claims {
		hold = max(hold, claim.Hold)
	}
	return p.fit.Add(hold)
}

// Next is when Decide may come to something else although no virtual server has changed; false if never.
func (c *Core) Next() (next time.Time, ok bool) {
	if c.drained != "" {
		// What is held back waits for the end of that, which is told.
		return c.leaves, slices.ContainsFunc(c.order, func(at Place) bool { return c.places[at].on })
	}
	for _, p := range c.places {
		if at := p.heldUntil(); !at.IsZero() && (!ok || at.Before(next)) {
			next, ok = at, true
		}
	}
	return next, ok
}

// Shown are the places that are to be shown, in the order of the configuration.
func (c *Core) Shown() []Place {
	var all []Place
	for _, at := range c.order {
		if c.places[at].on {
			all = append(all, at)
		}
	}
	return all
}

// Status is what can be seen of all places, in the order of the configuration.
func (c *Core) Status() []Status {
	all := make([]Status, 0, len(c.order))
	for _, at := range c.order {
		p := c.places[at]
		s := Status{Place: at, On: p.on, Since: p.since, Why: p.why, Until: p.heldUntil()}
		s.Drained = !p.on && c.drained != "" && !p.fit.IsZero()
		for _, claim := range p.claims {
			s.Of = append(s.Of, claim.Of)
		}
		all = append(all, s)
	}
	return all
}

// compare orders places by what they show.
func (p Place) compare(o Place) int {
	if n := p.Prefix.Addr().Compare(o.Prefix.Addr()); n != 0 {
		return n
	}
	if p.Prefix.Bits() != o.Prefix.Bits() {
		return p.Prefix.Bits() - o.Prefix.Bits()
	}
	if p.Dev != o.Dev {
		if p.Dev < o.Dev {
			return -1
		}
		return 1
	}
	if p.BGP != o.BGP {
		if o.BGP {
			return -1
		}
		return 1
	}
	return int(int64(p.Table) - int64(o.Table))
}
