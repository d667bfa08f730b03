package mib

import (
	"fmt"
	"net/netip"
	"time"

	"holdfast/config"
	"holdfast/internal/agentx"
	"holdfast/internal/state"
)

// A routeRow is a virtual route, or one of the host: those have the instance 0.
type routeRow struct {
	index agentx.OID
	*config.Route
	ifindex int
	set     bool
}

type routeColumn = column[routeRow]

// eachRoute goes through all routes, with whether each is set.
func (v *view) eachRoute(yield func(index agentx.OID, r *config.Route, set bool)) {
	each := func(instance uint32, list []config.Route, set []bool) {
		for n := range list {
			yield(agentx.OID{instance, uint32(n + 1)}, &list[n], n < len(set) && set[n])
		}
	}
	each(0, v.cfg.StaticRoutes, v.host().Routes)
	for i := range v.routers {
		r := &v.routers[i]
		each(r.n, r.Instance.Routes, r.RouterObjects.Routes)
	}
}

// host is what the role says of the things of the host.
func (v *view) host() state.HostObjects {
	for _, s := range v.a.Sources {
		if o := s.Report.Objects.Static; o.Addresses != nil || o.Routes != nil || o.Rules != nil {
			return o
		}
	}
	return state.HostObjects{}
}

func (v *view) routes() part {
	var rows []routeRow
	v.eachRoute(func(index agentx.OID, r *config.Route, set bool) {
		rows = append(rows, routeRow{index, r, v.links[r.Dev], set})
	})
	columns := []routeColumn{
		{2, func(r *routeRow) agentx.Value { return family(r.Dest.Addr().Is6()) }},
		{3, func(r *routeRow) agentx.Value { return address(r.Dest.Addr()) }},
		{4, func(r *routeRow) agentx.Value { return agentx.Gauge(uint32(r.Dest.Bits())) }},
		{5, func(r *routeRow) agentx.Value { return address(r.Via) }},
		{7, func(r *routeRow) agentx.Value { return address(r.Source) }},
		{8, func(r *routeRow) agentx.Value { return agentx.Gauge(r.Metric) }},
		{9, func(r *routeRow) agentx.Value { return scope(r.Scope.Number) }},
		{10, func(r *routeRow) agentx.Value { return routeType(r.Route) }},
		{11, func(r *routeRow) agentx.Value { return unless(r.Dev == "", agentx.Int(r.ifindex)) }},
		{12, func(r *routeRow) agentx.Value { return text(r.Dev) }},
		{13, func(r *routeRow) agentx.Value { return agentx.Gauge(table32(r.Table)) }},
		{14, func(r *routeRow) agentx.Value { return truth(r.set) }},
		{15, func(r *routeRow) agentx.Value { return address(r.From.Addr()) }},
		{16, func(r *routeRow) agentx.Value {
			return unless(!r.From.IsValid(), agentx.Gauge(uint32(max(r.From.Bits(), 0))))
		}},
		{17, func(r *routeRow) agentx.Value { return nonzero(r.TOS.Number) }},
		{18, func(r *routeRow) agentx.Value { return agentx.Int(int(r.Proto.Number) + 1) }},
		{19, func(r *routeRow) agentx.Value { return truth(r.Metrics.ECN) }},
		{20, func(r *routeRow) agentx.Value { return truth(r.Metrics.QuickAck.Set) }},
		{21, func(r *routeRow) agentx.Value {
			return unless(r.Expires == 0, agentx.Int(int(r.Expires.Seconds())))
		}},
	}
	columns = append(columns, metrics()...)
	columns = append(columns, []routeColumn{
		{42, func(r *routeRow) agentx.Value { return text(r.Metrics.CongCtl) }},
		{43, func(r *routeRow) agentx.Value { return preference(r.Route) }},
		{44, func(r *routeRow) agentx.Value { return nonzero(r.Realms.To.Number) }},
		{45, func(r *routeRow) agentx.Value { return nonzero(r.Realms.From.Number) }},
	}...)
	for n, of := range encaps() {
		columns = append(columns, routeColumn{uint32(46 + n), func(r *routeRow) agentx.Value { return of(&r.Encap) }})
	}
	return &table[routeRow]{entry: under(2, 7, 1), rows: rows, index: func(r *routeRow) agentx.OID { return r.index },
		columns: append(columns, routeColumn{55, func(r *routeRow) agentx.Value {
			m := r.Metrics.FastOpenNoCookie
			return unless(!m.Set, truth(m.Value != 0))
		}})}
}

// metrics are the columns of whole numbers and times, each with the one that says whether it is locked, if any.
func metrics() (all []routeColumn) {
	whole := func(number uint32, lock bool, of func(*config.RouteMetrics) config.Metric) {
		all = append(all, routeColumn{number, func(r *routeRow) agentx.Value {
			m := of(&r.Metrics)
			return unless(!m.Set, agentx.Gauge(m.Value))
		}})
		if lock {
			all = append(all, routeColumn{number + 1, func(r *routeRow) agentx.Value {
				m := of(&r.Metrics)
				return unless(!m.Set, truth(m.Lock))
			}})
		}
	}
	duration := func(number uint32, of func(*config.RouteMetrics) config.TimeMetric) {
		whole(number, true, func(m *config.RouteMetrics) config.Metric {
			t := of(m)
			return config.Metric{Set: t.Set, Lock: t.Lock, Value: uint32(t.Time / time.Millisecond)}
		})
	}
	whole(22, true, func(m *config.RouteMetrics) config.Metric { return m.MTU })
	whole(24, false, func(m *config.RouteMetrics) config.Metric { return m.HopLimit })
	whole(25, true, func(m *config.RouteMetrics) config.Metric { return m.AdvMSS })
	duration(27, func(m *config.RouteMetrics) config.TimeMetric { return m.RTT })
	duration(29, func(m *config.RouteMetrics) config.TimeMetric { return m.RTTVar })
	whole(31, true, func(m *config.RouteMetrics) config.Metric { return m.Reordering })
	whole(33, false, func(m *config.RouteMetrics) config.Metric { return m.Window })
	whole(34, true, func(m *config.RouteMetrics) config.Metric { return m.CWnd })
	whole(36, true, func(m *config.RouteMetrics) config.Metric { return m.SSThresh })
	duration(38, func(m *config.RouteMetrics) config.TimeMetric { return m.RTOMin })
	whole(40, false, func(m *config.RouteMetrics) config.Metric { return m.InitCWnd })
	whole(41, false, func(m *config.RouteMetrics) config.Metric { return m.InitRWnd })
	return all
}

// routeType is the RouteType of a route. Of several legs it is one of its own (ecmp), and those that the MIB has no
// word for are unicast.
func routeType(r *config.Route) agentx.Value {
	if len(r.NextHops) > 0 {
		return agentx.Int(2)
	}
	numbers := [...]int{1, 1, 1, 6, 4, 5, 3, 7, 8, 9, 10, 11} // in the order of config.RouteTypes
	if int(r.Type) < len(numbers) {
		return agentx.Int(numbers[r.Type])
	}
	return agentx.Int(1)
}

// mainTable is the routing table of a route that names none.
const mainTable = 254

func table32(n config.Named) uint32 {
	if !n.Set && n.Number == 0 {
		return mainTable
	}
	return n.Number
}

// nonzero is a number, none if it is 0.
func nonzero(n uint32) agentx.Value { return unless(n == 0, agentx.Gauge(n)) }

// preference: medium is said only where it is written, which is not to be told from the default.
func preference(r *config.Route) agentx.Value {
	switch r.Pref {
	case config.PrefLow:
		return agentx.Int(1)
	case config.PrefHigh:
		return agentx.Int(3)
	}
	return agentx.Value{}
}

// encaps are the nine columns of a light tunnel, in their order.
func encaps() []func(*config.Encap) agentx.Value {
	is := func(e *config.Encap, kinds ...config.EncapKind) bool {
		for _, k := range kinds {
			if e.Kind == k {
				return true
			}
		}
		return false
	}
	ip := func(of func(*config.Encap) agentx.Value) func(*config.Encap) agentx.Value {
		return func(e *config.Encap) agentx.Value {
			return unless(!is(e, config.EncapIP, config.EncapIP6), of(e))
		}
	}
	return []func(*config.Encap) agentx.Value{
		func(e *config.Encap) agentx.Value {
			kind := [...]int{config.EncapMPLS: 2, config.EncapIP: 3, config.EncapILA: 4, config.EncapIP6: 5}[e.Kind]
			return unless(kind == 0, agentx.Int(kind)) // as keepalived numbers them: the MIB's are less by one
		},
		func(e *config.Encap) agentx.Value { return unless(e.Kind != config.EncapMPLS, labels(e.Labels)) },
		ip(func(e *config.Encap) agentx.Value { return unless(e.ID == 0, agentx.Count64(e.ID)) }),
		ip(func(e *config.Encap) agentx.Value { return address(e.Dst) }),
		ip(func(e *config.Encap) agentx.Value { return address(e.Src) }),
		ip(func(e *config.Encap) agentx.Value { return nonzero(e.TOS.Number) }),
		ip(func(e *config.Encap) agentx.Value { return nonzero(uint32(e.TTL)) }),
		ip(func(e *config.Encap) agentx.Value { return nonzero(uint32(e.Flags)) }),
		func(e *config.Encap) agentx.Value {
			return unless(e.Kind != config.EncapILA, agentx.Count64(e.Locator))
		},
	}
}

func labels(l [2]int32) agentx.Value {
	if l[1] < 0 {
		return agentx.Bytes(fmt.Sprint(l[0]))
	}
	return agentx.Bytes(fmt.Sprintf("%d/%d", l[0], l[1]))
}

// A hopRow is a leg of a route.
type hopRow struct {
	index agentx.OID
	*config.NextHop
	v6      bool
	ifindex int
}

func (v *view) nextHops() part {
	var rows []hopRow
	v.eachRoute(func(index agentx.OID, r *config.Route, _ bool) {
		for n := range r.NextHops {
			h := &r.NextHops[n]
			rows = append(rows, hopRow{index.With(uint32(n + 1)), h, r.Dest.Addr().Is6(), v.links[h.Dev]})
		}
	})
	columns := []column[hopRow]{
		{2, func(h *hopRow) agentx.Value { return family(h.v6) }},
		{3, func(h *hopRow) agentx.Value { return address(h.Via) }},
		{4, func(h *hopRow) agentx.Value { return unless(h.Dev == "", agentx.Int(h.ifindex)) }},
		{5, func(h *hopRow) agentx.Value { return text(h.Dev) }},
		{6, func(h *hopRow) agentx.Value { return nonzero(uint32(h.Weight)) }},
		{7, func(h *hopRow) agentx.Value { return truth(h.OnLink) }},
		{8, func(h *hopRow) agentx.Value { return nonzero(h.Realms.To.Number) }},
		{9, func(h *hopRow) agentx.Value { return nonzero(h.Realms.From.Number) }},
	}
	for n, of := range encaps() {
		if n > 0 { // 2.2.7 shows no kind, and with MPLS nothing
			columns = append(columns, column[hopRow]{uint32(10 + n), func(h *hopRow) agentx.Value {
				return unless(h.Encap.Kind == config.EncapMPLS, of(&h.Encap))
			}})
		}
	}
	return &table[hopRow]{entry: under(2, 11, 1), rows: rows, index: func(h *hopRow) agentx.OID { return h.index },
		columns: columns}
}

// prefixed are the type, the address and the length of a prefix, none for one that is not there.
func prefixed(p netip.Prefix) (kind, addr, bits agentx.Value) {
	if !p.IsValid() {
		return agentx.Value{}, agentx.Value{}, agentx.Value{}
	}
	return family(p.Addr().Is6()), address(p.Addr()), agentx.Gauge(uint32(p.Bits()))
}
