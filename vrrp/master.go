package vrrp

import (
	"net/netip"
	"time"

	"holdfast/vrrp/wire"
)

// This file is the MASTER state: advertising, and meeting other masters
// (RFC 9568 section 6.4.3, semantics 1.15-1.22).

// toMaster makes m the master: advert, addresses, announcements, notification, in
// this order (semantics 1.22).
func (c *Core) toMaster(now time.Time, m *machine, why Cause) {
	c.restoreOwner(now, m)
	c.cancelAll(m)
	how := m.takeover(now)
	m.overtook = how == TakeoverPreempted
	if m.state == Init && m.last.From != Fault { // an owner, which asks nobody
		how = TakeoverPreempted
	}
	heard := m.masterInt
	m.masterInt = ownInterval(m.cfg)
	c.leave(m)
	c.enter(now, m, Master, why)
	m.took = how
	m.counters.BecameMaster++
	m.packets = nil
	c.advertise(now, m)
	c.log(Info, m, "Entering MASTER STATE")
	if heard != m.masterInt {
		c.detail(m, "changing advert interval from %dms to locally configured %dms", heard.Milliseconds(),
			m.masterInt.Milliseconds())
	}
	c.set(m, timerMain, now.Add(m.masterInt))
	c.wantVIPs(m)
	c.announceMaster(now, m)
	c.notify(m, NotifyMaster)
}

// advertTimeout sends the next advert. The interval counts from when this one was
// due, so that small delays do not add up.
func (c *Core) advertTimeout(now, due time.Time, m *machine) {
	if !m.preempts() && m.cfg.TimerExpiredBackup != 0 && now.Sub(due) > m.patienceOfOthers() {
		// Another one is master by now. With nopreempt it stays that.
		c.log(Info, m, "advert timer expired %s late, another router may have become master",
			now.Sub(due).Round(time.Millisecond))
		c.toBackup(now, m, Cause{Code: CauseLate, For: now.Sub(due)})
		c.pullToBackup(now, m)
		return
	}
	c.advertise(now, m)
	next := due.Add(m.masterInt)
	if !next.After(now) {
		next = now.Add(m.masterInt)
	}
	c.set(m, timerMain, next)
	c.conflictAdvertised(now, m)
}

// patienceOfOthers is how long a backup with the highest priority that another router may have waits before it
// takes over (semantics 1.29).
func (m *machine) patienceOfOthers() time.Duration {
	const adverts = 3 // whatever ours are: they are others' now
	return masterDownInterval(m.cfg.Version, m.cfg.TimerExpiredBackup, m.masterInt, adverts)
}

// advertiseNow sends an advert out of turn; the next comes an interval later
// (semantics 1.21).
func (c *Core) advertiseNow(now time.Time, m *machine) {
	c.advertise(now, m)
	c.set(m, timerMain, now.Add(m.masterInt))
}

// masterReceive handles an accepted advert of another master.
func (c *Core) masterReceive(now time.Time, m *machine, a wire.Advert, d Datagram) {
	higher := c.source(m).Less(d.Src)
	switch {
	case a.Priority == 0:
		c.detail(m, "Master received priority 0 message")
		c.advertiseNow(now, m)
	case a.Priority == 255 && m.prio == 255:
		c.ownerReceive(now, m, a, d, higher)
	case a.Priority > m.prio:
		c.log(Info, m, "Master received advert from %s with higher priority %d, ours %d", d.Src, a.Priority, m.prio)
		c.yieldMaster(now, m, a, d)
	case a.Priority == m.prio && higher:
		c.log(Info, m, "Master received advert from %s with same priority %d but higher IP address than ours", d.Src, m.prio)
		c.yieldMaster(now, m, a, d)
	default:
		c.lowerPriorityReceive(now, m, a, d.Src)
	}
}

// yieldMaster leaves MASTER to the sender of a better advert. No priority 0 is
// sent (semantics 1.16).
func (c *Core) yieldMaster(now time.Time, m *machine, a wire.Advert, d Datagram) {
	if m.cfg.HigherPrioSendAdvert {
		c.advertise(now, m)
	}
	why := Cause{Code: CauseHigherPriority, Addr: d.Src, Priority: a.Priority, Ours: m.prio}
	if a.Priority == m.prio {
		why.Code = CauseHigherAddress
	}
	m.accept(d.Src, a.Priority)
	c.gaveWay(now, m, a.Priority, d.Src)
	c.adoptInterval(m, a.Interval)
	c.toBackup(now, m, why)
	c.witness(now, m, a, d.Src)
	c.pullToBackup(now, m)
}

// lowerPriorityReceive answers a master that should not be one (semantics 1.17).
func (c *Core) lowerPriorityReceive(now time.Time, m *machine, a wire.Advert, src netip.Addr) {
	answer := ", forcing new election"
	if m.cfg.LowerPrioNoAdvert {
		answer = ""
	}
	// Once for each episode: a router that does not hear us goes on for as long as that is so.
	if r := m.rival(now, src); r != nil && !r.Now {
		c.log(Info, m, "Received advert from %s with lower priority %d, ours %d%s", src, a.Priority, m.prio, answer)
	}
	c.met(now, m, a, src, c.source(m), m.prio)
	c.assert(now, m)
	for _, other := range m.group.members {
		if other != m && other.state == Master {
			c.assert(now, other)
		}
	}
	c.notify(m, NotifyMasterRxLowerPri)
}

// assert tells the network again who is master.
func (c *Core) assert(now time.Time, m *machine) {
	if !m.cfg.LowerPrioNoAdvert {
		c.advertiseNow(now, m)
	}
	c.announceLowerPrio(now, m)
}

// wantVIPs asks for the addresses.
func (c *Core) wantVIPs(m *machine) {
	m.vipsOn = true
	if m.cfg.Filtered() {
		c.detail(m, "setting firewall drop rule")
	}
	if len(m.cfg.VIPs) > 0 {
		c.detail(m, "setting VIPs.")
	}
	if len(m.cfg.ExcludedVIPs) > 0 {
		c.detail(m, "setting E-VIPs.")
	}
	c.saySettingThings(m)
	c.out.Addresses = append(c.out.Addresses, VIPs{Router: m.id, On: true})
}

// dropVIPs gives the addresses up; with tell false only the machine forgets them.
func (c *Core) dropVIPs(m *machine, tell bool) {
	m.vipsOn = false
	if !tell {
		return
	}
	c.sayDropping(m)
	c.out.Addresses = append(c.out.Addresses, VIPs{Router: m.id})
}

func (c *Core) sayDropping(m *machine) {
	c.sayRemovingThings(m)
	if len(m.cfg.VIPs) > 0 {
		c.detail(m, "removing VIPs.")
	}
	if len(m.cfg.ExcludedVIPs) > 0 {
		c.detail(m, "removing E-VIPs.")
	}
	if m.cfg.Filtered() {
		c.detail(m, "removing firewall drop rule")
	}
}
