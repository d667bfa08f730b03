package language

import (
	"strings"
	"testing"

	"holdfast/config/syntax"
)

// director is a configuration whose first block names what stands behind it.
const director = "vrrp_sync_group G {\n group {\n  VI\n  V2\n }\n}\nvrrp_script chk {\n script \"/bin/true\"\n}\n" +
	"vrrp_instance VI {\n interface eth0\n virtual_router_id 51\n track_script {\n  chk\n }\n virtual_ipaddress {\n" +
	"  10.0.0.1/24\n }\n}\n" +
	"vrrp_instance V2 {\n interface eth0\n virtual_router_id 52\n virtual_ipaddress {\n  10.0.0.2/24\n }\n}\n"

// The reason of a refused reload is the cause, not what comes of it and stands before it; and what comes of
// it stands behind the cause.
func TestNewErrorIsTheCause(t *testing.T) {
	_, running := bind(t, director)
	for _, tt := range []struct{ old, new, want string }{
		{"vrrp_instance V2", "vrrp_instnce V2", "20:1: error: Unknown keyword 'vrrp_instnce'"},
		{"vrrp_instance", "vrrp_instanec", "10:1: error: Unknown keyword 'vrrp_instanec'"},
		{"vrrp_script chk", "vrrp_scrpt chk", "7:1: error: Unknown keyword 'vrrp_scrpt'"},
		{"vrrp_instance VI", "vrrp_instance $NAME", "10:15: warning: ($NAME) vrrp_instance: '$NAME' is taken as it stands"},
		{"vrrp_instance VI", "vrrp_instance ${NAME}", "10:15: error: '${NAME}' is not defined"},
		{"vrrp_script chk", "vrrp_script $chk", "7:13: warning: ($chk) vrrp_script: '$chk' is taken as it stands"},
		{"vrrp_instance V2", "include nowhere.conf\nvrrp_instance V3", "20:9: "},
		{" script \"/bin/true\"\n}", " script \"/bin/true\"\n", "7:1: error: There are 1 missing '}'s"},
		{"interface eth0\n virtual_router_id 52", "interface $IF\n virtual_router_id 52",
			"21:12: error: interface $IF for vrrp_instance V2 doesn't exist; correct the name, create it, or set " +
				"dynamic_interfaces in global_defs; $IF is not defined"},
		{"virtual_router_id 52", "virtual_router_id $ID",
			"22:20: error: (V2) virtual_router_id: '$ID' is not a whole number"},
		{"virtual_router_id 52", "virtual_routr_id 52", "22:2: error: Unknown keyword 'virtual_routr_id'"},
		{"virtual_router_id 52", "", "20:1: error: (V2) the virtual router id must be set"},
		{"vrrp_instance V2", "vrrp_instance W2",
			"4:3: error: Virtual router V2 specified in sync group G doesn't exist - ignoring; did you mean 'VI'?"},
		{"  V2\n", "  $V2\n", "4:3: error: Virtual router $V2 specified in sync group G doesn't exist - ignoring; $V2 " +
			"is not defined before this place"},
		{"  VI\n  V2\n", "", "1:1: error: Sync group G has no virtual router(s)"},
		{"vrrp_script chk", "vrrp_script check", "14:3: error: (VI) track script chk not found"},
		{"52\n", "52\n<<<<<<< HEAD\n",
			"1:1: error: this is no configuration of keepalived: it has a merge conflict that is not resolved: 23:1 " +
				"'<<<<<<<'; 23:1 Unknown keyword"},
	} {
		text := strings.ReplaceAll(director, tt.old, tt.new)
		_, diags := bind(t, text)
		d, found := NewError(ErrorTexts(running), diags)
		if !found || !strings.HasPrefix(d.String(), "test.conf:"+tt.want) {
			t.Errorf("%s -> %s: %v, want %s; of %v", tt.old, tt.new, d, tt.want, diags)
		}
		lost := false
		for i := len(diags) - 1; i >= 0; i-- {
			if lost && isDangling(diags[i]) {
				t.Errorf("%s -> %s: %v is before its cause", tt.old, tt.new, diags)
			}
			lost = lost || losesObjects(diags[i])
		}
		if _, hint := find(diags, "doesn't exist - ignoring; did you mean"); hint && lost {
			t.Errorf("%s -> %s: a member is guessed in %v", tt.old, tt.new, diags)
		}
	}
}

// What a file seems to be is no error of its own: its text changes with the number of the others.
func TestForeignFileIsNoNewError(t *testing.T) {
	running := strings.Replace(director, "52\n", "52\n nopreempt {{x}}\n", 1)
	_, before := bind(t, running)
	_, after := bind(t, strings.Replace(running, "10.0.0.2/24", "10.0.0.2", 1))
	if _, found := find(before, "this is no configuration"); !found {
		t.Fatalf("no finding in %v", before)
	}
	if d, found := NewError(ErrorTexts(before), after); found {
		t.Errorf("%v is new", d)
	}
	if d, found := NewError(map[string]bool{}, []syntax.Diagnostic{{Severity: syntax.Warning, Text: "x"}}); found {
		t.Errorf("%v is an error", d)
	}
}
