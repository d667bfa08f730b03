package vrrp

import (
	"time"

	"holdfast/config"
)

// This file is what moves a priority: the weights of tracked interfaces and scripts
// (semantics 1.8, 1.27, 4.6, 5.1, 5.7, 5.16).

// weightOf is what a tracker adds to the priority: a positive weight while its
// object is all right, a negative one while it is not, with the opposite sign if
// reversed, nothing before the first report.
func weightOf(t config.Track, known, ok bool) int {
	w := t.Weight
	if !known || ok != (w > 0) {
		return 0
	}
	if t.Reverse {
		return -w
	}
	return w
}

// effectivePriority is base plus weights, between 1 and 254. An owner has 255
// whatever its trackers say.
func (c *Core) effectivePriority(m *machine) uint8 {
	if m.owner() {
		if m.reduced {
			return 254
		}
		return 255
	}
	sum := int(m.cfg.Priority)
	for t := range m.trackInterfaces() {
		l, known := c.links[t.Name]
		sum += weightOf(t, known, l.usable())
	}
	for t := range m.trackScripts() {
		ok, known := c.scripts[t.Name]
		sum += weightOf(t, known, ok)
	}
	return uint8(min(max(sum, 1), 254))
}

// updatePriority gives m the priority its trackers demand. In BACKUP the running
// timer is moved by the difference of the skew times (semantics 1.27).
func (c *Core) updatePriority(now time.Time, m *machine) {
	prio := c.effectivePriority(m)
	if prio == m.prio || !m.started {
		return
	}
	before := m.downInterval()
	c.changePriority(m, prio)
	c.shift(now, m, m.downInterval()-before)
}

// changePriority sets the priority of m and tells of it.
func (c *Core) changePriority(m *machine, prio uint8) {
	if prio == m.prio {
		return
	}
	c.log(Info, m, "Changing effective priority from %d to %d", m.prio, prio)
	m.prio, m.packets = prio, nil
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
	if m.state != Backup || !t.isSet() || by == 0 {
		return
	}
	at := t.at.Add(by)
	if at.Before(now) {
		at = now
	}
	c.timers.set(t, at)
}

// trackInterfaces are the tracked interfaces of m and of its group; that of its own
// interface does not count (semantics 4.6). A weight counts in a sync group too, whether
// it allows weights or not. An interface that has addresses of m on it counts without a
// weight whatever is written.
func (m *machine) trackInterfaces() func(yield func(config.Track) bool) {
	return func(yield func(config.Track) bool) {
		for _, t := range m.cfg.TrackInterfaces {
			if t.Name == m.cfg.Interface {
				continue
			}
			if t.Weight != 0 && m.standsOn(t.Name) {
				continue
			}
			if !yield(t) {
				return
			}
		}
		for _, t := range m.group.cfg.TrackInterfaces {
			if t.Name != m.cfg.Interface && !yield(t) {
				return
			}
		}
	}
}

// trackScripts are the tracked scripts of m and of its group. In a sync group a
// member's script with a weight is dropped unless the group allows weights.
func (m *machine) trackScripts() func(yield func(config.Track) bool) {
	return func(yield func(config.Track) bool) {
		for _, t := range m.cfg.TrackScripts {
			if t.Weight != 0 && m.group.named() && !m.group.cfg.TrackingWeight {
				continue
			}
			if !yield(t) {
				return
			}
		}
		for _, t := range m.group.cfg.TrackScripts {
			if !yield(t) {
				return
			}
		}
	}
}
