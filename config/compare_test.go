package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
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
		{"address changed", "10.0.0.1/24", "10.0.0.1/24 dev eth1", "vrrp_instance A changed\n  virtual_ipaddress: 10.0.0.1/24 -> dev eth1\n"},
		{"address added", "10.0.0.1/24", "10.0.0.1/24\n 10.0.0.7/24", "vrrp_instance A changed\n  + virtual_ipaddress: 10.0.0.7/24\n"},
		{"renamed", "vrrp_instance A", "vrrp_instance Z", "vrrp_instance A -> Z changed\n"},
		{"another router", "virtual_router_id 51", "virtual_router_id 52", "vrrp_instance A added\nvrrp_instance A removed\n"},
		{"script", "script /bin/true", "script /bin/true\n interval 5", "vrrp_script s changed\n  interval 1 -> 5\n  timeout 1 -> 5\n"},
		{"global", "script_user root", "script_user root\n router_id X", "global_defs  changed\n  router_id director -> X\n"},
		{"default reaches the instance", "script_user root", "script_user root\n vrrp_garp_master_repeat 2",
			"global_defs  changed\n  vrrp_garp_master_repeat 5 -> 2\n  vrrp_garp_lower_prio_repeat 5 -> 2\nvrrp_instance A changed\n  garp_master_repeat 5 -> 2\n  garp_lower_prio_repeat 5 -> 2\n"},
		{"top level", "vrrp_script", "instance one\nvrrp_script", "instance  added\n"},
		{"block inside", "priority 100", "priority 100\n authentication {\n auth_type PASS\n auth_pass x\n }", "vrrp_instance A changed\n  + authentication\n"},
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
		if same := Equal(a, b); same != (there == [3]int{}) {
			rt.Fatalf("equal %v, but %s", same, told(Compare(a, b)))
		}
	})
}
