package config

import (
	"fmt"
	"strings"
	"testing"

	"holdfast/config/syntax"
)

func TestUnrelatedEditGivesAnEmptyPlan(t *testing.T) {
	old := clean(t, seed)
	for name, text := range map[string]string{
		"same":       seed,
		"comment":    "# a comment moves every line\n\n" + seed,
		"blanks":     strings.ReplaceAll(seed, "    ", "\t"),
		"default":    strings.Replace(seed, "advert_int 1", "advert_int 1.0", 1),
		"more words": strings.Replace(seed, "priority 100", "priority 100 surplus", 1),
		"alias":      strings.Replace(seed, "lb_algo rr", "lvs_sched rr", 1),
		"order":      strings.Replace(strings.Replace(seed, "priority 100\n", "", 1), "state MASTER", "priority 100\n    state MASTER", 1),
	} {
		cfg, _ := bind(t, text)
		if plan := Changes(old, cfg); len(plan) != 0 {
			t.Errorf("%s: %v", name, plan)
		}
	}
}

func TestChangesNamesObjects(t *testing.T) {
	base := seed + instance() + "virtual_server_group old {\n10.7.0.1-5 80\n}\n" +
		"virtual_server group old {\nprotocol TCP\nlb_algo rr\nlb_kind DR # group\nreal_server 10.7.0.9 80 {\nSMTP_CHECK {\nhelo_name a\n}\n}\n}\n"
	for _, tt := range []struct{ name, from, to, want string }{
		{"priority", "priority 100", "priority 90", "vrrp_instance: changed VI_1"},
		{"vip", "192.168.1.150/24\n", "192.168.1.150/24\n192.168.1.151/24\n", "vrrp_instance: changed VI_1"},
		{"renamed", "vrrp_instance A", "vrrp_instance B", "vrrp_instance: added B; removed A"},
		{"router_id", "LVS1", "LVS2", "global_defs: changed global_defs"},
		{"inherited", "router_id LVS1", "router_id LVS1\n vrrp_garp_master_repeat 2", "global_defs: changed global_defs vrrp_instance: changed VI_1, A"},
		{"scheduler", "lb_algo rr", "lb_algo wrr", "virtual_server: changed [192.168.1.150]:tcp:80"},
		{"real server", "192.168.1.172 80", "192.168.1.173 80", "real_server: added [192.168.1.173]:tcp:80 of [192.168.1.150]:tcp:80; removed [192.168.1.172]:tcp:80 of [192.168.1.150]:tcp:80"},
		{"checker", "connect_timeout 3", "connect_timeout 4", "real_server: changed [192.168.1.171]:tcp:80 of [192.168.1.150]:tcp:80"},
		{"script", "vrrp_instance A", "global_defs {\n enable_script_security\n}\nvrrp_script s {\n script </x\n}\nvrrp_instance A", "global_defs: changed global_defs vrrp_script: added s"},
		{"server group", "vrrp_instance A", "virtual_server_group g {\n 10.0.0.9 80\n}\nvrrp_instance A", "virtual_server_group: added g"},
		{"group entry", "10.7.0.1-5", "10.7.0.1-6", "virtual_server_group: changed old"},
		{"service of a group", "lb_kind DR # group", "lb_kind TUN # group", "virtual_server: changed [old]:0 real_server: changed [10.7.0.9]:tcp:80 of [old]:0"},
		{"second service of a group", "helo_name a\n}\n}\n}\n", "helo_name a\n}\n}\n}\nvirtual_server group old {\n protocol UDP\n real_server 10.7.0.9 80 {\n }\n}\n", "virtual_server: added [old]:1 real_server: added [10.7.0.9]:udp:80 of [old]:1"},
		{"unbuilt checker", "helo_name a", "helo_name b", "real_server: changed [10.7.0.9]:tcp:80 of [old]:0"},
		{"SSL", "vrrp_instance A", "SSL {\n ca /x\n}\nvrrp_instance A", "SSL: changed SSL"},
		{"group", "vrrp_instance A", "vrrp_sync_group G {\n group {\n A VI_1\n }\n}\nvrrp_instance A", "vrrp_sync_group: added G"},
	} {
		old, _ := bind(t, base)
		cfg, _ := bind(t, strings.Replace(base, tt.from, tt.to, 1))
		var got []string
		for _, c := range Changes(old, cfg) {
			got = append(got, c.String())
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestChangesIsSymmetric(t *testing.T) {
	a, _ := bind(t, seed)
	b, _ := bind(t, instance()+service("", ""))
	there, back := Changes(a, b), Changes(b, a)
	if len(there) != len(back) {
		t.Fatalf("%v %v", there, back)
	}
	for i := range there {
		if fmt.Sprint(there[i].Added) != fmt.Sprint(back[i].Removed) || len(there[i].Changed) != len(back[i].Changed) {
			t.Errorf("%v %v", there[i], back[i])
		}
	}
}

func TestEqualIgnoresPlacesOnly(t *testing.T) {
	a := Command{Argv: []string{"x"}, Pos: syntax.Pos{File: "a", Line: 1}}
	b := a
	b.Pos = syntax.Pos{File: "b", Line: 2}
	if !Equal(a, b) {
		t.Error("places count")
	}
	b.Argv = []string{"y"}
	if Equal(a, b) {
		t.Error("arguments do not count")
	}
	if !Equal(Instance{}, Instance{VIPs: []Address{}}) {
		t.Error("nil and empty differ")
	}
	if Equal(VirtualServer{}, VirtualServer{Sorry: &RealServer{}}) || !Equal(VirtualServer{Sorry: &RealServer{Weight: 1}}, VirtualServer{Sorry: &RealServer{Weight: 1}}) {
		t.Error("pointers are not followed")
	}
}
