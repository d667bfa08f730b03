package vrrp

import (
	"fmt"
	"time"

	"holdfast/config"
)

// A group is instances that change state together (semantics 6). Every instance is
// in one: those without a sync group are in a group of their own, which has no
// name and tells nobody.
type group struct {
	id      GroupID // 0 has the group of a single instance
	cfg     *config.SyncGroup
	members []*machine
	state   State // last told
	// next becomes master first when a Try has been answered.
	next *machine
}

func (g *group) named() bool { return g.id != 0 }

// tell sets the group's state and notifies a change.
func (c *Core) tell(g *group, s State) {
	if g.state != s { // every advert asks for it
		c.tellBecause(g, s, g.because(s))
	}
}

func (c *Core) tellBecause(g *group, s State, why Cause) {
	if g.state == s {
		return
	}
	from := g.state
	g.state = s
	c.notifyGroup(g, NotifyState(s.String()))
	c.changeGroup(g, from, s, why)
}

func (c *Core) logSync(g *group, s State) {
	if g.named() {
		c.log(Info, nil, "VRRP_Group(%s) Syncing instances to %s state", g.cfg.Name, s)
	}
}

// groupMaster makes all members masters, beginning with the one whose timer ended
// last (semantics 6.1).
func (c *Core) groupMaster(now time.Time, m *machine) {
	if c.triesFirst(m) {
		return
	}
	g := m.group
	// The one whose timer ended is first: the others follow it in the log, and its advert is out before
	// the addresses of any of them.
	c.toMaster(now, m, m.wanting)
	c.logSync(g, Master)
	for _, other := range g.members {
		switch {
		case other.state == Master:
		case other.wantMaster:
			c.toMaster(now, other, other.wanting)
		default:
			c.toMaster(now, other, other.becauseOf(m))
		}
		other.took = m.took
	}
	c.tell(g, Master)
}

// pullToBackup makes the other masters of m's group backups, without priority 0
// (semantics 6.2).
func (c *Core) pullToBackup(now time.Time, m *machine) {
	g, synced := m.group, false
	for _, other := range g.members {
		if other.state != Master {
			continue
		}
		if !synced {
			synced = true
			c.logSync(g, Backup)
		}
		c.toBackup(now, other, other.becauseOf(m))
	}
	c.tell(g, Backup)
}

// settle starts the members of a group that can be started, and moves the group
// into or out of FAULT as the facts demand (semantics 6.2, 6.3).
func (c *Core) settle(now time.Time, g *group) {
	// Looked at as a whole, and anew each time: what a member reports may end the fault of one and begin
	// that of another, and between two reports no order can be relied on.
	fresh := c.startMembers(now, g)
	switch {
	case c.groupFaulty(g):
		c.groupFault(now, g, fresh)
	case !c.groupWaits(g):
		c.groupRecover(now, g, fresh)
	}
	if c.held(g) {
		c.standDown(now, g)
	}
}

// startMembers starts the members that have not started yet, once all that their
// interfaces are is known, and reports whether there were any.
func (c *Core) startMembers(now time.Time, g *group) (fresh bool) {
	for _, m := range g.members {
		if !m.started && !c.linksKnown(m) {
			return false // together or not at all: one that began alone would be pulled into FAULT by the next
		}
	}
	for _, m := range g.members {
		if !m.started {
			m.started, fresh = true, true
			c.begin(now, m)
		}
	}
	return fresh
}

func (c *Core) groupFaulty(g *group) bool {
	for _, m := range g.members {
		if !m.started {
			continue
		}
		if c.fault(m).Code != NoFault {
			return true
		}
	}
	return false
}

// begin removes stale addresses of an instance that has just been configured
// (semantics 3.1).
func (c *Core) begin(now time.Time, m *machine) {
	m.masterInt = ownInterval(m.cfg)
	c.enter(now, m, Init, m.born)
	m.prio = m.base()
	c.changePriority(m, c.effectivePriority(m))
	c.dropVIPs(m, false)
	c.out.Addresses = append(c.out.Addresses, VIPs{Router: m.id})
	// On an interface that was made for it there is nothing stale, or nobody says so; a fault is said first.
	if c.fault(m).Code == NoFault && m.place.Own == "" {
		c.sayDropping(m)
	}
}

// groupWaits reports whether a member has not started or waits for a script.
func (c *Core) groupWaits(g *group) bool {
	for _, m := range g.members {
		if !m.started || m.waitsFor() != "" {
			return true
		}
	}
	return false
}

// groupFault takes the members with a fault out of the election, then the others.
func (c *Core) groupFault(now time.Time, g *group, fresh bool) {
	synced := false
	var first *machine // that has a reason of its own
	leave := func(m *machine, own FaultReason) {
		why := Cause{Code: CauseFault, Text: own.String()}
		if own.Code == NoFault {
			why = m.becauseOf(first)
		}
		switch {
		case fresh && m.state == Init && own.Code != NoFault:
			c.beginInFault(now, m, own, why)
		case synced && !c.sharedFault(m):
			c.toFault(now, m, own, why, unsaid)
		default:
			c.toFault(now, m, own, why, said)
		}
		if !synced {
			synced = true
			c.logSync(g, Fault)
		}
	}
	// Those with a reason of their own first: the log has the cause before what follows from it.
	for _, m := range g.members {
		f := c.fault(m)
		if f.Code == NoFault || !m.started {
			continue
		}
		if first == nil {
			first = m
		}
		if m.state != Fault {
			leave(m, f)
		}
	}
	for _, m := range g.members {
		if m.started && m.state != Fault {
			leave(m, FaultReason{})
		}
	}
	c.tell(g, Fault)
}

// beginInFault is the start of an instance with a fault, in keepalived's words.
func (c *Core) beginInFault(now time.Time, m *machine, own FaultReason, why Cause) {
	text := fmt.Sprintf("entering FAULT state (%s)", own)
	if own.ofInterface() || own.Code == FaultTracked && own.Kind == config.TrackedFile {
		c.logOf(Info, m, text)
	} else {
		c.log(Info, m, "%s", text)
	}
	c.log(Info, m, "entering FAULT state")
	c.sayDropping(m)
	c.enterFault(now, m, why)
}

// groupRecover takes the members that are in INIT or FAULT into the election:
// to BACKUP, or to MASTER if they all own their addresses (semantics 1.7, 1.25, 6.4).
func (c *Core) groupRecover(now time.Time, g *group, fresh bool) {
	owners, idle, masters := !c.humble(g), 0, 0
	for _, m := range g.members {
		switch m.state {
		case Master:
			masters++
		case Init, Fault:
			idle++
			owners = owners && m.startsMaster()
		default:
			owners = false
		}
	}
	switch {
	// Nobody to move: owners that wait for the end of the startup delay are on their way already, and
	// beginning anew would start their timers again with each report.
	case idle == 0 || owners && c.ownersPending(g):
	case owners:
		c.ownersBegin(now, g)
	default:
		c.backupsBegin(now, g, fresh, masters)
	}
}

// ownersPending reports whether owners only wait for the end of the startup delay.
func (c *Core) ownersPending(g *group) bool {
	for _, m := range g.members {
		if m.state != Master && !(m.state == Init && m.timers[timerMain].IsSet()) {
			return false
		}
	}
	return true
}

func (c *Core) ownersBegin(now time.Time, g *group) {
	for _, m := range g.members {
		if m.state == Master {
			continue
		}
		if m.state == Fault && !m.follows {
			c.announceSource(m)
		}
		c.enter(now, m, Init, m.becauseOver())
		m.masterInt = ownInterval(m.cfg)
		if now.Before(c.startAt) {
			c.set(m, timerMain, c.startAt)
			continue
		}
		m.wantMaster, m.wanting = true, Cause{Code: CauseOwner}
	}
	// One is enough: with the wish of all noted above, the first takes the whole group along.
	for _, m := range g.members {
		if m.wantMaster {
			c.masterDown(now, m)
			return
		}
	}
}

func (c *Core) backupsBegin(now time.Time, g *group, fresh bool, masters int) {
	if fresh && masters == 0 {
		c.tell(g, Backup) // at the start the group's line is the first
	}
	synced := fresh
	for _, m := range g.members {
		if m.state != Init && m.state != Fault {
			continue
		}
		m.masterInt = ownInterval(m.cfg)
		if fresh && m.state == Init {
			c.log(Info, m, "Entering BACKUP STATE (init)")
			c.waitAsBackup(now, m, m.born)
			c.notify(m, NotifyBackup)
			continue
		}
		wasFault := m.state == Fault && !m.follows // before toBackup ends the state
		c.toBackup(now, m, m.becauseOver())
		if wasFault {
			c.announceSource(m)
		}
		if !synced {
			synced = true
			c.logSync(g, Backup)
		}
	}
	if masters == 0 {
		c.tell(g, Backup)
	}
}
