package vrrp

import (
	"net/netip"
	"time"

	"holdfast/config"
	"holdfast/internal/deadline"
	"holdfast/internal/override"
)

// A Core is all virtual routers of a host with their sync groups and trackers:
// one value, used by one goroutine. Its methods take the time and what happened
// and return what to do.
//
// On every wake-up the engine first gives all datagrams already received to
// Receive and only then calls Expire: a process that was stalled must not take
// over an address whose master has been heard in the meantime.
//
// An instance does nothing until every interface it depends on has been reported
// with Link (before or after Configure) and, if it has unweighted track_scripts,
// until each of them has been reported with Track (semantics 1.9, 5.7).
type Core struct {
	setup     Setup
	machines  []*machine // in the order of the configuration
	byID      map[ID]*machine
	lastID    ID
	lastGroup GroupID
	groups    []*group // of all machines; those without a name have one member

	links   map[string]Link
	objects map[Tracked]*object // that are tracked
	tracked map[TrackedID]*object

	lastTracked TrackedID
	overrides   map[override.Target]override.Override // also of what there is not

	routers   map[routerKey][]*machine
	linkUsers map[string][]*machine // whom an interface concerns
	shortSeen map[string]bool       // interfaces with a logged runt
	strangers strangers

	clock   clock // of the host
	timers  deadline.Heap[purpose]
	out     Output
	scratch []netip.Addr // addresses of the packet being read
	startAt time.Time    // end of vrrp_startup_delay
	running bool         // a first Configure was done
	stopped bool
}

// New returns an empty Core.
func New() *Core {
	return &Core{
		links:     map[string]Link{},
		objects:   map[Tracked]*object{},
		tracked:   map[TrackedID]*object{},
		shortSeen: map[string]bool{},
	}
}

// Link reports the state of one interface. Instances that were waiting for it
// start; the others follow it into and out of FAULT (semantics 4.1).
func (c *Core) Link(now time.Time, l Link) Output {
	c.out.reset()
	if c.stopped {
		return c.out
	}
	old, known := c.links[l.Name]
	c.links[l.Name] = l
	if o := c.objects[Tracked{config.TrackedInterface, l.Name}]; o != nil {
		o.Value = Value{true, truth(l.usable())}
	}
	users := c.linkUsers[l.Name]
	if known && len(users) > 0 && old.usable() != l.usable() {
		who := "Netlink"
		if l.Polled && l.Exists {
			who = "Linkbeat"
		}
		c.log(Info, nil, "%s reports %s %s", who, l.Name, upDown(l.usable()))
		c.changeTracked("interface", l.Name, upDown(old.usable()), upDown(l.usable()))
	}
	c.refresh(now, users)
	return c.out
}

func upDown(up bool) string {
	if up {
		return "up"
	}
	return "down"
}

func (l Link) usable() bool { return l.Exists && l.Up }

// refresh looks again at everything that depends on interfaces and trackers.
func (c *Core) refresh(now time.Time, users []*machine) {
	// All priorities before any group: a group that is settled may send adverts for its other members, which
	// must not have the priority of before.
	for _, m := range users {
		m.packets, m.addrs = nil, nil // source address and MTU are the interface's
		c.updatePriority(now, m)
	}
	for _, m := range users {
		c.settle(now, m.group)
	}
}

// Expire runs every timer due at now, in the order of their deadlines. A timer of
// adverts that is late by more than a tenth of its interval is counted in
// LateWakeups and logged.
func (c *Core) Expire(now time.Time) Output {
	c.out.reset()
	for {
		t := c.timers.Next()
		if t == nil || t.At.After(now) {
			return c.out
		}
		c.timers.Cancel(t) // before it is acted on: what it does may set it again
		t.Of.m.noteLateness(c, now, t)
		c.expired(now, t)
	}
}

// Next is the earliest deadline, false if there is none. It costs nothing.
func (c *Core) Next() (time.Time, bool) {
	if t := c.timers.Next(); t != nil {
		return t.At, true
	}
	return time.Time{}, false
}

// Stop ends all virtual routers: every master sends priority 0 and gives up its
// addresses (unless Setup.KeepVIPs), then STOP is told for all instances and
// groups (semantics 1.26). Nothing happens in a Core afterwards.
func (c *Core) Stop(now time.Time) Output {
	c.out.reset()
	if c.stopped {
		return c.out
	}
	c.stopped = true // nothing that comes meanwhile makes anybody master again
	for _, m := range c.machines {
		if m.state == Master {
			c.resign(now, m)
			c.dropVIPs(m, !c.setup.KeepVIPs)
			m.counters.ReleasedMaster++
		}
		c.cancelAll(m)
		m.forgetSelf()
		c.leave(m)
		c.enter(now, m, Init, Cause{Code: CauseStop})
	}
	for _, m := range c.machines {
		c.notify(m, NotifyStop)
	}
	for _, g := range c.groups {
		c.notifyGroup(g, NotifyStop)
		if g.state != Init {
			c.changeGroup(g, g.state, Init, Cause{Code: CauseStop})
		}
	}
	return c.out
}
