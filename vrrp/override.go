package vrrp

import (
	"time"

	"holdfast/internal/override"
)

// This file is what an operator says of virtual routers beside the configuration. In maintenance a sync group, or an
// instance without one, is a backup that takes nothing over. In a failover it is a backup too, which leaves a master
// alone whatever priority that has, and takes over when there is none.

// handOver is how many advert intervals a router that hands over waits beyond its master down interval. A backup that
// has not heard it resign takes over at the end of its own, which may be longer by one.
const handOver = 2

// Override puts an override into force, or ends the one that the target has with the zero Override. A master that is
// not to be one any more resigns with priority 0 and gives its addresses up, with all of its group. It counts over
// every Configure, and may come before the first.
func (c *Core) Override(now time.Time, t override.Target, o override.Override) Output {
	c.out.reset()
	switch t.Kind {
	case override.Instance, override.Group, override.Routers, override.PriorityOf, override.PreemptOf:
	default:
		return c.out
	}
	if o == (override.Override{}) {
		delete(c.overrides, t)
	} else {
		if c.overrides == nil {
			c.overrides = map[override.Target]override.Override{}
		}
		c.overrides[t] = o
	}
	if c.stopped {
		return c.out
	}
	if t.Kind == override.PriorityOf || t.Kind == override.PreemptOf {
		c.setAnew(now, t.Name)
		return c.out
	}
	for _, g := range c.groups {
		if !g.covered(t) {
			continue
		}
		if o.Action == override.Failover {
			c.handOver(now, g)
		}
		c.settle(now, g)
	}
	return c.out
}

// covered reports whether what is said of a target holds for the group, which goes as a whole.
func (g *group) covered(t override.Target) bool {
	switch t.Kind {
	case override.Routers:
		return true
	case override.Group:
		return g.named() && g.cfg.Name == t.Name
	}
	for _, m := range g.members {
		if t.Kind == override.Instance && m.cfg.Name == t.Name {
			return true
		}
	}
	return false
}

// overriding is what holds for a group: maintenance, where there is that and a failover.
func (c *Core) overriding(g *group) (of override.Override) {
	if len(c.overrides) == 0 {
		return of
	}
	look := func(t override.Target) {
		if o := c.overrides[t]; of.Action != override.Maintenance && o.Action != "" {
			of = o
		}
	}
	look(override.Target{Kind: override.Routers})
	if g.named() {
		look(override.Target{Kind: override.Group, Name: g.cfg.Name})
	}
	for _, m := range g.members {
		look(override.Target{Kind: override.Instance, Name: m.cfg.Name})
	}
	return of
}

// held reports whether a group is not to become master.
func (c *Core) held(g *group) bool { return c.overriding(g).Action == override.Maintenance }

// humble reports whether a group leaves every other master alone.
func (c *Core) humble(g *group) bool { return c.overriding(g).Action != "" }

// standDown makes backups of the masters of a group, each of which resigns, and reports whether there were any.
func (c *Core) standDown(now time.Time, g *group) (any bool) {
	if g.next != nil {
		c.standBack(now, g)
	}
	for _, m := range g.members {
		if m.state != Master {
			continue
		}
		c.resign(now, m)
		c.toBackup(now, m, Cause{Code: CauseOverride, Text: string(c.overriding(g).Action)})
		if !any {
			any = true
			c.logSync(g, Backup)
		}
	}
	if any {
		c.tell(g, Backup)
	}
	return any
}

// handOver has a group of masters resign, and take over again when nobody else does.
func (c *Core) handOver(now time.Time, g *group) {
	if !c.standDown(now, g) {
		return
	}
	for _, m := range g.members {
		if m.state == Backup {
			c.set(m, timerMain, now.Add(m.downInterval()+handOver*m.masterInt))
		}
	}
}
