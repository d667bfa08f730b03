package realserver

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Type is how a director wraps packets for the host.
type Type uint8

// Direct is direct routing: they are not wrapped. The others are those of IPVS, with the same words.
const (
	Direct Type = iota
	IPIP
	GUE
	GRE
)

func (t Type) String() string { return [...]string{"direct", "ipip", "gue", "gre"}[t] }

// ParseType reads the type of a tunnel.
func ParseType(word string) (Type, error) {
	for _, t := range []Type{IPIP, GUE, GRE} {
		if word == t.String() {
			return t, nil
		}
	}
	return 0, fmt.Errorf("tunnel type %q: want ipip, gue or gre", word)
}

// Method is how packets for an address come.
type Method struct {
	Type Type
	Port uint16 // of GUE
	// Checked, of GRE, is the address of this host that the director sends packets with checksums to; the zero
	// address is for those without. The interface that there always is takes none with one, and that for an address
	// none without.
	Checked netip.Addr
}

// An Entry is a virtual address that the host is to serve.
type Entry struct {
	Addr   netip.Addr
	Method Method
}

// A Wish is all that a host is to serve, in the order of addresses, each once.
type Wish []Entry

// With is the wish with addresses, whatever method they had.
func (w Wish) With(addrs []netip.Addr, m Method) Wish {
	out := w.Without(addrs)
	for _, a := range addrs {
		out = append(out, Entry{a, m})
	}
	slices.SortFunc(out, func(a, b Entry) int { return a.Addr.Compare(b.Addr) })
	return slices.CompactFunc(out, func(a, b Entry) bool { return a.Addr == b.Addr })
}

// Without is the wish without addresses.
func (w Wish) Without(addrs []netip.Addr) Wish {
	return slices.DeleteFunc(slices.Clone(w), func(e Entry) bool { return slices.Contains(addrs, e.Addr) })
}

// Only is the part of the wish that is about addresses; all of it if none are given.
func (w Wish) Only(addrs []netip.Addr) Wish {
	return slices.DeleteFunc(slices.Clone(w), func(e Entry) bool {
		return len(addrs) > 0 && !slices.Contains(addrs, e.Addr)
	})
}

// link is where the address is kept.
func (e Entry) link() string {
	six := e.Addr.Is6()
	switch e.Method.Type {
	case IPIP, GUE: // what comes out of a GUE is IP in IP
		if six {
			return "ip6tnl0"
		}
		return "tunl0"
	case GRE:
		if e.Method.Checked.IsValid() {
			return checkedLink(e.Method.Checked)
		}
		if six {
			return "ip6gre0"
		}
		return "gre0"
	}
	return "lo"
}

// module is the kernel module that makes the link, or that it needs; "" for lo.
func (e Entry) module() string {
	return map[string]string{"tunl0": "ipip", "ip6tnl0": "ip6_tunnel", "gre0": "ip_gre", "ip6gre0": "ip6_gre",
		"hfgre4": "ip_gre", "hfgre6": "ip6_gre"}[e.link()]
}

// prefix is the address as it is set: alone, so that its network is not taken for local.
func (e Entry) prefix() netip.Prefix { return netip.PrefixFrom(e.Addr, e.Addr.BitLen()) }

// args are the words of a command line for the addresses of one method.
func (m Method) args() []string {
	switch m.Type {
	case Direct:
		return nil
	case GUE:
		return []string{"--tun-type=gue", "--tun-port=" + strconv.Itoa(int(m.Port))}
	}
	if m.Checked.IsValid() {
		return []string{"--tun-type=gre", "--tun-csum=" + m.Checked.String()}
	}
	return []string{"--tun-type=" + m.Type.String()}
}

// Lines are the words of one command line for each method.
func (w Wish) Lines() [][]string {
	groups := map[Method][]string{}
	for _, e := range w {
		groups[e.Method] = append(groups[e.Method], e.Addr.String())
	}
	methods := make([]Method, 0, len(groups))
	for m := range groups {
		methods = append(methods, m)
	}
	slices.SortFunc(methods, func(a, b Method) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Port, b.Port), a.Checked.Compare(b.Checked))
	})
	var lines [][]string
	for _, m := range methods {
		lines = append(lines, append(m.args(), groups[m]...))
	}
	return lines
}

// parseLine reads what Lines writes.
func parseLine(words []string) (Wish, error) {
	var m Method
	var addrs []netip.Addr
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		switch {
		case name == "--tun-type":
			t, err := ParseType(value)
			if err != nil {
				return nil, err
			}
			m.Type = t
		case name == "--tun-port":
			port, err := strconv.ParseUint(value, 10, 16)
			if err != nil {
				return nil, fmt.Errorf("tunnel port %q", value)
			}
			m.Port = uint16(port)
		case name == "--tun-csum":
			a, err := netip.ParseAddr(value)
			if err != nil {
				return nil, fmt.Errorf("address %q for GRE with checksums", value)
			}
			m.Checked = a
		case strings.HasPrefix(word, "-"): // says nothing about what is wished for
		default:
			a, err := ParseAddr(word)
			if err != nil {
				return nil, err
			}
			addrs = append(addrs, a)
		}
	}
	return Wish{}.With(addrs, m), nil
}

// ParseAddr reads a virtual address: one that a host may have, without a zone.
func ParseAddr(text string) (netip.Addr, error) {
	a, err := netip.ParseAddr(text)
	switch {
	case err != nil:
		return a, fmt.Errorf("%q is no address", text)
	case a.Zone() != "" || a.IsLinkLocalUnicast():
		return a, fmt.Errorf("%s is of one link: a virtual address is one that clients reach", text)
	case a.IsUnspecified() || a.IsMulticast() || a.IsLoopback() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return a, fmt.Errorf("%s cannot be a virtual address", text)
	case a.Is4In6():
		return a.Unmap(), nil
	}
	return a, nil
}
