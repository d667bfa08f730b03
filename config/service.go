package config

import (
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
	"time"

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
	VirtualServer
	name      string // as written, for messages before everything is known
	group     string // virtual_server group: checked, but not built
	weight    int
	inhibit   bool
	host      string
	smtpAlert *bool
	checks    checkDefaults
	reals     []*realDraft
	sorryVia  *Method
}

// realDraft is a real_server while it is being read.
type realDraft struct {
	draft
	RealServer
	service   *serviceDraft
	host      string
	smtpAlert *bool
	checks    checkDefaults
	checkers  []*checkerDraft
	// checkPort is where checkers connect: the port as it was written, also where the
	// forwarding method replaces it in the table (semantics 8.5, seen on 2.2.7).
	checkPort uint16
}

// Name is how messages and notifications call the service (semantics 8.22).
func (v *VirtualServer) Name() string {
	if v.FWMark != 0 {
		return "FWM " + strconv.FormatUint(uint64(v.FWMark), 10)
	}
	return endpoint(v.Addr, v.Protocol, v.Port)
}

// Name is how messages call the real server of a service (semantics 8.22).
func (r *RealServer) Name(p Protocol) string { return endpoint(r.Addr, p, r.Port) }

func endpoint(a netip.Addr, p Protocol, port uint16) string {
	return "[" + a.String() + "]:" + p.String() + ":" + strconv.Itoa(int(port))
}

// String is the protocol's name in messages.
func (p Protocol) String() string {
	switch p {
	case TCP:
		return "tcp"
	case UDP:
		return "udp"
	case SCTP:
		return "sctp"
	}
	return "none"
}

// String is the keyword of the method.
func (m Method) String() string { return [...]string{"NAT", "DR", "TUN"}[m] }

func openService(s *stmt, b *binder) *serviceDraft {
	d := &serviceDraft{weight: 1, name: s.word(0)}
	d.Pos, d.Quorum = s.pos(), 1
	d.PersistenceGranularity = 0
	b.object = ""
	switch s.word(0) {
	case "group":
		if len(s.args) < 2 {
			s.missing(2)
			return nil
		}
		s.mutedf(s.pos(), "virtual_server group is not supported yet; the block has no effect - write a virtual_server for each address")
		d.group = s.word(1)
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
	default:
		if !s.endpoint(&d.Addr, &d.Port, "virtual server") {
			return nil
		}
		d.IPv6 = d.Addr.Is6()
	}
	b.services = append(b.services, d)
	return d
}

// title is Name, also for a service of a group.
func (d *serviceDraft) title() string {
	if d.group != "" {
		return "[" + d.group + "]"
	}
	return d.Name()
}

// endpoint reads IP[/LEN] [PORT].
func (s *stmt) endpoint(addr *netip.Addr, port *uint16, what string) bool {
	host, _, _ := strings.Cut(s.word(0), "/")
	a, ok := parseAddr(host)
	if !ok {
		s.errorf(s.at(0), "Invalid %s IP address/port %s - skipping; write a numeric address and a port", what, strings.Join(wordsText(s.args), "/"))
		return false
	}
	*addr = a
	if len(s.args) < 2 {
		return true
	}
	n, junk := parseInt(s.word(1))
	if junk || n < 0 || n > 65535 || (n == 0 && what == "virtual server" && s.word(1) != "0") {
		s.errorf(s.at(1), "Invalid %s IP address/port %s/%s - skipping; number '%s' is outside range [1, 65535]", what, host, s.word(1), s.word(1))
		return false
	}
	*port = uint16(n)
	return true
}

func wordsText(words []syntax.Word) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w.Text
	}
	return out
}

func knownScheduler(name string) bool {
	switch name {
	case "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed", "nq", "twos":
		return true
	}
	return false
}

func setScheduler(s *stmt, d *serviceDraft) bool {
	name := s.word(0)
	if !knownScheduler(name) {
		near := nearestOf(name, strings.Split(s.kw.Args, "|"))
		text := "; write one of " + s.kw.Args
		if near != "" {
			text = "; did you mean '" + near + "'?"
		}
		s.errorf(s.at(0), "Invalid lvs_scheduler '%s' - ignoring%s", name, text)
		return false
	}
	d.Scheduler = name
	return true
}

// schedulerFlag sets bits of the scheduler; of says which scheduler they belong to.
func schedulerFlag(of string, bit uint32) Keyword {
	return custom("", 0, func(s *stmt, d *serviceDraft) bool {
		if of != "" && d.Scheduler != of {
			s.errorf(s.pos(), "%s only applies to the %s scheduler - ignoring; write it after lb_algo %s", s.kw.Name, of, of)
			return false
		}
		d.SchedulerFlags |= bit
		return true
	})
}

// refuseHashed reports a keyword that no scheduler takes any more.
func refuseHashed(s *stmt, _ *serviceDraft) bool {
	s.errorf(s.pos(), "hashed only applies to the sh scheduler of old kernels - ignoring; remove it")
	return false
}

// method reads a forwarding method; what is behind TUN is not built.
func method[T any](what string, p func(*T) *Method) Keyword {
	return custom(forwarding, 1, func(s *stmt, t *T) bool {
		m, ok := s.method(what)
		if ok {
			*p(t) = m
		}
		return ok
	})
}

func (s *stmt) method(what string) (Method, bool) {
	var m Method
	switch s.word(0) {
	case "NAT":
		m = NAT
	case "DR":
		m = DR
	case "TUN":
		m = TUN
	default:
		s.errorf(s.at(0), "unknown [%s] routing method for %s server; write NAT, DR or TUN", s.word(0), what)
		return 0, false
	}
	if len(s.args) > 1 && m == TUN {
		s.mutedf(s.at(1), "%s: options of TUN are not supported yet; plain IP in IP is used", s.kw.Name)
	}
	return m, true
}

func setProtocol(s *stmt, d *serviceDraft) bool {
	switch strings.ToUpper(s.word(0)) {
	case "TCP":
		d.Protocol = TCP
	case "UDP":
		d.Protocol = UDP
	case "SCTP":
		d.Protocol = SCTP
	default:
		s.errorf(s.at(0), "Unknown protocol %s - ignoring; write TCP, UDP or SCTP", s.word(0))
		return false
	}
	return true
}

func setPersistence(s *stmt, d *serviceDraft) bool {
	d.PersistenceTimeout = defaultPersistence
	if len(s.args) > 0 {
		n, ok := s.integer(0, 1, maxPersistence, false)
		if !ok {
			d.PersistenceTimeout = 0
			return false
		}
		d.PersistenceTimeout = time.Duration(n) * time.Second
	}
	d.Persistent = true
	return true
}

func setGranularity(s *stmt, d *serviceDraft) bool {
	length, ok := maskLength(s.word(0), d.IPv6)
	if !ok {
		s.errorf(s.at(0), "Invalid persistence_granularity %s; write a netmask such as 255.255.255.0, or a prefix length", s.word(0))
		return false
	}
	d.PersistenceGranularity = length
	if !d.Persistent {
		d.Persistent, d.PersistenceTimeout = true, defaultPersistence
	}
	return true
}

// maskLength is the prefix length of a netmask or a number.
func maskLength(text string, ipv6 bool) (uint8, bool) {
	limit := int64(32)
	if ipv6 {
		limit = 128
	}
	if n, junk := parseInt(text); !junk {
		return uint8(n), n >= 1 && n <= limit
	}
	a, err := netip.ParseAddr(text)
	if err != nil || !a.Is4() || ipv6 {
		return 0, false
	}
	b := a.As4()
	mask := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	ones := bits.LeadingZeros32(^mask)
	return uint8(ones), mask<<ones == 0 && ones > 0
}

func setFamily(s *stmt, d *serviceDraft) bool {
	var v6 bool
	switch s.word(0) {
	case "inet":
	case "inet6":
		v6 = true
	default:
		s.errorf(s.at(0), "unknown address family %s; write inet or inet6", s.word(0))
		return false
	}
	if d.FWMark == 0 && d.group == "" && v6 != d.IPv6 || d.familyKnown() && v6 != d.IPv6 {
		s.errorf(s.at(0), "virtual server %s: specified family %s conflicts with its addresses; remove ip_family", d.name, s.word(0))
		return false
	}
	d.IPv6 = v6
	return true
}

// familyKnown tells whether a fwmark service has a family already.
func (d *serviceDraft) familyKnown() bool {
	return d.FWMark == 0 || len(d.reals) > 0 || d.Sorry != nil || d.has("ip_family")
}

func setSorryServer(s *stmt, d *serviceDraft) bool {
	r := RealServer{Weight: 1, Pos: s.pos()}
	if !s.endpoint(&r.Addr, &r.Port, "sorry server") {
		return false
	}
	if len(s.args) < 2 {
		r.Port = d.Port
	}
	d.Sorry = &r
	return true
}

func setSorryInhibit(s *stmt, d *serviceDraft) bool {
	if d.Sorry == nil {
		s.errorf(s.pos(), "Ignoring sorry_server inhibit used before or without sorry_server; move it after sorry_server")
		return false
	}
	d.SorryInhibit = true
	return true
}

func setSorryMethod(s *stmt, d *serviceDraft) bool {
	if d.Sorry == nil {
		s.errorf(s.pos(), "sorry_server forwarding used without sorry_server; move it after sorry_server")
		return false
	}
	m, ok := s.method("sorry")
	if ok {
		d.sorryVia = &m
	}
	return ok
}

func openRealServer(s *stmt, d *serviceDraft) *realDraft {
	r := &realDraft{service: d}
	r.Pos = s.pos()
	if !s.endpoint(&r.Addr, &r.Port, "real server") {
		return nil
	}
	if d.FWMark != 0 && !d.familyKnown() {
		d.IPv6 = r.Addr.Is6()
	}
	return r
}

// closeRealServer takes the server into the service unless its family is wrong
// (semantics 8.4); a tunnel may lead to another family.
func closeRealServer(s *stmt, r *realDraft) {
	d := r.service
	tunnel := r.has("lvs_method") && r.Method == TUN || !r.has("lvs_method") && d.Method == TUN
	if r.Addr.Is6() != d.IPv6 && !tunnel && d.group == "" {
		s.errorf(s.pos(), "Address family of virtual server %s and real server %s don't match - skipping real server; use an address of the same family", d.name, r.Addr)
		return
	}
	d.reals = append(d.reals, r)
}
