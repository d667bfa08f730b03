package report

import (
	"net/netip"
	"testing"

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/config/syntax"
)

// bound is the only instance of a configuration with these lines in a block.
func bound(t *testing.T, block, line string) config.Instance {
	t.Helper()
	text := "vrrp_instance A {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n 10.0.0.1\n }\n " + block +
		" {\n " + line + "\n }\n}\n"
	host := language.Env{Interface: func(string) bool { return true }, Named: names}
	c, diags := language.Bind(syntax.Load(syntax.MapSource{"f": text}, "f", syntax.Options{}), host)
	if len(c.Instances) != 1 {
		t.Fatalf("%s: %v", line, diags)
	}
	return c.Instances[0]
}

// names are those of a host with a table of its own.
func names(table, name string) (uint32, bool) { return 77, table == "rt_tables" && name == "blue" }

// What 2.2.7 was seen to write of each; where ours differs it says why.
func TestRoutes(t *testing.T) {
	for line, want := range map[string]string{
		"src 10.0.0.1 to 10.20.0.0/16 via 10.0.0.9 dev eth0 scope global table 100": "prepend 10.20.0.0/16 src 10.0.0.1 " +
			"via inet 10.0.0.9 dev eth0 table 100 proto 18 scope 0",
		"10.21.0.0/16 via 10.0.0.9 dev eth0 metric 5 mtu 1400 advmss lock 1300 hoplimit 9 tos 4 initcwnd 5 initrwnd 6 " +
			"realms 3/4 rtt 250ms rttvar 200 reordering 3 window 9 cwnd 7 ssthresh 8 rto_min 200 quickack 1 congctl cubic " +
			"features ecn": "prepend 10.21.0.0/16 tos 4 via inet 10.0.0.9 dev eth0 proto 18 metric 5 realms 3/4 congctl cubic " +
			"rtt 250ms rttvar 200ms rto_min 200ms features ecn mtu 1400 window 9 ssthresh 8 cwnd 7 advmss lock 1300 " +
			"reordering 3 hoplimit 9 initcwnd 5 initrwnd 6 quickack 1",
		"blackhole 10.22.0.0/16":                             "add blackhole 10.22.0.0/16 proto 18 no_track",
		"prohibit 10.4.0.0/16 table 9 scope host":            "add prohibit 10.4.0.0/16 table 9 proto 18 scope 254 no_track",
		"local 10.3.0.0/16 dev eth0 table 9":                 "add local 10.3.0.0/16 dev eth0 table 9 proto 18",
		"default via 10.0.0.9 dev eth0 metric 50 onlink":     "prepend 0.0.0.0/0 via inet 10.0.0.9 dev eth0 proto 18 metric 50 onlink",
		"::/0 dev eth0 table 77":                             "prepend ::/0 dev eth0 table 77 proto 18",
		"10.1.0.0/16 dev eth0 table blue":                    "prepend 10.1.0.0/16 dev eth0 table 77 proto 18",
		"add 10.1.0.0/16 dev eth0 table main":                "add 10.1.0.0/16 dev eth0 proto 18",
		"append fd95::/64 dev eth0":                          "append fd95::/64 dev eth0 proto 18",
		"10.6.6.0/24 dev eth0 no_track mtu 1500":             "prepend 10.6.6.0/24 dev eth0 mtu 1500 no_track",
		"10.6.7.0/24 via 10.0.0.9":                           "prepend 10.6.7.0/24 via inet 10.0.0.9 proto 18 no_track",
		"10.6.3.0/24 dev eth0 scope 7 realms 5":              "prepend 10.6.3.0/24 dev eth0 proto 18 scope 7 realm 5",
		"10.5.1.2 dev eth0 rtt 2s rttvar 1.25s rto_min 0.3s": "prepend 10.5.1.2 dev eth0 proto 18 rtt 2s rttvar 1.25s rto_min 300ms",
		"fd98::/64 from fd97::/64 via fd00::1 dev eth0 src fd00::77 pref low metric 3": "prepend fd98::/64 from fd97::/64 " +
			"src fd00::77 via inet6 fd00::1 dev eth0 proto 18 metric 3 pref low",
		"fd99::/64 via fd00::1 dev eth0 pref high expires 600": "prepend fd99::/64 via inet6 fd00::1 dev eth0 proto 18 " +
			"expires 600sec pref high",
		"10.24.0.0/16 nexthop via 10.0.0.9 dev eth0 weight 5 nexthop via 10.0.0.10 dev eth0 weight 9 onlink": "prepend " +
			"10.24.0.0/16 proto 18 nexthop via inet 10.0.0.9 dev eth0 weight 5 nexthop via inet 10.0.0.10 dev eth0 weight 9 " +
			"onlink no_track",
		"10.6.0.0/16 via 10.0.0.9 dev eth0 encap ip id 5 dst 10.0.0.3 src 10.0.0.4 tos 3 ttl 9": "prepend 10.6.0.0/16 " +
			"encap ip id 5 dst 10.0.0.3 src 10.0.0.4 tos 3 ttl 9 via inet 10.0.0.9 dev eth0 proto 18",
		"10.6.2.0/24 dev eth0 encap ip6 id 5 dst fd00::3 src fd00::4 tc 3 hoplimit 9 ttl-propagate disabled": "prepend " +
			"10.6.2.0/24 encap ip6 id 5 dst fd00::3 src fd00::4 tc 3 hoplimit 9 dev eth0 proto 18 ttl-propagate disabled",
		"10.6.1.0/24 via 10.0.0.9 dev eth0 encap mpls 100/200 ttl-propagate enabled": "prepend 10.6.1.0/24 " +
			"encap mpls 64000/c8100 via inet 10.0.0.9 dev eth0 proto 18 ttl-propagate enabled",
		"fd94::/64 dev eth0 encap ila 1:2:3:4": "prepend fd94::/64 encap ila 288233674720149760 dev eth0 proto 18",
		"10.5.7.0/24 metric 4 table 7 nexthop via 10.0.0.9 dev eth0 weight 3 onlink realms 5 encap mpls 7": "prepend " +
			"10.5.7.0/24 table 7 proto 18 metric 4 nexthop via inet 10.0.0.9 dev eth0 weight 3 onlink realms 0/5 encap mpls 7100 " +
			"no_track",
		// 2.2.7 writes "realm 4" of a leg, and "renolock".
		"10.6.5.0/24 nexthop via 10.0.0.9 dev eth0 realms 3/4": "prepend 10.6.5.0/24 proto 18 nexthop via inet 10.0.0.9 dev eth0 " +
			"realms 3/4 no_track",
		"10.5.1.1 dev eth0 congctl lock reno": "prepend 10.5.1.1 dev eth0 proto 18 congctl lock reno",
	} {
		i := bound(t, "virtual_routes", line)
		if len(i.Routes) != 1 {
			t.Errorf("%s: %d routes", line, len(i.Routes))
			continue
		}
		if got := Route(i.Routes[0]); got != want {
			t.Errorf("%s\n got %s\nwant %s", line, got, want)
		}
	}
	if got := Route(config.Route{Type: 1, Dest: netip.MustParsePrefix("10.0.0.0/8"), Dev: "eth0", VRF: "red",
		Proto: config.Named{Number: 18}, TrackGroup: "G"}); got != "prepend 10.0.0.0/8 dev eth0 vrf red proto 18 track_group G" {
		t.Error(got)
	}
}

func TestRules(t *testing.T) {
	for line, want := range map[string]string{
		"from 10.20.0.0/16 table 100 preference 300":        "from 10.20.0.0/16 priority 300 tos 0x0 protocol 18 lookup 100",
		"to 10.30.0.0/16 dev eth0 blackhole preference 301": "from all to 10.30.0.0/16 priority 301 tos 0x0 iif eth0 protocol 18 type blackhole",
		"to 10.31.0.0/16 fwmark 0x5/0xff tos 8 realms 3 suppress_prefixlength 3 table main preference 302": "from all " +
			"to 10.31.0.0/16 priority 302 tos 0x8 fwmark 0x5/0xff suppress_prefixlen 3 protocol 18 realms 0/3 lookup 254",
		"not from 10.32.0.0/16 iif eth0 oif eth1 goto 400 preference 303": "not from 10.32.0.0/16 priority 303 tos 0x0 " +
			"iif eth0 oif eth1 protocol 18 goto 400",
		"ipproto tcp sport 100-200 uidrange 5-7 table 100 preference 305 no_track": "from all priority 305 tos 0x0 " +
			"uidrange 5-7 ipproto 6 sport 100-200 lookup 100 no_track",
		"iif eth0 unreachable preference 306":            "from all priority 306 tos 0x0 iif eth0 protocol 18 type unreachable",
		"from 10.41.0.0/16 l3mdev preference 309":        "from 10.41.0.0/16 priority 309 tos 0x0 l3mdev protocol 18 lookup 0",
		"from 10.41.0.0/16 nop preference 310":           "from 10.41.0.0/16 priority 310 tos 0x0 protocol 18 nop",
		"from fd00::/8 to fd01::/16 prohibit priority 3": "from fd00::/8 to fd01::/16 priority 3 tos 0x0 protocol 18 type prohibit",
		"from 10.3.1.1 priority 8 table blue":            "from 10.3.1.1 priority 8 tos 0x0 protocol 18 lookup 77",
		"from 10.3.0.0/16 tos 4 fwmark 9 table 3 priority 6 suppress_prefixlength 0 suppress_ifgroup 4": "from 10.3.0.0/16 " +
			"priority 6 tos 0x4 fwmark 0x9 suppress_prefixlen 0 suppress_ifgroup 4 protocol 18 lookup 3",
	} {
		i := bound(t, "virtual_rules", line)
		if len(i.Rules) != 1 {
			t.Errorf("%s: %d rules", line, len(i.Rules))
			continue
		}
		if got := Rule(i.Rules[0]); got != want {
			t.Errorf("%s\n got %s\nwant %s", line, got, want)
		}
	}
}
