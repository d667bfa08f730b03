package language

import (
	"net/netip"

	"holdfast/config"
)

// routeDraft is a route while its words are being read.
type routeDraft struct {
	draft
	config.Route
	// the family that a word has told; what says nothing, such as `default`, takes on that of another
	family config.Family
	hop    *config.NextHop // the one whose words are being read
}

func openRoute(s *stmt) *routeDraft {
	return &routeDraft{Route: config.Route{
		//	10.1.0.0/16 via 10.0.0.254
		// is a unicast route of table main, marked as ours (semantics 3.16).
		Type: config.RouteUnicast, Pos: s.pos(),
		Table: config.Named{Set: true, Number: 254}, Proto: config.Named{Set: true, Number: protocolKeepalived},
	}}
}

// close looks at a route as a whole; false drops it.
func (d *routeDraft) close(s *stmt) bool {
	if !d.has("to") && !d.has(leadWord) {
		s.errorf(s.pos(), "missing-value", "Route must have a destination - ignored; write a prefix or default")
		return false
	}
	d.IPv6 = d.family == config.IPv6
	//	default via 2001:db8::1
	// The family of `default` is that of the other words, which may stand behind it.
	if !d.Dest.IsValid() {
		d.Dest = anywhere(d.IPv6)
	}
	// Tracking is of an interface, and which one the kernel would use may change.
	if d.Dev == "" && !d.NoTrack {
		s.warnf(s.pos(), "cannot-be-tracked",
			"cannot track route %s with no interface specified, not tracking; write dev IF or no_track", d.Dest)
		d.NoTrack = true
		if d.TrackGroup != "" {
			s.errorf(s.pos(), "cannot-be-tracked",
				"a static route cannot have a track_group without an interface; write dev IF")
			// The route is set, and nobody fails with it.
			d.TrackGroup = ""
		}
	}
	// Routes of another protocol are not ours to miss, so 2.2.7 does not look at what becomes of them (semantics
	// 3.16).
	if !d.NoTrack && (d.Proto.Number != protocolKeepalived || d.Proto.Name != "") {
		s.warnf(s.pos(), "cannot-be-tracked",
			"a route with protocol %s cannot be tracked, using %d (keepalived); remove it or write no_track", d.Proto,
			protocolKeepalived)
		d.Proto = config.Named{Set: true, Number: protocolKeepalived}
	}
	return true
}

func anywhere(ipv6 bool) netip.Prefix {
	if ipv6 {
		return netip.PrefixFrom(netip.IPv6Unspecified(), 0)
	}
	return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
}

// routeList is a list of routes.
func routeList[T any](p func(*T) *[]config.Route) Keyword {
	return wordList(routeArgs,
		func(s *stmt, _ *T) *routeDraft { return openRoute(s) },
		func(s *stmt, t *T, d *routeDraft) {
			if d.close(s) {
				*p(t) = append(*p(t), d.Route)
			}
		},
		func(t *T) []*routeDraft {
			var out []*routeDraft
			for _, r := range *p(t) {
				out = append(out, &routeDraft{Route: r})
			}
			return out
		})
}
