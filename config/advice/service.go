package advice

import (
	"net/netip"
	"slices"
	"time"

	"holdfast/config"
)

func (a *adviser) service(v *config.VirtualServer) {
	// A director without virtual routers is one of its own, or something else moves its addresses.
	if v.Addr.IsValid() && len(a.cfg.Instances) > 0 && a.vips[v.Addr].of == nil {
		a.note(v.Pos, "service-without-vip", "virtual_server %s: %s is no address of a vrrp_instance: nobody moves it",
			v.Name(), v.Addr)
	}
	a.maglev(v)
	weight := 0
	for i := range v.RealServers {
		a.realServer(v, &v.RealServers[i])
		if !v.RealServers[i].Backup {
			weight += v.RealServers[i].Weight
		}
	}
	if weight == 0 && len(v.RealServers) > 0 {
		a.note(v.Pos, "no-weight", "virtual_server %s: every real server has weight 0 and gets no new connections",
			v.Name())
	}
	if s := v.Sorry; s != nil {
		for _, r := range v.RealServers {
			if r.Addr == s.Addr && r.Port == s.Port {
				a.note(s.Pos, "sorry-is-real-server",
					"virtual_server %s: the sorry server is also a real server: when all real servers "+
						"are down it is down too", v.Name())
				a.also(r.Pos, "the real server")
			}
		}
	}
}

func (a *adviser) realServer(v *config.VirtualServer, r *config.RealServer) {
	name := r.Name(v.Protocol)
	if len(r.Checkers) == 0 {
		a.note(r.Pos, "no-checker",
			"real_server %s of virtual_server %s has no checker: it stays in the table when it dies", name, v.Name())
	}
	a.self(v, r, name)
	for i := range r.Checkers {
		a.checker(v, r, &r.Checkers[i])
	}
}

// self: a real server that is an address of the director.
func (a *adviser) self(v *config.VirtualServer, r *config.RealServer, name string) {
	// The host is asked where it can be; a source address is known from the file alone.
	own := func(addr netip.Addr) bool {
		return slices.ContainsFunc(a.cfg.Instances, func(in config.Instance) bool { return in.SourceIP == addr })
	}
	switch {
	// The packets would come back to the service they came from.
	case r.Addr == v.Addr:
		a.warn(r.Pos, "real-server-is-vip",
			"real_server %s has the address of its virtual_server: packets go round in circles; "+
				"write the server's own address", name)
	case a.vips[r.Addr].of != nil:
		a.warn(r.Pos, "real-server-is-vip",
			"real_server %s is a virtual address, which moves: write the server's own address", name)
		a.also(a.vips[r.Addr].pos, "it belongs to "+a.vips[r.Addr].of.Name)
	// A director may be its own real server by DR: the packet is delivered here. It is after a takeover that this
	// goes wrong.
	case v.Method == config.DR && (r.Addr.IsLoopback() || own(r.Addr) || slices.Contains(a.host.Addresses, r.Addr)):
		a.note(r.Pos, "real-server-is-self",
			"real_server %s is this director: after a takeover its address leads to the former master, where the "+
				"same service may send packets back", name)
	}
}

// checker settings that hide failures or cause them.
func (a *adviser) checker(v *config.VirtualServer, r *config.RealServer, c *config.Checker) {
	a.paths(c)
	// The next check waits for the end of this one.
	late := func(what string, limit time.Duration) {
		a.note(c.Pos, "timeout-over-interval",
			"%s of %s: %s %v s is longer than delay_loop %v s: a server that hangs is found late", c.Kind,
			r.Name(v.Protocol), what, limit.Seconds(), c.DelayLoop.Seconds())
	}
	switch {
	// A program has a time of its own, and connects to nothing that we know of.
	case c.Kind == config.CheckMisc && c.Misc.Timeout > c.DelayLoop:
		late("misc_timeout", c.Misc.Timeout)
	case c.ConnectTimeout > c.DelayLoop:
		late("connect_timeout", c.ConnectTimeout)
	}
	a.checkedPort(v, r, c)
}

// checkedPort finds checkers that knock at a door behind which something else speaks.
func (a *adviser) checkedPort(v *config.VirtualServer, r *config.RealServer, c *config.Checker) {
	// Allowed, and now and then meant: a server may speak TLS anywhere.
	switch port := c.Connect.Port(); {
	case c.Kind == config.CheckHTTP && port == 443:
		a.note(c.Pos, "check-port",
			"HTTP_GET connects to port 443, where servers speak TLS: use SSL_GET or connect_port")
	case c.Kind == config.CheckSSL && port == 80:
		a.note(c.Pos, "check-port",
			"SSL_GET connects to port 80, where servers do not speak TLS: use HTTP_GET or connect_port")
	}
	// On another port than that of the service there may well be a server with TCP.
	if v.Protocol == config.UDP && c.Kind.OverTCP() && r.Port != 0 && c.Connect == netip.AddrPortFrom(r.Addr, r.Port) {
		a.note(c.Pos, "check-protocol",
			"%s opens a TCP connection to port %d of a UDP service: it fails unless the server "+
				"listens there with TCP too", c.Kind, r.Port)
	}
}
