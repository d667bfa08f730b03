package announce

import (
	"net/netip"
	"time"

	"holdfast/internal/moment"
)

// This file is how a Core goes on in another process, which no router is to notice. Whether it is drained is told to
// both.

// A Former is a place as it was, for another process. Its moments count from when it was written down.
type Former struct {
	Prefix     netip.Prefix
	Dev        string
	Table      uint32
	On, Fell   bool
	Shown      bool // at some time
	Since, Fit moment.Moment
	Why        string
}

// Handover writes down all that another Core needs to go on from here.
func (c *Core) Handover(now time.Time) (all []Former) {
	for _, at := range c.order {
		p := c.places[at]
		all = append(all, Former{Prefix: at.Prefix, Dev: at.Dev, Table: at.Table, On: p.on, Fell: p.fell, Shown: p.shown,
			Since: moment.Of(now, p.since), Fit: moment.Of(now, p.fit), Why: p.why})
	}
	return all
}

// Recall has a Core go on from what another one has handed over at then. It is to be called before the first Configure.
func (c *Core) Recall(then time.Time, all []Former) {
	for _, f := range all {
		c.places[Place{Prefix: f.Prefix, Dev: f.Dev, Table: f.Table}] = &place{
			on: f.On, fell: f.Fell, shown: f.Shown, since: f.Since.From(then), fit: f.Fit.From(then), why: f.Why,
		}
	}
}
