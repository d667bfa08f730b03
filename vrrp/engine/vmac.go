package engine

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/logging"
	"holdfast/internal/netif"
	"holdfast/vrrp"
)

// vmacs are the virtual MAC interfaces of the role, and where they put addresses.
type vmacs struct {
	*netif.VMACs
	want []netif.VMAC
	// devices are the names of all of them and of their parents.
	devices map[string]bool
	// tracked are the names that matter to each instance: those of addresses that are not
	// marked no_track, and those that its routes and rules name.
	tracked map[vrrp.ID][]string
	failed  bool // the last Apply: it is worth trying again when a parent changes
}

// vmacFor is the interface that address a of instance i lives on.
func vmacFor(g *config.Global, i *config.Instance, a config.Address) netif.VMAC {
	return netif.VMAC{Owner: i.Name, Parent: a.Dev, VRID: i.VRID, IPv6: a.Prefix.Addr().Is6(), Prefix: g.VMACAddrPrefix}
}

func wantedVMACs(cfg *config.Config) []netif.VMAC {
	var list []netif.VMAC
	for n := range cfg.Instances {
		i := &cfg.Instances[n]
		for a := range i.Addresses() {
			if a.VMAC {
				list = append(list, vmacFor(&cfg.Global, i, *a))
			}
		}
	}
	return list
}

// place finds out where the addresses of the configuration are.
func (e *Engine) place() {
	e.vmacs.devices, e.vmacs.tracked = map[string]bool{}, map[vrrp.ID][]string{}
	for _, r := range e.routers.all {
		e.vmacs.tracked[r.id] = e.devicesOf(r)
		e.placeRouter(r)
	}
}

// placeRouter gives the addresses of a router their interfaces. IPv6 needs a link-local address beside
// those with a virtual MAC, the first of the excluded ones; it comes and goes with them, because a backup
// with one would send from the hardware address that is the master's.
func (e *Engine) placeRouter(r *router) {
	all := addressesOf(r.cfg)
	var own []address
	for n := range all {
		a := &all[n]
		if !a.written.VMAC {
			continue
		}
		w := vmacFor(&e.cfg.Global, r.cfg, a.written)
		name, ok := e.vmacs.Name(w)
		if !ok {
			continue
		}
		e.vmacs.devices[w.Parent], e.vmacs.devices[name] = true, true
		a.Dev = name
		if !a.noTrack && !slices.Contains(e.vmacs.tracked[r.id], name) {
			e.vmacs.tracked[r.id] = append(e.vmacs.tracked[r.id], name)
		}
		if w.IPv6 && !slices.ContainsFunc(own, func(o address) bool { return o.Dev == name }) {
			own = append(own, linkLocal(name, w))
		}
	}
	r.addresses = slices.Insert(all, len(r.cfg.VIPs), own...)
}

// linkLocal is the address that IPv6 needs on a virtual MAC interface.
func linkLocal(dev string, w netif.VMAC) address {
	return address{excluded: true, noTrack: true, Wanted: netif.Wanted{Dev: dev,
		Address: netif.Address{Prefix: w.LinkLocal(), Flags: unix.IFA_F_NODAD}}}
}

// applyVMACs makes the interfaces as wanted.
func (e *Engine) applyVMACs(want []netif.VMAC) netif.VMACChanges {
	c, err := e.vmacs.Apply(want)
	e.vmacs.failed = err != nil
	e.logErrors("", err, nil)
	for _, l := range c.Links {
		e.host.setLink(l)
		e.arpLink(l)
	}
	for _, p := range []struct {
		list []netif.NamedVMAC
		text string
	}{
		{c.Made, "(%s): Success creating VMAC interface %s"},
		{c.Found, "(%s): using VMAC interface %s, which is there already"},
		{c.Removed, "(%s) Success removing VMAC interface %s"},
	} {
		for _, v := range p.list {
			e.log.Info(fmt.Sprintf(p.text, v.Owner, v.Name), logging.Instance(v.Owner))
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
		e.log.Warn(fmt.Sprintf("(%s) restored VMAC interface %s on %s", v.Owner, v.Name, v.Parent), logging.Instance(v.Owner))
		e.addrs.throttle.done(e.now, vip{dev: v.Name})
	}
	was := e.routers.places()
	e.place()
	if !slices.EqualFunc(was, e.routers.places(), slices.Equal[[]address]) { // somebody took a name
		e.addrs.configure(e.routers.all)
		e.host.vips = vipSet(e.routers.all)
		e.core.SetDevices(e.vmacs.tracked)
		e.reportAll(e.cfg)
		e.settle()
	}
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
	return (!now.Up() || e.vmacs.failed) && e.vmacs.devices[now.Name] // it may have been down only when the event was sent
}

// closeVMACs removes the interfaces unless the addresses stay.
func (e *Engine) closeVMACs() error {
	if !e.opt.KeepVIPs {
		e.applyVMACs(nil)
	}
	return e.vmacs.Close()
}
