package language

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"holdfast/config"
)

// ruleArgs is how a policy rule is written.
const ruleArgs = "[from PREFIX] [to PREFIX] [fwmark N] [iif IF] table N [preference N] [no_track] .."

// firstPreference is what the first rule without a preference gets; the next ones go
// down from there.
const firstPreference = 16384

// rulesNumbered is how many rules said no preference: each of them gets one of its own.
type rulesNumbered int

// ruleDraft is a rule while its words are being read.
type ruleDraft struct {
	draft
	config.Rule
	family config.Family
}

// openRule begins a rule that is marked as ours.
func openRule(s *stmt) *ruleDraft {
	return &ruleDraft{Rule: config.Rule{Proto: protocolKeepalived, Pos: s.pos()}}
}

// close looks at a rule as a whole; false drops it.
func (d *ruleDraft) close(s *stmt) bool {
	// What changes the look-up in a table has no meaning where none is made.
	tableOnly := d.Realms.To.Set || d.SuppressPrefixLength.Set || d.SuppressInterfaceGroup.Set
	switch {
	case d.Action == config.RuleNone && !d.L3MDev:
		s.errorf(s.pos(), "missing-value",
			"No action specified for rule - ignoring; write table N, goto N, blackhole, unreachable or prohibit")
		return false
	// RuleTable is the least of the actions, and the only one that looks something up.
	case d.Action > config.RuleTable && tableOnly:
		s.errorf(s.pos(), "words-exclude-each-other",
			"suppressor/realm specified for non table action - skipping the rule; remove it or write table N")
		return false
	// Whether the target is behind the rule can only be told by its own number.
	case d.Action == config.RuleGoto && !d.has("preference"):
		s.errorf(s.pos(), "missing-value",
			"Invalid rule - goto target %d specified without preference - ignored; write preference N", d.Goto)
		return false
	// The kernel refuses a jump backwards, which could go on for ever.
	case d.Action == config.RuleGoto && d.Preference >= d.Goto:
		s.errorf(s.pos(), "goto-backwards",
			"Invalid rule - preference %d >= goto target %d - ignored; it must lead to a later rule", d.Preference,
			d.Goto)
		return false
	}
	if !d.has("preference") {
		// Each such rule comes before those that were read earlier, because numbers go down: 2.2.7 counts so too
		// (semantics 3.16).
		numbered := part[rulesNumbered](s.binder)
		d.Preference = firstPreference - uint32(*numbered)
		*numbered++
		s.warnf(s.pos(), "default-preference",
			"rule has no preference specified - setting to %d; write preference N to order rules yourself",
			d.Preference)
	}
	if !d.NoTrack && d.Proto != protocolKeepalived {
		s.warnf(s.pos(), "cannot-be-tracked",
			"a rule with protocol %d cannot be tracked, using %d (keepalived); remove it or write no_track", d.Proto,
			protocolKeepalived)
		d.Proto = protocolKeepalived
	}
	// A rule fails when its interface goes; without one it never does.
	if d.TrackGroup != "" && d.InIf == "" {
		s.errorf(s.pos(), "cannot-be-tracked",
			"a static rule cannot have a track_group without dev or iif; write dev IF")
		d.TrackGroup = ""
	}
	// A rule that no word gave a family is an IPv4 rule.
	d.IPv6 = d.family == config.IPv6
	return true
}

// ruleList is a list of rules.
func ruleList[T any](p func(*T) *[]config.Rule) Keyword {
	return wordList(ruleArgs,
		func(s *stmt, _ *T) *ruleDraft { return openRule(s) },
		func(s *stmt, t *T, d *ruleDraft) {
			if d.close(s) {
				*p(t) = append(*p(t), d.Rule)
			}
		},
		func(t *T) []*ruleDraft {
			var out []*ruleDraft
			for _, r := range *p(t) {
				out = append(out, &ruleDraft{Rule: r})
			}
			return out
		})
}

// ruleRows are the words of a policy rule entry.
func ruleRows(static bool) []Keyword {
	tos := func() Keyword { return named(servicesOf, 255, func(d *ruleDraft) *config.Named { return &d.TOS }) }
	group := func() Keyword {
		return named(groupsOf, math.MaxInt32, func(d *ruleDraft) *config.Named { return &d.SuppressInterfaceGroup })
	}
	in := func() Keyword { return interfaceWord("rule", func(d *ruleDraft) *string { return &d.InIf }) }
	rows := []Keyword{
		row("from", rulePrefix(func(d *ruleDraft) *netip.Prefix { return &d.From }), "any", "source of the packet"),
		row("to", rulePrefix(func(d *ruleDraft) *netip.Prefix { return &d.To }), "any", "destination of the packet"),
		row("table", ruleTable(), "", "look the route up in this table"),
		row("lookup", ruleTable(), "", "another name of table", alias("table")),
		row("not", switchOn(func(d *ruleDraft) *bool { return &d.Not }), "off", "packets that do not match"),
		row("preference", rulePreference(), "16384 and downwards", "order of the rule"),
		row("order", rulePreference(), "16384 and downwards", "another name of preference", alias("preference")),
		row("priority", rulePreference(), "16384 and downwards", "another name of preference", alias("preference")),
		row("tos", tos(), "0", "type of service of the packet"),
		row("dsfield", tos(), "0", "another name of tos", alias("tos")),
		row("fwmark", ruleMark(), "none", "mark of the packet"),
		row("realms", ruleRealms(), "none", "realms (IPv4)"),
		row("suppress_prefixlength", suppressLength(), "off", "ignore routes with a prefix this short"),
		row("sup_pl", suppressLength(), "off", "another name of suppress_prefixlength", alias("suppress_prefixlength")),
		row("suppress_ifgroup", group(), "off", "ignore routes over this interface group"),
		row("sup_group", group(), "off", "another name of suppress_ifgroup", alias("suppress_ifgroup")),
		row("dev", in(), "any", "interface the packet came in by"),
		row("iif", in(), "any", "another name of dev", alias("dev")),
		row("oif",
			interfaceWord("rule", func(d *ruleDraft) *string { return &d.OutIf }),
			"any", "interface the packet goes out by"),
		row("tunnel-id", ruleTunnel(), "none", "tunnel the packet came by"),
		row("uidrange", ruleSpan(32, func(d *ruleDraft) *config.Span { return &d.UIDs }), "none", "users that send it"),
		row("l3mdev", ruleL3MDev(), "off", "look up in the table of the VRF device"),
		row("protocol", ruleProto(), "18 (keepalived)", "who is said to have set it; another one is not watched"),
		row("ipproto", ruleTransport(), "any", "transport of the packet"),
		row("sport", ruleSpan(16, func(d *ruleDraft) *config.Span { return &d.SrcPorts }), "any", "source ports"),
		row("dport", ruleSpan(16, func(d *ruleDraft) *config.Span { return &d.DstPorts }), "any", "destination ports"),
		row("type",
			custom("ACTION", 1, ruleType),
			"", "may stand before nop, goto, blackhole, unreachable and prohibit"),
		row("no_track",
			switchOn(func(d *ruleDraft) *bool { return &d.NoTrack }),
			"off", "do not care when somebody removes it"),
	}
	if static {
		rows = append(rows, row("track_group",
			trackGroupWord(func(d *ruleDraft) *string { return &d.TrackGroup }),
			"none", "virtual routers that fail with it; needs dev"))
	}
	rows = append(rows, ruleActionRows()...)
	rows = append(rows,
		row("inet",
			ruleFamily(config.IPv4),
			"from the addresses", "an IPv4 rule; takes the next word with it, so it stands last"),
		row("inet6", ruleFamily(config.IPv6), "from the addresses",
			"an IPv6 rule; takes the next word with it, so it stands last",
			shows(func(d *ruleDraft) []writing { return when(d.IPv6 && !d.From.IsValid() && !d.To.IsValid()) })))
	return rows
}

// ruleActionRows say what becomes of a packet that the rule matches, where no table is looked up.
func ruleActionRows() []Keyword {
	action := func(word string, a config.RuleAction, help string) Keyword {
		return row(word, ruleAction(a), "", help)
	}
	return []Keyword{
		row("goto", ruleGoto(), "", "go on at another rule"),
		action("nop", config.RuleNop, "do nothing"),
		action("blackhole", config.RuleBlackhole, "drop"),
		action("unreachable", config.RuleUnreachable, "refuse: network unreachable"),
		action("prohibit", config.RuleProhibit, "refuse: administratively prohibited"),
	}
}

// ruleFamily takes inet and inet6.
func ruleFamily(which config.Family) Keyword {
	return custom("", 0, func(s *stmt, d *ruleDraft) bool { return s.fixFamily(&d.family, which) })
}

// rulePrefix takes the source or the destination of packets.
func rulePrefix(p func(*ruleDraft) *netip.Prefix) Keyword {
	k := custom("PREFIX|default|all", 1, func(s *stmt, d *ruleDraft) bool {
		switch s.word(0) {
		case "default", "any", "all":
			if d.family != config.AnyFamily {
				s.errorf(s.at(0), "mixed-families",
					"rule specification has mixed IPv4 and IPv6 - ignored; leave '%s %s' out, it is meant anyway",
					s.keywordName(), s.word(0))
				return false
			}
			// Not remembered as a family: any address is one of both.
			*p(d) = netip.Prefix{}
			return true
		}
		prefix, _, ok := s.prefix(0)
		if !ok {
			return false
		}
		if !agrees(&d.family, prefix.Addr()) {
			s.errorf(s.at(0), "mixed-families",
				"rule specification has mixed IPv4 and IPv6 - ignored; write one rule for each")
			return false
		}
		*p(d) = prefix.Masked()
		return true
	})
	k.bind.show = showing(func(d *ruleDraft) []writing { return prefixIf(*p(d)) })
	return k
}

// act sets the action; a rule has one only.
func (d *ruleDraft) act(s *stmt, a config.RuleAction) bool {
	// A rule has one thing to do.
	if d.Action != config.RuleNone || d.L3MDev {
		s.errorf(s.pos(), "words-exclude-each-other",
			"Cannot specify more than one of table/nop/goto/blackhole/prohibit/unreachable/l3mdev for rule - "+
				"ignored; make it two rules")
		return false
	}
	d.Action = a
	return true
}

// ruleAction takes an action that has no value.
func ruleAction(a config.RuleAction) Keyword {
	k := custom("", 0, func(s *stmt, d *ruleDraft) bool { return d.act(s, a) })
	k.bind.show = showing(func(d *ruleDraft) []writing { return when(d.Action == a) })
	return k
}

// ruleTable takes the table to look in, which is an action too.
func ruleTable() Keyword {
	k := custom(namedArgs(anyNumber), 1, func(s *stmt, d *ruleDraft) bool {
		n, ok := s.lookUp(tablesOfRoutes, s.word(0), anyNumber)
		switch {
		case !ok:
			s.errorf(s.at(0), "unknown-name",
				"Routing table %s not found for rule - ignored; write a number or a name in rt_tables", s.word(0))
			return false
		// 0 is "no table" to the kernel.
		case n.Number == 0 && n.Name == "":
			s.errorf(s.at(0), "unknown-name", "Table %s is not valid - the rule is ignored; tables count from 1",
				s.word(0))
			return false
		}
		d.Table = n
		return d.act(s, config.RuleTable)
	})
	k.bind.show = showing(func(d *ruleDraft) []writing { return namedIf(d.Table) })
	return k
}

// ruleGoto takes the preference of the rule to go on at; close looks whether it is a later
// one.
func ruleGoto() Keyword {
	k := custom(rangeText("N", 0, maxUint32), 1, func(s *stmt, d *ruleDraft) bool {
		n, ok := s.integer(0, 0, maxUint32, false)
		d.Goto = uint32(n)
		return ok && d.act(s, config.RuleGoto)
	})
	k.bind.show = showing(func(d *ruleDraft) []writing {
		return onlyIf(d.Action == config.RuleGoto, fmt.Sprint(d.Goto))
	})
	return k
}

// ruleL3MDev looks in the table of the VRF device.
func ruleL3MDev() Keyword {
	k := custom("", 0, func(s *stmt, d *ruleDraft) bool {
		// It leaves Action as it is, so act is not asked: it is the other actions that find it
		// there.
		if d.Action != config.RuleNone {
			s.errorf(s.pos(), "words-exclude-each-other",
				"Cannot specify l3mdev with other action - the rule is ignored; make it two rules")
			return false
		}
		d.L3MDev = true
		return true
	})
	k.bind.show = showing(func(d *ruleDraft) []writing { return when(d.L3MDev) })
	return k
}

// ruleType is a word that may stand before an action.
func ruleType(s *stmt, _ *ruleDraft) bool {
	//	type blackhole
	// is the same as blackhole alone: the word behind it is left for its own row.
	if !slices.Contains([]string{"goto", "nop", "blackhole", "unreachable", "prohibit"}, s.word(0)) {
		s.errorf(s.at(0), "unknown-word",
			"unknown rule option %s - the rule is ignored; "+
				"write nop, goto, blackhole, unreachable or prohibit after type", s.word(0))
		return false
	}
	s.taken = 0
	return true
}

// rulePreference takes the number that rules are ordered by.
func rulePreference() Keyword {
	k := custom(rangeText("N", 0, maxUint32), 1, func(s *stmt, d *ruleDraft) bool {
		n, ok := parseC(s.word(0))
		if !ok || n > maxUint32 {
			s.errorf(s.at(0), "invalid-number",
				"%s: invalid rule preference '%s' - the rule is ignored; write a number up to %d", s.title(), s.word(0),
				uint32(maxUint32))
			return false
		}
		d.Preference = uint32(n)
		return true
	})
	// Also where it was given to the rule: read again, the rule must not get another one.
	k.bind.show = showing(func(d *ruleDraft) []writing { return written(fmt.Sprint(d.Preference)) })
	return k
}

// ruleMark takes a mark with or without a mask.
func ruleMark() Keyword {
	k := custom("N[/MASK]", 1, func(s *stmt, d *ruleDraft) bool {
		mark, mask, masked := strings.Cut(s.word(0), "/")
		n, ok := parseC(mark)
		// Without a mask every bit counts.
		m, okMask := uint64(maxUint32), true
		if masked && mask != "" {
			m, okMask = parseC(mask)
			//	fwmark 5/
			// has a mask of nothing.
		} else if masked {
			m = 0
		}
		if !ok || !okMask || n > maxUint32 || m > maxUint32 {
			s.errorf(s.at(0), "invalid-number",
				"Invalid rule fwmark %s specified - the rule is ignored; write N or N/MASK", s.word(0))
			return false
		}
		d.Mark, d.Mask = uint32(n), uint32(m)
		return true
	})
	k.bind.show = showing(func(d *ruleDraft) []writing {
		switch {
		case d.Mark == 0 && d.Mask == 0:
			return nil
		case d.Mask == maxUint32:
			return written(fmt.Sprint(d.Mark))
		}
		return written(fmt.Sprintf("%d/%d", d.Mark, d.Mask))
	})
	return k
}

// ruleRealms is for IPv4 rules.
func ruleRealms() Keyword {
	k := realms(func(d *ruleDraft) *config.Realms { return &d.Realms })
	set := k.bind.set
	k.bind.set = func(s *stmt, target any) bool {
		if d := target.(*ruleDraft); !becomes(&d.family, config.IPv4) {
			s.errorf(s.pos(), "wrong-family", "realms is only valid for IPv4 - the rule is ignored; remove it")
			return false
		}
		return set(s, target)
	}
	return k
}

// ruleTransport takes a transport protocol by name, or by number below 128. One that is
// none is left out.
func ruleTransport() Keyword {
	const most = 127
	k := custom(namedArgs(most), 1, func(s *stmt, d *ruleDraft) bool {
		n, ok := s.lookUp(transportsOf, s.word(0), most)
		// 2.2.7 takes no hexadecimal number here.
		if !ok || n.Name == "" && strings.HasPrefix(s.word(0), "0x") {
			s.errorf(s.at(0), "unknown-name",
				"Invalid ipproto %s - ignored; write a number up to %d or a name in /etc/protocols", s.word(0), most)
			return true
		}
		d.Transport = n
		return true
	})
	k.bind.show = showing(func(d *ruleDraft) []writing { return namedIf(d.Transport) })
	return k
}

// suppressLength takes the longest prefix that is ignored.
func suppressLength() Keyword {
	k := custom(rangeText("N", 0, maxInt32), 1, func(s *stmt, d *ruleDraft) bool {
		n, ok := s.integer(0, 0, maxInt32, false)
		if ok {
			// Set tells 0 from none: 0 is a length, that of default routes.
			d.SuppressPrefixLength = config.Metric{Set: true, Value: uint32(n)}
		}
		return ok
	})
	k.bind.show = showing(func(d *ruleDraft) []writing {
		return onlyIf(d.SuppressPrefixLength.Set, fmt.Sprint(d.SuppressPrefixLength.Value))
	})
	return k
}

// ruleTunnel takes the id of a tunnel; 0 is none.
func ruleTunnel() Keyword {
	k := custom("N", 1, func(s *stmt, d *ruleDraft) bool {
		n, err := strconv.ParseUint(s.word(0), 10, 64)
		if err != nil {
			s.errorf(s.at(0), "invalid-number", "Invalid tunnel-id %s specified - the rule is ignored; write a number",
				s.word(0))
			return false
		}
		d.TunnelID = n
		return true
	})
	k.bind.show = showing(func(d *ruleDraft) []writing { return onlyIf(d.TunnelID != 0, fmt.Sprint(d.TunnelID)) })
	return k
}

// ruleProto takes a number; one that is none leaves the default.
func ruleProto() Keyword {
	k := custom(rangeText("N", 0, 255), 1, func(s *stmt, d *ruleDraft) bool {
		if n, ok := s.integer(0, 0, 255, false); ok {
			d.Proto = uint8(n)
		}
		// Also for a number that is none: the word costs itself, and the rule counts.
		return true
	})
	k.bind.show = showing(func(d *ruleDraft) []writing { return written(fmt.Sprint(d.Proto)) })
	return k
}

// ruleSpan takes two numbers of some bits with a dash between; what is behind them
// does not count. One that is none is left out.
func ruleSpan(bits int, p func(*ruleDraft) *config.Span) Keyword {
	k := custom("A-B", 1, func(s *stmt, d *ruleDraft) bool {
		low, high, ok := parseSpan(s.word(0))
		if !ok {
			s.errorf(s.at(0), "invalid-range",
				"invalid %s range %s - ignored; write two numbers with a dash, A-A for a single one", s.keywordName(),
				s.word(0))
			// As in 2.2.7, a span of ports that cannot be read costs itself, and one of users the rule.
			return bits == 16
		}
		// What is beyond the width loses its upper bits, which is reported below.
		mask := uint64(1)<<bits - 1
		*p(d) = config.Span{Set: true, Low: uint32(low & mask), High: uint32(high & mask)}
		if low > high || high > mask {
			s.mutedf(s.at(0), "invalid-range", "%s range %s is taken as %d-%d; write the lower number first, up to %d",
				s.keywordName(), s.word(0), p(d).Low, p(d).High, mask)
		}
		return true
	})
	k.bind.show = showing(func(d *ruleDraft) []writing {
		r := *p(d)
		return onlyIf(r.Set, fmt.Sprintf("%d-%d", r.Low, r.High))
	})
	return k
}

// parseSpan reads the ends of a range.
func parseSpan(text string) (low, high uint64, ok bool) {
	//	1000-1999
	// A sign in front is read as C reads it for a number without one: -1 is the largest.
	from, to, _ := strings.Cut(strings.TrimPrefix(text, "-"), "-")
	if end := strings.IndexFunc(to, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		to = to[:end]
	}
	low, err1 := strconv.ParseUint(from, 10, 64)
	high, err2 := strconv.ParseUint(to, 10, 64)
	if strings.HasPrefix(text, "-") {
		low = -low
	}
	return low, high, err1 == nil && err2 == nil
}
