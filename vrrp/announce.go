package vrrp

import (
	"time"
)

// This file paces gratuitous ARPs (semantics 1.17, 3.7). The core says when a
// burst is due; the engine spaces the packets of a burst by garp_interval.

// announceMaster is the first burst of a new master; it plans the second and the
// first refresh.
func (c *Core) announceMaster(now time.Time, m *machine) {
	c.announce(m, m.cfg.GARPRepeat, false)
	if m.cfg.GARPDelay > 0 {
		c.set(m, timerGARPDelay, now.Add(m.cfg.GARPDelay))
	}
	c.planRefresh(now, m)
}

func (c *Core) planRefresh(now time.Time, m *machine) {
	if m.cfg.GARPRefresh > 0 {
		c.set(m, timerGARPRefresh, now.Add(m.cfg.GARPDelay+m.cfg.GARPRefresh))
	}
}

// announceLowerPrio is the burst after an advert of lower priority and its second.
func (c *Core) announceLowerPrio(now time.Time, m *machine) {
	if m.cfg.GARPLowerPrioRepeat <= 0 {
		return
	}
	c.announce(m, m.cfg.GARPLowerPrioRepeat, false)
	if m.cfg.GARPLowerPrioDelay > 0 {
		c.set(m, timerLowerPrio, now.Add(m.cfg.GARPLowerPrioDelay))
	}
}

func (c *Core) announceTimeout(now time.Time, t *timer) {
	m := t.m
	if m.state != Master {
		return
	}
	switch t.kind {
	case timerGARPDelay:
		c.announce(m, m.cfg.GARPRepeat, false)
	case timerLowerPrio:
		c.announce(m, m.cfg.GARPLowerPrioRepeat, false)
	case timerGARPRefresh:
		c.announce(m, max(m.cfg.GARPRefreshRepeat, 1), false)
		next := t.at.Add(m.cfg.GARPRefresh)
		if !next.After(now) {
			next = now.Add(m.cfg.GARPRefresh)
		}
		c.set(m, timerGARPRefresh, next)
	}
}

func (c *Core) announce(m *machine, repeat int, added bool) {
	if repeat > 0 && len(m.cfg.VIPs)+len(m.cfg.ExcludedVIPs) > 0 {
		c.out = append(c.out, Announce{Instance: m.cfg.Name, Repeat: repeat, Added: added})
	}
}
