//go:build e2e

package traffic

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"holdfast/test/lab"
)

// TestWire has what is not just TCP over IP between the director and its servers: tunnels, whose headers are read on the wire
// and which the servers' kernels unwrap, and SCTP.
func TestWire(t *testing.T) {
	inGuest(t, func() {
		for _, program := range []string{keepalived, lab.Program()} {
			play(t, program, 1, append([]scenario{{"tunnels", tunnels}}, sctpScenarios()...))
		}
	})
}

// A tunnel is a service with a tunnel to each of its servers.
type tunnel struct {
	vip   string
	words string // of the tunnel in the configuration
	six   bool   // its servers' addresses are of IPv6
	csum  bool   // its server is one that takes GRE with checksums, and no other
	// How its servers unwrap it: by the subcommand with these options, or by an interface of their own, with the words by which it
	// is added, none if it is always there. LOCAL is the address of the server.
	apply string
	link  string
}

// prepare makes the director and servers ready for tunnels. IPv4 in IPv6 and the other way round are not for the
// interfaces that the subcommand uses.
func (s *scene) prepare(all []tunnel) {
	applied := map[string]map[string][]string{"s1": {}, "s2": {}, "s3": {}} // virtual addresses by options, by server
	var director []string
	lines := map[string][]string{} // for ip, by server
	for _, u := range all {
		director = append(director, virtual(u.vip, "eth0"))
		if u.link == "" {
			for _, name := range u.servers() {
				options := strings.Replace(u.apply, "LOCAL", u.addr(name), 1)
				applied[name][options] = append(applied[name][options], u.vip)
			}
			continue
		}
		for _, name := range u.servers() {
			link, how, is := strings.Cut(u.link, " ")
			if is {
				lines[name] = append(lines[name], "link add "+link+" "+strings.Replace(how, "LOCAL", u.addr(name), 1))
				s.Cleanup(func() { s.site.ip(s.servers[name], "link del "+link) })
			}
			lines[name] = append(lines[name], "link set "+link+" up", virtual(u.vip, link))
		}
	}
	s.ip(s.directors[0], director...)
	for name, by := range applied {
		for _, options := range slices.Sorted(maps.Keys(by)) {
			s.holdfast(s.servers[name], slices.Concat([]string{"realserver", "apply"}, strings.Fields(options), by[options])...)
		}
	}
	for name, batch := range lines {
		s.ip(s.servers[name], batch...)
	}
}

// addr is the address of a server.
func (u tunnel) addr(server string) string {
	if u.six {
		return addr6(server)
	}
	return addr4(server)
}

// allTunnels are all kinds, in both families and across.
func allTunnels() []tunnel {
	const gue = "--tun-type=gue --tun-port=6080"
	return []tunnel{
		{vip: "192.168.1.110", apply: "--tun"},
		{vip: "192.168.1.111", words: "type gue port 6080", apply: gue},
		{vip: "192.168.1.112", words: "type gue port 6080 nocsum", apply: gue},
		{vip: "192.168.1.113", words: "type gue port 6081 csum", apply: "--tun-type=gue --tun-port=6081"},
		{vip: "192.168.1.114", words: "type gue port 6080 remcsum", apply: gue},
		{vip: "192.168.1.115", words: "type gre", apply: "--tun-type=gre"},
		{vip: "192.168.1.116", words: "type gre csum", csum: true, apply: "--tun-type=gre --tun-csum=LOCAL"},
		{vip: "fd00:1::110", six: true, apply: "--tun"},
		{vip: "fd00:1::111", six: true, words: "type gue port 6080", apply: gue},
		{vip: "fd00:1::112", six: true, words: "type gue port 6080 csum", apply: gue},
		{vip: "fd00:1::113", six: true, words: "type gue port 6080 remcsum", apply: gue},
		{vip: "fd00:1::114", six: true, words: "type gre", apply: "--tun-type=gre"},
		{vip: "fd00:1::115", six: true, words: "type gre csum", csum: true, apply: "--tun-type=gre --tun-csum=LOCAL"},
		{vip: "192.168.1.120", six: true, words: "type gue port 6080",
			link: "four6 type ip6tnl mode any local LOCAL remote ::"},
		{vip: "192.168.1.121", six: true, words: "type gre", link: "ip6gre0"},
		{vip: "fd00:1::120", words: "type gue port 6080", link: "sit0"},
		{vip: "fd00:1::121", words: "type gre", link: "gre0"},
	}
}

// tunnels has requests to each service go to both servers in turn, and every packet wrapped in the one way that is configured.
func tunnels(s *scene) {
	port := s.port()
	s.prepare(allTunnels())
	var conf strings.Builder
	for _, u := range allTunnels() {
		fmt.Fprintf(&conf, "virtual_server %s %d {\n  protocol TCP\n  lb_algo rr\n  lb_kind TUN %s\n", u.vip, port, u.words)
		for _, name := range u.servers() {
			fmt.Fprintf(&conf, "  real_server %s %d {\n  }\n", u.addr(name), port)
			s.listen(name, "tcp", u.vip, port)
		}
		conf.WriteString("}\n")
	}
	s.start(conf.String())
	wire, err := s.lan.CaptureAll()
	s.must(err)
	s.Cleanup(func() { _ = wire.Close() })
	due := map[string]tally{}
	for _, u := range allTunnels() {
		from := "192.168.1.10"
		if strings.Contains(u.vip, ":") {
			from = "fd00:1::10"
		}
		want := tally{}
		for _, name := range u.servers() {
			want[name] = 2
		}
		s.equal(u.vip+" by "+u.words, s.visit(2*len(want), "tcp", from, u.vip, port), want)
		due[endpoint(u.vip, port)] = want
	}
	s.allCounted(s.daemons[0], due)
	s.wrapped(wire)
}

// wrapped fails unless the packets of each service were wrapped as it says.
func (s *scene) wrapped(wire *lab.Capture) {
	s.Helper()
	seen := map[string]map[string]bool{}
	for _, f := range wire.Frames() {
		if o, is := unwrap(f.Data); is {
			if seen[o.inner.String()] == nil {
				seen[o.inner.String()] = map[string]bool{}
			}
			seen[o.inner.String()][fmt.Sprintf("%s to %v", o.words, o.to)] = true
		}
	}
	for _, u := range allTunnels() {
		// What has a checksum already, an end of a connection, gets no remote one.
		for _, words := range u.wanted() {
			if strings.Contains(words, "remcsum") {
				delete(seen[u.vip], strings.Replace(words, " remcsum", "", 1))
			}
		}
		s.equalWords(u.vip, slices.Sorted(maps.Keys(seen[u.vip])), u.wanted())
	}
}

// servers are the names of its servers. One that has an interface for GRE with checksums takes none without.
func (u tunnel) servers() []string {
	if u.csum {
		return []string{"s3"}
	}
	return []string{"s1", "s2"}
}

// wanted is what is on the wire of a tunnel.
func (u tunnel) wanted() (all []string) {
	words := strings.TrimPrefix(strings.TrimSuffix(u.words, " nocsum"), "type ")
	if words == "" {
		words = "ipip"
	}
	words = strings.Replace(words, "remcsum", "csum remcsum", 1) // what a remote checksum is made of
	for _, name := range u.servers() {
		all = append(all, words+" to "+u.addr(name))
	}
	return all
}

func (s *scene) equalWords(what string, got, want []string) {
	if !slices.Equal(got, want) {
		s.Errorf("%s: on the wire were %q, want %q", what, got, want)
	}
}
