package advice

import (
	"net/netip"
	"strings"

	"holdfast/config"
	"holdfast/config/syntax"
)

// addresses that no host can have, or that say something else than was meant.
func (a *adviser) addresses() {
	for i := range a.cfg.Instances {
		in := &a.cfg.Instances[i]
		for v := range in.Addresses() {
			a.virtual(in, *v)
		}
		a.oneHost(in.SourcePos, "("+in.Name+") source address", in.SourceIP)
		for _, p := range in.UnicastPeers {
			a.oneHost(p.Pos, "("+in.Name+") unicast_peer", p.Addr)
		}
	}
	for i := range a.cfg.VirtualServers {
		v := &a.cfg.VirtualServers[i]
		a.served(v.Pos, "virtual_server", v.Addr)
		for j := range v.RealServers {
			a.served(v.RealServers[j].Pos, "real_server", v.RealServers[j].Addr)
		}
		if v.Sorry != nil {
			a.served(v.Sorry.Pos, "sorry_server", v.Sorry.Addr)
		}
	}
	for _, g := range a.cfg.ServerGroups {
		for _, e := range g.Entries {
			a.served(e.Pos, "virtual_server_group "+g.Name, e.First)
		}
	}
}

// special says what an address is that is not the one of a host, "" if it can be.
func special(addr netip.Addr) string {
	switch {
	case !addr.IsValid():
		return ""
	case addr.IsUnspecified():
		return "the unspecified address"
	case addr.IsMulticast():
		return "a multicast address"
	case addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "the broadcast address"
	//	0.1.2.3/24
	// most often lost its first digits.
	case addr.Is4() && addr.As4()[0] == 0:
		return "of 0.0.0.0/8, which is no network of hosts"
	case addr.Is4() && addr.As4()[0] >= 240:
		return "of 240.0.0.0/4, which is reserved"
	}
	return ""
}

// served is an address of IPVS. A server on the loopback interface is one.
func (a *adviser) served(pos syntax.Pos, what string, addr netip.Addr) {
	if is := special(addr); is != "" {
		a.warn(pos, "nonsense-address", "%s %s is %s: write the address of a host", what, addr, is)
	}
}

// oneHost is an address that another director sends to or hears from.
func (a *adviser) oneHost(pos syntax.Pos, what string, addr netip.Addr) {
	is := special(addr)
	if is == "" && addr.IsLoopback() {
		is = "a loopback address"
	}
	if is != "" {
		a.warn(pos, "nonsense-address", "%s %s is %s: write the address of a director", what, addr, is)
	}
}

// virtual is an address that moves.
func (a *adviser) virtual(in *config.Instance, v config.Address) {
	addr, bits := v.Prefix.Addr(), v.Prefix.Bits()
	is := special(addr)
	// length is that of the part of the host: with one bit or none there is no address of the network.
	switch length := addr.BitLen() - bits; {
	// What no host can have is wrong with any prefix, so the network is not looked at.
	case is != "":
	case addr.IsLoopback():
		is = "a loopback address"
	case length > 1 && addr.Is4() && addr == v.Prefix.Masked().Addr():
		is = "the address of the network " + v.Prefix.String()
	// The Subnet-Router anycast address (RFC 4291 section 2.6.1).
	case length > 1 && addr.Is6() && addr == v.Prefix.Masked().Addr():
		is = "the address that all routers of " + v.Prefix.String() + " have"
	// The last address of a network is the one whose next is no longer in it.
	case length > 1 && addr.Is4() && !v.Prefix.Contains(addr.Next()):
		is = "the broadcast address of " + v.Prefix.Masked().String()
	}
	switch {
	case is != "":
		a.warn(v.Pos, "nonsense-address",
			"(%s) VIP %s is %s: write an address that a host can have, with the prefix length of its network", in.Name,
			v.Prefix, is)
	//	10.0.0.1/0
	// sets a route to everything over the interface of the director.
	case bits < narrowest(addr):
		a.warn(v.Pos, "wide-prefix",
			"(%s) VIP %s says that all of %s is on %s: write the prefix length of the network there, or /%d",
			in.Name, v.Prefix, v.Prefix.Masked(), v.Dev, addr.BitLen())
	default:
		a.network(in, v)
	}
}

// narrowest is the shortest prefix that a network around an address may have.
func narrowest(addr netip.Addr) int {
	if addr.Is6() {
		return 16
	}
	// A private network may be used as a whole.
	for _, private := range []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
		netip.MustParsePrefix("192.168.0.0/16")} {
		if private.Contains(addr) {
			return private.Bits()
		}
	}
	return 9
}

// network compares an address with the network that its interface has: another prefix
// length makes another route.
func (a *adviser) network(in *config.Instance, v config.Address) {
	// /32 makes no route, so it fits to any network.
	if v.Prefix.IsSingleIP() {
		return
	}
	// Without such a host, or without the interface, nothing is known and nothing said.
	for _, n := range a.host.Networks[v.Dev] {
		if n.Contains(v.Prefix.Addr()) && !n.IsSingleIP() {
			if n.Bits() != v.Prefix.Bits() {
				a.warn(v.Pos, "prefix-of-other-length", "(%s) VIP %s: the network on %s is %s; write %s/%d, or /%d",
					in.Name, v.Prefix, v.Dev, n.Masked(), v.Prefix.Addr(), n.Bits(), v.Prefix.Addr().BitLen())
			}
			return
		}
	}
}

func isURL(path string) bool {
	return strings.HasPrefix(path, "http://") || strings.HasPrefix(path, "https://")
}

// paths that no server knows: a request is for a path from the root, or for a whole URL.
func (a *adviser) paths(c *config.Checker) {
	if c.HTTP == nil {
		return
	}
	for _, u := range c.HTTP.URLs {
		// `*` is for OPTIONS, which a proxy may answer; a whole URL is what a proxy is asked for.
		if p := u.Path; p != "" && p[0] != '/' && p != "*" && !isURL(p) {
			a.warn(c.Pos, "path-without-slash",
				"%s: path '%s' does not begin with a slash, servers refuse such a request; write path /%s", c.Kind, p,
				p)
		}
	}
}
