package realserver

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A Problem is something that keeps the host from serving an address, or that makes it disturb others.
type Problem struct {
	Addr netip.Addr // zero: of all
	Link string     // "" = of none
	Text string     // what is wrong and what would be right, in a line
}

// Check is what is wrong on a host that is to serve the wish, with something that listens on ports. Nil is well.
func Check(w Wish, h Host, ports []uint16) []Problem {
	var all []Problem
	tell := func(a netip.Addr, link, format string, args ...any) {
		p := Problem{a, link, fmt.Sprintf(format, args...)}
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	for _, e := range w {
		h.checkPlace(e, tell)
		if e.Addr.Is4() {
			h.checkARP(tell)
		}
		if e.Method.Type != Direct {
			h.checkTunnel(e, tell)
		}
		for _, port := range ports {
			if !h.listens(e.Addr, port) {
				tell(e.Addr, "", "nothing listens on %s", netip.AddrPortFrom(e.Addr, port))
			}
		}
	}
	return all
}

type teller func(a netip.Addr, link, format string, args ...any)

// checkPlace looks where the address is.
func (h Host) checkPlace(e Entry, tell teller) {
	want, there := e.link(), false
	for _, a := range h.Addresses {
		if a.Prefix.Addr() != e.Addr {
			continue
		}
		l, _ := h.link(a.Link)
		switch {
		case a.Link == want:
			there = true
		case !l.Loopback && !l.Silent:
			tell(e.Addr, a.Link, "%s is on %s, which tells its neighbours so; want it on %s alone", e.Addr, a.Link, want)
			continue
		case e.Method.Type == Direct && l.Silent:
			tell(e.Addr, a.Link, "%s is on %s as well as is wanted for a tunnel; for direct routing it has to be on %s",
				e.Addr, a.Link, want)
		}
		if a.Prefix.Bits() != e.Addr.BitLen() {
			tell(e.Addr, a.Link, "%s is on %s as %s, so all addresses of that network count as this host's; want /%d",
				e.Addr, a.Link, a.Prefix, e.Addr.BitLen())
		}
		if a.Duplicate {
			tell(e.Addr, a.Link, "%s on %s is not used: another host was found to have it (set it with nodad)", e.Addr, a.Link)
		}
	}
	if !there {
		tell(e.Addr, want, "%s is not on %s", e.Addr, want)
	}
	if l, ok := h.link(want); want == "lo" && ok && !l.Up {
		tell(netip.Addr{}, want, "lo is down")
	}
}

// checkARP looks for interfaces that answer for addresses of others, or ask in their name.
func (h Host) checkARP(tell teller) {
	for _, l := range h.Links {
		if l.Loopback || l.Silent || !l.Up {
			continue
		}
		own := func(what string) string {
			return fmt.Sprintf("%s is %d, and %d for all", conf(l.Name, what),
				h.number(conf(l.Name, what)), h.number(conf("all", what)))
		}
		switch n := h.effective(l.Name, "arp_ignore"); {
		case n == 0:
			tell(netip.Addr{}, l.Name, "%s answers ARP for addresses of other interfaces: %s; want 1",
				l.Name, own("arp_ignore"))
		case n == 8:
			tell(netip.Addr{}, l.Name, "%s answers no ARP at all: %s; want 1", l.Name, own("arp_ignore"))
		}
		if h.effective(l.Name, "arp_announce") < 2 {
			tell(netip.Addr{}, l.Name, "%s may ask with a virtual address in ARP, which neighbours learn: %s; want 2",
				l.Name, own("arp_announce"))
		}
	}
}

// checkTunnel looks whether what comes through the tunnel is taken.
func (h Host) checkTunnel(e Entry, tell teller) {
	name := e.link()
	l, there := h.link(name)
	switch {
	case !there && e.Method.Checked.IsValid():
		tell(netip.Addr{}, name, "%s is not there, and nothing else takes GRE with checksums: ip link add %s", name,
			strings.TrimPrefix(Step{Kind: AddLink, Name: name, Local: e.Method.Checked}.String(), "ip link add "))
		return
	case !there:
		tell(netip.Addr{}, name, "%s is not there: load module %s", name, e.module())
		return
	case e.Method.Checked.IsValid() && e.Method.Checked != l.Checked:
		tell(netip.Addr{}, name, "%s does not take GRE with checksums to %s: remove it, and apply again", name,
			e.Method.Checked)
	case !l.Up:
		tell(netip.Addr{}, name, "%s is down, and packets of the director are not unwrapped", name)
	}
	if e.Method.Type == GRE && !e.Method.Checked.IsValid() {
		h.checkShadow(e, tell)
	}
	if e.Method.Type == GUE && !slices.Contains(h.Fous, Fou{e.Addr.Is6(), e.Method.Port}) {
		tell(netip.Addr{}, name, "packets in UDP to port %d are not unwrapped", e.Method.Port)
	}
	if e.Addr.Is4() && h.effective(name, "rp_filter") == 1 {
		tell(netip.Addr{}, name, "packets of clients that come through %s are dropped: "+
			"rp_filter is %d, and %d for all; want 2 for %s",
			name, h.number(conf(name, "rp_filter")), h.number(conf("all", "rp_filter")), name)
	}
}

// checkShadow looks for an interface that takes GRE before the one that is there for all, and only with checksums.
func (h Host) checkShadow(e Entry, tell teller) {
	for _, l := range h.Links {
		if l.Checked.IsValid() && l.Checked.Is4() == e.Addr.Is4() && l.Up {
			tell(e.Addr, l.Name, "%s takes GRE to %s, and only with checksums: packets for %s without one are dropped if the "+
				"director sends them there", l.Name, l.Checked, e.Addr)
		}
	}
}

// listens reports whether somebody takes connections, or datagrams, for an address and port.
func (h Host) listens(a netip.Addr, port uint16) bool {
	return slices.ContainsFunc(h.Listeners, func(l Listener) bool {
		at := l.At.Addr()
		any6 := at == netip.IPv6Unspecified() // takes IPv4 as well, mostly
		return l.At.Port() == port && (at.Unmap() == a || at == netip.IPv4Unspecified() && a.Is4() || any6)
	})
}

// ParsePort reads a port.
func ParsePort(text string) (uint16, error) {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("port %q: want 1..65535", text)
	}
	return uint16(n), nil
}
