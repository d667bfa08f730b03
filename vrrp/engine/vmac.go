package engine

import (
	"fmt"
	"slices"
	"time"

	"holdfast/internal/logging"
	"holdfast/internal/netif"
)

// vmacs are the virtual MAC interfaces of the role.
type vmacs struct {
	*netif.VMACs
	want []netif.VMAC
	// devices are the names of all of them and of their parents.
	devices map[string]bool
	failed  bool // the last Apply: it is worth trying again when a parent changes
	retry   backoff
}

// applyVMACs makes the interfaces as wanted.
func (e *Engine) applyVMACs(want []netif.VMAC) netif.VMACChanges {
	c, err := e.vmacs.Apply(want)
	e.vmacs.failed = err != nil || e.vmacs.Failing()
	if e.vmacs.failed {
		e.vmacs.retry.fail(e.now)
	} else {
		e.vmacs.retry = backoff{}
	}
	e.logErrors("", err, nil)
	// At once: what follows needs them in the picture before their events come.
	for _, l := range c.Links {
		e.host.setLink(l)
		e.seeNow(l.Name)
		e.arpLink(l)
	}
	for _, p := range []struct {
		list []netif.NamedVMAC
		text string
	}{
		{c.Made, "(%s): Success creating %v interface %s"},
		{c.Found, "(%s): using %v interface %s, which is there already"},
		{c.Moved, "%[1]s: Success changing VRF of %[2]v interface %[3]s for vrrp_instance %[1]s"},
		{c.Removed, "(%s) Success removing VMAC interface %[3]s"}, // as keepalived says of both
	} {
		for _, v := range p.list {
			if v.Owner == "" {
				e.log.Info(fmt.Sprintf("Success removing VMAC interface %s, which was left by a former run", v.Name))
				continue
			}
			e.log.Info(fmt.Sprintf(p.text, v.Owner, v.Kind, v.Name), logging.Instance(v.Owner))
		}
	}
	return c
}

// repairVMACs makes those again that somebody has removed or set down, and those whose parent
// has come back. Their addresses are put back with the others.
func (e *Engine) repairVMACs() {
	if len(e.vmacs.want) == 0 {
		return
	}
	c := e.applyVMACs(e.vmacs.want)
	for _, v := range slices.Concat(c.Made, c.Mended) {
		e.log.Warn(fmt.Sprintf("(%s) restored %v interface %s on %s", v.Owner, v.Kind, v.Name, v.Parent),
			logging.Instance(v.Owner))
		// A fight over the interface is one over its addresses: see repairSoon.
		e.addrs.throttle.done(e.now, vip{dev: v.Name})
	}
	was, where := e.routers.places(), e.routers.ports()
	e.place()
	if !slices.EqualFunc(was, e.routers.places(), slices.Equal[[]address]) || !slices.Equal(where, e.routers.ports()) {
		// Somebody took a name.
		e.ports.require(e.now, e.routers.ports())
		e.sizeBuffers()
		e.addrs.configure(e.routers.all)
		e.host.vips = vipSet(e.routers.all)
		e.core.SetPlaces(e.routers.vrrpPlaces())
		e.reportAll(e.cfg)
		e.settle()
		e.ports.dropUnwanted()
	}
}

// mustMakeRoom reports whether the name of a virtual MAC interface of the last configuration is wanted for another.
func (e *Engine) mustMakeRoom(old netif.VMAC) bool {
	name := e.nameOf(old)
	return slices.ContainsFunc(e.vmacs.want, func(w netif.VMAC) bool {
		return w.Called == name && !w.Same(old)
	})
}

// retryVMACs tries again to make those that could not be made.
func (e *Engine) retryVMACs() {
	e.repairVMACs()
	e.ports.follow(e.now)
	e.answer() // an instance whose interface is there now must not be told of it before this
	e.tellLinks(everyLink)
	// The addresses on what was made just now are missing.
	e.repair()
}

// vmacSuspect reports whether an interface that changed from old to now, where there was one
// and is one, may be a reason to look at the VMACs.
func (e *Engine) vmacSuspect(old, now *netif.Link) bool {
	switch {
	case old == nil:
		return e.vmacs.devices[now.Name]
	case now == nil:
		return e.vmacs.devices[old.Name]
	case old.Name != now.Name:
		return e.vmacs.devices[old.Name] || e.vmacs.devices[now.Name]
	}
	// It may have been down only when the event was sent, and has the MTU of its parent and is in its VRF.
	return (!now.Up() || e.vmacs.failed || old.MTU != now.MTU || old.Master != now.Master) && e.vmacs.devices[now.Name]
}

// closeVMACs removes the interfaces unless the addresses stay.
func (e *Engine) closeVMACs() error {
	for pause := insistPause; !e.opt.KeepVIPs && pause < insistPause<<insistRounds; pause *= 2 {
		if e.applyVMACs(nil); !e.vmacs.failed {
			break
		}
		time.Sleep(pause)
	}
	return e.vmacs.Close()
}
