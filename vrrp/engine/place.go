package engine

import (
	"maps"
	"slices"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/netif"
	"holdfast/vrrp"
)

// This file decides where virtual routers and their addresses are on the host. Whoever needs an interface of a
// router asks its place; that of the configuration is only the interface below.

// A placement is where a virtual router is.
type placement struct {
	// base is the interface of the configuration: its state and its addresses count.
	base string
	// own is the virtual MAC interface that the router lives on, "" without one.
	own string
	// sends is the interface that adverts leave: own or base.
	sends string
	port  portKey
	// also is a port that hears what port does not: of other virtual routers (log_unknown_vrids). The zero one is none.
	also portKey
	// made are the virtual MAC interfaces that the router cannot do without. devices are their names, and those
	// that its routes and rules name.
	made    []netif.VMAC
	devices []string
}

// place is what the protocol has to know of it.
func (p placement) place() vrrp.Place {
	return vrrp.Place{Adverts: p.port.dev, Own: p.own, Devices: p.devices}
}

// A lodging is what kind of interface an instance lives on; which kind it is is decided in lodgingOf and nowhere
// else. The zero one is the interface of the configuration.
type lodging struct {
	made   bool
	link   netif.VMAC // to make
	homes  bool       // the instance's addresses live on it, and not on the interface below
	frames bool       // its socket there is below IP
	// unicast and multicast report whether such adverts leave by it.
	unicast, multicast bool
}

// lodgingOf is where an instance is to live.
func lodgingOf(g *config.Global, i *config.Instance) lodging {
	link := netif.VMAC{Owner: i.Name, Parent: i.Interface, VRID: i.VRID, IPv6: i.IPv6, Prefix: g.VMACPrefix}
	switch v, l := &i.VMAC, &i.IPVLAN; {
	case v.Use:
		link.Called, link.MAC, link.Group = v.Name, v.MAC, v.Group.Number
		return lodging{made: true, link: link, homes: true, frames: true, multicast: !v.XmitBase}
	case l.Use:
		link.Kind, link.Called, link.Group = netif.IPVLAN, l.Name, l.Group.Number
		link.Flags = map[config.IPVLANMode]uint16{config.IPVLANPrivate: netif.IPVLANPrivate,
			config.IPVLANVEPA: netif.IPVLANVEPA}[l.Mode]
		return lodging{made: true, link: link, unicast: true, multicast: true}
	}
	return lodging{}
}

// leavesBy reports whether the adverts of an instance leave by the interface of its own.
func (l lodging) leavesBy(i *config.Instance) bool {
	if len(i.UnicastPeers) > 0 {
		return l.unicast
	}
	return l.multicast
}

// vmacOf is the virtual MAC interface that address a of instance i lives on, false if it needs none
// (semantics 3.2, 3.13).
func vmacOf(g *config.Global, i *config.Instance, a *config.Address, loopback bool) (netif.VMAC, bool) {
	home := a.Dev == i.Interface && a.Prefix.Addr().Is6() == i.IPv6
	switch {
	case home && lodgingOf(g, i).homes:
		return lodgingOf(g, i).link, true
	case a.VMAC, i.VMAC.Addrs && !home && !loopback:
		return netif.VMAC{Owner: i.Name, Parent: a.Dev, VRID: i.VRID, IPv6: a.Prefix.Addr().Is6(),
			Prefix: g.VMACAddrPrefix}, true
	}
	return netif.VMAC{}, false
}

// isLoopback reports whether an interface is there and the loopback one.
func (h *host) isLoopback(name string) bool {
	l, ok := h.link(name)
	return ok && l.Loopback()
}

// wantedVMACs are those of a configuration.
func (e *Engine) wantedVMACs(cfg *config.Config) []netif.VMAC {
	var list []netif.VMAC
	for n := range cfg.Instances {
		i := &cfg.Instances[n]
		if l := lodgingOf(&cfg.Global, i); l.made {
			list = append(list, l.link)
		}
		for a := range i.Addresses() {
			if w, is := vmacOf(&cfg.Global, i, a, e.host.isLoopback(a.Dev)); is {
				list = append(list, w)
			}
		}
	}
	return list
}

// nameOf is what a virtual MAC interface is called, or will be as far as is known.
func (e *Engine) nameOf(w netif.VMAC) string {
	if name, ok := e.vmacs.Name(w); ok {
		return name
	}
	return w.Plain()
}

// place finds out where the routers of the configuration and their addresses are.
func (e *Engine) place() {
	e.vmacs.devices = map[string]bool{}
	for _, r := range e.routers.all {
		e.placeRouter(r)
	}
	e.groupAnnouncements() // their names are known now
}

// placeRouter finds out where one router is.
func (e *Engine) placeRouter(r *router) {
	i := r.cfg
	p := placement{base: i.Interface, sends: i.Interface, devices: e.devicesOf(r)}
	lodging := lodgingOf(&e.cfg.Global, i)
	if lodging.made {
		p.own = e.nameOf(lodging.link)
		e.vmacs.devices[i.Interface], e.vmacs.devices[p.own] = true, true
		p.made = append(p.made, lodging.link)
		if !i.DontTrackPrimary { // it has no carrier without the interface below
			p.devices = append(p.devices, p.own)
		}
		if lodging.leavesBy(i) {
			p.sends = p.own
		}
	}
	p.port = portOf(i, lodging, p.own)
	// Its socket lets through what is for this router alone. Adverts of those that are not configured come from
	// other hardware addresses than those of our interfaces, so the interface below has them.
	if p.port.vrid != 0 && e.cfg.Global.LogUnknownVRIDs {
		p.also = portTo(i.Interface, p.port.group)
		p.also.protocol = p.port.protocol
	}
	r.placement = p
	e.placeAddresses(r)
}

// placeAddresses gives the addresses of a router their interfaces. IPv6 needs a link-local address beside
// those with a virtual MAC, the first of the excluded ones; it comes and goes with them, because a backup
// with one would send from the hardware address that is the master's.
func (e *Engine) placeAddresses(r *router) {
	all := addressesOf(r.cfg)
	without := map[string]netif.VMAC{} // interfaces that need a link-local address
	for n := range all {
		a := &all[n]
		w, is := vmacOf(&e.cfg.Global, r.cfg, &a.written, e.host.isLoopback(a.Dev))
		if !is {
			continue
		}
		name := e.nameOf(w)
		e.vmacs.devices[w.Parent], e.vmacs.devices[name] = true, true
		a.Dev, a.made = name, true
		if name != r.own && !a.noTrack && !slices.Contains(r.devices, name) {
			r.made, r.devices = append(r.made, w), append(r.devices, name)
		}
		if w.IPv6 {
			without[name] = w
		}
	}
	for _, a := range all {
		if a.Prefix.Addr().IsLinkLocalUnicast() {
			delete(without, a.Dev)
		}
	}
	var own []address
	for _, name := range slices.Sorted(maps.Keys(without)) {
		own = append(own, linkLocal(name, without[name]))
	}
	r.addresses = slices.Insert(all, len(r.cfg.VIPs), own...)
}

// linkLocal is the address that IPv6 needs on a virtual MAC interface.
func linkLocal(dev string, w netif.VMAC) address {
	return address{excluded: true, noTrack: true, made: true, Wanted: netif.Wanted{Dev: dev,
		Address: netif.Address{Prefix: w.LinkLocal(), Flags: unix.IFA_F_NODAD}}}
}

// vrrpPlaces are the places of all routers.
func (r routing) vrrpPlaces() map[vrrp.ID]vrrp.Place {
	places := make(map[vrrp.ID]vrrp.Place, len(r.all))
	for _, of := range r.all {
		places[of.id] = of.place()
	}
	return places
}

// ports are those that the routers need, each once and in a certain order.
func (r routing) ports() []portKey {
	var want []portKey
	for _, of := range r.all {
		want = append(want, of.port)
		if of.also != (portKey{}) {
			want = append(want, of.also)
		}
	}
	return inOrder(want)
}
