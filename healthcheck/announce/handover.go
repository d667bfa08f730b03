package announce

import (
	"net/netip"
	"time"

	"holdfast/internal/moment"
)

// This file is how a Core goes on in another process, which no router is to notice. Whether it is drained is told to
// both, but not since when.

// A Former is a Core as it was, for another process. Its moments count from when it was written down.
type Former struct {
	Places []FormerPlace
	Leaves moment.Moment // when the notice ends that routers are given, or ended; no time while it is not drained
}

// A FormerPlace is a place of it.
type FormerPlace struct {
	Prefix     netip.Prefix
	Dev        string
	Table      uint32
	BGP        bool
	On, Fell   bool
	Shown      bool // at some time
	Since, Fit moment.Moment
	Why        string
}

// Handover writes down all that another Core needs to go on from here.
func (c *Core) Handover(now time.Time) (f Former) {
	if c.drained != "" {
		f.Leaves = moment.Of(now, c.leaves)
	}
	for _, at := range c.order {
		p := c.places[at]
		f.Places = append(f.Places, FormerPlace{Prefix: at.Prefix, Dev: at.Dev, Table: at.Table, BGP: at.BGP,
			On: p.on, Fell: p.fell, Shown: p.shown, Since: moment.Of(now, p.since), Fit: moment.Of(now, p.fit), Why: p.why})
	}
	return f
}

// Recall has a Core go on from what another one has handed over at then. It is to be called before the first Configure,
// and after Drain if that is drained, too.
func (c *Core) Recall(then time.Time, f Former) {
	if c.drained != "" && f.Leaves.Is {
		c.leaves = f.Leaves.From(then)
	}
	for _, p := range f.Places {
		c.places[Place{Prefix: p.Prefix, Dev: p.Dev, Table: p.Table, BGP: p.BGP}] = &place{
			on: p.On, fell: p.Fell, shown: p.Shown, since: p.Since.From(then), fit: p.Fit.From(then), why: p.Why,
		}
	}
}
