package language

import (
	"net/netip"
	"strconv"
	"strings"

	"holdfast/config"
)

// The legs of multipath routes and light tunnels have words of their own. They are
// read like the words of an entry, but the reference lists them with nexthop and
// encap.

// innerRouteChapters are the words behind nexthop and encap.
func innerRouteChapters() []chapter {
	var out []chapter
	// A leg may have a tunnel of its own, so encap has a chapter in an entry and one in a nexthop.
	for _, list := range []string{"static_routes", "vrrp_instance/virtual_routes"} {
		entry := join(list, Entry)
		hop := join(entry, "nexthop")
		out = append(out, chapter{hop, nextHopRows}, chapter{join(entry, "encap"), encapRows},
			chapter{join(hop, "encap"), encapRows})
	}
	return out
}

func nextHopRows() []Keyword {
	// The rows write into the leg that is being read (addNextHop).
	return []Keyword{
		row("via", nextHopVia(), "none", "gateway"),
		row("dev", interfaceWord("nexthop", func(d *routeDraft) *string { return &d.hop.Dev }), "none", "interface"),
		row("oif",
			interfaceWord("nexthop", func(d *routeDraft) *string { return &d.hop.Dev }),
			"none", "another name of dev", alias("dev")),
		row("weight", number(func(d *routeDraft) *int { return &d.hop.Weight }, 1, 256), "1", "share of the traffic"),
		row("onlink",
			switchOn(func(d *routeDraft) *bool { return &d.hop.OnLink }),
			"off", "the gateway is on the link"),
		row("encap",
			encapForm(func(d *routeDraft) *config.Encap { return &d.hop.Encap }),
			"none", "put packets into a light tunnel"),
		row("realms",
			familyLimited(config.IPv4, realms(func(d *routeDraft) *config.Realms { return &d.hop.Realms })),
			"none", "realms (IPv4)"),
		row("as", custom("[to] IP", 1, func(s *stmt, _ *routeDraft) bool {
			s.errorf(s.pos(), "unsupported-word",
				"'as [to]' of a nexthop is not supported - the rest is ignored; remove it")
			return false
		}), "none", "translated address; refused"),
	}
}

// nextHopVia takes the gateway of a leg.
func nextHopVia() Keyword {
	k := custom("[inet|inet6] IP", 1, func(s *stmt, d *routeDraft) bool {
		a, ok := s.gateway(&d.family, true)
		if ok {
			d.hop.Via = a
		}
		return ok
	})
	k.bind.show = showing(func(d *routeDraft) []writing { return addressIf(d.hop.Via) })
	return k
}

// addNextHop reads a leg, up to the next one.
func addNextHop(s *stmt, d *routeDraft) bool {
	hop := config.NextHop{Weight: 1}
	// The rows of the block write into it; it is taken when the next leg begins, or the line ends.
	d.hop = &hop
	block := join(s.list, s.keywordName())
	//	nexthop via 10.0.0.1 weight 2 nexthop via 10.0.0.2
	// Everything up to the next nexthop is about this leg.
	for s.taken < len(s.args) && s.word(s.taken) != "nexthop" {
		// A word of the whole route, such as metric, cannot stand behind a leg. keepalived takes the route without what
		// follows.
		if s.lang.find(block, s.word(s.taken)) == nil {
			s.errorf(s.at(s.taken), "unknown-word",
				"route has trailing nonsense after nexthops - %s; put it before the first nexthop%s", s.word(s.taken),
				s.didYouMean(block, s.word(s.taken)))
			s.taken = len(s.args)
			break
		}
		n, ok := s.readWord(block, s.taken, d)
		if !ok {
			// The route counts with the legs before this one; what stands behind it is not looked
			// at.
			s.taken = len(s.args)
			return true
		}
		s.taken += n
	}
	d.NextHops = append(d.NextHops, hop)
	return true
}

// addSecondGateway is the old form of a multipath route.
func addSecondGateway(s *stmt, d *routeDraft) bool {
	a, ok := parseAddr(s.word(0))
	if !ok {
		s.errorf(s.at(0), "invalid-address", "invalid \"or\" address %s - the route is ignored; write nexthop via IP",
			s.word(0))
		return false
	}
	if !s.sameFamily(&d.family, 0, a) {
		return false
	}
	//	via 10.0.0.1 or 10.0.0.2
	// is two legs of the same weight; the first is the gateway of the route.
	d.NextHops = append(d.NextHops, config.NextHop{Via: a, Weight: 1})
	return true
}

// encapDraft is a tunnel while its words are being read.
type encapDraft struct {
	draft
	*config.Encap
}

// encapForm takes a kind of tunnel and its parameters.
func encapForm(p func(*routeDraft) *config.Encap) Keyword {
	k := custom("ip|ip6|mpls|ila PARAMETERS", 0, func(s *stmt, d *routeDraft) bool {
		if len(s.args) == 0 {
			s.errorf(s.pos(), "missing-value",
				"Missing encap type - the route is ignored; write encap ip, ip6, mpls or ila")
			return false
		}
		s.taken = 1
		// 0 is a label, so -1 is none.
		e := config.Encap{Labels: [2]int32{-1, -1}}
		//	encap mpls 100/200 via 10.0.0.1
		// Kinds are in the order of their numbers; a number beyond the last is none of them.
		for e.Kind = config.EncapIP; e.Kind <= config.EncapILA; e.Kind++ {
			if e.Kind.String() == s.word(0) {
				break
			}
		}
		if e.Kind > config.EncapILA {
			s.errorf(s.at(0), "unknown-value",
				"Unknown encap type - %s - the route is ignored; write ip, ip6, mpls or ila", s.word(0))
			return false
		}
		if !s.readEncap(&e) {
			return false
		}
		*p(d) = e
		return true
	})
	k.bind.show = showing(func(d *routeDraft) []writing {
		e := p(d)
		if e.Kind == config.EncapNone {
			return nil
		}
		return []writing{{args: []string{e.Kind.String()}, drafts: []any{&encapDraft{Encap: e}}}}
	})
	return k
}

// readEncap reads what stands behind the kind of a tunnel.
func (s *stmt) readEncap(e *config.Encap) bool {
	switch e.Kind {
	// mpls and ila have one word that stands for itself; ip and ip6 have words with values.
	case config.EncapMPLS:
		s.taken++
		return s.readLabels(e)
	case config.EncapILA:
		s.taken++
		return s.readLocator(e)
	}
	d := &encapDraft{Encap: e}
	// In a nexthop s.list is the path of the leg, whose encap has a chapter of its own.
	block := join(s.list, "encap")
	// The first word that is none of a tunnel is one of the route again.
	for s.taken < len(s.args) && s.lang.find(block, s.word(s.taken)) != nil {
		if s.taken+1 == len(s.args) {
			s.errorf(s.at(s.taken), "missing-value",
				"encap %s %s has no value - the route is ignored; write one or remove the word", e.Kind,
				s.word(s.taken))
			return false
		}
		n, ok := s.readWord(block, s.taken, d)
		if !ok {
			return false
		}
		s.taken += n
	}
	// 2.2.7 asks for one of the two.
	// `id 0` is one, so the draft is asked and not the number.
	if !d.has("id") && !e.Dst.IsValid() {
		s.errorf(s.at(0), "missing-value",
			"address or id missing for %s encapsulation - the route is ignored; write dst IP or id N", e.Kind)
		return false
	}
	return true
}

// readLabels reads one MPLS label or two.
func (s *stmt) readLabels(e *config.Encap) bool {
	parts := strings.Split(s.word(1), "/")
	for i, part := range parts {
		n, ok := parseC(part)
		// A label has 20 bits (RFC 3032), and keepalived takes two of them at most.
		if !ok || n >= 1<<20 || len(parts) > len(e.Labels) {
			s.errorf(s.at(1), "invalid-address",
				"invalid mpls address %s for encapsulation - the route is ignored; "+
					"write LABEL or LABEL/LABEL, 0..1048575", s.word(1))
			return false
		}
		e.Labels[i] = int32(n)
	}
	return true
}

// readLocator reads an ILA locator: four groups of hexadecimal digits.
func (s *stmt) readLocator(e *config.Encap) bool {
	parts := strings.Split(s.word(1), ":")
	for _, part := range parts {
		n, err := strconv.ParseUint(part, 16, 16)
		if err != nil || len(parts) != 4 {
			s.errorf(s.at(1), "invalid-address",
				"invalid locator %s for ila encapsulation - the route is ignored; write four groups as in 2001:db8:0:1",
				s.word(1))
			return false
		}
		// The upper half of an IPv6 address: four groups of 16 bits.
		e.Locator = e.Locator<<16 | n
	}
	return true
}

// encapRows are the parameters of tunnels.
func encapRows() []Keyword {
	return []Keyword{
		row(leadWord,
			Keyword{Args: "LABEL[/LABEL] | LOCATOR", bind: binding{set: refuseWord, show: showing(showLabels)}},
			"", "labels of mpls, locator of ila"),
		row("id", encapID(), "none", "tunnel id"),
		row("dst", encapAddress(func(e *encapDraft) *netip.Addr { return &e.Dst }), "none", "other end"),
		row("src", encapAddress(func(e *encapDraft) *netip.Addr { return &e.Src }), "none", "own end"),
		row("tos",
			named(servicesOf, 255, func(e *encapDraft) *config.Named { return &e.TOS }),
			"0", "type of service of the tunnel"),
		row("tc",
			ofIP6(named(servicesOf, 255, func(e *encapDraft) *config.Named { return &e.TOS })),
			"0", "traffic class", alias("tos")),
		row("ttl", encapTTL(config.EncapIP), "0", "TTL of the tunnel"),
		row("hoplimit", encapTTL(config.EncapIP6), "0", "hop limit of the tunnel"),
		row("flags", encapFlags(), "0", "flags"),
	}
}

// refuseWord is for a row that only writes: its word is read with the kind of the tunnel
// (readEncap).
func refuseWord(*stmt, any) bool { return false }

// showLabels writes the word behind mpls or ila.
func showLabels(e *encapDraft) []writing {
	switch e.Kind {
	case config.EncapMPLS:
		labels := strconv.Itoa(int(e.Labels[0]))
		// -1 is no second label, and 0 is one.
		if e.Labels[1] >= 0 {
			labels += "/" + strconv.Itoa(int(e.Labels[1]))
		}
		return written(labels)
	case config.EncapILA:
		var groups []string
		for shift := 48; shift >= 0; shift -= 16 {
			groups = append(groups, strconv.FormatUint(e.Locator>>shift&0xffff, 16))
		}
		return written(strings.Join(groups, ":"))
	}
	return nil
}

// ofIP6 is a form for tunnels over IPv6 only.
func ofIP6(k Keyword) Keyword {
	set := k.bind.set
	k.bind.set = func(s *stmt, target any) bool {
		if target.(*encapDraft).Kind != config.EncapIP6 {
			s.errorf(s.pos(), "unknown-word",
				"unknown route keyword %s - the route is ignored; it is for encap ip6 only", s.keywordName())
			return false
		}
		return set(s, target)
	}
	return k
}

// encapID takes the number of a tunnel.
func encapID() Keyword {
	k := custom("N 0..18446744073709551615", 1, func(s *stmt, e *encapDraft) bool {
		n, err := strconv.ParseUint(s.word(0), 10, 64)
		if err != nil {
			s.errorf(s.at(0), "invalid-number", "encap id %s value is invalid - the route is ignored; write a number",
				s.word(0))
			return false
		}
		e.ID = n
		return true
	})
	// Not those in the text: 64 bits without a sign are more than a Range holds.
	k.ranges = []Range{}
	k.bind.show = showing(func(e *encapDraft) []writing {
		// An id of 0 is written where there is no dst: one of the two has to be there (readEncap).
		ofIP := e.Kind == config.EncapIP || e.Kind == config.EncapIP6
		return onlyIf(ofIP && (e.ID != 0 || !e.Dst.IsValid()), strconv.FormatUint(e.ID, 10))
	})
	return k
}

// encapAddress takes an end of a tunnel, which is of the family of the tunnel and not of the
// route.
func encapAddress(p func(*encapDraft) *netip.Addr) Keyword {
	k := custom("IP", 1, func(s *stmt, e *encapDraft) bool {
		a, ok := parseAddr(s.word(0))
		switch {
		case !ok:
			s.errorf(s.at(0), "invalid-address",
				"invalid encap %s %s %s - the route is ignored; write a numeric address", e.Kind, s.keywordName(),
				s.word(0))
			return false
		case a.Is4() != (e.Kind == config.EncapIP):
			s.errorf(s.at(0), "mixed-families",
				"address %s not valid for %s encapsulation - the route is ignored; use one of the same family", a,
				e.Kind)
			return false
		}
		*p(e) = a
		return true
	})
	k.bind.show = showing(func(e *encapDraft) []writing { return addressIf(*p(e)) })
	return k
}

// encapTTL takes a TTL, for one kind of tunnel under one name and for the other under
// the other; hoplimit serves ip as well.
func encapTTL(kind config.EncapKind) Keyword {
	k := number(func(e *encapDraft) *uint8 { return &e.TTL }, 0, 255)
	if kind == config.EncapIP {
		set := k.bind.set
		k.bind.set = func(s *stmt, target any) bool {
			if e := target.(*encapDraft); e.Kind == config.EncapIP6 {
				s.errorf(s.pos(), "unknown-word",
					"unknown route keyword %s - the route is ignored; encap ip6 has hoplimit", s.keywordName())
				return false
			}
			return set(s, target)
		}
	}
	k.bind.show = showing(func(e *encapDraft) []writing {
		// Both rows look at one field, and the kind tells which of the two writes it.
		return onlyIf(e.Kind == kind && e.TTL != 0, strconv.Itoa(int(e.TTL)))
	})
	return k
}

// encapFlags takes the flags of a tunnel as one number.
func encapFlags() Keyword {
	k := number(func(e *encapDraft) *uint16 { return &e.Flags }, 0, 65535)
	k.bind.show = showing(func(e *encapDraft) []writing { return onlyIf(e.Flags != 0, strconv.Itoa(int(e.Flags))) })
	return k
}
