package language

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"

	"holdfast/config"
	"holdfast/config/syntax"
)

// serverGroupRow is the block of a group; its entries are read by readGroupEntry.
func serverGroupRow() Keyword {
	k := row("virtual_server_group", block("NAME", openServerGroup, closeServerGroup), "",
		"addresses and marks that share one virtual_server", needs(1), of(syntax.CheckerPart),
		shows(func(b *binder) []writing {
			out := make([]writing, 0, len(b.cfg.ServerGroups))
			for _, g := range b.cfg.ServerGroups {
				w := writing{args: []string{quoted(g.Name)}}
				for _, e := range g.Entries {
					// As it was understood: 10.0.0.0/28 is written back as a range.
					w.entries = append(w.entries, e.Words())
				}
				out = append(out, w)
			}
			return out
		}))
	// Its lines are read by a function and not by rows: the first word tells what a line is.
	k.List = true
	k.bind.entry = func(s *stmt, target any) { s.groupEntry(target.(*config.ServerGroup)) }
	return k
}

// serverGroupEntryRows are the words of an entry.
func serverGroupEntryRows() []Keyword {
	return []Keyword{
		row("ADDRESS", Keyword{Args: "IP[/LEN|-LAST|-IP] [PORT 0..65535]"}, "", "an address, a range or a network"),
		row("fwmark", Keyword{Args: "N 0..4294967295 [inet|inet6]"}, "", "a firewall mark"),
	}
}

// openServerGroup begins a group. Unlike most keywords (grammar 4.6) it takes no surplus word.
func openServerGroup(s *stmt, b *binder) *config.ServerGroup {
	if len(s.args) > 1 {
		s.say(syntax.Fatal, syntax.ClassMissingParam, s.at(1), "extra-parameters",
			"virtual_server_group %s: surplus word '%s', keepalived does not start with it; "+
				"quote the name or remove the word", s.word(0), s.word(1))
		return nil
	}
	// It is read to its end, for the mistakes in it; closeServerGroup leaves it out.
	if g := b.serverGroup(s.word(0)); g != nil {
		s.report(syntax.Diagnostic{Pos: s.at(0), Severity: syntax.Warning, ID: "duplicate-name", Related: g.Pos,
			RelatedText: "first defined here",
			Text: "virtual server group " + g.Name +
				" is already defined; only the first one is used - give this one another name"})
	}
	return &config.ServerGroup{Name: s.word(0), Pos: s.pos()}
}

// closeServerGroup takes the group if it can be used (semantics 8.15).
func closeServerGroup(s *stmt, g *config.ServerGroup) {
	if len(g.Entries) == 0 {
		s.errorf(g.Pos, "empty-block",
			"virtual server group %s has no entries - removing; write addresses or remove it", g.Name)
		return
	}
	var v4, v6, anyMark bool
	// An address always has a family, a mark only if one is written.
	for _, e := range g.Entries {
		v4 = v4 || e.Family == config.IPv4 && !e.ByMark()
		v6 = v6 || e.Family == config.IPv6 && !e.ByMark()
		anyMark = anyMark || e.Family == config.AnyFamily
	}
	// The family of a mark without one is that of the addresses around it.
	if v4 && v6 && anyMark {
		s.errorf(g.Pos, "mixed-families",
			"virtual server group %s cannot have IPv4, IPv6 and fwmark without family - removing; "+
				"write fwmark N inet or inet6", g.Name)
		return
	}
	// The second of a name has been warned of, and was read for the mistakes in it.
	if s.serverGroup(g.Name) == nil {
		// Its place and not a pointer: the list moves while it grows.
		s.services().groups[g.Name] = len(s.cfg.ServerGroups)
		s.cfg.ServerGroups = append(s.cfg.ServerGroups, *g)
	}
}

// serverGroup finds a group by its name, nil if there is none.
func (b *binder) serverGroup(name string) *config.ServerGroup {
	if i, ok := b.services().groups[name]; ok {
		return &b.cfg.ServerGroups[i]
	}
	return nil
}

// groupEntry reads one line of a group.
func (s *stmt) groupEntry(g *config.ServerGroup) {
	e := config.GroupEntry{Pos: s.pos()}
	// A line that is refused costs itself; the group has the others.
	ok := false
	if s.word(0) == "fwmark" {
		ok = s.groupMark(g, &e)
	} else {
		ok = s.groupAddresses(g, &e)
	}
	if ok {
		g.Entries = append(g.Entries, e)
	}
}

// groupMark reads `fwmark N [inet|inet6]`.
func (s *stmt) groupMark(g *config.ServerGroup, e *config.GroupEntry) bool {
	// Such a line ends the reading of 2.2.7 (grammar 9.1).
	if len(s.args) < 2 {
		s.say(syntax.Fatal, syntax.ClassMissingParam, s.pos(), "missing-parameter",
			"fwmark is missing a parameter at word position 2; write: fwmark N [inet|inet6]")
		return false
	}
	n, junk := parseInt(s.word(1))
	if junk || n < 0 || n > maxUint32 {
		s.errorf(s.at(1), "number-out-of-range", "(%s) fwmark '%s' must be in [0, %d] - ignoring", g.Name, s.word(1),
			uint32(maxUint32))
		return false
	}
	e.FWMark = uint32(n)
	// Without a word it is of whichever family the virtual server has (EntriesOf).
	if len(s.args) < 3 {
		return true
	}
	family, ok := parseFamily(s.word(2))
	if !ok {
		s.errorf(s.at(2), "unknown-value", "(%s) fwmark '%s' family %s unknown - ignoring; write inet or inet6", g.Name,
			s.word(1), s.word(2))
	}
	e.Family = family
	return ok
}

// groupAddresses reads addresses with the port behind them, if there is one.
func (s *stmt) groupAddresses(g *config.ServerGroup, e *config.GroupEntry) bool {
	first, last, ok := s.addressRange(g)
	if !ok {
		return false
	}
	e.First, e.Last, e.Family = first, last, familyOf(first)
	// It stays in the group as it was written; EntriesOf leaves it out where services are made.
	if e.TooMany() {
		s.mutedf(s.at(0), "invalid-address-range",
			"(%s) %s are more than %d addresses, each of which would be a service - none is served; "+
				"write fewer, or a firewall mark", g.Name, s.word(0), config.MaxEntry)
	}
	// Port 0 is all ports, which wants a persistent service (completeService).
	if len(s.args) < 2 {
		return true
	}
	n, junk := parseInt(s.word(1))
	if junk || n < 0 || n > 65535 {
		s.errorf(s.at(1), "number-out-of-range",
			"(%s) invalid port '%s' of %s - skipping; write a number from 1 to 65535", g.Name, s.word(1), s.word(0))
		return false
	}
	e.Port = uint16(n)
	return true
}

// addressRange reads IP, IP/LEN, IP-IP or IP-LAST, where LAST is the last part of an
// address: decimal up to 255, or hexadecimal up to ffff.
func (s *stmt) addressRange(g *config.ServerGroup) (first, last netip.Addr, ok bool) {
	word := s.word(0)
	//	10.0.0.1-10  10.0.0.1-10.0.1.4  10.0.0.0/28  2001:db8::1-ff
	from, to, isRange := strings.Cut(word, "-")
	host, length, isNetwork := strings.Cut(from, "/")
	first, ok = parseAddr(host)
	switch {
	case !ok || isNetwork && isRange:
		s.errorf(s.at(0), "invalid-address-range",
			"(%s) '%s' is not an address, range or network - skipping; write IP, IP-LAST, IP-IP, IP/LEN or fwmark N%s",
			g.Name, word, s.didYouMean("virtual_server_group/"+Entry, word))
		return first, last, false
	case isNetwork:
		return s.network(g, first, length)
	case !isRange:
		return first, first, true
	}
	// A whole address behind the dash, or else its last part.
	if last, ok = parseAddr(to); ok {
		switch {
		case last.Is4() != first.Is4():
			s.errorf(s.at(0), "invalid-address-range", "(%s) the ends of %s are of different families - skipping",
				g.Name, word)
		case last.Less(first):
			s.errorf(s.at(0), "invalid-address-range",
				"(%s) Address range end is less than address range start - %s - skipping; swap them", g.Name, word)
		default:
			return first, last, true
		}
		return first, last, false
	}
	return s.lastPart(g, first, to)
}

// network gives the ends of a network.
func (s *stmt) network(g *config.ServerGroup, first netip.Addr, length string) (netip.Addr, netip.Addr, bool) {
	n, junk := parseInt(length)
	// A length of 0 would be every address there is.
	if junk || n < 1 || n > int64(first.BitLen()) {
		s.errorf(s.at(0), "invalid-address-range", "(%s) Invalid netmask - %s - skipping; write a length from 1 to %d",
			g.Name, s.word(0), first.BitLen())
		return first, first, false
	}
	//	10.0.0.0/28
	// is sixteen addresses, the first and the last among them.
	p := netip.PrefixFrom(first, int(n))
	// Nobody can tell whether 10.0.0.5/28 means the address or its network.
	if p.Masked().Addr() != first {
		s.errorf(s.at(0), "invalid-address-range", "(%s) Address mask bits not empty - %s - skipping; write %s", g.Name,
			s.word(0), p.Masked())
		return first, first, false
	}
	b := first.AsSlice()
	for i := int(n); i < first.BitLen(); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	last, _ := netip.AddrFromSlice(b)
	return first, last, true
}

// lastPart gives the end of a range of which only the last part is written.
func (s *stmt) lastPart(g *config.ServerGroup, first netip.Addr, text string) (netip.Addr, netip.Addr, bool) {
	base, limit, width := 10, uint64(255), 1
	if first.Is6() {
		base, limit, width = 16, 0xffff, 2
	}
	// An empty end is 0, which is not behind any start.
	n, err := strconv.ParseUint("0"+strings.TrimPrefix(text, "+"), base, 32)
	if err != nil || n > limit {
		s.errorf(s.at(0), "invalid-address-range",
			"(%s) end '%s' of range '%s' is not an address or a last part up to %s - skipping", g.Name, text, s.word(0),
			strconv.FormatUint(limit, base))
		return first, first, false
	}
	b := first.AsSlice()
	tail := b[len(b)-width:]
	start := uint64(tail[0])
	if width == 2 {
		start = uint64(binary.BigEndian.Uint16(tail))
		binary.BigEndian.PutUint16(tail, uint16(n))
	} else {
		tail[0] = byte(n)
	}
	// Unlike a range between two whole addresses, one that ends where it starts is refused, too.
	if n <= start {
		s.errorf(s.at(0), "invalid-address-range",
			"(%s) Address range end is not greater than address range start - %s - skipping; "+
				"swap them or write one address", g.Name, s.word(0))
		return first, first, false
	}
	last, _ := netip.AddrFromSlice(b)
	return first, last, true
}
