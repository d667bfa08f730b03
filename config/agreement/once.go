package agreement

import (
	"fmt"
	"net/netip"

	"holdfast/config"
	"holdfast/config/syntax"
)

// once is what a host has once: its name, its addresses, its daemons that copy connections.
func (c *comparer) once() {
	c.routerIDs()
	c.staticAddresses()
	c.syncDaemons()
}

// routerIDs are compared where they are written: else they are the names of the hosts.
func (c *comparer) routerIDs() {
	first := map[string]spot{}
	for _, h := range c.hosts {
		at, given := h.global("router_id")
		if !given {
			continue
		}
		id := h.Config.Global.RouterID
		if o, ok := first[id]; ok {
			c.say(syntax.Note, "pair-router-id-equal", at, o, "router_id "+id,
				"router_id %s here and in %s: mails do not tell the directors apart", id, o.host.File)
			continue
		}
		first[id] = at
	}
}

// staticAddresses are those that hosts have all the time.
func (c *comparer) staticAddresses() {
	first := map[netip.Addr]spot{}
	for _, h := range c.hosts {
		for _, a := range h.Config.StaticAddresses {
			addr := a.Prefix.Addr()
			// What is for the host alone may be the same everywhere, as anycast is.
			if a.Dev == "lo" || a.Prefix.IsSingleIP() || addr.IsLinkLocalUnicast() {
				continue
			}
			o, ok := first[addr]
			if !ok {
				first[addr] = spot{h, a.Pos}
			} else if o.host != h {
				c.say(syntax.Warning, "pair-static-address-twice", spot{h, a.Pos}, o, "also here",
					"static_ipaddress %s here and in %s: both directors have it at once", addr, o.host.File)
			}
		}
	}
}

// A copying is what two sync daemons have to have in common.
type copying struct {
	on    bool
	id    uint8
	group netip.Addr
	port  uint16
}

func copyingOf(h *host) copying {
	d := h.Config.Global.SyncDaemon
	if d.Interface == "" {
		return copying{}
	}
	return copying{true, syncID(h), d.Group, d.Port}
}

// syncID is the number that connections are copied under.
func syncID(h *host) uint8 {
	d := h.Config.Global.SyncDaemon
	if d.IDGiven {
		return d.ID
	}
	if in := followed(h); in != nil {
		return in.VRID
	}
	return 0
}

// followed is the instance whose state says who sends, nil if there is none.
func followed(h *host) *config.Instance {
	for i := range h.Config.Instances {
		if h.Config.Instances[i].Name == h.Config.Global.SyncDaemon.VRRP {
			return &h.Config.Instances[i]
		}
	}
	return nil
}

// syncDaemons copy connections to whoever takes over.
func (c *comparer) syncDaemons() {
	var all []*host
	for _, h := range c.hosts {
		if len(h.Config.VirtualServers) > 0 {
			all = append(all, h)
		}
	}
	const id = "pair-sync-daemon-differs"
	for h, u := range unlike(all, copyingOf) {
		here, there := copyingOf(h), copyingOf(u)
		with, without := h, u
		if !here.on {
			with, without = u, h
		}
		switch {
		case !here.on || !there.on:
			c.say(syntax.Warning, id, with.syncSpot(), without.whole(), "without lvs_sync_daemon",
				"lvs_sync_daemon in %s and not in %s: connections are not copied between the two", with.File, without.File)
		case here.id != there.id:
			c.say(syntax.Warning, id, h.syncSpot(), u.syncSpot(), fmt.Sprintf("id %d", there.id),
				"lvs_sync_daemon has id %d here and %d in %s: each drops what the other copies; without id it is that of the "+
					"virtual router", here.id, there.id, u.File)
		default:
			c.say(syntax.Warning, id, h.syncSpot(), u.syncSpot(), "another group or port",
				"lvs_sync_daemon has another group or port than in %s: connections are not copied between the two", u.File)
		}
	}
	c.leaders(all)
}

// leaders looks whether all sync daemons follow the same router.
func (c *comparer) leaders(hosts []*host) {
	var all []*host
	for _, h := range hosts {
		if followed(h) != nil {
			all = append(all, h)
		}
	}
	router := func(h *host) *router {
		for _, r := range c.routers {
			if m, ok := r.on(h); ok && m.in == followed(h) {
				return r
			}
		}
		return nil
	}
	for h, u := range unlike(all, router) {
		c.say(syntax.Warning, "pair-sync-daemon-differs", h.syncSpot(), u.syncSpot(), "inst "+followed(u).Name,
			"lvs_sync_daemon follows %s here and %s in %s, which is another virtual router: both directors may send, or neither",
			followed(h).Name, followed(u).Name, u.File)
	}
}

func (h *host) syncSpot() spot { return spot{h, h.Config.Global.SyncDaemon.Pos} }
