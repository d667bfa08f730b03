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
	instance string
	address  config.Address
	repeat   int
}

// How long announcements may keep the loop: the first of many addresses that were taken over
// at once, and the others whenever nothing else is to be done.
const (
	firstPatience = 20 * time.Millisecond
	slice         = 300 * time.Microsecond
)

// announceActions asks for what actions say is to be announced and sends the first frame of
// each address at once. With -D it gives what was asked for, for each Announce.
func (e *Engine) announceActions(actions []vrrp.Action) (announced [][]netif.Target) {
	some, last := false, vrrp.Announce{}
	for _, a := range actions {
		switch a := a.(type) {
		case vrrp.Announce:
			if a.Instance == last.Instance && a.Which == last.Which {
				a.Repeat += last.Repeat // two bursts that are due at the same moment, as 2.2.7 sends them
			}
			last = a
			list := e.announce(a)
			if some = true; e.opt.Detail {
				announced = append(announced, slices.Clone(list))
			}
		case vrrp.AnnounceSource:
			e.arp.Announce(a.Instance, []netif.Target{{Dev: a.Interface, Addr: a.Addr}}, 1, netif.Pauses{})
			some = true
		}
	}
	if some {
		e.send(firstPatience, e.arp.SendFirst)
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
	start := time.Now()
	for now := start; now.Sub(start) < patience && one(now); now = time.Now() {
	}
}

// announce asks for one announcement and gives what burst does.
func (e *Engine) announce(a vrrp.Announce) []netif.Target {
	if _, on := e.addrs.wanted[a.Instance]; !on {
		return nil // a later action of the same batch has given the addresses up
	}
	switch a.Which {
	case vrrp.AnnounceVMACs, vrrp.AnnounceExtra:
		return e.burst(a.Instance, e.elsewhere(e.instance(a.Instance), a.Which == vrrp.AnnounceExtra), a.Repeat)
	}
	list := e.addrs.take(a.Instance)
	if a.Which == vrrp.AnnounceAll {
		list = e.addrs.config[a.Instance]
	}
	return e.burst(a.Instance, list, a.Repeat)
}

// elsewhere is the first address of i on each interface that is not its own: of those with a
// virtual MAC, or of all.
func (e *Engine) elsewhere(i *config.Instance, all bool) []config.Address {
	var list []config.Address
	for _, a := range instanceAddresses(i) {
		if !a.VMAC && (!all || a.Dev == i.Interface) {
			continue
		}
		if a.VMAC {
			a.Dev, _ = e.vmacs.Name(vmacFor(&e.cfg.Global, i, a)) // there is one for every address
		}
		if !slices.ContainsFunc(list, func(b config.Address) bool { return a.Dev == b.Dev }) {
			list = append(list, a)
		}
	}
	return list
}

// burst announces addresses by gratuitous ARP or neighbour advertisement, and gives those
// that need not wait; the list is valid until the next call.
func (e *Engine) burst(instance string, list []config.Address, repeat int) []netif.Target {
	e.targets = e.targets[:0]
	for _, addr := range list {
		v := vipOf(addr)
		if f := e.addrs.failures[v]; f != nil && !f.former {
			continue // not set: nobody must come here for it
		}
		if addr.DAD && !e.host.settled(v) {
			e.owed[v] = owed{instance, addr, repeat}
			continue
		}
		e.targets = append(e.targets, netif.Target{Dev: addr.Dev, Addr: addr.Prefix.Addr()})
	}
	if len(e.targets) > 0 {
		i := e.instance(instance)
		e.arp.Announce(instance, e.targets, repeat, netif.Pauses{ARP: i.GARPInterval, NA: i.GNAInterval})
	}
	return e.targets
}

// logAnnounced says what was announced, with -D.
func (e *Engine) logAnnounced(instance string, list []netif.Target) {
	if !e.opt.Detail {
		return
	}
	for _, t := range list {
		what := "gratuitous ARPs"
		if t.Addr.Is6() {
			what = "Unsolicited Neighbour Adverts"
		}
		e.log.Info(fmt.Sprintf("(%s) Sending/queueing %s on %s for %v", instance, what, t.Dev, t.Addr), logging.Instance(instance))
	}
}

// settleOwed makes the announcement that waited for the address a, or says that another
// host has it.
func (e *Engine) settleOwed(a netif.Address) {
	v := e.host.vipAt(a)
	o, ok := e.owed[v]
	switch {
	case !ok:
	case a.Flags&unix.IFA_F_DADFAILED != 0:
		delete(e.owed, v)
		e.log.Error(fmt.Sprintf("(%s) IP %v on %s is used by another host: duplicate address detection failed", o.instance, v.prefix.Addr(), v.dev),
			logging.Instance(o.instance))
	case a.Flags&unix.IFA_F_TENTATIVE == 0:
		delete(e.owed, v)
		if e.addrs.wantedKeys[v] == o.instance {
			e.logAnnounced(o.instance, e.burst(o.instance, []config.Address{o.address}, o.repeat))
		}
	}
}

// forgetOwed drops what waits for an instance that gives up its addresses.
func (e *Engine) forgetOwed(instance string) {
	maps.DeleteFunc(e.owed, func(_ vip, o owed) bool { return o.instance == instance })
}
