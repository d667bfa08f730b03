package overview

import (
	"net/netip"
	"strconv"
	"strings"

	"holdfast/internal/state"
)

// sought is what a name may mean that somebody has from the log, the configuration or ipvsadm.
type sought struct {
	text     string     // without what stands before names in the log and the configuration
	addr     netip.Addr // not valid unless an address is named
	port     int        // -1 without one
	protocol string     // "" without one
	mark     uint32     // 0 without one
}

func seek(name string) sought {
	s := sought{text: bare(strings.TrimSpace(name)), port: -1}
	words := strings.Fields(strings.ToLower(s.text))
	if len(words) == 0 {
		return s
	}
	if number, is := strings.CutPrefix(strings.Join(words, ""), "fwm"); is {
		// FWM 9 in the log, fwmark 9 in the configuration, and FWM 9 IPv6 of ipvsadm.
		number = strings.TrimSuffix(strings.TrimPrefix(number, "ark"), "ipv6")
		n, _ := strconv.ParseUint(number, 10, 32)
		s.mark = uint32(n)
		return s
	}
	if isProtocol(words[0]) {
		s.protocol, words = words[0], words[1:]
	}
	switch len(words) {
	case 1:
		s.endpoint(words[0])
	case 2: // address and port, as in the configuration
		s.endpoint(words[0])
		if s.port >= 0 || !s.portIs(words[1]) {
			s.addr = netip.Addr{}
		}
	}
	return s
}

// bare is a name without the word that stands before it in the log or the configuration, and its parentheses.
func bare(name string) string {
	for _, word := range []string{"VS", "virtual_server_group", "virtual_server", "group", "real_server", "vrrp_instance",
		"vrrp_sync_group", "bfd_instance"} {
		if rest, is := strings.CutPrefix(name, word+" "); is {
			name = strings.TrimSpace(rest)
		}
	}
	for _, word := range []string{"VRRP_Instance(", "VRRP_Group(", "BFD_Instance(", "("} {
		if rest, is := strings.CutPrefix(name, word); is && strings.HasSuffix(rest, ")") {
			return strings.TrimSuffix(rest, ")")
		}
	}
	return name
}

func isProtocol(word string) bool {
	return word == "tcp" || word == "udp" || word == "sctp" || word == "none"
}

// endpoint takes an address with what may follow: 10.0.0.1, 10.0.0.1:80, [10.0.0.1]:80, [10.0.0.1]:tcp:80, and the
// ranges 10.0.0.1-5 and [10.0.0.1]:tcp:80-10.0.0.5, which go by their first address.
func (s *sought) endpoint(word string) {
	word, _, _ = strings.Cut(word, "-")
	if addr, err := netip.ParseAddr(word); err == nil {
		s.addr = addr
		return
	}
	host, rest, more := strings.Cut(word, ":")
	if inner, is := strings.CutPrefix(word, "["); is {
		host, rest, is = strings.Cut(inner, "]")
		if !is || rest != "" && rest[0] != ':' {
			return
		}
		rest, more = strings.CutPrefix(rest, ":")
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return
	}
	if protocol, port, is := strings.Cut(rest, ":"); is && isProtocol(protocol) {
		s.protocol, rest = protocol, port
	}
	if more && !s.portIs(rest) {
		return
	}
	s.addr = addr
}

func (s *sought) portIs(word string) bool {
	n, err := strconv.ParseUint(word, 10, 16)
	if err != nil {
		return false
	}
	s.port = int(n)
	return true
}

// alone reports whether an address is named, and nothing but it.
func (s *sought) alone() bool { return s.addr.IsValid() && s.port < 0 && s.protocol == "" }

func (s *sought) instance(i *state.Instance) bool {
	if i.Name == s.text {
		return true
	}
	for _, v := range i.Addresses {
		p, err := netip.ParsePrefix(v.Address)
		if v.Address == s.text || err == nil && s.alone() && p.Addr() == s.addr {
			return true
		}
	}
	return false
}

func (s *sought) session(b *state.Session) bool {
	return b.Name == s.text || s.alone() && b.Neighbor == s.addr
}

func (s *sought) service(v *state.Service) bool {
	if v.Name == s.text || v.Group != "" && (v.Group == s.text || "["+v.Group+"]" == s.text) {
		return true
	}
	if s.protocol != "" && s.protocol != v.Protocol {
		return false
	}
	for _, e := range v.Entries {
		if s.mark != 0 && e.Mark == s.mark || s.at(e) && (s.port < 0 || e.Port == 0 || s.port == int(e.Port)) {
			return true
		}
	}
	return false
}

// at reports whether the address that is named is one of an entry.
func (s *sought) at(e state.Entry) bool {
	return s.addr.IsValid() && e.First.IsValid() && s.addr.BitLen() == e.First.BitLen() &&
		e.First.Compare(s.addr) <= 0 && s.addr.Compare(e.Last) <= 0
}

func (s *sought) server(r *state.Server, of *state.Service) bool {
	if s.text == r.Name || s.text == r.Service+" "+r.Name {
		return true
	}
	if s.addr != r.Address || s.protocol != "" && !strings.Contains(r.Name, ":"+s.protocol+":") {
		return false
	}
	if s.port < 0 || s.port == int(r.Port) {
		return true
	}
	// Where packets keep the port that they came to, ipvsadm shows a server of a group with that one.
	if of == nil || of.Group == "" || of.Method == "NAT" {
		return false
	}
	for _, e := range of.Entries {
		if s.port == int(e.Port) {
			return true
		}
	}
	return false
}
