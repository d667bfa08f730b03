package vrrp

import (
	"time"

	"holdfast/vrrp/wire"
)

// This file is the BACKUP state: waiting for the master to fall silent
// (RFC 9568 section 6.4.2, semantics 1.10-1.13).

// backupReceive handles an accepted advert.
func (c *Core) backupReceive(now time.Time, m *machine, a wire.Advert, d Datagram) {
	if m.heard, m.heardEvery = now, a.Interval; a.Priority == 0 {
		m.heard = time.Time{} // it says itself that it is no master any more
	}
	c.witness(now, m, a, d.Src)
	switch {
	case a.Priority == 0:
		c.detail(m, "Backup received priority 0 advertisement")
		m.accept(d.Src, 0)
		// Not zero: of several backups the one with the highest priority has the shortest skew time,
		// and its advert keeps the others where they are (semantics 1.10).
		m.resigned = true
		c.set(m, timerMain, now.Add(m.patience()))
	case c.yields(now, m, a.Priority):
		m.accept(d.Src, a.Priority)
		m.wantMaster = false
		// Before the timer: it is the master's interval, and no longer ours, that it has to miss.
		interval := a.Interval
		if m.outvoiced(now) {
			// It gives way as soon as it hears the better one. By the shorter interval of this one, that would
			// seem to be gone before its next advert is due.
			interval = max(interval, m.masterInt)
		}
		c.adoptInterval(m, interval)
		c.awaitMaster(m, now)
		// A member of the group may be master already while this one still waits: with a master
		// elsewhere for one of them there is no group of masters here (semantics 6.2).
		c.pullToBackup(now, m)
	default:
		// The timer keeps running: when it ends we take over (semantics 1.12).
		c.restoreOwner(now, m)
		c.log(Info, m, "received lower priority (%d) advert from %s - discarding", a.Priority, d.Src)
	}
}

// yields reports whether the sender of an advert may be, or stay, master. It runs
// preempt_delay, which begins with the first advert of lower priority.
func (c *Core) yields(now time.Time, m *machine, prio uint8) bool {
	// A delay that has run, or is running, belongs to the master of lower priority it began with. When a
	// better one has been there in between, the next lower one has to be endured anew.
	if prio >= m.prio || c.humble(m.group) {
		m.preempt = preemptIdle
		c.cancel(m, timerPreempt)
		return true
	}
	if !m.preempts() {
		return true
	}
	if m.cfg.PreemptDelay <= 0 || m.preempt == preemptOver {
		return false
	}
	if m.preempt == preemptIdle {
		m.preempt = preemptRunning
		c.set(m, timerPreempt, now.Add(m.cfg.PreemptDelay))
		c.detail(m, "start preempt delay (%.6f)", m.cfg.PreemptDelay.Seconds())
	}
	return true
}

// adoptInterval measures the master by the interval it announces (version 3).
func (c *Core) adoptInterval(m *machine, interval time.Duration) {
	if m.cfg.Version == 2 || interval == m.masterInt {
		return
	}
	c.detail(m, "advertisement interval updated from %dms to %dms by master",
		m.masterInt.Milliseconds(), interval.Milliseconds())
	m.masterInt = interval
}

// masterDown handles the end of the master down timer, and that of the startup
// delay of an address owner.
func (c *Core) masterDown(now time.Time, m *machine) {
	if c.held(m.group) {
		c.awaitMaster(m, now)
		return
	}
	c.detail(m, "Receive advertisement timeout")
	if !m.wantMaster {
		m.wantMaster, m.wanting = true, m.becauseSilent(now)
	}
	// Each member has heard a master of its own until now, and may hear it still: one that silently
	// took its addresses would part the group. The last one that loses its master takes all with it.
	for _, other := range m.group.members {
		if other.state == Master || other.wantMaster {
			continue
		}
		// Semantics 6.1: wait for the others, one more interval.
		c.awaitMaster(m, now)
		return
	}
	c.groupMaster(now, m)
}

// toBackup makes m a backup with a fresh timer; the wording is that of a transition.
func (c *Core) toBackup(now time.Time, m *machine, why Cause) {
	c.log(Info, m, "Entering BACKUP STATE")
	if m.state == Master {
		m.counters.ReleasedMaster++
		// Before the state changes: there is no moment in which a backup has its addresses.
		c.dropVIPs(m, true)
	}
	c.waitAsBackup(now, m, why)
	c.notify(m, NotifyBackup)
}

// waitAsBackup enters BACKUP and waits a full master down interval, from the end
// of the startup delay if that is not over (semantics 1.28).
func (c *Core) waitAsBackup(now time.Time, m *machine, why Cause) {
	c.cancelAll(m)
	m.preempt = preemptIdle
	m.forgetSelf()
	c.leave(m)
	c.enter(now, m, Backup, why)
	// Until then adverts are not listened to, so a timer that ran meanwhile would end in a takeover from
	// a master that nobody has tried to hear.
	from := now
	if from.Before(c.startAt) {
		from = c.startAt
	}
	c.awaitMaster(m, from)
}

// awaitMaster starts the master down timer of m anew.
func (c *Core) awaitMaster(m *machine, from time.Time) {
	m.resigned = false
	c.set(m, timerMain, from.Add(m.patience()))
}

// patience is what the running timer of a backup was set to, as of now: after a master that has resigned it is the
// skew time alone, and whatever changes the rest of the master down interval does not move it.
func (m *machine) patience() time.Duration {
	if m.resigned {
		return m.skew()
	}
	return m.downInterval()
}
