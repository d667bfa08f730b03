package realserver

import (
	"net/netip"
	"slices"
	"strconv"
)

// A Link is an interface.
type Link struct {
	Name     string
	Up       bool
	Loopback bool
	Silent   bool // no ARP, as tunnels have none
	// GRE: the address that it takes packets for, of one that takes only those with checksums.
	Checked netip.Addr
}

// An Address is one of a link.
type Address struct {
	Link   string
	Prefix netip.Prefix
	Label  string
	// Duplicate: somebody else has it, and the kernel does not use it (IPv6).
	Duplicate bool
}

// A Fou is a port where packets in UDP are unwrapped.
type Fou struct {
	Six  bool
	Port uint16
}

// A Listener is a socket of TCP that takes connections, or one of UDP.
type Listener struct {
	At  netip.AddrPort
	UDP bool
}

// Host is what there is, as far as it matters here.
type Host struct {
	Links     []Link
	Addresses []Address
	// Sysctls by name, net.ipv4.conf.all.arp_ignore; those of interfaces with a dot in their name have slashes.
	Sysctls   map[string]string
	Fous      []Fou
	Listeners []Listener
}

func (h Host) link(name string) (Link, bool) {
	i := slices.IndexFunc(h.Links, func(l Link) bool { return l.Name == name })
	if i < 0 {
		return Link{}, false
	}
	return h.Links[i], true
}

// has reports whether a link has an address with this length of its prefix.
func (h Host) has(link string, p netip.Prefix) bool {
	return slices.ContainsFunc(h.Addresses, func(a Address) bool { return a.Link == link && a.Prefix == p })
}

// number is the value of a sysctl, 0 if it is not there.
func (h Host) number(key string) int {
	n, _ := strconv.Atoi(h.Sysctls[key])
	return n
}

// conf is the name of a sysctl of an interface of IPv4.
func conf(link, what string) string {
	if slices.Contains([]byte(link), '.') {
		return "net/ipv4/conf/" + link + "/" + what
	}
	return "net.ipv4.conf." + link + "." + what
}

// effective is what counts for an interface: the larger one of its own value and that of all.
func (h Host) effective(link, what string) int {
	return max(h.number(conf("all", what)), h.number(conf(link, what)))
}
