package vrrp

import (
	"fmt"
	"time"
)

// This file paces gratuitous ARPs (semantics 1.17, 3.7). The core says when a
// burst is due; the engine spaces the packets of a burst by garp_interval.

// announceMaster is the first burst of a new master; it plans the second and the
// first refresh, which 2.2.7 counts from here and not from the second burst.
func (c *Core) announceMaster(now time.Time, m *machine) {
	c.announce(m, m.cfg.GARPRepeat, AnnounceAll)
	// Once more later: a switch that has just lost the former master may not forward yet (spanning tree),
	// and hosts that missed the first burst would go on sending to it.
	if m.cfg.GARPDelay > 0 {
		c.set(m, timerGARPDelay, now.Add(m.cfg.GARPDelay))
	}
	c.planRefresh(now, m)
	c.planExtra(now, m)
}

func (c *Core) planRefresh(now time.Time, m *machine) {
	if m.cfg.GARPRefresh > 0 {
		c.set(m, timerGARPRefresh, now.Add(m.cfg.GARPRefresh))
	}
}

// planExtra begins the refresh on interfaces that the adverts are not sent from: a switch
// there would forget them (semantics 3.10).
func (c *Core) planExtra(now time.Time, m *machine) {
	if m.cfg.GARPExtra.Interval > 0 {
		c.set(m, timerGARPExtra, now.Add(m.cfg.GARPExtra.Interval))
	}
}

// announceSource tells where a unicast instance is that comes out of FAULT: its peers may
// have lost it (semantics 1.25).
func (c *Core) announceSource(m *machine) {
	src := c.source(m)
	if !m.unicast() || !src.IsValid() {
		return
	}
	if c.setup.Detail {
		text := fmt.Sprintf("%s: sending gratuitous ARP for %s", m.cfg.Name, src)
		c.out.Log = append(c.out.Log, Log{Level: Info, Instance: m.cfg.Name, Text: text})
	}
	c.out.Announce = append(c.out.Announce,
		Announce{Router: m.id, Repeat: 1, Which: AnnounceSource, Source: src, Lines: len(c.out.Log)})
}

// announceLowerPrio is the burst after an advert of lower priority and its second.
func (c *Core) announceLowerPrio(now time.Time, m *machine) {
	if m.cfg.GARPLowerPrioRepeat <= 0 {
		return
	}
	c.announce(m, m.cfg.GARPLowerPrioRepeat, AnnounceAll)
	if m.cfg.GARPLowerPrioDelay > 0 {
		c.set(m, timerLowerPrio, now.Add(m.cfg.GARPLowerPrioDelay))
	}
}

func (c *Core) announceTimeout(now time.Time, t *timer) {
	m := t.Of.m
	if m.state != Master { // leaving cancels all timers; this is what must never be, whoever forgets that
		return
	}
	switch t.Of.kind {
	case timerGARPDelay:
		c.announce(m, m.cfg.GARPRepeat, AnnounceAll)
	case timerLowerPrio:
		c.announce(m, m.cfg.GARPLowerPrioRepeat, AnnounceAll)
	case timerGARPRefresh:
		c.announce(m, max(m.cfg.GARPRefreshRepeat, 1), AnnounceAll)
		c.again(now, t, m.cfg.GARPRefresh)
	case timerGARPExtra:
		which := AnnounceVMACs
		if m.cfg.GARPExtra.All {
			which = AnnounceExtra
		}
		c.announce(m, 1, which)
		c.again(now, t, m.cfg.GARPExtra.Interval)
	}
}

// again sets a periodic timer, counted from when it was due.
func (c *Core) again(now time.Time, t *timer, interval time.Duration) {
	next := t.At.Add(interval)
	if !next.After(now) {
		next = now.Add(interval)
	}
	c.set(t.Of.m, t.Of.kind, next)
}

func (c *Core) announce(m *machine, repeat int, which Announced) {
	if repeat > 0 && len(m.cfg.VIPs)+len(m.cfg.ExcludedVIPs) > 0 {
		c.out.Announce = append(c.out.Announce, Announce{Router: m.id, Repeat: repeat, Which: which, Lines: len(c.out.Log)})
	}
}
