package check

import (
	"testing"

	"holdfast/config/syntax"
)

// What is said of an object because another one has an error is not said.
func TestNoConsequencesOfErrors(t *testing.T) {
	script := "global_defs {\n enable_script_security\n script_user root\n}\nvrrp_script chk {\n script \"/bin/true\"\n}\n"
	instance := func(lines string) string {
		return script + "vrrp_instance A {\n" + lines + "\n virtual_ipaddress {\n 192.0.2.1/24\n }\n}\n"
	}
	for _, tt := range []struct {
		text   string
		unused bool
	}{
		{instance("interface eth0\n virtual_router_id 5"), true},
		{instance("state MASTER interface eth0\n virtual_router_id 5\n track_script {\n chk\n }"), false},
		{instance("interface eth0\n virtual_router_id 5\n track_script {\n chkk\n }"), false},
	} {
		r := File(syntax.MapSource{"f": tt.text}, "f", Options{})
		got := false
		for _, d := range r.Findings {
			got = got || d.ID == "unused-script"
		}
		if got != tt.unused {
			t.Errorf("%q: %v", tt.text, r.Findings)
		}
	}
}
