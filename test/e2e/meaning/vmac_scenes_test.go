//go:build e2e

package meaning

// leavesSysctls are words of docs/compatibility.md.
const leavesSysctls = "keepalived keeps no record and leaves `arp_ignore` and `arp_filter`"

// vmacScenes are about addresses on interfaces that adverts are not sent from.
func vmacScenes() []scene {
	return []scene{
		{
			name:    "an instance on a virtual MAC interface",
			shows:   "vrrp_instance: use_vmac",
			conf:    living("use_vmac"),
			play:    secondLink,
			differs: map[string]string{secSysctls: leavesSysctls},
		},
		{
			name:    "one with a name and a hardware address of its own",
			shows:   "vrrp_instance: use_vmac",
			conf:    living("use_vmac gate " + givenMAC),
			play:    secondLink,
			differs: map[string]string{secSysctls: leavesSysctls},
		},
		{
			name:    "adverts from the interface below, all addresses with the virtual hardware address",
			shows:   "vrrp_instance: vmac_xmit_base use_vmac_addr",
			conf:    living("use_vmac\n    vmac_xmit_base\n    use_vmac_addr"),
			play:    secondLink,
			differs: map[string]string{secSysctls: leavesSysctls},
		},
		{
			name:    "addresses elsewhere with the virtual hardware address",
			shows:   "vrrp_instance: use_vmac_addr",
			conf:    living("use_vmac_addr"),
			play:    secondLink,
			differs: map[string]string{secSysctls: leavesSysctls},
		},
		{
			name:  "addresses with the virtual hardware address",
			shows: "virtual_ipaddress/<entry>: use_vmac; virtual_ipaddress_excluded/<entry>: use_vmac; global_defs: vmac_prefix vmac_addr_prefix",
			conf: `
global_defs {
    vmac_prefix any
    vmac_addr_prefix gate
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority 200
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {
        192.168.1.9/24 use_vmac
        10.0.0.1/24 dev eth1 use_vmac
        10.0.1.1/24
    }
    virtual_ipaddress_excluded {
        10.0.0.2/24 use_vmac dev eth1
    }
}
`,
			play:    secondLink,
			differs: map[string]string{secSysctls: leavesSysctls},
		},
		{
			name:    "a refresh on virtual MAC interfaces",
			shows:   "vrrp_instance: garp_extra_if",
			conf:    scattered("garp_extra_if 1"),
			play:    refreshed,
			differs: map[string]string{secSysctls: leavesSysctls},
		},
		{
			name:    "a refresh by its old name",
			shows:   "vrrp_instance: vmac_garp_intvl",
			conf:    scattered("vmac_garp_intvl all 1"),
			play:    refreshed,
			differs: map[string]string{secSysctls: leavesSysctls},
		},
		{
			name:    "a refresh for all by its old name",
			shows:   "global_defs: vrrp_vmac_garp_intvl",
			conf:    "global_defs {\n    vrrp_vmac_garp_intvl 1\n}\n" + scattered(""),
			play:    refreshed,
			differs: map[string]string{secSysctls: leavesSysctls},
		},
		{
			name:    "a refresh on all other interfaces",
			shows:   "global_defs: vrrp_garp_extra_if",
			conf:    "global_defs {\n    vrrp_garp_extra_if all 1\n}\n" + scattered(""),
			play:    refreshed,
			differs: map[string]string{secSysctls: leavesSysctls},
		},
	}
}

// living is an instance with addresses on two interfaces and one of the other family.
func living(more string) string {
	return `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority 200
    advert_int 0.1
    garp_master_delay 0
    ` + more + `
    virtual_ipaddress {
        192.168.1.9/24
        10.0.0.1/24 dev eth1
    }
    virtual_ipaddress_excluded {
        192.168.1.10/24
    }
}
`
}

// scattered is an instance with addresses on two interfaces, with and without the virtual
// hardware address.
func scattered(more string) string {
	return `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority 200
    advert_int 0.1
    garp_master_delay 0
    garp_master_repeat 1
    ` + more + `
    virtual_ipaddress {
        192.168.1.9/24
        192.168.1.10/24 use_vmac
        192.168.1.11/24 use_vmac
        10.0.0.1/24 dev eth1
    }
}
`
}

// refreshed plays until the second round of the refresh.
func refreshed(b *bench) {
	b.link("eth1")
	b.start()
	b.masters()
	b.announced(5) // three on becoming master
	b.stop()
}
