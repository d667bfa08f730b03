package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
		{"renamed", "vrrp_instance A", "vrrp_instance Z", "vrrp_instance A -> Z changed\n"},
		{"another router", "virtual_router_id 51", "virtual_router_id 52", "vrrp_instance A added\nvrrp_instance A removed\n"},
		{"global", "script_user root", "script_user root\n router_id X", "global_defs  changed\n  router_id director -> X\n"},
		{"default reaches the instance", "script_user root", "script_user root\n vrrp_garp_master_repeat 2",
			"global_defs  changed\n  vrrp_garp_master_repeat 5 -> 2\n  vrrp_garp_lower_prio_repeat 5 -> 2\nvrrp_instance A changed\n  garp_master_repeat 5 -> 2\n  garp_lower_prio_repeat 5 -> 2\n"},
		{"top level", "vrrp_script", "instance one\nvrrp_script", "instance  added\n"},
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
