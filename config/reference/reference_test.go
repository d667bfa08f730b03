package reference

import (
	"strings"
	"testing"

	"holdfast/config/language"
	"holdfast/config/syntax"
)

// findings binds text without asking a host, and leaves out what cannot be
// helped: that a keyword has no effect yet, and that an example runs nothing.
func findings(text string) []syntax.Diagnostic {
	s := syntax.Load(syntax.MapSource{"example.conf": text, "conf.d/a.conf": ""}, "example.conf",
		syntax.Options{ConfigID: "director1"})
	_, diags := language.Bind(s, language.Env{HostName: "director1", Test: true})
	var out []syntax.Diagnostic
	for _, d := range diags {
		if d.ID != "not-supported-yet" && d.ID != "nothing-to-run" {
			out = append(out, d)
		}
	}
	return out
}

func TestEveryExampleBinds(t *testing.T) {
	for _, e := range Entries() {
		for _, d := range findings(e.Example) {
			t.Errorf("%s: write another example in written.go: %s\n%s", e.Name(), d, e.Example)
		}
	}
}

// Keywords that nobody should write any more, or that keepalived 2.2.7 refuses.
var withoutExample = []string{
	"virtual_server.hashed", "vrrp_sync_group.global_tracking", "vrrp_instance.vrf",
	"vrrp_instance.linkbeat_use_polling", "vrrp_instance.lvs_sync_daemon_interface",
	"static_routes.as", "vrrp_instance.virtual_routes.as",
}

// An example shows its keyword, or the one to write instead.
func TestEveryExampleShowsItsKeyword(t *testing.T) {
	instead := map[string]string{
		"static_ipaddress.ADDRESS": "192.0.2.20", "virtual_server_group.ADDRESS": "192.0.2.10-19",
		"vrrp_instance.virtual_ipaddress.ADDRESS":          "192.0.2.10",
		"vrrp_instance.virtual_ipaddress_excluded.ADDRESS": "192.0.2.11",
		"static_routes.DESTINATION":                        "default", "vrrp_instance.virtual_routes.DESTINATION": "default",
		"@ID": "@director1", "@^ID": "@^director1", "$NAME=": "$LAN=",
		"global_defs.vrrp_iptables": "nftables", "global_defs.vrrp_ipsets": "nftables",
	}
	without := map[string]bool{}
	for _, name := range withoutExample {
		without[name] = true
	}
	for _, e := range Entries() {
		if without[e.Name()] != (e.Example == "") {
			t.Errorf("%s: example %q", e.Name(), e.Example)
		}
		shown := e.Keyword
		if e.Deprecated {
			shown = e.Use
		}
		if text, ok := instead[e.Name()]; ok {
			shown = text
		}
		if e.Example != "" && !strings.Contains(e.Example, shown) {
			t.Errorf("%s: the example does not show it:\n%s", e.Name(), e.Example)
		}
	}
}

// A sample that no keyword uses is a mistake in its name.
func TestEverySampleHasAKeyword(t *testing.T) {
	names := map[string]bool{}
	for _, k := range language.Table().Keywords() {
		names[k.Name] = true
		names[strings.TrimSuffix(k.Block, "/"+language.Entry)+"/"+k.Name] = true
	}
	for name := range samples() {
		if !names[name] {
			t.Errorf("%s is written out, but no keyword", name)
		}
	}
}

func TestEntries(t *testing.T) {
	for _, tt := range []struct{ name, min, max, unit, opens, use, where string }{
		{"vrrp_instance.priority", "1", "255", "", "", "", "in vrrp_instance"},
		{"vrrp_instance.advert_int", "0.01", "255", "seconds", "", "", "in vrrp_instance"},
		{"bfd_instance.min_rx", "1", "4294967", "milliseconds", "", "", "in bfd_instance"},
		{"vrrp_script.weight", "-253", "253", "", "", "", "in vrrp_script"},
		{"global_defs.vrrp_rlimit_rttime", "1", "4294967295", "microseconds", "", "", "in global_defs"},
		{"global_defs.vrrp_netlink_cmd_rcv_bufs", "0", "4294967295", "bytes", "", "", "in global_defs"},
		{"global_defs.lvs_timeouts", "0", "2678400", "seconds", "", "", "in global_defs"},
		{"virtual_server.real_server.uthreshold", "0", "4294967295", "connections", "", "", "in virtual_server.real_server"},
		{"virtual_server.lvs_sched", "", "", "", "", "lb_algo", "in virtual_server"},
		{"vrrp_instance.unicast_peer", "", "", "", "list", "", "in vrrp_instance"}, // two ranges
		{"vrrp_instance.virtual_ipaddress.dev", "", "", "", "", "", "in an entry of vrrp_instance.virtual_ipaddress"},
		{"static_routes.rtt", "", "", "", "", "", "in an entry of static_routes"},
		{"static_routes.initcwnd", "0", "4294967295", "segments", "", "", "in an entry of static_routes"},
		{"virtual_server", "", "", "", "block", "", "at the top level"},
		{"include", "", "", "", "", "", "on any line"},
	} {
		a := Lookup(tt.name)
		if len(a.Entries) != 1 {
			t.Errorf("%s: %d entries", tt.name, len(a.Entries))
			continue
		}
		e := a.Entries[0]
		if e.Name() != tt.name || e.Minimum != tt.min || e.Maximum != tt.max || e.Unit != tt.unit || e.Opens != tt.opens ||
			e.Use != tt.use || e.Where() != tt.where {
			t.Errorf("%s: %+v (%s)", tt.name, e, e.Where())
		}
	}
}

func TestUnsupportedIsWhatTheTableSays(t *testing.T) {
	want := map[string]bool{}
	for _, k := range language.Table().Keywords() {
		if k.Support == language.NotYet {
			want[k.Block+" "+k.Name] = true
		}
	}
	got := Unsupported()
	if len(got) != len(want) {
		t.Errorf("%d keywords, the table has %d", len(got), len(want))
	}
	for _, e := range got {
		block := strings.ReplaceAll(e.Block, ".", "/")
		if e.InEntry {
			block += "/" + language.Entry
		}
		if !want[block+" "+e.Keyword] || e.Built() {
			t.Errorf("%s is listed", e.Name())
		}
	}
}

func TestValues(t *testing.T) {
	for _, tt := range []struct {
		args, def, want string
	}{
		{"", "", ""},
		{"N 1..255", "100; 255 with state MASTER", "100"},
		{"N 2..3", "", "3"},
		{"N 20..30", "", "20"},
		{"[-1..99]", "0", "10"},
		{"N 1..5", "", "5"},
		{"MASTER|BACKUP", "", "MASTER"},
		{"A|B|..", "", "example"},
		{"N|NAME", "", "1"},
		{"[lock] N", "", "1"},
		{"[true|on|yes|false|off|no]", "false", "true"},
		{"[FROM/]TO", "", "1/2"},
		{"anything else", "", "example"},
	} {
		if got := value(&language.Keyword{Args: tt.args, Default: tt.def}); got != tt.want {
			t.Errorf("%q (%s): %q, want %q", tt.args, tt.def, got, tt.want)
		}
	}
}
