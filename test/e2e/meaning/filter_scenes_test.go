//go:build e2e

package meaning

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

// guarded is instances of which some do not accept what is sent to their addresses.
const guarded = `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority 200
    advert_int 0.1
    no_accept
    virtual_ipaddress {
        192.168.1.9/24
    }
    virtual_ipaddress_excluded {
        192.168.1.10/24
        2001:db8::10/64
        fe80::10/64
    }
}
vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    version 3
    priority 200
    advert_int 0.1
    no_accept
    accept
    virtual_ipaddress {
        192.168.1.11/24
    }
}
vrrp_instance VI_3 {
    interface eth0
    virtual_router_id 53
    version 3
    priority 255
    advert_int 0.1
    no_accept
    virtual_ipaddress {
        192.168.1.12/24
    }
}
vrrp_instance VI_4 {
    interface eth0
    virtual_router_id 54
    priority 200
    advert_int 0.1
    no_accept
    virtual_ipaddress {
        fe80::9/64
        2001:db8::9/64
    }
}
`

// strictly is instances in strict mode, one of them on a virtual MAC interface.
const strictly = `
global_defs {
    vrrp_version 3
    vrrp_strict
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 200
    advert_int 0.1
    virtual_ipaddress {
        192.168.1.9/24
    }
}
vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    priority 200
    advert_int 0.1
    accept
    virtual_ipaddress {
        192.168.1.10/24
    }
}
vrrp_instance VI_3 {
    interface eth0
    virtual_router_id 53
    priority 255
    advert_int 0.1
    virtual_ipaddress {
        192.168.1.11/24
    }
}
vrrp_instance VI_4 {
    interface eth0
    virtual_router_id 54
    priority 200
    advert_int 0.1
    strict_mode off
    virtual_ipaddress {
        192.168.1.12/24
    }
}
vrrp_instance VI_5 {
    interface eth0
    virtual_router_id 55
    priority 200
    advert_int 0.1
    use_vmac
    virtual_ipaddress {
        192.168.1.13/24
    }
}
`

// filterScenes are about packets to addresses that are not accepted.
func filterScenes() []scene {
	return []scene{
		{
			name:    "what is sent to addresses that are not accepted",
			shows:   "vrrp_instance: no_accept accept",
			conf:    guarded,
			company: true,
			play:    knocked,
		},
		{
			name:    "tables with a name, a priority and counters",
			shows:   "global_defs: nftables nftables_priority nftables_counters nftables_ifindex",
			conf:    "global_defs {\n nftables gate\n nftables_priority 7\n nftables_counters\n nftables_ifindex\n}\n" + guarded,
			company: true,
			play:    knocked,
		},
		{
			name:    "words about iptables",
			shows:   "global_defs: vrrp_iptables vrrp_ipsets",
			conf:    "global_defs {\n vrrp_iptables IN OUT\n vrrp_ipsets a b c\n}\n" + guarded,
			company: true,
			play:    knocked,
		},
		{
			name:    "what is sent to addresses in strict mode",
			shows:   "global_defs: vrrp_strict; vrrp_instance: strict_mode accept use_vmac",
			conf:    strictly,
			company: true,
			play:    knockedOnly,
			differs: map[string]string{secSysctls: leavesSysctls},
		},
	}
}

// knocked plays until all are masters, knocks at their addresses and looks at the filter, at the end too.
func knocked(b *bench) {
	_, err := b.neighbour.Run("ip", "addr", "add", "2001:db8::8/64", "dev", "eth0", "nodad")
	b.must(err)
	b.start()
	b.masters()
	b.look("master")
	b.knock("fe80::9", "fe80::10", "2001:db8::9", "2001:db8::10", "192.168.1.9", "192.168.1.10", "192.168.1.11", "192.168.1.12")
	b.seen.add(secSteps, "filter:\n%s", b.filter())
	b.signal(syscall.SIGTERM)
	b.ended()
	b.seen.add(secSteps, "filter at the end:\n%s", b.filter())
}

// knockedOnly knocks and leaves the filter alone: with virtual MAC interfaces keepalived has other things there.
func knockedOnly(b *bench) {
	b.start()
	b.masters()
	b.look("master")
	b.knock("192.168.1.9", "192.168.1.10", "192.168.1.11", "192.168.1.12", "192.168.1.13")
	b.stop()
	b.seen.add(secSteps, "filter at the end:\n%s", b.filter())
}

// knock writes down what becomes of connections from the neighbour to addresses, at a port where nobody listens.
func (b *bench) knock(addrs ...string) {
	for _, addr := range addrs {
		host := addr
		if a := netip.MustParseAddr(addr); a.Is6() {
			host = "[" + addr + "]"
			if a.IsLinkLocalUnicast() {
				host = "[" + addr + "%25eth0]"
			}
		}
		out, _ := b.neighbour.Run("sh", "-c", "curl -sS --connect-timeout 1 http://'"+host+"':9/ 2>&1; echo status $?")
		what := map[string]string{"status 7": "answered", "status 28": "dropped"}[out[max(strings.LastIndex(out, "status"), 0):len(strings.TrimSpace(out))]]
		if what == "" {
			what = out
		}
		// A neighbour that is not found is no answer, and would look like one that is dropped.
		near, err := b.neighbour.Run("ip", "neigh", "show", addr)
		b.must(err)
		b.seen.add(secSteps, "a connection to %s is %s, neighbour known: %v", addr, what, strings.Contains(near, "lladdr"))
	}
}

// What differs on purpose (docs/compatibility.md, "Packet filter"): a set of messages more, and names of interfaces.
var (
	messagesSet  = regexp.MustCompile(`(?s)\n\tset router-messages \{.*?\n\t\}\n`)
	messagesRule = regexp.MustCompile(`\n[^\n]*@router-messages[^\n]*`)
	byName       = regexp.MustCompile(`\b([io]if)name\b`)
	inSet        = regexp.MustCompile(`(?s)elements = \{(.*?)\}`)
	inTables     = regexp.MustCompile(`(?ms)^table .*?^\}`)
)

// filter is what nftables has, without those.
func (b *bench) filter() string {
	out, err := b.host.Run("nft", "-s", "list", "ruleset")
	b.must(err)
	out = messagesRule.ReplaceAllString(messagesSet.ReplaceAllString(out, ""), "")
	out = byName.ReplaceAllString(strings.ReplaceAll(out, "ifname\n", "iface_index\n"), "$1")
	// Elements are listed in the order of a hash, tables in that of their making.
	out = inSet.ReplaceAllStringFunc(out, func(text string) string {
		list := strings.Split(strings.Join(strings.Fields(inSet.FindStringSubmatch(text)[1]), " "), ", ")
		slices.Sort(list)
		return fmt.Sprintf("elements = %v", list)
	})
	tables := inTables.FindAllString(out, -1)
	slices.Sort(tables)
	return strings.Join(tables, "\n")
}
