package agreement

import (
	"slices"
	"strings"
	"testing"

	"holdfast/config/finding"
	"holdfast/config/language"
	"holdfast/config/syntax"
	"holdfast/internal/golden"
)

// director makes one of texts, called a.conf, b.conf and so on.
func directors(t *testing.T, texts ...string) ([]Director, syntax.MapSource) {
	t.Helper()
	src := syntax.MapSource{}
	var all []Director
	for i, text := range texts {
		name := string(rune('a'+i)) + ".conf"
		src[name] = text
		s := syntax.Load(src, name, syntax.Options{})
		c, found := language.Bind(s, language.Env{HostName: "this"})
		damaged := slices.ContainsFunc(found, func(d syntax.Diagnostic) bool { return d.Severity >= syntax.Error })
		all = append(all, Director{File: name, Snapshot: s, Config: c, Damaged: damaged})
	}
	return all, src
}

// first and second are a pair with everything right.
const first = `global_defs {
    router_id one
    lvs_sync_daemon eth1 inst VI_1 id 7
}
vrrp_script web {
    script /bin/true
    weight -60
}
vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 150
    advert_int 2
    authentication {
        auth_type PASS
        auth_pass secret-1
    }
    virtual_ipaddress {
        192.0.2.10/24
        192.0.2.11/24
    }
    virtual_ipaddress_excluded {
        192.0.2.12/24
    }
    virtual_routes {
        198.51.100.0/24 via 192.0.2.1
    }
    track_script {
        web
    }
}
vrrp_instance VI_2 {
    state BACKUP
    interface eth1
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        10.0.0.10/24
    }
}
virtual_server 192.0.2.10 80 {
    lb_algo wrr
    lb_kind DR
    protocol TCP
    real_server 192.0.2.21 80 {
        weight 2
        TCP_CHECK {
            connect_timeout 2
        }
    }
    real_server 192.0.2.22 80 {
        TCP_CHECK {
            connect_timeout 2
        }
    }
}
`

// second is the other one: its interfaces are called otherwise, and what has to differ does.
func second() string {
	return edit(first, "router_id one", "router_id two", "eth0", "ens1", "eth1", "ens2", "state MASTER", "state BACKUP",
		"priority 150", "priority 100", "priority 100\n    virtual_ipaddress {\n        10.", "priority 200\n    virtual_ipaddress {\n        10.")
}

// edit replaces texts, each of which must be there.
func edit(text string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			panic("no " + pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

func said(found []syntax.Diagnostic) string {
	var b strings.Builder
	for _, d := range found {
		b.WriteString(d.Severity.String() + " " + d.ID + ": " + d.Text + "\n")
	}
	return b.String()
}

func TestAPairThatIsRight(t *testing.T) {
	all, _ := directors(t, first, second())
	if all[0].Damaged || all[1].Damaged {
		t.Fatal("the example itself is wrong")
	}
	if got := said(Of(all)); got != "" {
		t.Error(got)
	}
	slices.Reverse(all)
	if got := said(Of(all)); got != "" {
		t.Errorf("the other way round: %s", got)
	}
}

// A wrong is a change to the second director, or to both, and what is said of it.
type wrong struct {
	name string
	one  []string // edits of the first director
	two  []string // of the second
	want string   // severity, rule and a part of each finding, separated by |
}

// Edits are the texts of the two directors, and whether something is said that keeps them from hearing each other.
type Edits struct {
	Name     string
	One, Two string
	Deaf     bool
}

// AllEdits are those of the tests of rules, for a test that plays them.
func AllEdits() []Edits {
	all := []Edits{{"right", first, second(), false}}
	for _, w := range wrongs() {
		deaf := false
		for _, id := range deafening() {
			deaf = deaf || strings.Contains(w.want, "error "+id+":")
		}
		all = append(all, Edits{w.name, edit(first, w.one...), edit(second(), w.two...), deaf})
	}
	return all
}

// deafening are the rules of what keeps directors from hearing each other.
func deafening() []string {
	return []string{"pair-vrid-differs", "pair-family-differs", "pair-version-differs", "pair-authentication-differs",
		"pair-hmac-differs", "pair-interval-differs", "pair-checksum-differs", "pair-destination-differs",
		"pair-peer-missing", "pair-peer-ttl", "pair-source-equal"}
}

func wrongs() []wrong {
	return slices.Concat(wrongAdverts(), wrongAddresses(), wrongOrders(), wrongServices())
}

func wrongAdverts() []wrong {
	const signed = "auth_hmac {\n key 1 0123456789abcdef0123456789abcdef\n"
	auth := "authentication {\n        auth_type PASS\n        auth_pass secret-1\n    }\n"
	peers := func(src, peer string) string {
		return "interface eth0\n    unicast_src_ip " + src + "\n    unicast_peer {\n        " + peer + "\n    }"
	}
	ens := func(text string) string { return strings.Replace(text, "eth0", "ens1", 1) }
	return []wrong{
		{"the id", nil, []string{"ens1\n    virtual_router_id 51", "ens1\n    virtual_router_id 52"},
			"error pair-vrid-differs: (VI_1) virtual_router_id 52 here and 51 in a.conf"},
		{"the version", nil, []string{"advert_int 2", "advert_int 2\n    version 3"},
			"error pair-version-differs: (VI_1) VRRP version 3 here and 2 in a.conf"},
		{"the version of all", nil, []string{"router_id two", "router_id two\n    vrrp_version 3"},
			"error pair-version-differs: (VI_1)|error pair-version-differs: (VI_2)"},
		{"the family", nil, []string{"virtual_ipaddress {\n        192.0.2.10/24\n        192.0.2.11/24\n",
			"virtual_ipaddress {\n        2001:db8::1/64\n", "virtual_ipaddress_excluded {\n",
			"virtual_ipaddress_excluded {\n        192.0.2.10/24\n        192.0.2.11/24\n"},
			"error pair-family-differs: (VI_1) adverts are sent over IPv6 here and over IPv4 in a.conf|" +
				"error pair-address-missing: (VI_1) a.conf has no 2001:db8::1|" +
				"warning pair-address-list-differs: (VI_1) 192.0.2.10 is in virtual_ipaddress_excluded here"},
		{"no authentication", nil, []string{auth, ""},
			"error pair-authentication-differs: (VI_1) no authentication here and authentication PASS in a.conf"},
		{"another type", nil, []string{"auth_type PASS", "auth_type AH"},
			"error pair-authentication-differs: (VI_1) authentication AH here and authentication PASS in a.conf"},
		{"another password", nil, []string{"secret-1", "secret-2"},
			"error pair-authentication-differs: (VI_1) auth_pass is not the one of a.conf"},
		{"a password that differs behind what counts", []string{"secret-1", "secret-1234"}, []string{"secret-1", "secret-1999"}, ""},
		{"a password that does not count", []string{"advert_int 2", "version 3"},
			[]string{"advert_int 2", "version 3", "secret-1", "secret-2"}, ""},
		{"passwords that are not shown", []string{"secret-1", "REDACTED"}, []string{"secret-1", "REDACTED"},
			"note pair-secret-hidden: (VI_1) auth_pass is not shown here or in a.conf"},
		{"the interval", nil, []string{"advert_int 2", "advert_int 1"},
			"error pair-interval-differs: (VI_1) advert_int 1 here and 2 in a.conf: in version 2"},
		{"the interval of version 3", []string{"advert_int 2", "advert_int 2\n version 3"},
			[]string{"advert_int 2", "advert_int 0.5\n version 3"},
			"warning pair-interval-differs: (VI_1) advert_int 0.5 here and 2 in a.conf: a backup goes by"},
		{"signed by one", nil, []string{auth, signed + "active_key 1\n}\n"},
			"error pair-hmac-differs: (VI_1) adverts of a.conf are not signed, and auth_hmac of b.conf refuses them"},
		{"signed with another key", []string{auth, signed + "active_key 1\n}\n"}, []string{auth, strings.ReplaceAll(signed, "abcdef", "ABCDEF") + "active_key 1\n}\n"},
			"error pair-hmac-differs: (VI_1) key 1 of auth_hmac, with which a.conf signs, is another one in b.conf"},
		{"signed with a key that is not there", []string{auth, signed + " active_key 1\n}\n"},
			[]string{auth, strings.ReplaceAll(signed, "key 1", "key 2") + " active_key 2\n}\n"},
			"error pair-hmac-differs: (VI_1) adverts of a.conf are signed with key 1 of auth_hmac, which b.conf does not have"},
		{"signed by both", []string{auth, signed + "active_key 1\n}\n"}, []string{auth, signed + "active_key 1\n}\n"}, ""},
		{"signed by one in a roll-out", []string{auth, signed + " active_key 1\n mode receive-only\n}\n"}, []string{auth, ""}, ""},
		{"multicast to unicast", []string{"interface eth0", peers("192.0.2.1", "192.0.2.2")}, nil,
			"error pair-destination-differs: (VI_1) adverts are sent to the group 224.0.0.18 here and to unicast peers in a.conf"},
		{"another group", nil, []string{"interface ens1", "interface ens1\n mcast_dst_ip 224.0.0.19"},
			"error pair-destination-differs: (VI_1) adverts are sent to the group 224.0.0.19 here and to the group 224.0.0.18 in a.conf"},
		{"unicast", []string{"interface eth0", peers("192.0.2.1", "192.0.2.2")},
			[]string{"interface ens1", ens(peers("192.0.2.2", "192.0.2.1"))}, ""},
		{"a peer that is another one", []string{"interface eth0", peers("192.0.2.1", "192.0.2.2")},
			[]string{"interface ens1", ens(peers("192.0.2.2", "192.0.2.3"))},
			"error pair-peer-missing: (VI_1) unicast_peer lacks 192.0.2.1, from which a.conf sends|" +
				"note pair-peer-unknown: (VI_1) unicast_peer 192.0.2.3"},
		{"the file of one on both", []string{"interface eth0", peers("192.0.2.1", "192.0.2.2")},
			[]string{"interface ens1", ens(peers("192.0.2.1", "192.0.2.2"))},
			"error pair-source-equal: (VI_1) adverts are sent from 192.0.2.1 here and in a.conf"},
		{"the peers of one on both", []string{"interface eth0", "interface eth0\n unicast_peer {\n 192.0.2.2\n }"},
			[]string{"interface ens1", "interface ens1\n unicast_peer {\n 192.0.2.2\n }"},
			"error pair-peer-missing: (VI_1) unicast_peer is 192.0.2.2 here and in a.conf"},
		{"peers that are all directors", []string{"interface eth0", "interface eth0\n unicast_peer {\n 192.0.2.1\n 192.0.2.2\n }"},
			[]string{"interface ens1", "interface ens1\n unicast_peer {\n 192.0.2.1\n 192.0.2.2\n }"}, ""},
		{"a TTL", []string{"interface eth0", peers("192.0.2.1", "192.0.2.2") + "\n unicast_ttl 3"},
			[]string{"interface ens1", ens(peers("192.0.2.2", "192.0.2.1 min_ttl 250"))},
			"error pair-peer-ttl: (VI_1) adverts of 192.0.2.1 have to come with a TTL of 250 at least, and are sent with 3 in a.conf"},
		{"the checksum", []string{"advert_int 2", "advert_int 2\n version 3"},
			[]string{"advert_int 2", "advert_int 2\n version 3\n v3_checksum_as_v2"},
			"error pair-checksum-differs: (VI_1) v3_checksum_as_v2 in b.conf and not in a.conf"},
		{"the checksum to peers", []string{"advert_int 2", "advert_int 2\n version 3\n old_unicast_checksum never",
			"interface eth0", peers("192.0.2.1", "192.0.2.2")},
			[]string{"advert_int 2", "advert_int 2\n version 3\n old_unicast_checksum", "interface ens1", ens(peers("192.0.2.2", "192.0.2.1"))},
			"error pair-checksum-differs: (VI_1) old_unicast_checksum here, and a.conf refuses the old form"},
	}
}

func wrongAddresses() []wrong {
	return []wrong{
		{"an address too few", nil, []string{"        192.0.2.11/24\n", ""},
			"error pair-address-missing: (VI_1) b.conf has no 192.0.2.11: when that director takes over, nobody has it"},
		{"an address too many", nil, []string{"        192.0.2.11/24\n", "        192.0.2.11/24\n        192.0.2.13/24\n"},
			"error pair-address-missing: (VI_1) a.conf has no 192.0.2.13"},
		{"no excluded address", nil, []string{"        192.0.2.12/24\n", "        192.0.2.13/24\n"},
			"error pair-address-missing: (VI_1) b.conf has no 192.0.2.12|error pair-address-missing: (VI_1) a.conf has no 192.0.2.13"},
		{"excluded on one side", nil, []string{"        192.0.2.11/24\n", "", "        192.0.2.12/24\n",
			"        192.0.2.12/24\n        192.0.2.11/24\n"},
			"warning pair-address-list-differs: (VI_1) 192.0.2.11 is in virtual_ipaddress_excluded here and in virtual_ipaddress in a.conf|"},
		{"the order", nil, []string{"        192.0.2.10/24\n        192.0.2.11/24\n", "        192.0.2.11/24\n        192.0.2.10/24\n"},
			"note pair-address-list-differs: (VI_1) the addresses stand in another order than in a.conf"},
		{"the prefix", nil, []string{"192.0.2.11/24", "192.0.2.11/32"},
			"warning pair-prefix-differs: (VI_1) 192.0.2.11/32 here and 192.0.2.11/24 in a.conf"},
		{"an address of another router", nil, []string{"10.0.0.10/24", "10.0.0.10/24\n 192.0.2.11/24", "        192.0.2.11/24\n", ""},
			"error pair-address-missing: (VI_1) b.conf has no 192.0.2.11|error pair-address-missing: (VI_2) a.conf has no 192.0.2.11|" +
				"error pair-address-of-two-routers: (VI_2) 192.0.2.11 is also an address of VI_1 in a.conf"},
		{"a route", nil, []string{"198.51.100.0/24 via", "203.0.113.0/24 via"},
			"warning pair-route-missing: (VI_1) virtual_routes of a.conf lacks 203.0.113.0/24|" +
				"warning pair-route-missing: (VI_1) virtual_routes of b.conf lacks 198.51.100.0/24"},
		{"a rule", []string{"track_script", "virtual_rules {\n from 192.0.2.10 table 5\n }\n track_script"}, nil,
			"warning pair-route-missing: (VI_1) virtual_rules of b.conf lacks from 192.0.2.10/32 table 5"},
		{"a static address", []string{"vrrp_script", "static_ipaddress {\n 192.0.2.9/24 dev eth0\n}\nvrrp_script"},
			[]string{"vrrp_script", "static_ipaddress {\n 192.0.2.9/24 dev ens1\n}\nvrrp_script"},
			"warning pair-static-address-twice: static_ipaddress 192.0.2.9 here and in a.conf"},
		{"a virtual MAC", []string{"advert_int 2", "advert_int 2\n use_vmac"}, nil,
			"warning pair-virtual-mac-differs: (VI_1) use_vmac in a.conf and not in b.conf"},
		{"no_accept", nil, []string{"advert_int 2", "advert_int 2\n no_accept"},
			"warning pair-accept-differs: (VI_1) as master a.conf takes packets to the addresses and b.conf drops them"},
		{"gratuitous ARP", nil, []string{"advert_int 2", "advert_int 2\n garp_master_delay 9"},
			"note pair-settings-differ: (VI_1) garp_master_delay not as in a.conf"},
		{"what is missing in a file with errors", nil, []string{"        192.0.2.11/24\n", "        192.0.2.300/24\n"}, ""},
	}
}

func wrongOrders() []wrong {
	const grouped = "vrrp_sync_group G {\n group {\n VI_1\n VI_2\n }\n sync_group_tracking_weight\n}\nvrrp_script web"
	return []wrong{
		{"equal priorities", nil, []string{"priority 100", "priority 150"},
			"warning pair-priority-equal: (VI_1) priority 150 here and in a.conf: state MASTER decides nothing"},
		{"equal priorities that are meant", []string{"state MASTER", "state BACKUP"}, []string{"priority 100", "priority 150"},
			"note pair-priority-equal: (VI_1) priority 150 here and in a.conf: whoever is master stays"},
		{"two owners", []string{"priority 150", "priority 255", "track_script {\n        web\n    }\n", ""},
			[]string{"priority 100", "priority 255", "track_script {\n        web\n    }\n", ""},
			"error pair-priority-equal: (VI_1) priority 255 here and in a.conf"},
		{"the state against the priority", []string{"priority 150", "priority 90"}, nil,
			"warning pair-state-against-priority: (VI_1) state MASTER here, but b.conf has the higher priority, 100 against 90"},
		{"two say MASTER", nil, []string{"ens1\n", "ens1\n    state MASTER\n", "    state BACKUP\n    interface ens1", "    interface ens1"},
			"note pair-state-master-twice: (VI_1) state MASTER here and in a.conf: harmless"},
		{"nopreempt on the wrong side", []string{"state MASTER", "state BACKUP"}, []string{"advert_int 2", "advert_int 2\n nopreempt"},
			"note pair-preemption-differs: (VI_1) nopreempt here and not in a.conf|" +
				"warning pair-failure-moves-nothing: (VI_1) when script web fails here, priority 90 falls below that of b.conf, 100"},
		{"a weight that is too small", []string{"weight -60", "weight -50"}, nil,
			"warning pair-failure-moves-nothing: (VI_1) a failure of script web moves nothing: 100 is left here, and b.conf has 100; " +
				"write a weight of more than 50"},
		{"a weight that is added", []string{"weight -60", "weight 10"}, []string{"weight -60", "weight 10"},
			"warning pair-failure-moves-nothing: (VI_1) a failure of script web moves nothing: 150 is left here, and b.conf has 110"},
		{"weights that matter together", []string{"weight -60", "weight -30", "track_script {\n        web",
			"track_interface {\n eth5 weight -30\n }\n track_script {\n        web"}, nil,
			"note pair-failure-moves-nothing: (VI_1) a failure of interface eth5 moves nothing|" +
				"note pair-failure-moves-nothing: (VI_1) a failure of script web moves nothing: 120 is left here, and b.conf has 100, only together"},
		{"a failure that is a fault", []string{"weight -60", "weight 0"}, nil, ""},
		{"nobody watches", nil, []string{"track_script {\n        web\n    }\n", ""},
			"note pair-tracking-differs: (VI_1) tracked is only in a.conf script web"},
		{"the router is not there", nil, []string{second()[strings.Index(second(), "vrrp_instance VI_2"):strings.Index(second(), "virtual_server")], ""},
			"warning pair-router-alone: (VI_2) is on this director only"},
		{"nothing in common", nil, []string{"192.0.2.", "203.0.113.", "10.0.0.", "10.9.9.", "router_id 51", "router_id 99"},
			"error pair-nothing-in-common: no virtual router of b.conf is on another director"},
		{"together and alone", []string{"vrrp_script web", grouped}, nil,
			"warning pair-group-differs: (VI_1) moves with no other here and with VI_2 in a.conf"},
		{"together", []string{"vrrp_script web", grouped}, []string{"vrrp_script web", grouped}, ""},
		{"one router_id", nil, []string{"router_id two", "router_id one"}, "note pair-router-id-equal: router_id one here and in a.conf"},
		{"no router_id", []string{"    router_id one\n", ""}, []string{"    router_id two\n", ""}, ""},
	}
}

func wrongServices() []wrong {
	service := first[strings.Index(first, "virtual_server"):]
	const mh = "lb_algo mh\n    mh-fallback"
	swapped := func(text string) string {
		return edit(text, "192.0.2.21 80", "X", "192.0.2.22 80", "192.0.2.21 80", "X", "192.0.2.22 80", "        weight 2\n", "")
	}
	return []wrong{
		{"no service", nil, []string{service, ""}, "warning pair-service-missing: b.conf has no virtual_server"},
		{"another service", nil, []string{"virtual_server 192.0.2.10 80", "virtual_server 192.0.2.10 443"},
			"warning pair-service-missing: virtual_server [192.0.2.10]:tcp:80 is not in b.conf|" +
				"warning pair-service-missing: virtual_server [192.0.2.10]:tcp:443 is not in a.conf"},
		{"the scheduler", nil, []string{"lb_algo wrr", "lb_algo rr"},
			"warning pair-service-differs: virtual_server [192.0.2.10]:tcp:80 is not as in a.conf: lb_algo rr here and wrr there"},
		{"persistence and quorum", nil, []string{"lb_algo wrr", "lb_algo wrr\n persistence_timeout 60\n quorum 2"},
			"warning pair-service-differs: virtual_server [192.0.2.10]:tcp:80 is not as in a.conf: persistence_timeout 60 here and off " +
				"there; quorum 2 here and 1 there"},
		{"the quorum", nil, []string{"lb_algo wrr", "lb_algo wrr\n quorum 2"},
			"note pair-service-differs: virtual_server [192.0.2.10]:tcp:80 is not as in a.conf: quorum 2 here and 1 there"},
		{"a service of an address that is announced", []string{service, service + edit(service, "10 80", "10 443"),
			"lb_algo wrr", "lb_algo wrr\n @holdfast announce"}, []string{"lb_algo wrr", "lb_algo wrr\n @holdfast announce"},
			"error pair-service-not-served: virtual_server [192.0.2.10]:tcp:443 is not in b.conf, which announces 192.0.2.10/32"},
		{"how it is announced", []string{"lb_algo wrr", "lb_algo wrr\n @holdfast announce"},
			[]string{"lb_algo wrr", "lb_algo wrr\n @holdfast announce table 7\n @holdfast announce_hold 9"},
			"note pair-service-differs: virtual_server [192.0.2.10]:tcp:80 is not as in a.conf: announce table 7 here and dev lo there; " +
				"announce_hold 9 here and 5 there"},
		{"a weight with mh", []string{"lb_algo wrr", mh}, []string{"lb_algo wrr", mh, "weight 2", "weight 3"},
			"warning pair-real-server-differs: real_server [192.0.2.21]:tcp:80"},
		{"a server", nil, []string{"192.0.2.22 80", "192.0.2.23 80"},
			"warning pair-real-server-missing: virtual_server [192.0.2.10]:tcp:80 has no real_server [192.0.2.22]:tcp:80 in b.conf|" +
				"warning pair-real-server-missing: virtual_server [192.0.2.10]:tcp:80 has no real_server [192.0.2.23]:tcp:80 in a.conf"},
		{"a weight", nil, []string{"weight 2", "weight 3"},
			"note pair-real-server-differs: real_server [192.0.2.21]:tcp:80 of virtual_server [192.0.2.10]:tcp:80 is not as in a.conf: " +
				"weight 3 here and 2 there"},
		{"a weight of 0", nil, []string{"weight 2", "weight 0"}, "warning pair-real-server-differs: real_server [192.0.2.21]:tcp:80"},
		{"a checker", nil, []string{"weight 2\n        TCP_CHECK {\n            connect_timeout 2",
			"weight 2\n        TCP_CHECK {\n            connect_timeout 1"},
			"note pair-real-server-differs: real_server [192.0.2.21]:tcp:80 of virtual_server [192.0.2.10]:tcp:80 is not as in a.conf: " +
				"settings of TCP_CHECK"},
		{"the folder of a checker", []string{"        weight 2\n        TCP_CHECK {\n            connect_timeout 2", "weight 2\n MISC_CHECK {\n misc_path \"/a/x 1\""},
			[]string{"        weight 2\n        TCP_CHECK {\n            connect_timeout 2", "weight 2\n MISC_CHECK {\n misc_path \"/b/x 1\""}, ""},
		{"the address that a checker comes from", nil, []string{"connect_timeout 2", "connect_timeout 2\n bindto 192.0.2.2"}, ""},
		{"the order", nil, []string{second()[strings.Index(second(), "virtual_server"):], swapped(service)},
			"note pair-real-server-differs: real_server [192.0.2.21]:tcp:80"},
		{"the order with mh", []string{"lb_algo wrr", mh, "        weight 2\n", ""},
			[]string{second()[strings.Index(second(), "virtual_server"):], edit(swapped(service), "lb_algo wrr", mh)},
			"note pair-server-order: virtual_server [192.0.2.10]:tcp:80: the real servers stand in another order than in a.conf"},
		{"no sync daemon", nil, []string{"    lvs_sync_daemon ens2 inst VI_1 id 7\n", ""},
			"warning pair-sync-daemon-differs: lvs_sync_daemon in a.conf and not in b.conf"},
		{"the id of the sync daemon", nil, []string{" id 7", ""},
			"warning pair-sync-daemon-differs: lvs_sync_daemon has id 51 here and 7 in a.conf"},
		{"the group of the sync daemon", nil, []string{" id 7", " id 7 group 224.0.0.99"},
			"warning pair-sync-daemon-differs: lvs_sync_daemon has another group or port than in a.conf"},
		{"whom the sync daemon follows", nil, []string{"inst VI_1", "inst VI_2"},
			"warning pair-sync-daemon-differs: lvs_sync_daemon follows VI_2 here and VI_1 in a.conf"},
	}
}

func TestWhatIsWrong(t *testing.T) {
	broken := map[string]bool{}
	for _, w := range wrongs() {
		all, _ := directors(t, edit(first, w.one...), edit(second(), w.two...))
		found := Of(all)
		var got []string
		for _, d := range found {
			broken[d.ID] = true
			if d.Pos.File == d.Related.File || d.Pos.File == "" || d.Related.File == "" || d.RelatedText == "" || !d.Pos.IsValid() {
				t.Errorf("%s: %s has places %s and %s", w.name, d.ID, d.Pos, d.Related)
			}
			if strings.Contains(d.Text+d.RelatedText, "secret") || strings.Contains(d.Text+d.RelatedText, "0123456789") {
				t.Errorf("%s: a secret in %q", w.name, d.Text)
			}
			got = append(got, d.Severity.String()+" "+d.ID+": "+d.Text)
		}
		want := strings.Split(strings.TrimSuffix(w.want, "|"), "|")
		if w.want == "" {
			want = nil
		}
		// In whatever order.
		for _, part := range want {
			i := slices.IndexFunc(got, func(g string) bool { return strings.HasPrefix(g, part) })
			if i < 0 {
				t.Errorf("%s: nothing begins with %q in\n%s", w.name, part, said(found))
				continue
			}
			got = slices.Delete(got, i, i+1)
		}
		if len(got) > 0 {
			t.Errorf("%s: also said:\n%s", w.name, strings.Join(got, "\n"))
		}
	}
	for _, r := range finding.Rules() {
		if strings.HasPrefix(r.ID, "pair-") && !broken[r.ID] {
			t.Errorf("no pair breaks %s", r.ID)
		}
	}
}

// What is said of three directors is said of the one that is unlike the others.
func TestThreeDirectors(t *testing.T) {
	third := edit(second(), "router_id two", "router_id three", "priority 100", "priority 60", "priority 200", "priority 70",
		"192.0.2.11/24", "192.0.2.11/25", "advert_int 2", "advert_int 1", "        192.0.2.12/24\n", "        192.0.2.14/24\n", "lb_algo wrr", "lb_algo rr", "192.0.2.22 80", "192.0.2.23 80")
	all, src := directors(t, third, first, second())
	var b strings.Builder
	line := func(file string, n int) (string, bool) {
		lines := strings.Split(src[file], "\n")
		return lines[n-1], n <= len(lines)
	}
	if err := finding.Text(&b, Of(all), finding.Options{Line: line, Source: true}); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/three.txt", b.String())
}

// A finding about what an included file says points there, and tells the way.
func TestIncludes(t *testing.T) {
	src := syntax.MapSource{"a": edit(first, "secret-1", "other"), "b": "include vrrp\n", "vrrp": second()}
	var all []Director
	for _, name := range []string{"a", "b"} {
		s := syntax.Load(src, name, syntax.Options{})
		c, _ := language.Bind(s, language.Env{})
		all = append(all, Director{File: name, Snapshot: s, Config: c})
	}
	found := Of(all)
	if len(found) != 1 || found[0].Pos.String() != "vrrp:17:9" || len(found[0].Trail) != 1 || found[0].Related.String() != "a:17:9" {
		t.Errorf("%+v", found)
	}
}

// A password or key that one file does not show is neither the same nor another one.
func TestWhatIsHidden(t *testing.T) {
	const other = "secret-2"
	for _, c := range []struct {
		name     string
		one, two string
		ids, not string
	}{
		{"a password", first, strings.ReplaceAll(second(), "secret-1", "REDACTED"), "pair-secret-hidden", "pair-authentication-differs"},
		{"another password", first, strings.ReplaceAll(second(), "secret-1", other), "pair-authentication-differs", "pair-secret-hidden"},
	} {
		all, _ := directors(t, c.one, c.two)
		ids := said(Of(all))
		if !strings.Contains(ids, c.ids) || strings.Contains(ids, c.not) {
			t.Errorf("%s: %s", c.name, ids)
		}
	}
}
