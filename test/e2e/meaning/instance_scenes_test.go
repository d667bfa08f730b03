//go:build e2e

package meaning

import "fmt"

func instanceScenes() []scene {
	return []scene{
		{
			name:  "version 3",
			timed: true,
			shows: "vrrp_instance: state interface virtual_router_id priority advert_int version virtual_ipaddress; global_defs: router_id",
			conf: `
global_defs {
    router_id r1
}
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    version 3
    priority 150
    advert_int 0.1
    garp_master_delay 1
    virtual_ipaddress {
        192.168.1.150/24
    }
}
`,
		},
		{
			name:  "version 2",
			timed: true,
			shows: "vrrp_instance/authentication: auth_type auth_pass; vrrp_instance: authentication advert_int",
			conf: `
vrrp_instance pass {
    interface eth0
    virtual_router_id 52
    priority 250
    garp_master_delay 0
    authentication {
        auth_type PASS
        auth_pass much too long
    }
    virtual_ipaddress {
        192.168.1.150
        192.168.1.149/32
    }
}
vrrp_instance plain {
    interface eth0
    virtual_router_id 53
    priority 250
    garp_master_delay 0
    authentication {
        auth_pass unused
    }
    virtual_ipaddress {
        192.168.1.148
    }
}
vrrp_instance rounded {
    interface eth0
    virtual_router_id 54
    priority 254
    advert_int 1.4
    garp_master_delay 0
    virtual_ipaddress {
        192.168.1.147
    }
}
vrrp_instance short {
    interface eth0
    virtual_router_id 55
    priority 254
    advert_int 0.2
    garp_master_delay 0
    authentication {
        auth_type PASS
        auth_pass "a b#"
    }
    virtual_ipaddress {
        192.168.1.146
    }
}
`,
		},
		{
			name:  "priorities",
			shows: "vrrp_instance: priority",
			conf: `
vrrp_instance zero {
    interface eth0
    virtual_router_id 1
    version 3
    advert_int 0.1
    priority 0
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.1
    }
}
vrrp_instance large {
    interface eth0
    virtual_router_id 2
    version 3
    advert_int 0.1
    priority 256
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.2
    }
}
vrrp_instance hex {
    interface eth0
    virtual_router_id 3
    version 3
    advert_int 0.1
    priority 0x10
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.3
    }
}
vrrp_instance leading_zero {
    interface eth0
    virtual_router_id 4
    version 3
    advert_int 0.1
    priority 010
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.4
    }
}
vrrp_instance plus {
    interface eth0
    virtual_router_id 5
    version 3
    advert_int 0.1
    priority +7
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.5
    }
}
vrrp_instance negative {
    interface eth0
    virtual_router_id 6
    version 3
    advert_int 0.1
    priority -5
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.6
    }
}
vrrp_instance junk {
    interface eth0
    virtual_router_id 7
    version 3
    advert_int 0.1
    priority 120x
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.7
    }
}
vrrp_instance twice {
    interface eth0
    virtual_router_id 8
    virtual_router_id 9 10
    version 3
    advert_int 0.1
    priority 120
    priority 130
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.8
    }
    virtual_ipaddress {
        10.0.0.9
    }
}
`,
		},
		{
			name:  "intervals",
			timed: true,
			shows: "vrrp_instance: advert_int",
			conf: `
vrrp_instance half {
    interface eth0
    virtual_router_id 1
    version 3
    priority 200
    advert_int .5
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.1
    }
}
vrrp_instance dot {
    interface eth0
    virtual_router_id 2
    version 3
    priority 200
    advert_int 1.
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.2
    }
}
vrrp_instance rounded {
    interface eth0
    virtual_router_id 3
    version 3
    priority 200
    advert_int 0.126
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.3
    }
}
vrrp_instance tiny {
    interface eth0
    virtual_router_id 4
    version 3
    priority 250
    advert_int 0.001
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.4
    }
}
vrrp_instance unit {
    interface eth0
    virtual_router_id 5
    version 3
    priority 250
    advert_int 2s
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.5
    }
}
vrrp_instance huge {
    interface eth0
    virtual_router_id 6
    version 3
    priority 250
    advert_int 256
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.6
    }
}
vrrp_instance negative {
    interface eth0
    virtual_router_id 7
    version 3
    priority 250
    advert_int -1
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.7
    }
}
vrrp_instance long {
    interface eth0
    virtual_router_id 8
    version 3
    priority 255
    advert_int 41
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.8
    }
}
`,
			play: func(b *bench) {
				b.start()
				for _, name := range b.instances() {
					b.logged("("+name+") Entering MASTER STATE", 1)
				}
				b.repeated(3, 1, 2, 3, 4, 5, 6, 7)
				b.look("master")
				b.stop()
			},
		},
		{
			name:  "owners and wishes",
			shows: "vrrp_instance: state priority",
			conf: `
vrrp_instance owner {
    interface eth0
    virtual_router_id 1
    version 3
    advert_int 0.1
    priority 255
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.1
    }
}
vrrp_instance wish_only {
    state MASTER
    interface eth0
    virtual_router_id 2
    version 3
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.2
    }
}
vrrp_instance wish_150 {
    state MASTER
    interface eth0
    virtual_router_id 3
    version 3
    advert_int 0.1
    priority 150
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.3
    }
}
vrrp_instance modest {
    state BACKUP
    interface eth0
    virtual_router_id 4
    version 3
    advert_int 0.1
    priority 255
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.4
    }
}
vrrp_instance wrong_word {
    state master
    interface eth0
    virtual_router_id 5
    version 3
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.5
    }
}
vrrp_instance second_word {
    state MASTER
    state BACKUP
    interface eth0
    virtual_router_id 6
    version 3
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.6
    }
}
`,
		},
		{
			name:  "version for all",
			shows: "global_defs: vrrp_version; vrrp_instance: version",
			conf: `
vrrp_instance before {
    interface eth0
    virtual_router_id 1
    priority 200
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.1
    }
}
global_defs {
    vrrp_version 3
}
vrrp_instance after {
    interface eth0
    virtual_router_id 2
    priority 200
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.2
    }
}
vrrp_instance own {
    interface eth0
    virtual_router_id 3
    version 2
    priority 254
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.3
    }
}
vrrp_instance wrong {
    interface eth0
    virtual_router_id 4
    version 4
    priority 254
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.4
    }
}
`,
		},
		{
			name:  "groups and sources",
			shows: "global_defs: vrrp_mcast_group4 vrrp_mcast_group6; vrrp_instance: mcast_dst_ip mcast_src_ip",
			conf: `
global_defs {
    vrrp_mcast_group4 224.0.0.19
    vrrp_mcast_group6 ff02::13
    vrrp_version 3
}
vrrp_instance global {
    interface eth0
    virtual_router_id 1
    priority 200
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.1
    }
}
vrrp_instance own {
    interface eth0
    virtual_router_id 2
    priority 200
    advert_int 0.1
    mcast_dst_ip 224.0.0.20
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.2
    }
}
vrrp_instance source {
    interface eth0
    virtual_router_id 3
    priority 200
    advert_int 0.1
    mcast_src_ip 192.168.1.77
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.3
    }
}
`,
		},
		{
			name:  "unicast",
			shows: "vrrp_instance: unicast_src_ip unicast_peer unicast_ttl",
			conf: `
vrrp_instance v3 {
    interface eth0
    virtual_router_id 1
    version 3
    priority 200
    advert_int 0.1
    unicast_src_ip 192.168.1.151
    unicast_peer {
        192.168.1.152
    }
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.1
    }
}
vrrp_instance ttl {
    interface eth0
    virtual_router_id 2
    version 2
    priority 254
    unicast_peer {
        192.168.1.152 min_ttl 60 max_ttl 255
    }
    unicast_ttl 64
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.2
    }
}
vrrp_instance nobody {
    interface eth0
    virtual_router_id 3
    version 3
    priority 200
    advert_int 0.1
    unicast_src_ip 192.168.1.151
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.3
    }
}
vrrp_instance malformed {
    interface eth0
    virtual_router_id 4
    version 3
    priority 200
    advert_int 0.1
    unicast_peer {
        192.168.1.999
        192.168.1.152
    }
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.4
    }
}
`,
		},
		{
			name:  "nobody to talk to",
			shows: "vrrp_instance: unicast_fault_no_peer",
			conf: `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 3
    version 3
    priority 200
    advert_int 0.1
    unicast_src_ip 192.168.1.151
    unicast_fault_no_peer
    notify "/run/case/note all"
    virtual_ipaddress {
        10.0.0.3
    }
}
global_defs {
    enable_script_security
    script_user root
}
`,
			play: func(b *bench) {
				b.start()
				b.called(1)
				b.look("running")
				b.stop()
			},
			differs: map[string]string{secLog: "entering FAULT state (unicast without any peers)"},
		},
		{
			name:  "a unicast source that is nowhere",
			shows: "vrrp_instance: unicast_src_ip",
			conf: `
vrrp_instance elsewhere {
    interface eth0
    virtual_router_id 5
    version 3
    priority 200
    advert_int 0.1
    unicast_src_ip 192.168.1.159
    unicast_peer {
        192.168.1.152
    }
    notify "/run/case/note all"
    virtual_ipaddress {
        10.0.0.5
    }
}
global_defs {
    enable_script_security
    script_user root
}
`,
			play: func(b *bench) {
				b.start()
				b.called(1)
				b.look("running")
				b.stop()
			},
			differs: map[string]string{secLog: "`src address not configured`", secCalls: "`src address not configured`, told twice"},
		},
		{
			name:  "no address for the router",
			shows: "vrrp_instance: virtual_router_id",
			conf: `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 3
    priority 254
}
`,
		},
	}
}

// repeated waits until each of the virtual routers has advertised itself n times.
func (b *bench) repeated(n int, vrids ...uint8) {
	b.until(fmt.Sprintf("%d advertisements of %v", n, vrids), func() (bool, string) {
		sent := b.sent()
		for _, v := range vrids {
			if sent[v] < n {
				return false, fmt.Sprint(sent)
			}
		}
		return true, ""
	})
}
