package language

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/config"
)

// routeArgs is how a route is written.
const routeArgs = "[TYPE] PREFIX|default [via IP] [dev IF] [src IP] [table N] [metric N] [no_track] .."

// routeRows are the words of a route entry.
func routeRows(static bool) []Keyword {
	rows := slices.Concat(routeKeyRows(), routeWayRows(), routeMetricRows(), routeModeRows())
	if static {
		rows = append(rows, row("track_group",
			trackGroupWord(func(d *routeDraft) *string { return &d.TrackGroup }),
			"none", "virtual routers that fail with it"))
	}
	// Routes are written in the order of the rows, and what stands behind a nexthop belongs to
	// that leg: so it is the last.
	rows = append(rows,
		row("or", custom("IP", 1, addSecondGateway), "", "second gateway; use nexthop", alias("nexthop"), deprecated),
		row("nexthop",
			custom("via [inet|inet6] IP | dev IF | weight 1..256 | onlink | encap .. | realms ..", 0, addNextHop),
			"none", "one leg of several; stands last and may be repeated",
			shows(func(d *routeDraft) []writing {
				out := make([]writing, len(d.NextHops))
				for i := range d.NextHops {
					// The same type of draft, with hop set: the rows of a leg look there
					// (nextHopRows).
					out[i] = writing{drafts: []any{&routeDraft{Route: d.Route, hop: &d.NextHops[i]}}}
				}
				return out
			})))
	return rows
}

// routeKeyRows say which route it is: where it leads, in which table, at which cost.
func routeKeyRows() []Keyword {
	return []Keyword{
		row(leadWord,
			destination(),
			"", "where the route leads; TYPE is unicast, blackhole, unreachable, prohibit or another"),
		row("to", custom("PREFIX|default", 1, setRouteTo), "", "may stand before the destination"),
		row("inet",
			onlyFamily(config.IPv4),
			"from the addresses", "an IPv4 route; takes the next word with it, so it stands last"),
		row("inet6",
			onlyFamily(config.IPv6),
			"from the addresses", "an IPv6 route; takes the next word with it, so it stands last"),
		row("src",
			routeAddress(func(d *routeDraft) *netip.Addr { return &d.Source }, false),
			"none", "source address to prefer"),
		row("as", custom("[to] IP", 1, setRouteAs), "none", "translated address; not for IP routes, ignored"),
		row("via", routeAddress(func(d *routeDraft) *netip.Addr { return &d.Via }, true), "none", "gateway"),
		row("gw",
			routeAddress(func(d *routeDraft) *netip.Addr { return &d.Via }, false),
			"", "old name of via", alias("via"), deprecated),
		row("from", routeFrom(), "none", "only for packets from these sources (IPv6)"),
		row("tos",
			named(servicesOf, 255, func(d *routeDraft) *config.Named { return &d.TOS }),
			"0", "only for this type of service"),
		row("dsfield",
			named(servicesOf, 255, func(d *routeDraft) *config.Named { return &d.TOS }),
			"0", "another name of tos", alias("tos")),
		row("table",
			named(tablesOfRoutes, anyNumber, func(d *routeDraft) *config.Named { return &d.Table }),
			"main", "routing table"),
		row("protocol",
			named(protocolsOf, 255, func(d *routeDraft) *config.Named { return &d.Proto }),
			"18 (keepalived)", "who is said to have set it; another one is not watched"),
		row("scope",
			named(scopesOf, 255, func(d *routeDraft) *config.Named { return &d.Scope }),
			"from the route", "scope"),
		row("metric", routeMetric(), "0", "cost among equal routes"),
		row("priority", routeMetric(), "0", "another name of metric", alias("metric")),
		row("preference", routeMetric(), "0", "another name of metric", alias("metric")),
	}
}

// routeWayRows say which way its packets go.
func routeWayRows() []Keyword {
	return []Keyword{
		// Without an interface a route cannot be tracked (close).
		row("dev",
			interfaceWord("route", func(d *routeDraft) *string { return &d.Dev }),
			"none", "interface; without one the route is not watched"),
		row("oif",
			interfaceWord("route", func(d *routeDraft) *string { return &d.Dev }),
			"none", "another name of dev", alias("dev")),
		row("onlink",
			switchOn(func(d *routeDraft) *bool { return &d.OnLink }),
			"off", "the gateway is on the link whatever the addresses say"),
		row("encap",
			encapForm(func(d *routeDraft) *config.Encap { return &d.Encap }),
			"none", "put packets into a light tunnel"),
		row("expires", routeExpires(), "none", "goes by itself after this time (IPv6)"),
	}
}

// routeModeRows say how it stands to other routes, and whether it is looked after.
func routeModeRows() []Keyword {
	return []Keyword{
		row("realms",
			familyLimited(config.IPv4, realms(func(d *routeDraft) *config.Realms { return &d.Realms })),
			"none", "realms (IPv4)"),
		row("pref",
			familyLimited(config.IPv6,
				choice(func(d *routeDraft) *config.RouterPref { return &d.Pref }, "medium", "high", "low")),
			"medium", "preference of the router (IPv6)"),
		row("ttl-propagate", ttlPropagate(), "none", "copy the TTL into the MPLS label"),
		row("add", switchOn(func(d *routeDraft) *bool { return &d.Add }), "", "fail if the route is there already"),
		row("prepend",
			// Before others is what holds without a word (semantics 3.16), so both of the other
			// words are taken back.
			custom("", 0, func(_ *stmt, d *routeDraft) bool { d.Add, d.Append = false, false; return true }),
			"unless append is given", "before equal routes"),
		row("append", switchOn(func(d *routeDraft) *bool { return &d.Append }), "off", "after equal routes"),
		row("vrf", routeVRF(), "none", "table of a VRF device"),
		row("no_track",
			switchOn(func(d *routeDraft) *bool { return &d.NoTrack }),
			"off", "do not care when somebody removes it"),
	}
}

// destination is the destination, perhaps after the kind of route.
func destination() Keyword {
	k := custom("[TYPE] IP[/LEN]|default", 1, func(s *stmt, d *routeDraft) bool {
		//	blackhole 192.0.2.0/24
		// A type has a name or a number, and an address after it; a lone number is no address.
		if t, ok := routeType(s.word(0)); ok {
			d.Type = t
			if !s.more() {
				return false
			}
		}
		return setDestination(s, d, s.taken-1)
	})
	k.bind.show = showing(func(d *routeDraft) []writing {
		to := d.Dest.String()
		switch {
		// `default` alone would be that of whichever family stands behind it.
		case d.Dest == anywhere(true):
			to = "default6"
		case d.Dest == anywhere(false):
			to = "0.0.0.0/0"
		}
		if d.Type != config.RouteUnicast {
			return written(d.Type.String(), to)
		}
		return written(to)
	})
	return k
}

// routeType reads a kind of route, by name or number.
func routeType(word string) (config.RouteType, bool) {
	// The first type is none, and has no name.
	if i := slices.Index(config.RouteTypes(), word); i > 0 {
		return config.RouteType(i), true
	}
	// By number too: the kernel has a byte for it, and may know more types than have names here.
	n, ok := parseC(word)
	return config.RouteType(n), ok && n < 256
}

// setRouteTo takes `to PREFIX`. There the destination is the first word; without `to` it is
// the last of those that destination has taken.
func setRouteTo(s *stmt, d *routeDraft) bool { return setDestination(s, d, 0) }

// setDestination reads a destination from argument i.
func setDestination(s *stmt, d *routeDraft, i int) bool {
	word := s.word(i)
	switch word {
	case "default", "any", "all":
		// It has no family, and takes that of a word behind it (close). Behind a word that has told
		// one it is refused.
		if d.family != config.AnyFamily {
			s.errorf(s.at(i), "mixed-families",
				"cannot mix IPv4 and IPv6 addresses for route (%s) - ignored; write %s first, or default6", word, word)
			return false
		}
		d.Dest = netip.Prefix{}
		return true
	case "default6":
		d.Dest = anywhere(true)
	default:
		host, _, _ := strings.Cut(word, "/")
		// What is neither a keyword nor an address: its author thinks of a keyword.
		if _, ok := parseAddr(host); !ok {
			s.errorf(s.at(i), "unknown-word", "unknown route keyword %s - the route is ignored%s", word,
				s.didYouMean(s.list, word))
			return false
		}
		// Its host is an address, as has just been seen; a bad length becomes the full one (grammar
		// 8.5).
		d.Dest, _, _ = s.prefix(i)
		// The kernel refuses an IPv4 route with bits behind its length.
		d.Dest = d.Dest.Masked()
	}
	return s.sameFamily(&d.family, i, d.Dest.Addr())
}

// sameFamily refuses an address of another family than the entry is of.
func (s *stmt) sameFamily(f *config.Family, i int, a netip.Addr) bool {
	if agrees(f, a) {
		return true
	}
	s.errorf(s.at(i), "mixed-families", "%s: cannot mix IPv4 and IPv6 addresses - the entry is ignored", s.title())
	return false
}

// onlyFamily fixes the family. Like keepalived it takes the next word with it.
func onlyFamily(which config.Family) Keyword {
	return custom("", 0, func(s *stmt, d *routeDraft) bool { return s.fixFamily(&d.family, which) })
}

// fixFamily is onlyFamily for routes and rules alike.
func (s *stmt) fixFamily(f *config.Family, which config.Family) bool {
	if len(s.args) > 0 {
		//	inet via 10.0.0.254
		// loses its gateway in keepalived, and here: what is read must be the same.
		s.mutedf(s.at(0), "word-swallowed",
			"%s takes the next word '%s' with it, as keepalived does; write %s at the end", s.keywordName(), s.word(0),
			s.keywordName())
		s.taken = 1
	}
	if !becomes(f, which) {
		s.errorf(s.pos(), "wrong-family", "%s specified for an IPv%d entry - ignored; remove the word", s.keywordName(),
			versionOf(*f))
		return false
	}
	return true
}

// familyLimited is a form for entries of one family only.
func familyLimited(which config.Family, k Keyword) Keyword {
	set := k.bind.set
	k.bind.set = func(s *stmt, target any) bool {
		// The word tells the family like an address does: one of the other family behind it is
		// refused.
		if d := target.(*routeDraft); !becomes(&d.family, which) {
			s.errorf(s.pos(), "wrong-family", "%s is only valid for IPv%d - the route is ignored; remove it",
				s.keywordName(), versionOf(which))
			return false
		}
		return set(s, target)
	}
	return k
}

// routeAddress takes an address, perhaps after its family.
func routeAddress(p func(*routeDraft) *netip.Addr, withFamily bool) Keyword {
	args := "IP"
	if withFamily {
		args = "[inet|inet6] IP"
	}
	k := custom(args, 1, func(s *stmt, d *routeDraft) bool {
		a, ok := s.gateway(&d.family, withFamily)
		if ok {
			*p(d) = a
		}
		return ok
	})
	k.bind.show = showing(func(d *routeDraft) []writing { return addressIf(*p(d)) })
	return k
}

// gateway reads an address, perhaps after inet or inet6.
func (s *stmt) gateway(f *config.Family, withFamily bool) (netip.Addr, bool) {
	word := s.word(0)
	if withFamily && (word == "inet" || word == "inet6") {
		//	via inet6 2001:db8::1
		if which, _ := parseFamily(word); !becomes(f, which) {
			s.errorf(s.at(0), "mixed-families", "%s: cannot mix IPv4 and IPv6 addresses - the entry is ignored",
				s.title())
			return netip.Addr{}, false
		}
		if !s.more() {
			return netip.Addr{}, false
		}
	}
	i := s.taken - 1
	a, ok := parseAddr(s.word(i))
	if !ok {
		s.errorf(s.at(i), "invalid-address",
			"invalid route %s address %s - the entry is ignored; write a numeric address", s.keywordName(), s.word(i))
		return netip.Addr{}, false
	}
	return a, s.sameFamily(f, i, a)
}

// setRouteAs takes `as [to] IP`, which has no effect.
func setRouteAs(s *stmt, _ *routeDraft) bool {
	//	as to 10.9.9.9
	// the address and the words before it go; the rest of the route counts.
	if s.word(0) == "to" && len(s.args) > 1 {
		s.taken++
	}
	s.warnf(s.pos(), "unsupported-word", "'as to' is for MPLS only - ignoring; remove it")
	return true
}

func routeFrom() Keyword {
	k := custom("PREFIX", 1, func(s *stmt, d *routeDraft) bool {
		p, _, ok := s.prefix(0)
		if !ok {
			return false
		}
		// Only IPv6 routes depend on the source of a packet.
		if p.Addr().Is4() {
			s.errorf(s.at(0), "wrong-family", "route from address only supported with IPv6 (%s) - the route is ignored",
				s.word(0))
			return false
		}
		d.From = p.Masked()
		return s.sameFamily(&d.family, 0, p.Addr())
	})
	k.bind.show = showing(func(d *routeDraft) []writing { return prefixIf(d.From) })
	return k
}

// prefixIf is a keyword with a prefix; the zero Prefix is "any", which is not written.
func prefixIf(p netip.Prefix) []writing {
	if !p.IsValid() {
		return nil
	}
	return written(p.String())
}

// routeMetric is one setting with three names.
func routeMetric() Keyword {
	k := number(func(d *routeDraft) *uint32 { return &d.Metric }, 0, maxUint32)
	k.bind.show = showing(func(d *routeDraft) []writing {
		return onlyIf(d.Metric != 0, strconv.FormatUint(uint64(d.Metric), 10))
	})
	return k
}

// routeExpires takes seconds; the kernel has no route that expires after none.
func routeExpires() Keyword {
	k := wholeSeconds(func(d *routeDraft) *time.Duration { return &d.Expires }, 0, maxUint32)
	k.bind.show = showing(func(d *routeDraft) []writing {
		return onlyIf(d.Expires != 0, strconv.FormatInt(int64(d.Expires/time.Second), 10))
	})
	return familyLimited(config.IPv6, k)
}

// ttlPropagate takes a word for a setting that has three states.
func ttlPropagate() Keyword {
	k := custom("enabled|disabled", 1, func(s *stmt, d *routeDraft) bool {
		on := s.word(0) == "enabled"
		if !on && s.word(0) != "disabled" {
			s.errorf(s.at(0), "unknown-value",
				"ttl-propagate value %s not recognised - ignored; write enabled or disabled", s.word(0))
			// The word costs itself, and the route counts.
			return true
		}
		d.TTLPropagate = &on
		return true
	})
	k.bind.show = showing(func(d *routeDraft) []writing {
		// nil: the kernel decides, which is neither of the two.
		if d.TTLPropagate == nil {
			return nil
		}
		return written(map[bool]string{true: "enabled", false: "disabled"}[*d.TTLPropagate])
	})
	return k
}

// routeVRF takes the name of a VRF device, whose table the route goes into.
func routeVRF() Keyword {
	k := custom("IF", 1, func(s *stmt, d *routeDraft) bool {
		name := s.word(0)
		switch {
		case s.env.Interface != nil && !s.env.Interface(name):
			s.errorf(s.at(0), "unknown-vrf",
				"VRF %s not found for route - the route is ignored; correct the name or create it", name)
			return false
		// Any other device has no table of its own.
		case s.env.VRF != nil && !s.env.VRF(name):
			s.errorf(s.at(0), "unknown-vrf",
				"Route specified VRF %s is not a VRF - the route is ignored; name the table instead", name)
			return false
		}
		d.VRF = name
		return true
	})
	k.bind.show = showing(func(d *routeDraft) []writing { return wordIf(d.VRF) })
	return k
}
