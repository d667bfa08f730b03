package engine

import (
	"fmt"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"holdfast/internal/netif"
	"holdfast/vrrp"
)

// hostChanged takes a batch of interface events: first the whole picture, then what
// follows from it for the protocol, then repairs. An address that is lost together with the
// interface's own must not be put back first: it would be the first of its subnet.
func (e *Engine) hostChanged(events []netif.Event) {
	e.tick(time.Now())
	c := changes{suspect: map[vip]bool{}}
	for _, ev := range events {
		c.news = c.news || e.news(ev)
		e.hostEvent(ev, &c)
	}
	e.seeAll()
	if c.surprise || e.missing(c.suspect) {
		// The events tell of one address after the other; what is there now decides.
		e.recogniseAll(witnesses{})
		e.remember()
	}
	if c.vmacs && e.repairAt.IsZero() && !e.addrs.throttle.next(e.now).After(e.now) {
		e.repairVMACs() // ours to mend: the protocol need not hear that they were away
	}
	// An interface that is gone is told before the obstacles that went with it, one that is there
	// after those that came with it: no instance leaves FAULT in between.
	e.ports.follow(e.now)
	e.tellLinks(func(l vrrp.Link) bool { return !l.Exists })
	e.answer()
	e.tellLinks(func(l vrrp.Link) bool { return l.Exists })
	if c.vmacs || e.missing(c.suspect) {
		e.repairSoon()
	}
	if c.news { // a surprise may be what an attempt of ours has left of events
		e.obstacles.hasten(e.now)
		e.ports.hasten(e.now)
		e.vmacs.retry.hasten(e.now)
	}
	if c.news || c.surprise {
		e.lookForSources()
		e.answer()
	}
	e.followLinks()
	e.keepersHear(events, c.news)
}

// everyLink is for tellLinks.
func everyLink(vrrp.Link) bool { return true }

// tellLinks tells the protocol about the interfaces that have changed since it last heard of them.
func (e *Engine) tellLinks(which func(vrrp.Link) bool) {
	for _, name := range sortedKeys(e.reported) {
		if r := e.host.report(name); which(r) && !equalLinks(r, e.reported[name]) {
			e.reported[name] = r
			e.do(e.core.Link(e.now, r))
		}
	}
}

// changes is what a batch of events gives reason for.
type changes struct {
	suspect  map[vip]bool // wanted addresses that may be missing
	vmacs    bool         // virtual MAC interfaces may be
	surprise bool         // an address came or went that we have not set or removed
	news     bool         // what failed may be possible now
}

// hostEvent takes one event into the picture and notes what it may be a reason for.
func (e *Engine) hostEvent(ev netif.Event, c *changes) {
	switch ev := ev.(type) {
	case netif.LinkChanged:
		var old *netif.Link
		if l, ok := e.host.links[ev.Link.Index]; ok {
			old = &l
		}
		switch {
		case old == nil:
			// It is new: whatever of ours was to be on it is missing.
			e.suspectAll(c.suspect)
		case old.Name != ev.Link.Name:
			// Same index, other name (semantics 4.4): what stands on it has gone along.
			e.arpForget(*old)
			for _, k := range e.keepers {
				k.moved(old.Name, ev.Link.Name)
			}
			if err := e.addrs.renamed(old.Name, ev.Link.Name); err != nil {
				e.logErrors(settingAddresses, err, unix.ENODEV) // renamed once more
			}
		}
		e.host.setLink(ev.Link)
		e.see(ev.Link, old)
		e.arpLink(ev.Link)
		if ev.Link.MTU < leastMTU {
			e.ports.narrow(ev.Link.Index)
		}
		c.vmacs = e.vmacSuspect(old, &ev.Link) || c.vmacs
	case netif.LinkRemoved:
		e.ports.gone(ev.Link.Index)
		e.host.removeLink(ev.Link)
		e.arpForget(ev.Link)
		c.vmacs = e.vmacSuspect(&ev.Link, nil) || c.vmacs
	case netif.AddressAdded:
		c.surprise = e.surprising(ev.Address, true) || c.surprise
		e.host.setAddress(ev.Address)
		e.settleOwed(ev.Address)
	case netif.AddressRemoved:
		c.surprise = e.surprising(ev.Address, false) || c.surprise
		c.suspect[e.host.vipAt(ev.Address)] = true
		e.host.removeAddress(ev.Address)
	case netif.Deaf:
		e.log.Error("interface events are lost, and interfaces cannot be read: trying again", zap.Error(ev.Cause))
	case netif.Resync:
		e.resync(ev, c)
	}
}

// resync takes the state of the host anew.
func (e *Engine) resync(ev netif.Resync, c *changes) {
	e.log.Warn("interface events were lost, all interfaces were read again", zap.Error(ev.Cause))
	for _, l := range e.host.links {
		if _, ok := ev.State.Link(l.Name); !ok {
			e.arpForget(l)
		}
	}
	e.host.reset(ev.State)
	e.ports.unknown()
	c.surprise, c.vmacs = true, true
	e.suspectAll(c.suspect)
	for _, l := range ev.State.Links {
		e.arpLink(l)
	}
	for _, a := range ev.State.Addresses {
		e.settleOwed(a)
	}
}

// The announcer exists from the first commit on.
func (e *Engine) arpLink(l netif.Link) {
	if e.arp != nil {
		e.arp.SetLink(l)
	}
}

func (e *Engine) arpForget(l netif.Link) {
	if e.arp != nil {
		e.arp.RemoveLink(l)
	}
}

func (e *Engine) suspectAll(suspect map[vip]bool) {
	for v := range e.addrs.wantedKeys {
		suspect[v] = true
	}
}

// missing reports whether one of the suspects is wanted and not on its interface, while
// that interface exists.
func (e *Engine) missing(suspect map[vip]bool) bool {
	for v := range suspect {
		// Where the interface is away nothing can be put back: it is told as a link that is gone.
		if _, ok := e.host.names[v.dev]; ok && e.addrs.wants(v) && !e.host.has(v) {
			return true
		}
	}
	return false
}

// repairSoon puts missing addresses back now, or later if somebody is fighting us for
// them.
func (e *Engine) repairSoon() {
	// One repair is planned already, and will find this too.
	if !e.repairAt.IsZero() {
		return
	}
	if at := e.addrs.throttle.next(e.now); at.After(e.now) {
		e.repairAt = at
		return
	}
	e.repair()
}

// portSays tells of a port that cannot be used, or with no error that it can be again.
func (e *Engine) portSays(k portKey, err error) {
	if err == nil {
		e.log.Info(fmt.Sprintf("interface %v can be used for VRRP again", k))
		return
	}
	e.log.Error(fmt.Sprintf("cannot use interface %v for VRRP, trying again: %v", k, err))
}
