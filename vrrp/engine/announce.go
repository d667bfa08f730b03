package engine

import (
	"fmt"
	"maps"
	"slices"

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

func (e *Engine) announce(a vrrp.Announce) {
	if a.Which == vrrp.AnnounceVMACs || a.Which == vrrp.AnnounceExtra {
		e.burst(a.Instance, e.elsewhere(e.instance(a.Instance), a.Which == vrrp.AnnounceExtra), a.Repeat)
		return
	}
	list := e.addrs.take(a.Instance)
	if a.Which == vrrp.AnnounceAll {
		list = e.addrs.config[a.Instance]
	}
	e.burst(a.Instance, list, a.Repeat)
}

// elsewhere is the first address of i on each interface that is not its own: of those with a
// virtual MAC, or of all.
func (e *Engine) elsewhere(i config.Instance, all bool) []config.Address {
	var list []config.Address
	for _, a := range instanceAddresses(i) {
		if !a.VMAC && (!all || a.Dev == i.Interface) {
			continue
		}
		if a.VMAC {
			a.Dev, _ = e.vmacs.Name(vmacFor(e.cfg.Global, i, a)) // there is one for every address
		}
		if !slices.ContainsFunc(list, func(b config.Address) bool { return a.Dev == b.Dev }) {
			list = append(list, a)
		}
	}
	return list
}

// burst announces addresses by gratuitous ARP or neighbour advertisement.
func (e *Engine) burst(instance string, list []config.Address, repeat int) {
	targets := make([]netif.Target, 0, len(list))
	for _, addr := range list {
		if v := vipOf(addr); addr.DAD && !e.host.settled(v) {
			e.owed[v] = owed{instance, addr, repeat}
			continue
		}
		targets = append(targets, netif.Target{Dev: addr.Dev, Addr: addr.Prefix.Addr()})
		if e.opt.Detail {
			e.log.Info(fmt.Sprintf("(%s) Sending/queueing %s on %s for %v", instance, messages(addr), addr.Dev, addr.Prefix.Addr()),
				logging.Instance(instance))
		}
	}
	if len(targets) > 0 {
		i := e.instance(instance)
		e.arp.Announce(instance, targets, repeat, netif.Pauses{ARP: i.GARPInterval, NA: i.GNAInterval})
	}
}

func messages(a config.Address) string {
	if a.Prefix.Addr().Is6() {
		return "Unsolicited Neighbour Adverts"
	}
	return "gratuitous ARPs"
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
			e.burst(o.instance, []config.Address{o.address}, o.repeat)
		}
	}
}

// forgetOwed drops what waits for an instance that gives up its addresses.
func (e *Engine) forgetOwed(instance string) {
	maps.DeleteFunc(e.owed, func(_ vip, o owed) bool { return o.instance == instance })
}
