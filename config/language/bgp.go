package language

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/config/syntax"
)

const (
	maxPrepend  = 10
	maxFarewell = 10 * microsPerSecond // the supervisor waits no longer for a role than it does for others
	// What sessions begin with: a router that says nothing of itself is gone after nine seconds.
	defaultBGPHold         = 9 * time.Second
	defaultBGPConnectRetry = 5 * time.Second
	defaultFarewell        = time.Second
	stopTime               = 2 * time.Second // what a stop takes besides
	bgpPort                = 179
)

// bgpDraft is the bgp block while it is being read.
type bgpDraft struct {
	draft
	config.BGP
	neighbors []*bgpNeighborDraft // those that were taken
}

// bgpFollowing is where neighbours name a bfd_instance.
type bgpFollowing struct{ at map[netip.Addr]syntax.Pos }

// bgpNeighborDraft is a neighbor of it.
type bgpNeighborDraft struct {
	draft
	config.BGPNeighbor
	of *bgpDraft
}

// bgpRow is the block. It stands before services, which need it.
func bgpRow() Keyword {
	return row("bgp", block("", openBGP, closeBGP), "", "neighbours that hear of the addresses of services by BGP", ours,
		shows(showBGP), of(syntax.CheckerPart))
}

// bgpRows are the keywords of bgp.
func bgpRows() []Keyword {
	return []Keyword{
		row("local_as",
			exact(func(d *bgpDraft) *uint32 { return &d.LocalAS }, 1, maxUint32),
			"required", "number of the own AS"),
		row("router_id", address(func(d *bgpDraft) *netip.Addr { return &d.RouterID }), "required",
			"an address of IPv4 by which routers tell this one from others"),
		row("program", custom("PATH", 1, setSpeaker), "holdfast-bgp beside holdfast",
			"the program that speaks BGP", shows(func(d *bgpDraft) []writing { return wordIf(d.Program) })),
		row("communities", custom("ASN:N..", 1, addCommunities), "none", "what is told of every route (RFC 1997)",
			shows(showCommunities)),
		row("med", custom("N 0..4294967295", 1, setMED), "none", "multi exit discriminator: lower is better",
			shows(func(d *bgpDraft) []writing {
				if d.MED == nil {
					return nil
				}
				return written(strconv.FormatUint(uint64(*d.MED), 10))
			})),
		row("prepend",
			exact(func(d *bgpDraft) *int { return &d.Prepend }, 0, maxPrepend),
			"0", "how often the own AS stands in the path once more"),
		row("next_hop", custom("IP..", 1, addNextHops), "own address of the session",
			"where packets are to be sent to, an address of a family", shows(func(d *bgpDraft) []writing {
				var args []string
				for _, a := range d.NextHops {
					args = append(args, a.String())
				}
				return onlyIf(args != nil, args...)
			})),
		row("graceful_shutdown",
			seconds(func(d *bgpDraft) *time.Duration { return &d.Farewell }, 0, maxFarewell),
			"1", "how long routes are told with that community (RFC 8326) at a stop or drain before they go; 0 = not"),
		row("neighbor",
			block("IP", openBGPNeighbor, closeBGPNeighbor),
			"", "a router that hears of them; may be repeated", needs(1), shows(func(d *bgpDraft) []writing {
				return each(d.neighbors, func(n *bgpNeighborDraft) []string { return []string{n.Addr.String()} })
			})),
	}
}

// bgpNeighborRows are the keywords of a neighbor.
func bgpNeighborRows() []Keyword {
	type draft = bgpNeighborDraft
	return []Keyword{
		row("remote_as",
			exact(func(d *draft) *uint32 { return &d.RemoteAS }, 1, maxUint32),
			"required", "number of its AS"),
		row("local_address", address(func(d *draft) *netip.Addr { return &d.LocalAddress }), "any",
			"own address of the session"),
		row("port", port(func(d *draft) *uint16 { return &d.Port }), "179", "where it listens"),
		row("password_file", custom("PATH", 1, setBGPPassword), "none",
			"a file with the password of TCP-MD5 (RFC 2385), which only its owner can read",
			shows(func(d *draft) []writing { return wordIf(d.PasswordFile) })),
		row("ttl_security",
			exact(func(d *draft) *uint8 { return &d.TTLSecurity }, 1, 254),
			"off", "it is at most so many hops away: packets with less TTL are dropped (RFC 5082)"),
		row("multihop",
			exact(func(d *draft) *uint8 { return &d.Multihop }, 2, 255),
			"1", "TTL of packets to a router of another AS that is not next door"),
		row("hold_time",
			wholeSeconds(func(d *draft) *time.Duration { return &d.Hold }, 3, 65535),
			"9", "who says nothing for this long is gone"),
		row("keepalive",
			wholeSeconds(func(d *draft) *time.Duration { return &d.Keepalive }, 1, 21845),
			"a third of hold_time", "how often something is said"),
		row("connect_retry",
			wholeSeconds(func(d *draft) *time.Duration { return &d.ConnectRetry }, 2, 65535),
			"5", "how long until the next attempt to connect"),
		row("passive", switchOn(func(d *draft) *bool { return &d.Passive }), "off", "wait for it to connect, on port 179"),
		row("bfd", custom("NAME", 1, func(s *stmt, d *draft) bool {
			d.BFD = s.word(0)
			return true
		}), "none", "the bfd_instance of the way to it: the session ends when that goes down",
			shows(func(d *draft) []writing { return wordIf(d.BFD) })),
		row("families", custom("ipv4|ipv6..", 1, setFamilies), "that of its address",
			"the prefixes that it hears of", shows(func(d *draft) []writing {
				var args []string
				if d.IPv4 {
					args = append(args, "ipv4")
				}
				if d.IPv6 {
					args = append(args, "ipv6")
				}
				return onlyIf(args != nil, args...)
			})),
	}
}

// setSpeaker names the program.
func setSpeaker(s *stmt, d *bgpDraft) bool {
	if !strings.HasPrefix(s.word(0), "/") {
		s.errorf(s.at(0), "bgp-program", "%s: '%s' is no full path; write one that begins with /", s.title(), s.word(0))
		return false
	}
	d.Program = s.word(0)
	return true
}

func addCommunities(s *stmt, d *bgpDraft) bool {
	for i := range s.words() {
		as, n, both := strings.Cut(s.word(i), ":")
		high, err := strconv.ParseUint(as, 10, 16)
		low, err2 := strconv.ParseUint(n, 10, 16)
		if !both || err != nil || err2 != nil {
			s.errorf(s.at(i), "bgp-community", "%s: '%s' is no community; write two numbers up to 65535 such as 65000:100",
				s.title(), s.word(i))
			return false
		}
		if c := config.Community(high<<16 | low); !slices.Contains(d.Communities, c) {
			d.Communities = append(d.Communities, c)
		}
	}
	return true
}

func showCommunities(d *bgpDraft) []writing {
	var args []string
	for _, c := range d.Communities {
		args = append(args, c.String())
	}
	return onlyIf(args != nil, args...)
}

func setMED(s *stmt, d *bgpDraft) bool {
	n, ok := s.integer(0, 0, maxUint32, false)
	if ok {
		med := uint32(n)
		d.MED = &med
	}
	return ok
}

// addNextHops takes an address of a family; the last one counts.
func addNextHops(s *stmt, d *bgpDraft) bool {
	for i := range s.words() {
		a, ok := s.socketAddress(i)
		if !ok {
			s.errorf(s.at(i), "invalid-address", "%s: '%s' is not an IP address (names are not looked up)", s.title(),
				s.word(i))
			return false
		}
		d.NextHops = append(slices.DeleteFunc(d.NextHops, func(o netip.Addr) bool { return o.Is4() == a.Is4() }), a)
	}
	slices.SortFunc(d.NextHops, netip.Addr.Compare)
	return true
}

// openBGP begins the block; there is one.
func openBGP(s *stmt, b *binder) *bgpDraft {
	if !s.define("bgp", "") {
		s.errorf(s.pos(), "duplicate-name", "bgp is already configured - ignoring; write one block")
		return nil
	}
	return &bgpDraft{BGP: config.BGP{Farewell: defaultFarewell, Pos: s.pos()}}
}

// closeBGP takes the block, unless it could speak with nobody.
func closeBGP(s *stmt, d *bgpDraft) {
	for _, missing := range []struct {
		keyword key
		is      bool
	}{{"local_as", d.LocalAS == 0}, {"router_id", !d.RouterID.Is4()}, {"neighbor", len(d.neighbors) == 0}} {
		if missing.is {
			s.errorf(d.at(missing.keyword, s.pos()), "incomplete-block", "bgp has no %s that can be used - ignoring bgp",
				missing.keyword)
			return
		}
	}
	if s.env.Speaker != nil {
		if problem := s.env.Speaker(d.Program); problem != "" {
			// It is kept: the program may be there when it is needed.
			s.errorf(d.at("program", s.pos()), "bgp-program", "bgp: %s", problem)
		}
	}
	for _, n := range d.neighbors {
		if d.settle(s, n); n.IPv4 || n.IPv6 {
			d.Neighbors = append(d.Neighbors, n.BGPNeighbor)
		}
	}
	if wait := s.global().ChildWaitTime; d.Farewell > wait-stopTime {
		s.warnf(d.at("graceful_shutdown", s.pos()), "bgp-farewell", "bgp: graceful_shutdown and %s for the rest of a stop "+
			"are more than child_wait_time, %s - the process is killed meanwhile; raise that", stopTime, wait)
	}
	if len(d.Neighbors) > 0 {
		s.cfg.BGP = &d.BGP
	}
}

// settle looks at a neighbor when all of the block is known.
func (d *bgpDraft) settle(s *stmt, n *bgpNeighborDraft) {
	if n.RemoteAS == d.LocalAS && d.Prepend > 0 {
		s.errorf(d.at("prepend", s.pos()), "bgp-prepend", "bgp: neighbor %s is of the own AS, and would take a path with "+
			"it for a loop - nothing is prepended; remove prepend", n.Addr)
		d.Prepend = 0
	}
	for _, f := range []struct {
		is   *bool
		ipv6 bool
		name string
	}{{&n.IPv4, false, "ipv4"}, {&n.IPv6, true, "ipv6"}} {
		told := slices.ContainsFunc(d.NextHops, func(a netip.Addr) bool { return a.Is6() == f.ipv6 })
		if *f.is && n.Addr.Is6() != f.ipv6 && !told {
			s.errorf(n.at("families", n.Pos), "bgp-next-hop", "bgp: neighbor %s: %s prefixes need a next_hop of that "+
				"family - none are told; write next_hop in bgp", n.Addr, f.name)
			*f.is = false
		}
	}
}

// openBGPNeighbor begins a neighbor.
func openBGPNeighbor(s *stmt, d *bgpDraft) *bgpNeighborDraft {
	a, ok := s.socketAddress(0)
	switch {
	case !ok:
		s.errorf(s.at(0), "invalid-address", "bgp: neighbor '%s' is not an IP address - ignoring it", s.word(0))
		return nil
	case !s.define("neighbor of bgp", a.String()):
		s.errorf(s.at(0), "duplicate-name", "bgp: neighbor %s already configured - ignoring", a)
		return nil
	}
	return &bgpNeighborDraft{of: d, BGPNeighbor: config.BGPNeighbor{Addr: a, Port: bgpPort, Hold: defaultBGPHold,
		ConnectRetry: defaultBGPConnectRetry, Pos: s.pos()}}
}

// closeBGPNeighbor takes a neighbor that is of an AS.
func closeBGPNeighbor(s *stmt, n *bgpNeighborDraft) {
	if n.RemoteAS == 0 {
		s.errorf(s.pos(), "incomplete-block", "bgp: neighbor %s has no remote_as - ignoring it; write remote_as N", n.Addr)
		return
	}
	if n.LocalAddress.IsValid() && n.LocalAddress.Is4() != n.Addr.Is4() {
		s.errorf(n.at("local_address", s.pos()), "mixed-families",
			"bgp: neighbor %s and local_address %s are not of the same family - any address is used", n.Addr, n.LocalAddress)
		n.LocalAddress = netip.Addr{}
	}
	if n.TTLSecurity > 0 && n.Multihop > 0 {
		s.errorf(n.at("multihop", s.pos()), "bgp-hops", "bgp: neighbor %s has ttl_security, which sends with TTL 255 - "+
			"multihop is ignored; remove one", n.Addr)
		n.Multihop = 0
	}
	if n.Keepalive == 0 {
		n.Keepalive = n.Hold / 3
	} else if n.Keepalive >= n.Hold {
		s.warnf(n.at("keepalive", s.pos()), "bgp-timers", "bgp: neighbor %s: keepalive is not shorter than hold_time - "+
			"setting to a third of it", n.Addr)
		n.Keepalive = n.Hold / 3
	}
	n.Keepalive = max(n.Keepalive.Truncate(time.Second), time.Second)
	if !n.has("families") {
		n.IPv4, n.IPv6 = n.Addr.Is4(), n.Addr.Is6()
	}
	if n.BFD != "" {
		f := part[bgpFollowing](s.binder)
		if f.at == nil {
			f.at = map[netip.Addr]syntax.Pos{}
		}
		f.at[n.Addr] = n.at("bfd", s.pos())
	}
	n.of.neighbors = append(n.of.neighbors, n)
}

// completeBGP looks for the sessions that neighbours name: they may stand anywhere.
func (b *binder) completeBGP() {
	if b.cfg.BGP == nil {
		return
	}
	places := part[bgpFollowing](b).at
	for i := range b.cfg.BGP.Neighbors {
		n := &b.cfg.BGP.Neighbors[i]
		if n.BFD == "" {
			continue
		}
		named := func(s config.BFD) bool { return s.Name == n.BFD }
		all := b.cfg.Sessions()
		switch k := slices.IndexFunc(all, named); {
		case k < 0:
			b.errorf(places[n.Addr], "unknown-tracker", "bgp: neighbor %s: bfd_instance %s not found - ignoring; define "+
				"bfd_instance %s%s", n.Addr, n.BFD, n.BFD, b.meant("bfd_instance", n.BFD))
			n.BFD = ""
		case !all[k].Checker:
			b.errorf(places[n.Addr], "unknown-tracker", "bgp: neighbor %s: bfd_instance %s is only for the vrrp role - "+
				"ignoring; add checker to it", n.Addr, n.BFD)
			n.BFD = ""
		}
	}
}

func setFamilies(s *stmt, d *bgpNeighborDraft) bool {
	var ipv4, ipv6 bool
	for i := range s.words() {
		switch s.word(i) {
		case "ipv4":
			ipv4 = true
		case "ipv6":
			ipv6 = true
		default:
			s.errorf(s.at(i), "unknown-value", "%s: unknown value '%s'; write ipv4, ipv6 or both", s.title(), s.word(i))
			return false
		}
	}
	d.IPv4, d.IPv6 = ipv4, ipv6
	return true
}

func setBGPPassword(s *stmt, d *bgpNeighborDraft) bool {
	d.PasswordFile = s.word(0)
	if s.env.PasswordFile != nil {
		if problem := s.env.PasswordFile(s.word(0)); problem != "" {
			// It is kept: a session without it would be one that anybody could take over.
			s.errorf(s.at(0), "bgp-password", "%s: %s", s.title(), problem)
		}
	}
	return true
}

// showBGP gives the block back to drafts.
func showBGP(b *binder) []writing {
	if b.cfg.BGP == nil {
		return nil
	}
	d := &bgpDraft{BGP: *b.cfg.BGP}
	for _, n := range d.Neighbors {
		d.neighbors = append(d.neighbors, &bgpNeighborDraft{BGPNeighbor: n})
	}
	return []writing{{inner: d}}
}
