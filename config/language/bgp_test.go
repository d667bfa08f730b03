package language

import (
	"fmt"
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/config/syntax"
)

// speaker is what a bgp block says.
func speaker(f func(*config.BGP) any) func(*config.Config) any {
	return func(c *config.Config) any {
		if c.BGP == nil {
			return "none"
		}
		return f(c.BGP)
	}
}

// neighbor1 is what it says of its first neighbour.
func neighbor1(f func(*config.BGPNeighbor) any) func(*config.Config) any {
	return speaker(func(b *config.BGP) any { return f(&b.Neighbors[0]) })
}

func bgpValues() []value {
	b, n := "bgp", "neighbor"
	med := func(b *config.BGP) any {
		if b.MED == nil {
			return "none"
		}
		return *b.MED
	}
	return []value{
		{b, "local_as", "4200000000", speaker(func(b *config.BGP) any { return b.LocalAS }), "65001", "4200000000"},
		{b, "router_id", "10.0.0.8", speaker(func(b *config.BGP) any { return b.RouterID }), "10.0.0.7", "10.0.0.8"},
		{b, "program", "/opt/bgp", speaker(func(b *config.BGP) any { return b.Program }), "", "/opt/bgp"},
		{b, "communities", "65001:2 65535:65281\n communities 65001:2 1:0",
			speaker(func(b *config.BGP) any { return b.Communities }), "[]", "[65001:2 65535:65281 1:0]"},
		{b, "med", "0", speaker(med), "none", "0"},
		{b, "prepend", "3", speaker(func(b *config.BGP) any { return b.Prepend }), "0", "3"},
		{b, "next_hop", "2001:db8::1 10.0.0.9\n next_hop 10.0.0.8",
			speaker(func(b *config.BGP) any { return b.NextHops }), "[]", "[10.0.0.8 2001:db8::1]"},
		{b, "graceful_shutdown", "2.5", speaker(func(b *config.BGP) any { return b.Farewell }), "1s", "2.5s"},
		{n, "remote_as", "65002", neighbor1(func(n *config.BGPNeighbor) any { return n.RemoteAS }), "65000", "65002"},
		{n, "local_address", "10.0.0.3", neighbor1(func(n *config.BGPNeighbor) any { return n.LocalAddress }),
			"invalid IP", "10.0.0.3"},
		{n, "port", "1790", neighbor1(func(n *config.BGPNeighbor) any { return n.Port }), "179", "1790"},
		{n, "password_file", "/etc/bgp", neighbor1(func(n *config.BGPNeighbor) any { return n.PasswordFile }), "",
			"/etc/bgp"},
		{n, "ttl_security", "2", neighbor1(func(n *config.BGPNeighbor) any { return n.TTLSecurity }), "0", "2"},
		{n, "multihop", "3", neighbor1(func(n *config.BGPNeighbor) any { return n.Multihop }), "0", "3"},
		{n, "hold_time", "30", neighbor1(func(n *config.BGPNeighbor) any { return fmt.Sprint(n.Hold, n.Keepalive) }),
			"9s 3s", "30s 10s"},
		{n, "keepalive", "2", neighbor1(func(n *config.BGPNeighbor) any { return n.Keepalive }), "3s", "2s"},
		{n, "connect_retry", "60", neighbor1(func(n *config.BGPNeighbor) any { return n.ConnectRetry }), "5s", "1m0s"},
		{n, "passive", "", neighbor1(func(n *config.BGPNeighbor) any { return n.Passive }), "false", "true"},
		{n, "bfd", "b", neighbor1(func(n *config.BGPNeighbor) any { return n.BFD }), "", "b"},
		{n, "families", "ipv4 ipv6", neighbor1(func(n *config.BGPNeighbor) any { return fmt.Sprint(n.IPv4, n.IPv6) }),
			"true false", "true true"},
	}
}

// bgpBlock is a block whose neighbour is next door.
func bgpBlock(lines, neighbor string) string {
	return "@holdfast bgp {\nlocal_as 65001\nrouter_id 10.0.0.7\n" + lines + "\nneighbor 10.0.0.1 {\nremote_as 65000\n" +
		neighbor + "\n}\n}\n"
}

// What cannot be is said where it stands, and what is left of it then.
func TestBGPThatCannotBe(t *testing.T) {
	show := func(announced string) string {
		return "virtual_server " + announced + " 80 {\nlb_algo mh\nlb_kind DR\nprotocol TCP\n@holdfast announce bgp\n" +
			"real_server 10.0.0.9 80 {\n}\n}\n"
	}
	neighbors := func(c *config.Config) string {
		if c.BGP == nil {
			return "none"
		}
		var all []string
		for _, n := range c.BGP.Neighbors {
			all = append(all, strings.TrimSpace(fmt.Sprint(n.Addr, n.IPv4, n.IPv6, n.Multihop, n.Keepalive,
				n.LocalAddress.IsValid())+" "+n.BFD))
		}
		return strings.Join(all, "; ")
	}
	const peer = "bfd_instance peer {\nneighbor_ip 10.0.0.1\n}\n"
	const usual = "10.0.0.1 true false 0 3s false"
	for _, c := range []struct{ name, text, finding, neighbors string }{
		{"all well", bgpBlock("", "") + show("192.0.2.10"), "", usual},
		{"defined later", show("192.0.2.10") + bgpBlock("", ""), "", usual},
		{"no block", show("192.0.2.10"), "5:20: error: virtual_server [192.0.2.10]:tcp:80: announce bgp - nothing is shown", "none"},
		{"no block that counts", "bgp {\nlocal_as 5\n}\n" + show("192.0.2.10"), "error: bgp has no router_id that can be used", "none"},
		{"no neighbor", "bgp {\nlocal_as 5\nrouter_id 10.0.0.1\n}\n", "1:1: error: bgp has no neighbor that can be used", "none"},
		{"router_id of IPv6", bgpBlock("router_id ::1", ""), "4:11: error: bgp has no router_id", "none"},
		{"twice", bgpBlock("", "") + "bgp {\n}\n", "error: bgp is already configured", usual},
		{"neighbor twice", bgpBlock("neighbor 10.0.0.1 {\nremote_as 7\n}", ""), "neighbor 10.0.0.1 already configured",
			usual},
		{"no address", bgpBlock("neighbor there {\nremote_as 7\n}", ""), "4:10: error: bgp: neighbor 'there' is not", usual},
		{"no AS", bgpBlock("neighbor 10.0.0.2 {\n}", ""), "4:1: error: bgp: neighbor 10.0.0.2 has no remote_as", usual},
		{"AS of 0", bgpBlock("local_as 0", ""), "4:10: error: local_as: number '0' is outside range", usual},
		{"community", bgpBlock("communities 65536:1", ""), "4:13: error: communities: '65536:1' is no community", usual},
		{"half a community", bgpBlock("communities 1:1 7", ""), "4:17: error: communities: '7' is no community", usual},
		{"short path", bgpBlock("program bgp", ""), "4:9: error: program: 'bgp' is no full path", usual},
		{"own AS", bgpBlock("prepend 2\nlocal_as 65000", ""), "4:9: error: bgp: neighbor 10.0.0.1 is of the own AS", usual},
		{"next hop", bgpBlock("next_hop there", ""), "4:10: error: next_hop: 'there' is not an IP address", usual},
		{"family", bgpBlock("", "families ipv4 ipx"), "7:15: error: families: unknown value 'ipx'", usual},
		{"other family", bgpBlock("", "families ipv4 ipv6"), "7:10: error: bgp: neighbor 10.0.0.1: ipv6 prefixes need a next_hop",
			usual},
		{"only the other one", bgpBlock("", "families ipv6"), "ipv6 prefixes need a next_hop", "none"},
		{"with next hop", bgpBlock("next_hop 2001:db8::1", "families ipv6"), "", "10.0.0.1 false true 0 3s false"},
		{"nobody hears", bgpBlock("", "") + show("2001:db8::1"), "error: virtual_server [2001:db8::1]:tcp:80: no neighbor " +
			"hears of 2001:db8::1/128", usual},
		{"hops", bgpBlock("", "multihop 3\nttl_security 1"), "7:10: error: bgp: neighbor 10.0.0.1 has ttl_security", usual},
		{"hops of who connects", bgpBlock("neighbor ::5 {\nremote_as 7\npassive\nttl_security 1\n}", ""), "",
			"::5 false true 0 3s false; " + usual},
		{"no BFD", peer + bgpBlock("", "bfd pear"), "10:5: error: bgp: neighbor 10.0.0.1: bfd_instance pear not found - " +
			"ignoring; define bfd_instance pear; did you mean 'peer'?", usual},
		{"BFD", peer + bgpBlock("", "bfd peer"), "", usual + " peer"},
		{"BFD defined later", bgpBlock("", "bfd peer") + peer, "", usual + " peer"},
		{"BFD for both", strings.Replace(peer, "neighbor_ip", "vrrp\nchecker\nneighbor_ip", 1) + bgpBlock("", "bfd peer"), "",
			usual + " peer"},
		{"BFD of others", bgpBlock("", "bfd peer") + strings.Replace(peer, "neighbor_ip", "vrrp\nneighbor_ip", 1),
			"7:5: error: bgp: neighbor 10.0.0.1: bfd_instance peer is only for the vrrp role", usual},
		{"keepalive", bgpBlock("", "keepalive 9"), "7:11: warning: bgp: neighbor 10.0.0.1: keepalive is not shorter", usual},
		{"address of the other family", bgpBlock("", "local_address ::1"), "7:15: error: bgp: neighbor 10.0.0.1 and " +
			"local_address ::1", usual},
		{"farewell", bgpBlock("graceful_shutdown 3.5", ""), "4:19: warning: bgp: graceful_shutdown and 2s for the rest", usual},
		{"farewell with time", "child_wait_time 6\n" + bgpBlock("graceful_shutdown 3.5", ""), "", usual},
		{"password", bgpBlock("", "password_file /none"), "7:15: error: password_file: no such", usual},
		{"no program", bgpBlock("program /none", ""), "4:9: error: bgp: /none is not there", usual},
	} {
		env := host()
		env.PasswordFile = func(string) string { return "no such file" }
		env.Speaker = func(path string) string {
			if path == "/none" {
				return "/none is not there"
			}
			return ""
		}
		cfg, found := Bind(syntax.Load(syntax.MapSource{"test.conf": c.text}, "test.conf", syntax.Options{}), env)
		var all []string
		for _, d := range found {
			if d.Severity >= syntax.Warning && d.ID != "no-address" {
				all = append(all, d.String())
			}
		}
		got := strings.Join(all, "\n")
		if !strings.Contains(got, c.finding) || (got == "") != (c.finding == "") {
			t.Errorf("%s: findings:\n%s\nwant %q", c.name, got, c.finding)
		}
		if got := neighbors(cfg); got != c.neighbors {
			t.Errorf("%s: neighbours %s, want %s", c.name, got, c.neighbors)
		}
	}
}

// Whoever reads the password of a session could take it over: no form of a configuration that is shown has it.
func TestThePasswordOfASessionIsNotShown(t *testing.T) {
	cfg := clean(t, bgpBlock("", "password_file /etc/bgp")+service("", ""))
	cfg.BGP.Neighbors[0].Password = "s3cret"
	var b strings.Builder
	if err := Print(&b, cfg, Printing{}); err != nil {
		t.Fatal(err)
	}
	Dump(&b, cfg)
	if text := b.String(); strings.Contains(text, "s3cret") || strings.Count(text, "/etc/bgp") != 2 {
		t.Error(text)
	}
}
