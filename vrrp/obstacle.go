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
// can be neither sent nor received. Doubted is an address that the kernel can be expected not
// to take: it keeps no instance from running, but has to be tried before the first advert.
const (
	NoRight ObstacleKind = iota
	Refused
	NoSocket
	Doubted
)

// An Obstacle is a reason on the host why an instance cannot run, other than the state of
// interfaces and trackers.
type Obstacle struct {
	Kind    ObstacleKind
	Device  string       // of Refused, Doubted and NoSocket
	Address netip.Prefix // of Refused and Doubted
	Partial bool         // of Refused: the instance can have other addresses
	Cause   string       // the kernel's words
}

// String is the obstacle as the log and the dump say it.
func (o Obstacle) String() string {
	switch o.Kind {
	case NoRight:
		return "no right to set addresses: " + o.Cause
	case NoSocket:
		return fmt.Sprintf("cannot send and receive on %s: %s", o.Device, o.Cause)
	default:
		return fmt.Sprintf("cannot set %v on %s: %s", o.Address, o.Device, o.Cause)
	}
}

// Obstruct reports all obstacles of an instance there are now. With one it is in FAULT until
// they are reported gone, unless it makes do. One that had an address refused tries its addresses
// from then on before it sends its first advert as a master (VIPs.Try).
func (c *Core) Obstruct(now time.Time, router ID, list []Obstacle) Output {
	c.out.reset()
	m := c.byID[router]
	if c.stopped || m == nil || slices.Equal(m.obstacles, list) {
		return c.out
	}
	c.obstruct(m, list)
	c.settle(now, m.group)
	return c.out
}

func (c *Core) obstruct(m *machine, list []Obstacle) {
	m.obstacles = slices.Clone(list)
	m.doubtful = m.doubtful || slices.ContainsFunc(list, func(o Obstacle) bool { return o.Kind == Refused || o.Kind == Doubted })
}

// hindrances are the obstacles that keep m from running.
func (m *machine) hindrances() (list []Obstacle) {
	for _, o := range m.obstacles {
		if o.Kind != Doubted && !(o.Partial && m.makesDo) {
			list = append(list, o)
		}
	}
	return list
}

// makeDo lets m be a master with a part of its addresses, if nobody else is one: a part serves
// some, and where two directors have the same file both would wait for ever.
func (c *Core) makeDo(now time.Time, m *machine) {
	m.makesDo = false
	lacks := m.hindrances()
	if len(lacks) == 0 || now.Sub(m.heard) <= 2*m.masterInt {
		return
	}
	if m.makesDo = true; len(m.hindrances()) > 0 {
		m.makesDo = false
		return
	}
	for _, o := range lacks {
		c.log(Error, m, "%v; nobody else is master, going on without it", o)
	}
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
// instance must have are set. When all members of its group have theirs, or have to make do with
// a part, they become masters.
func (c *Core) Tried(now time.Time, router ID, list []Obstacle) Output {
	c.out.reset()
	m := c.byID[router]
	if c.stopped || m == nil || !m.trying {
		return c.out
	}
	m.trying = false
	c.obstruct(m, list)
	c.makeDo(now, m)
	g := m.group
	if len(m.hindrances()) > 0 {
		g.next = nil
		c.settle(now, g)
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
