package language

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/config"
)

// told is what Compare says, a line for each object and each line that differs.
func told(ds []Difference) string {
	var b strings.Builder
	for _, d := range ds {
		b.WriteString(d.Class + " " + d.Name + " " + d.Kind.String() + "\n")
		for _, l := range d.Lines {
			b.WriteString("  " + l.String() + "\n")
		}
	}
	return b.String()
}

func TestCompare(t *testing.T) {
	base := secure + "vrrp_script s {\n script /bin/true\n}\n" + instance("priority 100")
	for _, tt := range []struct{ name, from, to, want string }{
		{"nothing", "priority 100", "priority  100 # same", ""},
		{"value", "priority 100", "priority 90", "vrrp_instance A changed\n  priority 100 -> 90\n"},
		{"address changed", "10.0.0.1/24", "10.0.0.1/24 dev eth1",
			"vrrp_instance A changed\n  virtual_ipaddress: 10.0.0.1/24 -> dev eth1\n"},
		{"address added", "10.0.0.1/24", "10.0.0.1/24\n 10.0.0.7/24",
			"vrrp_instance A changed\n  + virtual_ipaddress: 10.0.0.7/24\n"},
		{"renamed", "vrrp_instance A", "vrrp_instance Z", "vrrp_instance A -> Z changed\n"},
		{"another router", "virtual_router_id 51", "virtual_router_id 52",
			"vrrp_instance A added\nvrrp_instance A removed\n"},
		{"script", "script /bin/true", "script /bin/true\n interval 5",
			"vrrp_script s changed\n  interval 1 -> 5\n  timeout 1 -> 5\n"},
		{"global", "script_user root", "script_user root\n router_id X", "global_defs  changed\n  router_id director -> X\n"},
		{"default reaches the instance", "script_user root", "script_user root\n vrrp_garp_master_repeat 2",
			"global_defs  changed\n  vrrp_garp_master_repeat 5 -> 2\n  vrrp_garp_lower_prio_repeat 5 -> 2\n" +
				"vrrp_instance A changed\n  garp_master_repeat 5 -> 2\n  garp_lower_prio_repeat 5 -> 2\n"},
		{"top level", "vrrp_script", "instance one\nvrrp_script", "instance  added\n"},
		{"block inside", "priority 100", "priority 100\n authentication {\n auth_type PASS\n auth_pass x\n }",
			"vrrp_instance A changed\n  + authentication\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			old, _ := bind(t, base)
			text := strings.Replace(base, tt.from, tt.to, 1)
			if text == base {
				t.Fatalf("no %q", tt.from)
			}
			now, _ := bind(t, text)
			if diff := cmp.Diff(tt.want, told(Compare(old, now))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// What is added one way is removed the other way, and nothing differs from itself.
func TestCompareBothWays(t *testing.T) {
	all := values()
	rapid.Check(t, func(rt *rapid.T) {
		x := rapid.SampledFrom(all).Draw(rt, "x")
		y := rapid.SampledFrom(all).Draw(rt, "y")
		a, _ := bind(t, wrap(x.block, x.keyword+" "+x.args))
		b, _ := bind(t, wrap(y.block, y.keyword+" "+y.args))
		if ds := Compare(a, a); len(ds) != 0 {
			rt.Fatalf("differs from itself: %s", told(ds))
		}
		count := func(ds []Difference) (n [3]int) {
			for _, d := range ds {
				n[d.Kind]++
			}
			return n
		}
		there, back := count(Compare(a, b)), count(Compare(b, a))
		if there[Added] != back[Removed] || there[Removed] != back[Added] || there[Changed] != back[Changed] {
			rt.Fatalf("there %v, back %v", there, back)
		}
		if same := config.Equal(a, b); same != (there == [3]int{}) {
			rt.Fatalf("equal %v, but %s", same, told(Compare(a, b)))
		}
	})
}

func TestUnrelatedEditGivesAnEmptyPlan(t *testing.T) {
	old := clean(t, seed)
	for name, text := range map[string]string{
		"same":       seed,
		"comment":    "# a comment moves every line\n\n" + seed,
		"blanks":     strings.ReplaceAll(seed, "    ", "\t"),
		"default":    strings.Replace(seed, "advert_int 1", "advert_int 1.0", 1),
		"more words": strings.Replace(seed, "priority 100", "priority 100 surplus", 1),
		"alias":      strings.Replace(seed, "lb_algo rr", "lvs_sched rr", 1),
		"order": strings.Replace(strings.Replace(seed, "priority 100\n", "", 1), "state MASTER",
			"priority 100\n    state MASTER", 1),
	} {
		cfg, _ := bind(t, text)
		if plan := Compare(old, cfg); len(plan) != 0 {
			t.Errorf("%s: %v", name, plan)
		}
	}
}

func TestCompareNamesObjects(t *testing.T) {
	base := seed + instance() + "virtual_server_group old {\n10.7.0.1-5 80\n}\n" +
		"virtual_server group old {\nprotocol TCP\nlb_algo rr\nlb_kind DR # group\nreal_server 10.7.0.9 80 {\n" +
		"SMTP_CHECK {\nhelo_name a\n}\n}\n}\n"
	for _, tt := range []struct{ name, from, to, want string }{
		{"priority", "priority 100", "priority 90", "vrrp_instance VI_1 changed\n  priority 100 -> 90\n"},
		{"vip", "192.168.1.150/24\n", "192.168.1.150/24\n192.168.1.151/24\n",
			"vrrp_instance VI_1 changed\n  + virtual_ipaddress: 192.168.1.151/24\n"},
		{"renamed", "vrrp_instance A", "vrrp_instance B", "vrrp_instance A -> B changed\n"},
		{"router_id", "LVS1", "LVS2", "global_defs  changed\n  router_id LVS1 -> LVS2\n"},
		{"inherited", "router_id LVS1", "router_id LVS1\n vrrp_garp_master_repeat 2",
			"global_defs  changed\n  vrrp_garp_master_repeat 5 -> 2\n  vrrp_garp_lower_prio_repeat 5 -> 2\n" +
				"vrrp_instance VI_1 changed\n  garp_master_repeat 5 -> 2\n  garp_lower_prio_repeat 5 -> 2\n" +
				"vrrp_instance A changed\n  garp_master_repeat 5 -> 2\n  garp_lower_prio_repeat 5 -> 2\n"},
		{"scheduler", "lb_algo rr", "lb_algo wrr", "virtual_server 192.168.1.150 80 tcp changed\n  lb_algo rr -> wrr\n"},
		{"real server", "192.168.1.172 80", "192.168.1.173 80",
			"virtual_server 192.168.1.150 80 tcp changed\n  + real_server 192.168.1.173 80\n  - real_server 192.168.1.172 80\n"},
		{"checker", "connect_timeout 3", "connect_timeout 4",
			"virtual_server 192.168.1.150 80 tcp changed\n  real_server 192.168.1.171 80: TCP_CHECK: connect_timeout 3 -> 4\n"},
		{"script", "vrrp_instance A",
			"global_defs {\n enable_script_security\n}\nvrrp_script s {\n script </x\n}\nvrrp_instance A",
			"global_defs  changed\n  + enable_script_security\nvrrp_script s added\n"},
		{"server group", "vrrp_instance A", "virtual_server_group g {\n 10.0.0.9 80\n}\nvrrp_instance A",
			"virtual_server_group g added\n"},
		{"group entry", "10.7.0.1-5", "10.7.0.1-6",
			"virtual_server_group old changed\n  + 10.7.0.1-10.7.0.6 80\n  - 10.7.0.1-10.7.0.5 80\n"},
		{"service of a group", "lb_kind DR # group", "lb_kind TUN # group",
			"virtual_server group old tcp changed\n  lb_kind DR -> TUN\n  real_server 10.7.0.9 80: lvs_method DR -> TUN\n"},
		{"second service of a group", "helo_name a\n}\n}\n}\n",
			"helo_name a\n}\n}\n}\nvirtual_server group old {\n protocol UDP\n real_server 10.7.0.9 80 {\n }\n}\n",
			"virtual_server group old udp added\n"},
		{"unbuilt checker", "helo_name a", "helo_name b",
			"virtual_server group old tcp changed\n  real_server 10.7.0.9 80: SMTP_CHECK: helo_name a -> b\n"},
		{"SSL", "vrrp_instance A", "SSL {\n ca /x\n}\nvrrp_instance A", "SSL  added\n"},
		{"group", "vrrp_instance A", "vrrp_sync_group G {\n group {\n A VI_1\n }\n}\nvrrp_instance A",
			"vrrp_sync_group G added\n"},
	} {
		old, _ := bind(t, base)
		cfg, _ := bind(t, strings.Replace(base, tt.from, tt.to, 1))
		if diff := cmp.Diff(tt.want, told(Compare(old, cfg))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
