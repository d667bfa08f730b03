package vrrp

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"holdfast/config"
)

// This file is what changed and why, for those who want to hear of it: the state of instances and groups, tracked
// objects, second masters, addresses that the kernel refuses.

// ChangeKind is what a Change is about.
type ChangeKind uint8

// RouterChanged and GroupChanged are states. TrackedChanged is an object that went up or down, and RivalChanged that
// there are two masters of an instance, or no more. AddressChanged is an address that is refused, or is not any more,
// and AdvertRefused an advert of somebody else (Setup.TellRefusals).
const (
	RouterChanged ChangeKind = iota
	GroupChanged
	TrackedChanged
	RivalChanged
	AddressChanged
	AdvertRefused
)

// A Change is something that is not as it was.
type Change struct {
	Kind     ChangeKind
	Router   ID     // 0 for groups and tracked objects
	Name     string // of the instance, group or object; for an address the address
	Of       string // of an address, the instance; of an advert, who sent it
	From, To string // "" where there was nothing
	Cause    Cause
	Text     string // all of it in one line
}

// CauseCode says why something changed.
type CauseCode uint8

// The causes. Those of masters are the same that the MIB of RFC 6527 tells apart, and finer.
const (
	NoCause             CauseCode = iota
	CauseStart                    // the daemon was started
	CauseReload                   // a reload brought it
	CauseRemoved                  // a reload removed it
	CauseStop                     // the daemon stops
	CauseMasterSilent             // the master was not heard for too long
	CauseNoMaster                 // none was heard
	CauseResigned                 // the master has sent priority 0
	CausePreempted                // the master that is heard has a lower priority
	CauseOwner                    // it owns its addresses
	CauseHigherPriority           // an advert with a higher priority
	CauseHigherAddress            // an advert with the same priority from a higher address
	CauseOtherOwner               // another owner of the addresses does not give way
	CauseLate                     // its own timer ran out so late that another one may be master
	CauseLacks                    // it cannot have all of its addresses, and another master was heard
	CauseGroup                    // another member of its sync group
	CauseFault                    // what is in Text
	CauseFaultOver                // that is over
	CauseMember                   // of a group: a member of it
	CauseMeets                    // a second master is heard
	CauseMeetsNoMore              // it is not any more
	CauseReport                   // it was reported so
	CauseRefused                  // by the kernel
	CauseOverride                 // an operator wants it so
	CauseTTL                      // of an advert: its TTL, and so on
	CauseVersion
	CauseChecksum
	CauseAuthUnknown // there is no such type of authentication
	CauseAuthOther   // it is not that of the configuration
	CauseAuthFailure // it is, and what is said with it is wrong
)

// Word is the code as it stays.
func (c CauseCode) Word() string {
	return [...]string{"", "start", "reload", "removed", "stop", "master_silent", "no_master", "master_resigned",
		"preempted", "owner", "higher_priority", "higher_address", "other_owner", "late", "lacks_addresses", "group", "fault",
		"fault_over", "member", "second_master", "second_master_gone", "report", "refused", "override",
		"ttl", "version", "checksum", "auth_unknown", "auth_other", "auth_failure"}[c]
}

// A Cause is why something changed.
type Cause struct {
	Code     CauseCode
	Addr     netip.Addr    // of the other router
	Priority uint8         // of it
	Ours     uint8         // priority
	For      time.Duration // since when it is silent
	Name     string        // of the group
	Text     string        // the fault, or what became of the member
}

// String is the cause in words.
func (c Cause) String() string {
	switch c.Code {
	case CauseStart, CauseReload, CauseStop:
		return c.Code.Word()
	case CauseRemoved:
		return "removed by a reload"
	case CauseMasterSilent:
		return fmt.Sprintf("master %s silent for %s", c.Addr, shortly(c.For))
	case CauseNoMaster:
		return fmt.Sprintf("no master heard for %s", shortly(c.For))
	case CauseResigned:
		return fmt.Sprintf("priority 0 from %s", c.Addr)
	case CausePreempted:
		return fmt.Sprintf("master %s has lower priority %d, ours %d", c.Addr, c.Priority, c.Ours)
	case CauseOwner:
		return "it owns its addresses (priority 255)"
	case CauseHigherPriority:
		return fmt.Sprintf("advert from %s with higher priority %d, ours %d", c.Addr, c.Priority, c.Ours)
	case CauseHigherAddress:
		return fmt.Sprintf("advert from %s with the same priority %d and a higher address", c.Addr, c.Priority)
	case CauseOtherOwner:
		return "another owner of the addresses does not give way"
	case CauseLate:
		return fmt.Sprintf("its timer was met %s late, another router may have become master", shortly(c.For))
	case CauseLacks:
		return "it cannot have all of its addresses, and another master was heard"
	case CauseGroup:
		return fmt.Sprintf("with %s of sync group %s", c.Text, c.Name)
	case CauseFaultOver:
		if c.Text == "" {
			return "its fault is over"
		}
		return "no longer: " + c.Text
	case CauseOverride:
		return "an operator wants it so: " + c.Text
	case CauseMeets:
		return fmt.Sprintf("%s with priority %d is master, too", c.Addr, c.Priority)
	case CauseMeetsNoMore:
		return fmt.Sprintf("%s %s after %s", c.Addr, c.Text, shortly(c.For))
	}
	return c.Text
}

func shortly(d time.Duration) string { return d.Round(time.Millisecond).String() }

// A Transition is how an instance came to its state.
type Transition struct {
	From, To State
	At       time.Time
	Cause    Cause
}

// enter notes a new state of m, and tells of it. Rate limited log lines may be logged again.
func (c *Core) enter(now time.Time, m *machine, s State, why Cause) {
	from := m.state
	m.takePart(s, now)
	if s != from {
		m.moves[from][s]++
		m.causes[why.Code]++
	}
	m.state, m.since, m.logged, m.wantMaster = s, now, 0, false
	m.heard = time.Time{}
	m.conflict = ownerConflict{}
	m.leaveOut = false
	if from == s {
		return
	}
	m.last = Transition{From: from, To: s, At: now, Cause: why}
	c.change(Change{Kind: RouterChanged, Router: m.id, Name: m.cfg.Name, From: from.String(), To: s.String(), Cause: why,
		Text: fmt.Sprintf("(%s) %s -> %s: %s", m.cfg.Name, from, s, why)})
}

func (c *Core) change(what Change) { c.out.Changes = append(c.out.Changes, what) }

// because is why a group has come to a state: for the reason of the first member that is in it for one of its own.
func (g *group) because(s State) Cause {
	if !g.named() {
		return Cause{}
	}
	for _, m := range g.members {
		if m.state == s && m.last.Cause.Code != CauseGroup {
			return Cause{Code: CauseMember, Text: m.cfg.Name + ": " + m.last.Cause.String()}
		}
	}
	return g.members[0].born // at the start it comes before its members
}

func (c *Core) changeGroup(g *group, from, to State, why Cause) {
	if !g.named() {
		return
	}
	c.change(Change{Kind: GroupChanged, Name: g.cfg.Name, From: from.String(), To: to.String(), Cause: why,
		Text: fmt.Sprintf("sync group %s %s -> %s: %s", g.cfg.Name, from, to, why)})
}

// changeObject tells that a tracked object went up or down. A file is up with any number that is not what it
// is a fault with, so that only 0 and the others are told apart: numbers may change all the time.
func (c *Core) changeObject(o *object, before Value) {
	word := func(v Value) string {
		switch {
		case !v.Known:
			return "unknown"
		case o.Kind == config.TrackedFile:
			return [...]string{"zero", "not zero"}[truth(v.Value != 0)]
		}
		return upDown(v.Value != 0)
	}
	from, to := word(before), word(o.Value)
	if from == to {
		return
	}
	c.changeTracked(o.Kind.String(), o.Name, from, to)
}

func (c *Core) changeTracked(kind, name, from, to string) {
	c.change(Change{Kind: TrackedChanged, Name: name, From: from, To: to, Cause: Cause{Code: CauseReport},
		Text: fmt.Sprintf("%s %s is %s", kind, name, to)})
}

// changeRival tells that there are two masters, or no more.
func (c *Core) changeRival(m *machine, to string, why Cause) {
	c.change(Change{Kind: RivalChanged, Router: m.id, Name: m.cfg.Name, To: to, Cause: why,
		Text: fmt.Sprintf("(%s) %s: %s", m.cfg.Name, to, why)})
}

const refused = "refused"

// changeRefused tells which addresses are refused now, and which are not any more.
func (c *Core) changeRefused(m *machine, before []Obstacle) {
	tell := func(list, other []Obstacle, to string) {
		for _, o := range list {
			same := func(p Obstacle) bool { return p.Kind == Refused && p.Address == o.Address && p.Device == o.Device }
			if o.Kind != Refused || slices.ContainsFunc(other, same) {
				continue
			}
			what := Change{Kind: AddressChanged, Router: m.id, Name: o.Address.String(), Of: m.cfg.Name, To: to,
				Text: fmt.Sprintf("(%s) %s on %s is %s", m.cfg.Name, o.Address, o.Device, to)}
			if to == refused {
				what.Cause = Cause{Code: CauseRefused, Text: o.Cause}
				what.Text += ": " + o.Cause
			}
			c.change(what)
		}
	}
	tell(m.obstacles, before, refused)
	tell(before, m.obstacles, "refused no more")
}

// becauseOver is why m goes back into the election, or into it for the first time.
func (m *machine) becauseOver() Cause {
	switch {
	case m.state != Fault:
		return m.born
	case m.follows:
		return Cause{Code: CauseFaultOver, Text: "fault of sync group " + m.group.cfg.Name}
	}
	return Cause{Code: CauseFaultOver, Text: m.last.Cause.Text}
}

// becauseSilent is why a backup takes over whose timer has run out.
func (m *machine) becauseSilent(now time.Time) Cause {
	switch {
	case m.state == Init:
		return Cause{Code: CauseOwner}
	case m.resigned:
		return Cause{Code: CauseResigned, Addr: m.masterAddr}
	case m.hears(now) && len(m.voices) > 0 && m.voices[0].prio < m.prio && m.preempts():
		return Cause{Code: CausePreempted, Addr: m.voices[0].addr, Priority: m.voices[0].prio, Ours: m.prio}
	case !m.masterAddr.IsValid():
		return Cause{Code: CauseNoMaster, For: now.Sub(m.since)}
	case m.heard.IsZero(): // not in this state
		return Cause{Code: CauseMasterSilent, Addr: m.masterAddr, For: now.Sub(m.since)}
	}
	return Cause{Code: CauseMasterSilent, Addr: m.masterAddr, For: now.Sub(m.heard)}
}

// becauseOf is why m follows another member of its group.
func (m *machine) becauseOf(other *machine) Cause {
	why := Cause{Code: CauseGroup, Name: m.group.cfg.Name}
	if other != nil {
		why.Text = other.cfg.Name
	}
	return why
}
