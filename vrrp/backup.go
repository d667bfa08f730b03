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
		m.heard = time.Time{}
	}
	switch {
	case a.Priority == 0:
		c.detail(m, "Backup received priority 0 advertisement")
		m.accept(d.Src, 0)
		c.set(m, timerMain, now.Add(m.skew()))
	case c.yields(now, m, a.Priority):
		m.accept(d.Src, a.Priority)
		m.wantMaster = false
		c.adoptInterval(m, a.Interval)
		c.set(m, timerMain, now.Add(m.downInterval()))
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
	if prio >= m.prio {
		m.preempt = preemptIdle
		c.cancel(m, timerPreempt)
		return true
	}
	if m.cfg.NoPreempt {
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
	c.detail(m, "Receive advertisement timeout")
	m.wantMaster = true
	for _, other := range m.group.members {
		if other.state == Master || other.wantMaster {
			continue
		}
		// Semantics 6.1: wait for the others, one more interval.
		c.set(m, timerMain, now.Add(m.downInterval()))
		return
	}
	c.groupMaster(now, m)
}

// toBackup makes m a backup with a fresh timer; the wording is that of a transition.
func (c *Core) toBackup(now time.Time, m *machine) {
	c.log(Info, m, "Entering BACKUP STATE")
	if m.state == Master {
		m.counters.ReleasedMaster++
		c.dropVIPs(m, true)
	}
	c.waitAsBackup(now, m)
	c.notify(m, NotifyBackup)
}

// waitAsBackup enters BACKUP and waits a full master down interval, from the end
// of the startup delay if that is not over (semantics 1.28).
func (c *Core) waitAsBackup(now time.Time, m *machine) {
	c.cancelAll(m)
	m.preempt = preemptIdle
	m.forgetSelf()
	m.enter(Backup, now)
	from := now
	if from.Before(c.startAt) {
		from = c.startAt
	}
	c.set(m, timerMain, from.Add(m.downInterval()))
}
