package vrrp

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// This file is what keeps an instance out of the election although its interfaces and
// scripts are well: a master that cannot have its addresses, or cannot be heard, would keep a
// healthy one from being it.

// ObstacleKind is what an Obstacle is about.
type ObstacleKind uint8

// NoRight is a process that may not set addresses at all. Refused is an address that the
// kernel does not take, for a reason that lasts. NoSocket is an interface on which adverts
// can be neither sent nor received. NoVMAC is a virtual MAC interface that cannot be made. NoSource is a configured
// source address that is on no interface (semantics 2.4).
const (
	NoRight ObstacleKind = iota
	Refused
	NoSocket
	NoVMAC
	NoSource
)

// An Obstacle is a reason on the host why an instance cannot run, other than the state of
// interfaces and trackers.
type Obstacle struct {
	Kind    ObstacleKind
	Device  string       // of all but NoRight and NoSource
	Address netip.Prefix // of Refused and NoSource
	Partial bool         // of Refused: the instance can have other addresses
	Cause   string       // the kernel's words, of all but NoSource
}

// String is the obstacle as the log and the dump say it.
func (o Obstacle) String() string {
	switch o.Kind {
	case NoRight:
		return "no right to set addresses: " + o.Cause
	case NoSocket:
		return fmt.Sprintf("cannot send and receive on %s: %s", o.Device, o.Cause)
	case NoVMAC:
		return fmt.Sprintf("interface %s down: %s", o.Device, o.Cause)
	case NoSource:
		return fmt.Sprintf("source address %s not present", o.Address.Addr())
	default:
		return fmt.Sprintf("cannot set %v on %s: %s", o.Address, o.Device, o.Cause)
	}
}

// Obstruct reports all obstacles of an instance there are now. With one it is in FAULT until
// they are reported gone. With Partial ones alone it stays in the election, with the lowest
// priority: whoever has all the addresses is master, and where nobody has them all, as with the same
// file on two directors, a part serves some. One that had an address refused tries its addresses from
// then on before it sends its first advert as a master (VIPs.Try).
func (c *Core) Obstruct(now time.Time, router ID, list []Obstacle) Output {
	c.out.reset()
	m := c.byID[router]
	if c.stopped || m == nil || slices.Equal(m.obstacles, list) {
		return c.out
	}
	could := !m.handicapped() // before the list is taken over
	c.obstruct(now, m, list)
	c.settle(now, m.group)
	if could && m.handicapped() && m.state == Master && m.overtook {
		// Another one has just been master with all of them.
		c.resign(now, m)
		c.toBackup(now, m, Cause{Code: CauseLacks})
		c.pullToBackup(now, m)
	}
	return c.out
}

func (c *Core) obstruct(now time.Time, m *machine, list []Obstacle) {
	c.meet(m, list)
	c.updatePriority(now, m)
}

// meet notes the obstacles of m and says what it will do without.
func (c *Core) meet(m *machine, list []Obstacle) {
	known := m.obstacles
	m.obstacles = slices.Clone(list) // the engine goes on using its own
	m.doubtful = m.doubtful || slices.ContainsFunc(list, func(o Obstacle) bool { return o.Kind == Refused })
	for _, o := range list {
		if o.Partial && !slices.Contains(known, o) {
			c.log(Error, m, "%v; it has the lowest priority until that is possible", o)
		}
	}
	c.changeRefused(m, known)
}

// hindrances are the obstacles that keep m from running.
func (m *machine) hindrances() []Obstacle { return m.obstaclesThat(false) }

// lacks are the addresses that m has to do without.
func (m *machine) lacks() []Obstacle { return m.obstaclesThat(true) }

func (m *machine) obstaclesThat(partial bool) (list []Obstacle) {
	for _, o := range m.obstacles {
		if o.Partial == partial {
			list = append(list, o)
		}
	}
	return list
}

// handicapped reports whether m has to do without some of its addresses.
func (m *machine) handicapped() bool { return len(m.lacks()) > 0 }

// hears reports whether another master has been heard of late, in this state.
func (m *machine) hears(now time.Time) bool {
	return !m.heard.IsZero() && now.Sub(m.heard) <= 2*max(m.masterInt, m.heardEvery)
}

// triesFirst asks for the addresses of those members of a group that had one refused before,
// and reports whether the group has to wait for the answer: nobody hears of a master that
// will not have them.
func (c *Core) triesFirst(m *machine) bool {
	waits := false
	for _, other := range m.group.members {
		if other.state == Master || !other.doubtful {
			continue
		}
		waits = true
		if !other.trying {
			other.trying = true
			other.vipsOn = true
			c.out.Addresses = append(c.out.Addresses, VIPs{Router: other.id, On: true, Try: true})
		}
	}
	if waits {
		m.group.next = m
	}
	return waits
}

// Tried is the answer to a Try: the obstacles that were met, none if all addresses that the
// instance must have are set. When all members of its group have theirs they become masters, and
// with a part of them if no other master is heard.
func (c *Core) Tried(now time.Time, router ID, list []Obstacle) Output {
	c.out.reset()
	m := c.byID[router]
	if c.stopped || m == nil || !m.trying {
		return c.out
	}
	m.trying = false // first: what follows looks whether anybody of the group still waits
	c.obstruct(now, m, list)
	g := m.group
	if len(m.hindrances()) > 0 {
		g.next = nil
		c.settle(now, g)
		return c.out
	}
	if m.handicapped() && m.hears(now) { // a part of the addresses is better than none, not than a healthy master
		c.standBack(now, g)
		return c.out
	}
	m.doubtful = false
	pending := slices.ContainsFunc(g.members, func(o *machine) bool { return o.trying })
	if next := g.next; next != nil && !pending && next.state != Fault {
		g.next = nil
		c.groupMaster(now, next)
	}
	return c.out
}

// standBack ends an attempt of a group to become masters: somebody else is better one.
func (c *Core) standBack(now time.Time, g *group) {
	g.next = nil
	for _, m := range g.members {
		if m.trying || m.vipsOn && m.state == Backup {
			m.trying = false
			c.dropVIPs(m, true)
		}
		m.wantMaster = false
		if m.state == Backup {
			c.awaitMaster(m, now)
		}
	}
}
