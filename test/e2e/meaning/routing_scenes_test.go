//go:build e2e

package meaning

import (
	"slices"
	"strings"
	"syscall"
)

// routesMaster is an instance with virtual routes and rules.
func routesMaster(routes, rules string) string {
	return `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority 200
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        192.168.1.9/24
    }
    virtual_routes {
` + routes + `
    }
    virtual_rules {
` + rules + `
    }
}
`
}

// Words of docs/compatibility.md.
const (
	kernelsScope  = "get the scope that the kernel asks for (host, link); 2.2.7 is refused them"
	markedRules   = "A rule with `no_track` carries protocol 18 like the others"
	tunnelsOfLegs = "`oif` and `encap` of a leg work; 2.2.7 stops reading at the one and leaves the other out"
	putBack       = "A virtual route or rule that somebody removes is put back at once as well, without a transition"
)

// Words of routes and rules, those of a master and those of the host alike.
const routeWords = `
        10.1.0.0/16 via 192.168.1.8 dev eth0
        to 10.2.0.0/16 oif eth1
        src 192.168.1.9 to 10.3.0.0/16 via inet 192.168.1.8 dev eth0 metric 5
        10.4.0.0/16 dev eth0 priority 6 table 100
        10.4.0.0/16 dev eth0 preference 7 table 1000
        10.5.0.0/16 dev eth1 tos 4 realms 3/4
        10.6.0.0/16 dev eth1 dsfield 8 realms 5 scope link
        10.7.0.0/16 via 10.99.0.9 dev eth0 onlink
        10.8.0.0/16 dev eth0 protocol static no_track
        10.9.0.0/16 dev eth0
        10.9.0.0/16 dev eth1 append
        10.10.0.0/16 dev eth0
        10.10.0.0/16 dev eth1 prepend
        10.11.0.0/16 dev eth0 add
        10.12.0.0/16 dev eth0 scope 100
        10.13.0.0/16 dev eth0 ttl-propagate enabled
        10.14.0.0/16 via 192.168.1.8
        default via 192.168.1.8 dev eth0 metric 77 inet
        2001:db8:1::/48 dev eth0 pref high
        2001:db8:2::/48 via fe80::9 dev eth0 pref low expires 300
        2001:db8:3::/48 from 2001:db8:4::/48 via fe80::9 dev eth1 metric 9
        default6 dev eth1 metric 99 pref medium inet6
`

// Words that keepalived takes for the sake of older files.
const olderRouteWords = `
        10.1.0.0/16 gw 192.168.1.8 dev eth0
        10.3.0.0/16 as to 10.4.0.0 dev eth1
        10.5.0.0/16 dev eth1
`

const routeMetrics = `
        10.1.0.0/16 dev eth0 mtu 1400 hoplimit 33 advmss 1300 reordering 5 window 1000 cwnd 7 ssthresh 9 initcwnd 10 initrwnd 11
        10.2.0.0/16 dev eth0 mtu lock 1400 advmss lock 1300 reordering lock 5 cwnd lock 7 ssthresh lock 9
        10.3.0.0/16 dev eth0 rtt 300ms rttvar 250ms rto_min 300ms
        10.4.0.0/16 dev eth0 rtt lock 5s rttvar lock 1s rto_min lock 1s
        10.5.0.0/16 dev eth0 rtt 2000 rttvar 900 rto_min 250
        10.6.0.0/16 dev eth0 rtt 500 rttvar 300 rto_min 50
        10.7.0.0/16 dev eth0 features ecn quickack 1 fastopen_no_cookie 1
        10.8.0.0/16 dev eth0 congctl cubic
        10.9.0.0/16 dev eth0 congctl lock reno
        2001:db8:1::/48 dev eth0 mtu 1400 hoplimit 33
`

const ruleWords = `
        from 10.1.0.0/16 table 100 preference 300
        from 10.2.0.0/16 to 10.3.0.0/16 lookup 1000 order 301
        not from 10.4.0.0/16 table main priority 302
        from all dev eth0 table 5 tos 4 preference 303
        from all iif eth0 oif eth1 table 5 dsfield 8 preference 304
        to 10.5.0.0/16 fwmark 7 table 5 preference 305
        to 10.5.0.0/16 fwmark 0x10/0xf0 table 5 preference 306
        to 10.5.0.0/16 realms 3/4 table 5 preference 307
        to 10.5.0.0/16 table 5 suppress_prefixlength 0 preference 308
        to 10.5.0.0/16 table 5 sup_pl 8 suppress_ifgroup 3 preference 309
        to 10.5.0.0/16 table 5 sup_group default tunnel-id 77 preference 310
        uidrange 5-9 ipproto tcp sport 1-2 dport 80-80 table 5 preference 311
        from 10.6.0.0/16 goto 400 preference 312
        from 10.6.0.0/16 type goto 500 preference 313
        from 10.7.0.0/16 nop preference 314
        from 10.7.0.0/16 type blackhole preference 315
        from 10.7.0.0/16 blackhole preference 316
        from 10.7.0.0/16 unreachable preference 317
        from 10.7.0.0/16 prohibit preference 318
        from 10.8.0.0/16 table 7
        from 10.9.0.0/16 table 7
        l3mdev preference 319
        from 2001:db8:1::/48 table 5 preference 320
        fwmark 9 table 5 preference 321 inet6
        fwmark 9 table 5 preference 322 inet
`

// routingScenes are about routes and policy rules of routing, and about what is on the host from start to stop.
func routingScenes() []scene {
	return slices.Concat(virtualRouting(), staticRouting(), lostRouting())
}

func virtualRouting() []scene {
	return []scene{
		{
			name: "words of a route",
			shows: "vrrp_instance: virtual_routes; virtual_routes/<entry>: to inet inet6 src via from tos dsfield table protocol scope metric priority preference dev oif " +
				"onlink expires realms pref add prepend append ttl-propagate",
			conf: routesMaster(routeWords, ""),
			play: secondLink,
		},
		{
			name:  "older words of a route",
			shows: "virtual_routes/<entry>: DESTINATION gw as",
			conf:  routesMaster(olderRouteWords, ""),
			play:  secondLink,
		},
		{
			name: "metrics of a route",
			shows: "virtual_routes/<entry>: mtu hoplimit advmss rtt rttvar rto_min reordering window cwnd ssthresh initcwnd initrwnd features quickack congctl " +
				"fastopen_no_cookie",
			conf: routesMaster(routeMetrics, ""),
		},
		{
			name: "types of routes",
			conf: routesMaster(`
        unicast 10.1.0.0/16 dev eth0
        blackhole 10.2.0.0/16
        unreachable 10.3.0.0/16 no_track
        prohibit 10.4.0.0/16
        throw 10.5.0.0/16 table 100
        multicast 239.1.0.0/16 dev eth0
        local 10.6.0.1/32 dev eth0 scope host
        broadcast 10.7.0.0/16 dev eth0 scope link
        8 10.8.0.0/16
        anycast 2001:db8:1::1/128 dev eth0
        blackhole 2001:db8:2::/48
`, ""),
			shows: "virtual_routes/<entry>: no_track",
		},
		{
			name: "types of routes without a scope",
			conf: routesMaster(`
        local 10.6.0.1/32 dev eth0
        broadcast 10.7.0.0/16 dev eth0
`, ""),
			shows:   "",
			differs: map[string]string{secRouting: kernelsScope},
		},
		{
			name:  "legs of a route",
			shows: "virtual_routes/<entry>: nexthop encap",
			conf: routesMaster(`
        10.1.0.0/16 nexthop via 192.168.1.8 dev eth0 weight 5 nexthop via 192.168.1.7 dev eth0
        10.2.0.0/16 nexthop via 10.99.0.9 dev eth0 weight 256 onlink nexthop dev eth1 realms 3/4
        10.3.0.0/16 dev eth0 nexthop via 192.168.1.8 dev eth0 weight 2 nexthop dev eth1 weight 3
        10.4.0.0/16 dev eth0 encap ip id 7 dst 10.0.0.9 src 10.0.0.1 tos 4 ttl 9 flags 0
        10.5.0.0/16 dev eth0 encap ip6 id 7 dst 2001:db8::9 src 2001:db8::1 tc 4 hoplimit 9 flags 0
        2001:db8:1::/48 nexthop via fe80::8 dev eth0 weight 3 nexthop via fe80::7 dev eth0
`, ""),
			play: secondLink,
		},
		{
			name:    "tunnels of legs",
			shows:   "virtual_routes/<entry>: nexthop",
			conf:    routesMaster("        10.6.0.0/16 nexthop oif eth0 encap ip id 1 dst 10.0.0.9 src 10.0.0.1 tos 4 ttl 9 flags 0 nexthop dev eth1 encap ip6 id 2 dst 2001:db8::9 src 2001:db8::1 tc 4 hoplimit 9 flags 0", ""),
			play:    secondLink,
			differs: map[string]string{secRouting: tunnelsOfLegs},
		},
		{
			name: "words of a rule",
			shows: "vrrp_instance: virtual_rules; virtual_rules/<entry>: from to table lookup not preference order priority tos dsfield fwmark realms suppress_prefixlength sup_pl " +
				"suppress_ifgroup sup_group dev iif oif tunnel-id uidrange l3mdev ipproto sport dport type goto nop blackhole unreachable prohibit inet inet6",
			conf: routesMaster("", ruleWords),
			play: secondLink,
		},
		{
			name:    "rules that nobody watches",
			shows:   "virtual_rules/<entry>: no_track protocol",
			conf:    routesMaster("", "        from 10.1.0.0/16 table 100 preference 300 no_track\n        from 10.1.0.0/16 table 100 preference 301 no_track protocol 99\n"),
			differs: map[string]string{secRouting: markedRules},
		},
	}
}

func staticRouting() []scene {
	return []scene{
		{
			name: "what is on the host from start to stop",
			shows: "root: static_ipaddress static_routes static_rules track_group; track_group: group; static_ipaddress/<entry>: ADDRESS dev scope brd broadcast label peer " +
				"home mngtmpaddr noprefixroute autojoin preferred_lft no_track track_group; " +
				"static_routes/<entry>: via dev metric table mtu no_track track_group nexthop; static_rules/<entry>: from to table preference iif no_track track_group",
			conf: `
track_group G {
    group {
        VI_1
    }
}
static_ipaddress {
    10.1.0.1/24 dev eth1
    10.1.0.2/24 brd + dev eth1 label eth1:two
    10.1.1.1/24 broadcast 10.1.1.255 dev eth1 scope link
    10.1.2.1 peer 10.1.2.2 dev eth1 track_group G
    10.1.3.1/24 noprefixroute dev eth1 preferred_lft 100 no_track
    224.0.0.77/32 autojoin dev eth1 no_track
    2001:db8:1::1/64 dev eth1 home mngtmpaddr
}
static_routes {
    10.2.0.0/16 via 10.1.0.9 dev eth1 metric 5 table 100 mtu 1400
    10.3.0.0/16 dev eth1 track_group G
    10.4.0.0/16 no_track nexthop via 10.1.0.9 dev eth1 nexthop dev eth0
}
static_rules {
    from 10.2.0.0/16 table 100 preference 300
    to 10.3.0.0/16 iif eth1 table 100 preference 301 track_group G
    to 10.3.0.0/16 table 100 preference 302 protocol 99 no_track
}
` + routesMaster("        10.8.0.0/16 dev eth0", "        from 10.8.0.0/16 table 9 preference 9"),
			play: func(b *bench) {
				b.link("eth1")
				b.start()
				b.masters()
				b.look("master")
				b.must(b.host.SetLink("eth1", false))
				b.logged("(VI_1) Entering FAULT STATE", 1)
				b.look("without eth1")
				b.must(b.host.SetLink("eth1", true))
				b.logged("(VI_1) Entering MASTER STATE", 2)
				b.adverts(3)
				b.look("with it again")
				b.stop()
			},
			differs: map[string]string{secAddresses: "An address with a peer is removed"},
		},
		{
			name:  "older words of static routes",
			shows: "static_routes/<entry>: DESTINATION gw as encap; static_ipaddress/<entry>: -nodad",
			conf: "static_ipaddress {\n    2001:db8:1::1/64 dev eth1 -nodad\n    2001:db8:2::1/64 dev eth1\n}\nstatic_routes {\n" + olderRouteWords + `
        10.6.0.0/16 dev eth0 encap ip id 7 dst 10.0.0.9 src 10.0.0.1 tos 4 ttl 9 flags 0
}
` + routesMaster("", ""),
			play: secondLink,
		},
		{
			name: "words of static routes and rules",
			shows: "static_routes/<entry>: to inet inet6 src from tos dsfield protocol scope priority preference oif onlink expires realms pref add prepend append ttl-propagate " +
				"hoplimit advmss rtt rttvar rto_min reordering window cwnd ssthresh initcwnd initrwnd features quickack congctl fastopen_no_cookie; " +
				"static_rules/<entry>: lookup not order priority tos dsfield fwmark realms suppress_prefixlength sup_pl suppress_ifgroup sup_group dev oif tunnel-id " +
				"uidrange l3mdev protocol ipproto sport dport type goto nop blackhole unreachable prohibit inet inet6",
			conf: "static_routes {\n" + strings.ReplaceAll(routeWords, "src 192.168.1.9", "src 192.168.1.151") +
				strings.ReplaceAll(routeMetrics, " 10.", " 172.") + "}\nstatic_rules {\n" + ruleWords +
				"        from 10.9.0.0/16 table 7 preference 900 protocol 99 no_track\n}\n" + routesMaster("", ""),
			play: secondLink,
		},
		{
			name:  "nothing but what is on the host",
			shows: "",
			conf:  staticOnly,
			play: func(b *bench) {
				b.start()
				b.routed("10.2.0.0/16 via", 1)
				b.logged("Startup complete", 1)
				b.look("started")
				b.stop()
			},
		},
	}
}

// staticOnly is what a host is to have beside virtual routers.
const staticOnly = `
static_ipaddress {
    10.1.0.1/24 dev eth0
}
static_routes {
    10.2.0.0/16 via 10.1.0.9 dev eth0
}
static_rules {
    from 10.2.0.0/16 table 100 preference 300
}
`

func lostRouting() []scene {
	one := routesMaster("        10.1.0.0/16 dev eth0\n        10.2.0.0/16 via 192.168.1.8 dev eth0", "        from 10.1.0.0/16 table 100 preference 300")
	two := routesMaster("        10.1.0.0/16 dev eth0\n        10.2.0.0/16 via 192.168.1.7 dev eth0\n        10.3.0.0/16 dev eth0",
		"        from 10.1.0.0/16 table 101 preference 300\n        from 10.3.0.0/16 table 101 preference 301")
	return []scene{
		{
			name:  "a reload changes routes and rules",
			shows: "",
			conf:  one,
			play: func(b *bench) {
				b.start()
				b.masters()
				b.look("master")
				b.write("keepalived.conf", two, 0o644)
				b.signal(syscall.SIGHUP)
				b.routed("10.3.0.0/16", 2)
				b.routed("via 192.168.1.8", 0)
				b.adverts(3)
				b.look("reloaded")
				b.stop()
			},
		},
		{
			name:  "somebody removes what is on the host from start to stop",
			shows: "",
			conf:  staticOnly + routesMaster("        10.8.0.0/16 dev eth0", "        from 10.8.0.0/16 table 9 preference 9"),
			play: func(b *bench) {
				b.start()
				b.masters()
				b.look("master")
				for _, what := range []string{"route del 10.2.0.0/16", "rule del priority 300", "addr del 10.1.0.1/24 dev eth0"} {
					_, err := b.host.Run("sh", "-c", "ip "+what)
					b.must(err)
					b.adverts(3)
					b.look(what)
				}
				b.stop()
			},
		},
		{
			name:  "an interface of a route goes down",
			shows: "",
			conf:  routesMaster("        10.1.0.0/16 dev eth1\n        10.2.0.0/16 dev eth0", "        from 10.1.0.0/16 oif eth1 table 100 preference 300"),
			play: func(b *bench) {
				b.link("eth1")
				b.start()
				b.masters()
				b.look("master")
				b.must(b.host.SetLink("eth1", false))
				b.logged("(VI_1) Entering FAULT STATE", 1)
				b.routed("10.2.0.0/16", 0)
				b.look("without eth1")
				b.must(b.host.SetLink("eth1", true))
				b.logged("(VI_1) Entering MASTER STATE", 2)
				b.adverts(3)
				b.look("with it again")
				b.stop()
			},
		},
		{
			name:  "somebody removes a route",
			shows: "",
			conf:  one,
			play: func(b *bench) {
				b.start()
				b.masters()
				b.look("master")
				_, err := b.host.Run("ip", "route", "del", "10.2.0.0/16")
				b.must(err)
				b.routed("10.2.0.0/16", 1)
				b.adverts(20)
				b.look("removed")
				b.stop()
			},
			differs: map[string]string{secLog: putBack, secAdverts: putBack, secAnnounced: putBack},
		},
	}
}
