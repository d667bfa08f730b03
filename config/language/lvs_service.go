package language

import (
	"net/netip"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/config/syntax"
)

// The bits of VirtualServer.SchedulerFlags: IP_VS_SVC_F_SCHED1..3 of the kernel.
const (
	schedFlag1 = 0x0008
	schedFlag2 = 0x0010
	schedFlag3 = 0x0020
)

const (
	defaultScheduler   = "wlc"
	defaultPersistence = 360 * time.Second
	maxPersistence     = 2678400
)

// serviceDraft is a virtual_server while it is being read.
type serviceDraft struct {
	draft
	config.VirtualServer
	name string // for messages before everything is known
	// family tells that IPv6 holds: by the address, ip_family, a granularity or the
	// first real server.
	family bool
	// `weight` of the service: what its real servers have that say none
	weight    int
	inhibit   bool
	host      string
	smtpAlert *bool
	checks    checkDefaults
	reals     []*realDraft
	slowStart *time.Duration
	hold      *time.Duration // announce_hold
	shown     []netip.Prefix // announce_prefix
	// that it does nothing was said of a server that has it from here
	slowStartSaid bool
	// looked up for each server: a service may have thousands
	places   map[netip.AddrPort]int // of the real servers taken: where they are in RealServers
	sorryVia *config.Method
	sorryHow config.Tunnel // with sorryVia
}

// realDraft is a real_server while it is being read.
type realDraft struct {
	draft
	config.RealServer
	service   *serviceDraft
	host      string
	smtpAlert *bool
	slowStart *time.Duration
	checks    checkDefaults
	checkers  []*checkerDraft
	// checkPort is where checkers connect: the port as it was written, also where the
	// forwarding method replaces it in the table (semantics 8.5, seen on 2.2.7).
	checkPort uint16
	written   uint16 // the port of the file
}

// notify is where its programs are written to; completeReal drops it if none came.
func (d *realDraft) notify() *config.UpDown {
	if d.Notify == nil {
		d.Notify = &config.UpDown{}
	}
	return d.Notify
}

// servicesRead is what is kept of services while a text is read: drafts, which are those of one
// service only, and what is told of all.
type servicesRead struct {
	draft    serviceDraft
	reals    drafts[realDraft]
	checkers drafts[checkerDraft]
	groups   map[string]int // where they are in Config.ServerGroups, by name
	ordinals map[string]int // how many services a group has
	seen     map[serviceIdentity]syntax.Pos
	ssl      *sslDraft              // the last SSL block
	kept     []config.CheckDefaults // what follows it is used next: ten thousand servers may have some
}

func newServicesRead() *servicesRead {
	return &servicesRead{groups: map[string]int{}, ordinals: map[string]int{}, seen: map[serviceIdentity]syntax.Pos{}}
}

func (b *binder) services() *servicesRead { return part[servicesRead](b) }

// A serviceIdentity is what the kernel tells services apart by.
type serviceIdentity struct {
	group string
	addr  netip.Addr
	port  uint16
	proto config.Protocol
	mark  uint32
	ipv6  bool
}

// manyReals are more real servers than most services have: to empty what was made for
// so many, at every service after them, would take longer than to make it anew.
const manyReals = 100

func openService(s *stmt, b *binder) *serviceDraft {
	d := &b.services().draft
	if len(d.reals) > manyReals || d.places == nil {
		d.places = map[netip.AddrPort]int{}
	}
	// What was made for the service before is used again: a large file has ten thousand services.
	clear(d.places)
	*d = serviceDraft{draft: d.empty(), reals: d.reals[:0], places: d.places, weight: 1, name: s.word(0)}
	b.services().reals.reset()
	b.services().checkers.reset()
	d.Pos, d.Own, d.Quorum = s.pos(), config.OwnLines(s.node.Own), 1
	switch s.word(0) {
	case "group":
		if len(s.args) < 2 {
			// missing has said it, and nil skips the block.
			s.missing(2)
			return nil
		}
		d.Group = s.word(1)
		// Several services may share a group: lines and FIFOs tell them apart by number (semantics 8.22).
		d.Ordinal = b.services().ordinals[d.Group]
		b.services().ordinals[d.Group]++
		d.name = d.Name()
	case "fwmark":
		if len(s.args) < 2 {
			s.missing(2)
			return nil
		}
		n, ok := s.integer(1, 1, maxUint32, false)
		if !ok {
			return nil
		}
		d.FWMark = uint32(n)
		d.name = d.Name()
	default:
		if !s.endpoint(&d.Addr, &d.Port, "virtual server") {
			return nil
		}
		d.IPv6, d.family = d.Addr.Is6(), true
	}
	return d
}

// endpoint reads IP[/LEN] [PORT].
func (s *stmt) endpoint(addr *netip.Addr, port *uint16, what string) bool {
	// A length behind the address is cut off without a word, as keepalived does.
	host, _, _ := strings.Cut(s.word(0), "/")
	a, ok := parseAddr(host)
	if !ok {
		s.noEndpoint(what)
		return false
	}
	*addr = a
	if len(s.args) < 2 {
		return true
	}
	n, junk := parseInt(s.word(1))
	// Port 0 is all ports: for a service it is only taken as `0`, for a server it is that of its service.
	if junk || n < 0 || n > 65535 || (n == 0 && what == "virtual server" && s.word(1) != "0") {
		s.errorf(s.at(1), "number-out-of-range",
			"Invalid %s IP address/port %s/%s - skipping; number '%s' is outside range [1, 65535]", what, host,
			s.word(1), s.word(1))
		return false
	}
	*port = uint16(n)
	return true
}

// noEndpoint says that the first word is no address, and what to write if it is one with its port.
func (s *stmt) noEndpoint(what string) {
	way := "write a numeric address and a port"
	//	virtual_server 192.0.2.1:80 {
	if at, err := netip.ParseAddrPort(s.word(0)); err == nil {
		way = sprintf("write a blank, not a colon, before the port: %s %s %d", s.kw.Name, at.Addr(), at.Port())
	}
	s.errorf(s.at(0), "invalid-address", "Invalid %s IP address/port %s - skipping; %s", what,
		strings.Join(wordsText(s.args), "/"), way)
}

func openRealServer(s *stmt, d *serviceDraft) *realDraft {
	// Its draft is in use until the service is complete, when all of them are given back at once.
	r := s.services().reals.next()
	*r = realDraft{draft: r.empty(), checkers: r.checkers[:0], service: d}
	r.Pos, r.Own = s.pos(), config.OwnLines(s.node.Own)
	if !s.endpoint(&r.Addr, &r.Port, "real server") {
		return nil
	}
	return r
}

// closeRealServer takes the server into the service unless its family is wrong
// (semantics 8.4); a tunnel may lead to another family.
func closeRealServer(s *stmt, r *realDraft) {
	d := r.service
	// Its own method counts, else that of the service, which must stand above it for this.
	tunnel := r.has("lvs_method") && r.Method == config.TUN || !r.has("lvs_method") && d.Method == config.TUN
	switch {
	case tunnel: // says nothing of the family of the service
	case !d.family:
		d.IPv6, d.family = r.Addr.Is6(), true
	case r.Addr.Is6() != d.IPv6:
		s.errorf(s.pos(), "mixed-families",
			"Address family of virtual server %s and real server %s don't match - skipping real server; "+
				"use an address of the same family", d.name, r.Addr)
		return
	}
	d.reals = append(d.reals, r)
}
