package vrrp

import (
	"time"
)

// This file is what moves a priority: the points of tracked objects
// (semantics 1.8, 1.27, 4.6, 5.1, 5.7, 5.16).

// effectivePriority is base plus weights, between 1 and 254. An owner has 255
// whatever its trackers say. One that lacks addresses has 1, also an owner.
func (c *Core) effectivePriority(m *machine) uint8 {
	if m.handicapped() { // before ownership: whoever lacks addresses cannot claim them by owning them
		return 1
	}
	if m.owner() {
		if m.reduced {
			return 254
		}
		return 255
	}
	sum := int(m.base())
	for i := range m.trackers {
		points, _ := m.trackers[i].effect()
		sum += points
	}
	return uint8(min(max(sum, 1), 254)) // 0 is how a master resigns, 255 how an owner is known
}

// updatePriority gives m the priority its trackers demand. In BACKUP the running
// timer is moved by the difference of the skew times (semantics 1.27).
func (c *Core) updatePriority(now time.Time, m *machine) {
	prio := c.effectivePriority(m)
	if prio == m.prio || !m.started {
		return
	}
	// The skew time is a part of the running timer. Starting it anew would put off a takeover with each
	// change, for ever if a script changes its mind faster than a master can be missed.
	before := m.patience()
	c.changePriority(m, prio)
	c.shift(now, m, m.patience()-before)
}

// changePriority sets the priority of m and tells of it.
func (c *Core) changePriority(m *machine, prio uint8) {
	if prio == m.prio {
		return
	}
	c.log(Info, m, "Changing effective priority from %d to %d", m.prio, prio)
	m.prio, m.packets = prio, nil // the next advert has it; none is sent for it
	if !m.cfg.Notify.PriorityChanges {
		return
	}
	switch m.state {
	case Master:
		c.notify(m, NotifyMasterPriority)
	case Backup, Init:
		c.notify(m, NotifyBackupPriority)
	}
}

// shift moves the running master down timer of a backup.
func (c *Core) shift(now time.Time, m *machine, by time.Duration) {
	t := &m.timers[timerMain]
	if m.state != Backup || !t.IsSet() || by == 0 {
		return
	}
	at := t.At.Add(by)
	if at.Before(now) { // a timer of the past would count as one that woke up late
		at = now
	}
	c.set(m, timerMain, at)
}
