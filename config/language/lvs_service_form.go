package language

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"holdfast/config"
)

// The forms of virtual_server.

// scheduler is how connections are spread.
func scheduler() Keyword {
	k := custom("rr|wrr|lc|wlc|lblc|lblcr|sh|mh|dh|fo|ovf|sed|nq|twos", 1, setScheduler)
	k.bind.show = showing(func(d *serviceDraft) []writing { return wordIf(d.Scheduler) })
	return k
}

// knownScheduler reports whether a scheduler is one of the kernel's.
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
		// A scheduler that is not built into this kernel is found when the service is made; this is about names that no
		// kernel has.
		near := nearestOf(name, strings.Split(s.kw.Args, "|"))
		text := "; write one of " + s.kw.Args
		if near != "" {
			text = "; did you mean '" + near + "'?"
		}
		s.errorf(s.at(0), "unknown-value", "Invalid lvs_scheduler '%s' - ignoring%s", name, text)
		return false
	}
	d.Scheduler = name
	return true
}

// schedulerFlag sets bits of the scheduler; of says which scheduler they belong to.
func schedulerFlag(of string, bit uint32) Keyword {
	return custom("", 0, func(s *stmt, d *serviceDraft) bool {
		//	lb_algo sh
		//	sh-port
		// in this order: the bits mean something else with another scheduler.
		if of != "" && d.Scheduler != of {
			s.errorf(s.pos(), "option-of-other-scheduler",
				"%s only applies to the %s scheduler - ignoring; write it after lb_algo %s", s.kw.Name, of, of)
			return false
		}
		d.SchedulerFlags |= bit
		return true
	})
}

// flagShown writes a flag of the scheduler by its number, which needs no scheduler
// before it.
func flagShown(bit uint32) option {
	return shows(func(d *serviceDraft) []writing { return when(d.SchedulerFlags&bit != 0) })
}

// refuseHashed reports a keyword that has no effect any more.
func refuseHashed(s *stmt, d *serviceDraft) bool {
	// These two hash: the word is of no use to them, but not wrong.
	if d.Scheduler == "sh" || d.Scheduler == "mh" {
		s.mutedf(s.pos(), "option-of-other-scheduler", "hashed has no effect; remove it")
		return false
	}
	s.errorf(s.pos(), "option-of-other-scheduler",
		"hashed only applies to the sh scheduler of old kernels - ignoring; remove it")
	return false
}

// protocol is the transport of the service.
func protocol() Keyword {
	k := custom("TCP|UDP|SCTP", 1, setProtocol)
	k.bind.show = showing(func(d *serviceDraft) []writing {
		if d.Protocol == config.ProtocolNone {
			return nil
		}
		return written(strings.ToUpper(d.Protocol.String()))
	})
	return k
}

// setProtocol takes the name of a transport.
func setProtocol(s *stmt, d *serviceDraft) bool {
	// The one keyword whose value may be in any case (grammar 4.5).
	switch strings.ToUpper(s.word(0)) {
	case "TCP":
		d.Protocol = config.TCP
	case "UDP":
		d.Protocol = config.UDP
	case "SCTP":
		d.Protocol = config.SCTP
	default:
		s.errorf(s.at(0), "unknown-value", "Unknown protocol %s - ignoring; write TCP, UDP or SCTP", s.word(0))
		return false
	}
	return true
}

// persistence is how long a client stays with its real server.
func persistence() Keyword {
	k := custom("[SECONDS 1..2678400]", 0, func(s *stmt, d *serviceDraft) bool {
		//	persistence_timeout
		// alone is six minutes.
		timeout := defaultPersistence
		if len(s.args) > 0 {
			n, ok := s.integer(0, 1, maxPersistence, false)
			if !ok {
				return false
			}
			timeout = time.Duration(n) * time.Second
		}
		d.Persistent, d.PersistenceTimeout = true, timeout
		return true
	})
	k.bind.show = showing(func(d *serviceDraft) []writing {
		if !d.Persistent {
			return nil
		}
		return inRange(int64(d.PersistenceTimeout/time.Second), 1, maxPersistence)
	})
	return k
}

// maxEngine is the longest name of a persistence engine.
const maxEngine = 16

// persistenceEngine is what recognises a client.
func persistenceEngine() Keyword {
	k := custom("NAME", 1, func(s *stmt, d *serviceDraft) bool {
		name := s.word(0)
		if len(name) > maxEngine {
			s.warnf(s.at(0), "name-too-long",
				"persistence_engine name too long, truncating - %s; %d characters at most", name, maxEngine)
			name = name[:maxEngine]
		}
		d.PersistenceEngine = name
		return true
	})
	k.bind.show = showing(func(d *serviceDraft) []writing { return wordIf(d.PersistenceEngine) })
	return k
}

// granularity is the network whose clients count as one.
func granularity() Keyword {
	k := custom("NETMASK | PREFIX 1..128", 1, setGranularity)
	k.bind.show = showing(func(d *serviceDraft) []writing {
		n := int(d.PersistenceGranularity)
		switch {
		case !d.Persistent || n == 0 || n == fullLength(d.IPv6):
			return nil
		case d.IPv6:
			return written(strconv.Itoa(n))
		}
		return written(netip.PrefixFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), n).Masked().Addr().String())
	})
	return k
}

// fullLength is the prefix length of a single host.
func fullLength(ipv6 bool) int {
	if ipv6 {
		return 128
	}
	return 32
}

// setGranularity takes a netmask for IPv4, a prefix length for either; where nothing
// else has told the family yet, which of them it is does.
func setGranularity(s *stmt, d *serviceDraft) bool {
	word := s.word(0)
	//	persistence_granularity 255.255.255.0
	ipv6 := d.IPv6
	if !d.family {
		ipv6 = !strings.Contains(word, ".")
	}
	length, ok := maskLength(word, ipv6)
	if !ok {
		const text = "Invalid persistence_granularity %s; write a netmask such as 255.255.255.0, or a prefix length"
		//	persistence_granularity 255.0.255.0
		// is taken by 2.2.7; no network has such a mask.
		if !ipv6 && isFourBytes(word) {
			s.mutedf(s.at(0), "invalid-netmask", text, word) // keepalived takes any four bytes for a mask
		} else {
			s.errorf(s.at(0), "invalid-netmask", text, word)
		}
		return false
	}
	d.PersistenceGranularity, d.IPv6, d.family = length, ipv6, true
	// Whoever asks for a granularity asks for persistence, for as long as the bare keyword means.
	if !d.Persistent {
		d.Persistent, d.PersistenceTimeout = true, defaultPersistence
	}
	return true
}

// isFourBytes reports whether C reads a text as four bytes: up to four numbers parted by
// dots, of which the last fills what is left.
func isFourBytes(text string) bool {
	parts := strings.Split(text, ".")
	for i, part := range parts {
		most := uint64(255)
		if i == len(parts)-1 {
			most = 1<<(8*max(0, 4-i)) - 1
		}
		if n, ok := parseC(part); !ok || n > most || strings.HasPrefix(part, "+") || i > 3 {
			return false
		}
	}
	return true
}

// isIPv4 reports whether a text is an IPv4 address.
func isIPv4(text string) bool {
	a, err := netip.ParseAddr(text)
	return err == nil && a.Is4()
}

// maskLength is the prefix length of a netmask or a number.
func maskLength(text string, ipv6 bool) (uint8, bool) {
	if n, junk := parseInt(text); !junk {
		// A number is a length in both families; a mask of four bytes is for IPv4.
		return uint8(n), n >= 1 && n <= int64(fullLength(ipv6))
	}
	if ipv6 || !isIPv4(text) {
		return 0, false
	}
	b := netip.MustParseAddr(text).As4()
	mask := binary.BigEndian.Uint32(b[:])
	// A mask is ones and then zeros: nothing may be left behind the ones.
	ones := bits.LeadingZeros32(^mask)
	return uint8(ones), mask<<ones == 0 && ones > 0
}

// serviceFamily is the address family of a service that has no address of its own.
func serviceFamily() Keyword {
	k := custom("inet|inet6", 1, setFamily)
	k.bind.show = showing(func(d *serviceDraft) []writing {
		if d.Addr.IsValid() {
			return nil
		}
		return written(map[bool]string{false: "inet", true: "inet6"}[d.IPv6])
	})
	return k
}

// setFamily takes inet or inet6 for a service that no address tells the family of.
func setFamily(s *stmt, d *serviceDraft) bool {
	family, ok := parseFamily(s.word(0))
	if !ok {
		s.errorf(s.at(0), "unknown-value", "unknown address family %s; write inet or inet6", s.word(0))
		return false
	}
	// An address, a granularity or a server has told another family already.
	if v6 := family == config.IPv6; d.family && v6 != d.IPv6 {
		s.errorf(s.at(0), "mixed-families",
			"virtual server %s: specified family %s conflicts with its addresses; remove ip_family", d.name, s.word(0))
		return false
	}
	d.IPv6, d.family = family == config.IPv6, true
	return true
}

// sorryServer is the server used while the quorum is lost.
func sorryServer() Keyword {
	k := custom("IP [PORT]", 1, setSorryServer)
	k.bind.show = showing(func(d *serviceDraft) []writing {
		if d.Sorry == nil {
			return nil
		}
		return written(endpointWords(d.Sorry.Addr, d.Sorry.Port)...)
	})
	return k
}

// sorryInhibit keeps the sorry server with weight 0.
func sorryInhibit() Keyword {
	k := custom("", 0, setSorryInhibit)
	k.bind.show = showing(func(d *serviceDraft) []writing { return when(d.Sorry != nil && d.SorryInhibit) })
	return k
}

// sorryMethod is how packets reach the sorry server.
func sorryMethod() Keyword {
	k := custom(forwarding, 0, setSorryMethod)
	k.bind.show = showing(func(d *serviceDraft) []writing {
		if d.Sorry == nil {
			return nil
		}
		return written(methodWords(d.Sorry.Method, d.Sorry.Tunnel)...)
	})
	return k
}

// endpointWords is an address with its port, if there is one.
func endpointWords(a netip.Addr, port uint16) []string {
	if port == 0 {
		return []string{a.String()}
	}
	return []string{a.String(), strconv.Itoa(int(port))}
}

// setSorryServer takes an address with a port. The method is not known yet (completeSorry).
func setSorryServer(s *stmt, d *serviceDraft) bool {
	//	sorry_server 192.0.2.200 80
	// Without a port it is that of the service (semantics 8.5).
	r := config.RealServer{Weight: 1, Pos: s.pos()}
	if !s.endpoint(&r.Addr, &r.Port, "sorry server") {
		return false
	}
	if len(s.args) < 2 {
		r.Port = d.Port
	}
	d.Sorry = &r
	return true
}

// setSorryInhibit wants the sorry server above it (semantics 8.13).
func setSorryInhibit(s *stmt, d *serviceDraft) bool {
	if d.Sorry == nil {
		s.errorf(s.pos(), "sorry-server-order",
			"Ignoring sorry_server inhibit used before or without sorry_server; move it after sorry_server")
		return false
	}
	d.SorryInhibit = true
	return true
}

// setSorryMethod wants the sorry server above it, too.
func setSorryMethod(s *stmt, d *serviceDraft) bool {
	if d.Sorry == nil {
		s.errorf(s.pos(), "sorry-server-order",
			"sorry_server forwarding used without sorry_server; move it after sorry_server")
		return false
	}
	if len(s.args) == 0 {
		s.missing(1)
		return false
	}
	m, tunnel, ok := s.method("sorry")
	if ok {
		// Not into the server itself: another sorry_server below this line would lose it.
		d.sorryVia, d.sorryHow = &m, tunnel
	}
	return ok
}
