package engine

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/logging"
	"holdfast/internal/netif"
	"holdfast/vrrp"
)

// owed is an announcement that waits for the end of duplicate address detection: a
// tentative address must not be announced (RFC 4862 section 5.4).
type owed struct {
	router  vrrp.ID
	address netif.Wanted
	repeat  int
}

// How long announcements may keep the loop: the first of many addresses that were taken over
// at once, and the others whenever nothing else is to be done.
const (
	firstPatience = 20 * time.Millisecond
	slice         = 300 * time.Microsecond
)

// groupAnnouncements tells the announcer which interfaces share their pauses (garp_group). What stands on one of
// them shares these too: its frames leave there.
func (e *Engine) groupAnnouncements() {
	var groups []netif.Group
	for _, g := range e.cfg.GARPGroups {
		of := netif.Group{Devs: slices.Clone(g.Interfaces), Pauses: netif.Pauses{ARP: g.ARPInterval, NA: g.NAInterval}}
		for _, w := range e.vmacs.want {
			if slices.Contains(g.Interfaces, w.Parent) {
				of.Devs = append(of.Devs, e.nameOf(w))
			}
		}
		groups = append(groups, of)
	}
	e.arp.SetGroups(groups)
}

// said is what was announced, for the log.
type said struct {
	router *router
	list   []netif.Target
	lines  int // of the log that come first
}

// announceAll asks for what is to be announced and sends the first frame of each address at once.
// With -D it gives what was asked for.
func (e *Engine) announceAll(list []vrrp.Announce) (announced []said) {
	last := vrrp.Announce{}
	for _, a := range list {
		// The announcer does not add up what it owes an address, so that a storm of adverts cannot fill its
		// queue. These two are both meant.
		if a.Router == last.Router && a.Which == last.Which {
			a.Repeat += last.Repeat // two bursts that are due at the same moment, as 2.2.7 sends them
		}
		last = a
		targets := e.announce(a)
		if e.detail && a.Which != vrrp.AnnounceSource { // the core has told of that itself
			announced = append(announced, said{e.routers.get(a.Router), slices.Clone(targets), a.Lines})
		}
	}
	// The first frame of each address decides when traffic comes here. It does not wait for the next look at
	// the sockets, as all others do.
	if len(list) > 0 {
		e.send(firstPatience, e.arp.SendFirst)
	}
	return announced
}

// sayAnnounced logs those that come after a number of lines and returns the rest.
func (e *Engine) sayAnnounced(announced []said, lines int) []said {
	for len(announced) > 0 && announced[0].lines <= lines {
		e.logAnnounced(announced[0].router, announced[0].list)
		announced = announced[1:]
	}
	return announced
}

// sendAnnouncements sends some of what is due.
func (e *Engine) sendAnnouncements() {
	if e.arp != nil {
		e.send(slice, e.arp.Send)
	}
}

func (e *Engine) send(patience time.Duration, one func(now time.Time) bool) {
	// By the clock and not by a number of frames: how long one takes is up to the driver.
	start := time.Now()
	for now := start; now.Sub(start) < patience && one(now); now = time.Now() {
	}
}

// announce asks for one announcement and gives what burst does.
func (e *Engine) announce(a vrrp.Announce) []netif.Target {
	r := e.routers.get(a.Router)
	if a.Which == vrrp.AnnounceSource {
		e.targets = append(e.targets[:0], netif.Target{Dev: r.sends, Addr: a.Source})
		e.arp.Announce(netif.Owner(a.Router), e.targets, a.Repeat, netif.Pauses{})
		return e.targets
	}
	if _, on := e.addrs.wanted[a.Router]; !on {
		// The same output has given the addresses up. Announcing them would send everybody here who has
		// just been told where the new master is.
		return nil
	}
	switch a.Which {
	case vrrp.AnnounceVMACs, vrrp.AnnounceExtra:
		return e.burst(r, e.elsewhere(r, a.Which == vrrp.AnnounceExtra), a.Repeat)
	}
	list := e.addrs.take(a.Router)
	if a.Which == vrrp.AnnounceAll {
		list = e.wanted[:0]
		for _, of := range e.addrs.config[a.Router] {
			list = append(list, of.Wanted)
		}
		e.wanted = list
	}
	return e.burst(r, list, a.Repeat)
}

// elsewhere is the first address of r on each interface that its adverts do not leave: of those with a
// virtual MAC, or of all.
func (e *Engine) elsewhere(r *router, all bool) []netif.Wanted {
	var list []netif.Wanted
	for _, a := range r.addresses {
		if a.written == (config.Address{}) || a.Dev == r.sends || !a.made && !all {
			continue
		}
		if !slices.ContainsFunc(list, func(b netif.Wanted) bool { return a.Dev == b.Dev }) {
			list = append(list, a.Wanted)
		}
	}
	return list
}

// burst announces addresses by gratuitous ARP or neighbour advertisement, and gives those
// that need not wait; the list is valid until the next call.
func (e *Engine) burst(r *router, list []netif.Wanted, repeat int) []netif.Target {
	e.targets = e.targets[:0]
	for _, addr := range list {
		v := vipOf(addr)
		if f := e.addrs.failures[v]; f != nil && !f.former {
			continue // not set: nobody must come here for it
		}
		// With -nodad, which means the opposite for keepalived, the kernel looks for others first. Until it has
		// found none the address is not ours to announce.
		if addr.Prefix.Addr().Is6() && addr.Flags&unix.IFA_F_NODAD == 0 && !e.host.settled(v) {
			e.owed[v] = owed{r.id, addr, repeat}
			continue
		}
		e.targets = append(e.targets, netif.Target{Dev: addr.Dev, Addr: addr.Prefix.Addr()})
	}
	if len(e.targets) > 0 {
		e.arp.Announce(netif.Owner(r.id), e.targets, repeat, netif.Pauses{ARP: r.cfg.GARPInterval, NA: r.cfg.GNAInterval})
	}
	return e.targets
}

// logAnnounced says what was announced, with -D.
func (e *Engine) logAnnounced(r *router, list []netif.Target) {
	if !e.detail {
		return
	}
	for _, t := range list {
		what := "gratuitous ARPs"
		if t.Addr.Is6() {
			what = "Unsolicited Neighbour Adverts"
		}
		e.log.Info(fmt.Sprintf("(%s) Sending/queueing %s on %s for %v", r.name(), what, t.Dev, t.Addr),
			logging.Instance(r.name()))
	}
}

// Announce tells the neighbours once of all addresses that an instance has just now, if it is a master.
func (e *Engine) Announce(instance string) {
	e.events.Post(func() {
		for _, r := range e.routers.all {
			if r.name() == instance {
				e.do(vrrp.Output{Announce: []vrrp.Announce{{Router: r.id, Which: vrrp.AnnounceAll, Repeat: 1}}})
			}
		}
	})
}

// settleOwed makes the announcement that waited for the address a, or says that another
// host has it.
func (e *Engine) settleOwed(a netif.Address) {
	v := e.host.vipAt(a)
	o, ok := e.owed[v]
	if !ok {
		return
	}
	r := e.routers.get(o.router)
	switch {
	case a.Flags&unix.IFA_F_DADFAILED != 0:
		delete(e.owed, v)
		e.log.Error(fmt.Sprintf("(%s) IP %v on %s is used by another host: duplicate address detection failed", r.name(),
			v.prefix.Addr(), v.dev),
			logging.Instance(r.name()))
	case a.Flags&unix.IFA_F_TENTATIVE == 0:
		delete(e.owed, v)
		if e.addrs.wantedKeys[v] == o.router { // a second has gone by: it may be nobody's or another's now
			e.logAnnounced(r, e.burst(r, []netif.Wanted{o.address}, o.repeat))
		}
	}
}

// forgetOwed drops what waits for an instance that gives up its addresses.
func (e *Engine) forgetOwed(router vrrp.ID) {
	maps.DeleteFunc(e.owed, func(_ vip, o owed) bool { return o.router == router })
}
