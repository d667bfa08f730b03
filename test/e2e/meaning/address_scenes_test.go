//go:build e2e

package meaning

import "syscall"

// secondLink is the plain play on a host with a second interface.
func secondLink(b *bench) {
	b.link("eth1")
	b.start()
	b.masters()
	b.look("master")
	b.stop()
}

func addressScenes() []scene {
	return []scene{
		{
			name:  "words of an IPv4 address",
			shows: "virtual_ipaddress/<entry>: ADDRESS dev scope brd broadcast label autojoin preferred_lft no_track noprefixroute; vrrp_instance: virtual_ipaddress garp_master_delay",
			conf: `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority 200
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        192.168.1.9
        192.168.1.10/24
        10.0.0.1/24 brd 10.0.0.255
        10.0.1.1/24 broadcast +
        10.0.2.1/24 brd -
        10.0.3.1/24 scope link
        10.0.4.1/24 scope host
        10.0.5.1/24 scope site
        10.0.6.1/24 scope 100
        10.0.7.1/24 label eth0:seven
        10.0.9.1/24 noprefixroute
        10.0.10.1/24 preferred_lft 100
        10.0.11.1/24 preferred_lft forever
        10.0.12.1/24 dev eth1
        10.0.13.1/24 dev eth1 label eth1:13 brd + scope link
        10.0.14.1/24 no_track
        10.0.15.1/0
        10.0.16.1/255.255.255.0
        10.0.17.1/24 autojoin no_track
    }
}
`,
			play: secondLink,
			// The kernel joins no group for autojoin here, and refuses the address.
			differs: map[string]string{
				secAnnounced: "is only reported, not announced while it is not set",
				secLog:       "is only reported, not announced while it is not set",
			},
		},
		{
			name:  "words of an excluded address",
			shows: "vrrp_instance: virtual_ipaddress_excluded; virtual_ipaddress_excluded/<entry>: ADDRESS dev scope brd broadcast label autojoin",
			conf: `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority 200
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        192.168.1.9
    }
    virtual_ipaddress_excluded {
        10.0.0.1/24 brd 10.0.0.255 scope site label eth0:x
        10.0.1.1/24 dev eth1 broadcast +
        224.0.0.77/32 autojoin
    }
}
`,
			play: secondLink,
		},
		{
			name:  "words of an excluded IPv6 address",
			shows: "virtual_ipaddress_excluded/<entry>: home -nodad mngtmpaddr noprefixroute preferred_lft no_track",
			conf: `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority 200
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        192.168.1.9
    }
    virtual_ipaddress_excluded {
        fd00::1
        fd00::2/64
        fd00::3/64 preferred_lft 100
        fd00::5/64 home
        fd00::6/64 mngtmpaddr
        fd00::7/64 noprefixroute
        fd00::8/128 preferred_lft forever
        fd00:1::9/64 dev eth1 no_track
        fe80::5/64 scope link
    }
}
vrrp_instance checked {
    interface eth0
    virtual_router_id 52
    version 3
    priority 200
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        192.168.1.8
    }
    virtual_ipaddress_excluded {
        fd00::4/64 -nodad
    }
}
`,
			play: secondLink,
		},
		{
			name:  "peer",
			shows: "virtual_ipaddress/<entry>: peer; virtual_ipaddress_excluded/<entry>: peer",
			conf: `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority 200
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        10.0.8.1 peer 10.0.8.2
    }
    virtual_ipaddress_excluded {
        10.0.9.1 peer 10.0.9.2 dev eth1
    }
}
`,
			play: func(b *bench) {
				b.link("eth1")
				b.start()
				b.masters()
				b.look("master")
				b.signal(syscall.SIGTERM)
				b.ends()
				b.heard("stopped") // but not the addresses: keepalived forgets those
			},
		},
		{
			name:  "addresses that are none",
			shows: "virtual_ipaddress/<entry>: ADDRESS label scope",
			conf: `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority 200
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        192.168.1.9
        192.168.1.300
        192.168.1
        host.example
        192.168.1.10/33
        192.168.1.12/-1
        192.168.1.13/24x
        192.168.1.11/255.255.255.0
        192.168.1.14 scope nosuch
        192.168.1.15 label much_too_long_a_label
        192.168.1.16 unknown
        192.168.1.17/24 label other:1
        192.168.1.18 brd 192.168.1
        192.168.1.019
    }
}
`,
		},
		{
			name:  "a prefix length without a digit",
			shows: "virtual_ipaddress/<entry>: ADDRESS",
			conf: `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority 200
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        192.168.1.11/x
    }
}
`,
			differs: map[string]string{secAddresses: "A prefix length without a digit"},
		},
		{
			name:  "an address given twice",
			shows: "virtual_ipaddress/<entry>: ADDRESS",
			conf: `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority 200
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        192.168.1.9
        192.168.1.9/32
    }
}
`,
			differs: map[string]string{
				secAdverts:   "An address given twice",
				secAnnounced: "An address given twice",
			},
		},
		{
			name:  "a peer with a prefix length",
			shows: "virtual_ipaddress/<entry>: peer",
			conf: `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority 200
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        10.0.8.1 peer 10.0.8.2/24
    }
}
`,
			differs: map[string]string{
				secAddresses: "A peer with a prefix length",
				secExit:      "A peer with a prefix length",
			},
		},
		{
			name:  "an address that is there already",
			shows: "vrrp_instance: virtual_ipaddress",
			conf: `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority 200
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        192.168.1.9/24
        192.168.2.9/24
    }
}
`,
			play: func(b *bench) {
				_, err := b.host.Run("ip", "addr", "add", "192.168.1.9/24", "dev", "eth0")
				b.must(err)
				b.start()
				b.logged("(VI_1) Entering BACKUP STATE", 1)
				b.masters()
				b.look("master")
				b.stop()
			},
			differs: map[string]string{
				secAddresses: "is the host's own: it is never removed or changed",
				secLog:       "is the host's own: it is never removed or changed",
			},
		},
		{
			name:  "promote secondaries",
			shows: "vrrp_instance: promote_secondaries",
			conf: `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority 200
    advert_int 0.1
    garp_master_delay 0
    promote_secondaries
    virtual_ipaddress {
        10.0.0.1/24
        10.0.0.2/24
    }
}
`,
		},
	}
}
