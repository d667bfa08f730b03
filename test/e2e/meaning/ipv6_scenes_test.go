//go:build e2e

package meaning

import (
	"fmt"
	"syscall"
)

// fast6 is fast over IPv6; its addresses are fe80::VRID and fd00::VRID.
func fast6(name string, vrid int, more string) string {
	return fmt.Sprintf(`
vrrp_instance %s {
    interface eth0
    virtual_router_id %d
    advert_int 0.1
    garp_master_delay 0
    %s
    virtual_ipaddress {
        fe80::%d
        fd00::%d/64
    }
}
`, name, vrid, more, vrid, vrid)
}

// ipv6Scenes are about virtual routers of IPv6.
func ipv6Scenes() []scene {
	return []scene{
		{
			name:  "IPv6",
			timed: true,
			shows: "vrrp_instance: native_ipv6 version; virtual_ipaddress/<entry>: home mngtmpaddr preferred_lft noprefixroute; vrrp_instance: virtual_ipaddress_excluded",
			conf: `
vrrp_instance words {
    native_ipv6
    interface eth0
    virtual_router_id 51
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        fe80::51/64
        fd00::51
        fd00:1::51/64 home
        fd00:2::51/64 noprefixroute preferred_lft 100
        fd00:3::51/64 mngtmpaddr
    }
    virtual_ipaddress_excluded {
        fd00:4::51/64
        10.0.0.51/32
    }
}
vrrp_instance old {
    interface eth0
    virtual_router_id 52
    version 2
    priority 254
    garp_master_delay 1
    garp_master_repeat 2
    virtual_ipaddress {
        fd00::52/64
    }
}
vrrp_instance two {
    interface eth0
    virtual_router_id 53
    version 3
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.52
        fd00::99
    }
}
`,
		},
		{
			name:  "duplicate address detection",
			shows: "virtual_ipaddress/<entry>: -nodad",
			conf:  fast6("VI_6", 51, "virtual_ipaddress_excluded {\n fd00:5::51/64 -nodad\n }"),
			differs: map[string]string{
				secAnnounced: "An address under duplicate address detection (`-nodad`) is announced when that is over",
			},
			play: func(b *bench) {
				b.must(b.host.Sysctl("net/ipv6/conf/all/forwarding", "1")) // and the router flag is set
				b.start()
				b.masters()
				b.announced(15)
				b.look("master")
				b.stop()
			},
		},
		{
			name:  "where IPv6 is sent",
			timed: true,
			shows: "global_defs: vrrp_mcast_group6; vrrp_instance: mcast_dst_ip mcast_src_ip unicast_src_ip unicast_peer unicast_ttl",
			conf: "global_defs {\n    vrrp_mcast_group6 ff02::13\n}\n" + fast6("all", 51, "") + fast6("one", 52, "mcast_dst_ip ff02::14") +
				fast6("source", 53, "mcast_src_ip fd00:9::1") +
				fast6("unicast", 54, "unicast_ttl 77\n unicast_peer {\n fe80::ff:fe00:52\n fe80::77\n }") +
				fast6("both", 55, "unicast_ttl 78\n unicast_src_ip fd00:9::1\n unicast_peer {\n fd00:9::2\n 10.0.0.1\n }"),
			company: true,
			play: func(b *bench) {
				for _, way := range []struct {
					host interface {
						Run(string, ...string) (string, error)
					}
					addr string
				}{{b.host, "fd00:9::1/64"}, {b.neighbour, "fd00:9::2/64"}} {
					_, err := way.host.Run("ip", "addr", "add", way.addr, "dev", "eth0", "nodad")
					b.must(err)
				}
				b.start()
				b.masters()
				b.adverts(10)
				b.look("master")
				b.stop()
			},
		},
		{
			name:    "a master of IPv6 hears others",
			shows:   "vrrp_instance: priority",
			conf:    fast6("VI_6", 51, "priority 100"),
			company: true,
			play: func(b *bench) {
				addrs := []string{"fe80::51", "fd00::51"}
				b.start()
				b.masters()
				b.hear(forged{version: 3, vrid: 51, priority: 50, interval: 10, addrs: addrs})
				b.logged("(VI_6) Received advert from fe80::ff:fe00:52 with lower priority 50", 1)
				b.hear(forged{version: 3, vrid: 51, priority: 0, interval: 10, addrs: addrs})
				b.hear(forged{version: 2, vrid: 51, priority: 200, interval: 1, addrs: addrs})
				b.logged("wrong version. Received 2 and expect 3", 1)
				b.hear(forged{version: 3, vrid: 51, priority: 100, interval: 10, addrs: addrs}) // from a higher address
				b.logged("(VI_6) Entering BACKUP STATE", 2)
				b.look("backup")
				b.logged("(VI_6) Entering MASTER STATE", 2)
				b.hear(forged{version: 3, vrid: 51, priority: 200, interval: 10, addrs: addrs})
				b.logged("(VI_6) Entering BACKUP STATE", 3)
				b.logged("(VI_6) Entering MASTER STATE", 3)
				b.look("master")
				b.stop()
			},
		},
		{
			name:  "the link-local address comes and goes",
			shows: "vrrp_instance: interface",
			conf:  fast6("VI_6", 51, ""),
			play: func(b *bench) {
				run := func(words ...string) {
					_, err := b.host.Run("ip", words...)
					b.must(err)
				}
				run("addr", "del", "fe80::ff:fe00:51/64", "dev", "eth0")
				b.start()
				b.logged("(VI_6) entering FAULT state (no IPv6 address for interface)", 1)
				b.look("without")
				run("addr", "add", "fe80::7/64", "dev", "eth0", "nodad")
				b.logged("(VI_6) Entering MASTER STATE", 1)
				b.look("with")
				b.stop()
			},
		},
		{
			name:  "strict IPv6",
			shows: "global_defs: vrrp_strict; vrrp_instance: accept",
			conf: "global_defs {\n    vrrp_strict\n}\n" + fast6("good", 51, "accept\n state BACKUP") +
				fast6("version", 52, "accept\n version 2") + "vrrp_instance first {\n interface eth0\n virtual_router_id 53\n advert_int 0.1\n accept\n virtual_ipaddress {\n fd00::53/64\n fe80::53\n }\n}\n",
		},
		{
			name:  "a reload to the other family",
			shows: "vrrp_instance: virtual_ipaddress",
			conf:  fast("VI_1", 51, ""),
			play: func(b *bench) {
				b.start()
				b.masters()
				b.look("IPv4")
				b.write("keepalived.conf", fast6("VI_1", 51, ""), 0o644)
				b.signal(syscall.SIGHUP)
				b.logged("(VI_1) Entering MASTER STATE", 2)
				b.look("IPv6")
				b.stop()
			},
		},
	}
}
