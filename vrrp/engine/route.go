package engine

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/netif"
)

// keptRoutes are the routes of virtual_routes and static_routes (semantics 3.15, 3.16).
func keptRoutes(h *host) keptKind[netif.Route] {
	things := func(list []config.Route) []thing[netif.Route] {
		var all []thing[netif.Route]
		for n, c := range list {
			t := thing[netif.Route]{noTrack: c.NoTrack, devs: given(c.Dev), group: c.TrackGroup, nth: n}
			for _, t.what = range routesOf(c) {
				all = append(all, t)
			}
		}
		return all
	}
	return keptKind[netif.Route]{
		name: "route",
		of:   func(r *router) []thing[netif.Route] { return things(r.cfg.Routes) },
		host: func(c *config.Config) []thing[netif.Route] { return things(c.StaticRoutes) },
		text: netif.Route.String,
		// Every kernel keeps who has set a route.
		left: func(r netif.Route, listed bool) bool { return listed || r.Marked() },
		// The interface is down: that has been said, and when it comes up its routes are missed.
		possible: func(r netif.Route) bool {
			return !slices.ContainsFunc(r.Hops, func(hop netif.Hop) bool { return h.down(hop.Dev) })
		},
		lost:    routeLost,
		renamed: netif.Route.Renamed,
		groups:  netif.RouteGroups(),
	}
}

// routeLost: the kernel says nothing of routes of IPv4 that go with an interface or an address.
func routeLost(ev netif.Event, r netif.Route) bool {
	switch ev := ev.(type) {
	case netif.RouteLost:
		return ev.Route.Rivals(r)
	case netif.LinkChanged, netif.LinkRemoved, netif.AddressRemoved, netif.Resync:
		return true
	}
	return false
}

// routesOf is what is to be set for one line of the configuration: of IPv6 a route for each leg.
func routesOf(c config.Route) []netif.Route {
	r := netif.Route{
		IPv6: c.IPv6, Type: uint8(c.Type), Table: c.Table.Number, VRF: c.VRF, Dst: c.Dest, Src: c.From,
		TOS: uint8(c.TOS.Number), Metric: c.Metric, Proto: uint8(c.Proto.Number),
		PrefSrc: c.Source, Metrics: metricsOf(c.Metrics), Expires: uint32(c.Expires.Seconds()), Pref: routerPref(c.Pref),
		TTLPropagate: ttlPropagate(c.TTLPropagate), Append: c.Append,
		// A route of another type is refused where one is already, as with the word add.
		Alone: c.Add || c.Type != config.RouteUnicast,
	}
	r.Scope = routeScope(c)
	hop := func(h config.NextHop, weight int) netif.Hop {
		return netif.Hop{Via: h.Via, Dev: h.Dev, Weight: weight, OnLink: h.OnLink, Flow: flow(h.Realms),
			Encap: encapOf(h.Encap)}
	}
	first := config.NextHop{Via: c.Via, Dev: c.Dev, OnLink: c.OnLink, Realms: c.Realms, Encap: c.Encap}
	one := hop(first, 0)
	if c.Via.IsValid() && len(c.NextHops) > 0 {
		// via A or B: the gateway of the route itself is a leg like the others, which the kernel wants to hear as one.
		r.Hops = append(r.Hops, hop(first, 1))
	}
	for _, h := range c.NextHops {
		// A leg without weight counts as one of weight 1.
		r.Hops = append(r.Hops, hop(h, max(h.Weight, 1)))
	}
	switch {
	case len(r.Hops) == 0 && one != (netif.Hop{}):
		r.Hops = []netif.Hop{one}
	case r.IPv6 && len(r.Hops) > 1:
		// IPv6 has a route for each leg: those that differ in the hop only are joined.
		list := make([]netif.Route, len(r.Hops))
		for i, h := range r.Hops {
			list[i] = r
			list[i].Hops = []netif.Hop{h}
			list[i].Alone = r.Alone && i == 0 // the other legs join it
		}
		return list
	}
	return []netif.Route{r}
}

// routeScope is the scope that was written, or the one that the kernel wants of a type.
func routeScope(c config.Route) uint8 {
	switch {
	case c.Scope.Set:
		return uint8(c.Scope.Number)
	case c.IPv6:
		return unix.RT_SCOPE_UNIVERSE
	}
	switch c.Type {
	case unix.RTN_LOCAL, unix.RTN_NAT:
		return unix.RT_SCOPE_HOST
	case unix.RTN_BROADCAST, unix.RTN_ANYCAST:
		return unix.RT_SCOPE_LINK
	}
	return unix.RT_SCOPE_UNIVERSE
}

// routerPref is ICMPV6_ROUTER_PREF_*.
func routerPref(p config.RouterPref) uint8 {
	switch p {
	case config.PrefHigh:
		return 1
	case config.PrefLow:
		return 3
	}
	return 0
}

func ttlPropagate(on *bool) uint8 {
	switch {
	case on == nil:
		return ^uint8(0)
	case *on:
		return 1
	}
	return 0
}

// metricsOf gives round trip times in the kernel's units, eighths and quarters of milliseconds.
func metricsOf(m config.RouteMetrics) netif.Metrics {
	var out netif.Metrics
	set := func(what int, value uint32, lock bool) {
		out.Values[what] = value
		if lock {
			out.Values[unix.RTAX_LOCK] |= 1 << what
		}
	}
	for what, v := range map[int]config.Metric{
		unix.RTAX_MTU: m.MTU, unix.RTAX_HOPLIMIT: m.HopLimit, unix.RTAX_ADVMSS: m.AdvMSS, unix.RTAX_REORDERING: m.Reordering,
		unix.RTAX_WINDOW: m.Window, unix.RTAX_CWND: m.CWnd, unix.RTAX_SSTHRESH: m.SSThresh, unix.RTAX_INITCWND: m.InitCWnd,
		unix.RTAX_INITRWND: m.InitRWnd, unix.RTAX_QUICKACK: m.QuickAck, unix.RTAX_FASTOPEN_NO_COOKIE: m.FastOpenNoCookie,
	} {
		if v.Set {
			set(what, v.Value, v.Lock)
		}
	}
	for _, t := range []struct {
		what, units int
		config.TimeMetric
	}{{unix.RTAX_RTT, 8, m.RTT}, {unix.RTAX_RTTVAR, 4, m.RTTVar}, {unix.RTAX_RTO_MIN, 1, m.RTOMin}} {
		if t.Set {
			set(t.what, uint32(t.Time*time.Duration(t.units)/time.Millisecond), t.Lock)
		}
	}
	if m.ECN {
		set(unix.RTAX_FEATURES, unix.RTAX_FEATURE_ECN, false)
	}
	if out.CongCtl = m.CongCtl; m.CongCtlLock {
		out.Values[unix.RTAX_LOCK] |= 1 << unix.RTAX_CC_ALGO
	}
	return out
}

func encapOf(c config.Encap) netif.Encap {
	e := netif.Encap{ID: c.ID, Dst: c.Dst, Src: c.Src, TOS: uint8(c.TOS.Number), TTL: c.TTL,
		Flags: c.Flags, Locator: c.Locator}
	switch c.Kind {
	case config.EncapNone:
		return netif.Encap{}
	case config.EncapIP:
		e.Kind = unix.LWTUNNEL_ENCAP_IP
	case config.EncapIP6:
		e.Kind = unix.LWTUNNEL_ENCAP_IP6
	case config.EncapMPLS:
		e.Kind, e.Labels = unix.LWTUNNEL_ENCAP_MPLS, c.Labels
	case config.EncapILA:
		e.Kind = unix.LWTUNNEL_ENCAP_ILA
	}
	return e
}

// flow are realms as the kernel takes them.
func flow(r config.Realms) uint32 { return r.From.Number<<16 | r.To.Number }
