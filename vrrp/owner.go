package vrrp

import (
	"time"

	"holdfast/vrrp/wire"
)

// This file is what happens when two routers are both configured as owner of the
// addresses (priority 255, semantics 1.19). RFC 9568 has no answer: each would
// stay master for ever.

// ownerConflict is the conflict as the owner with the higher address sees it.
type ownerConflict struct {
	adverts  int           // of ours since the rogue was first heard
	interval time.Duration // the longer of the two advertisement intervals
	heard    bool          // the rogue, since the timer was started
}

func (c *Core) ownerReceive(now time.Time, m *machine, a wire.Advert, d Datagram, higher bool) {
	if higher {
		// Reduced before it yields, so that the backup which it becomes does not take the addresses back
		// after the next advert that it misses.
		c.reduceOwner(m)
		c.log(Info, m, "Master received advert from %s with higher priority %d, ours %d", d.Src, a.Priority, m.prio)
		c.yieldMaster(now, m, a, d)
		return
	}
	// The longer of the two: in that time both have said something, whichever is slower.
	if m.conflict.interval == 0 {
		m.conflict.interval = max(m.masterInt, a.Interval)
	}
	m.conflict.heard = true
	c.lowerPriorityReceive(now, m, a, d.Src)
	c.conflictAdvertised(now, m)
}

// conflictAdvertised counts our adverts in a conflict; the second starts the timer.
func (c *Core) conflictAdvertised(now time.Time, m *machine) {
	if m.conflict.interval == 0 || m.timers[timerConflict].IsSet() {
		return
	}
	// One advert of ours may be lost. After the second the other one knows of us; from then on it
	// counts whether it is still heard.
	if m.conflict.adverts++; m.conflict.adverts >= 2 {
		m.conflict.heard = false
		c.set(m, timerConflict, now.Add(m.conflict.interval*6/5))
	}
}

// conflictTimeout gives way to a rogue owner that did not.
func (c *Core) conflictTimeout(now time.Time, m *machine) {
	// A rogue that is a keepalived has lowered itself by now and is not heard any more. If it is, two
	// masters would share the addresses for ever, and one that works is better than two that do not.
	heard := m.conflict.heard
	m.conflict = ownerConflict{}
	if !heard || m.state != Master {
		return
	}
	c.reduceOwner(m)
	c.toBackup(now, m, Cause{Code: CauseOtherOwner})
	c.pullToBackup(now, m)
}

func (c *Core) reduceOwner(m *machine) {
	c.log(Error, m,
		"CONFIGURATION ERROR: local instance and a remote instance are both configured as address owner, please fix - "+
			"reducing local priority")
	m.reduced, m.prio, m.packets = true, 254, nil
}

// restoreOwner ends the reduction: the rogue is gone or no owner any more.
func (c *Core) restoreOwner(now time.Time, m *machine) {
	if m.reduced {
		m.reduced = false
		c.updatePriority(now, m)
	}
}
