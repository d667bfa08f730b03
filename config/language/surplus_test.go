package language

import (
	"slices"
	"strings"
	"testing"

	"holdfast/config/syntax"
)

// Words behind a complete statement are reported, and do not count for a configuration
// test, as in keepalived.
func TestWordsBehindAStatement(t *testing.T) {
	behind := "stands behind a complete statement - ignored"
	for _, tt := range []struct{ text, word, want string }{
		{instance("priority 100 50"), "50", "write: priority N 1..255"},
		{instance("nopreempt yes please"), "yes", "nopreempt takes no word"},
		{instance("state MASTER interface eth0"), "interface",
			"'interface' begins a statement of its own: put it on a line of its own"},
		{instance("priority 100 advert_int 2"), "advert_int", "put it on a line of its own"},
		{instance("authentication x {\n auth_type PASS\n auth_pass a b\n }"), "x", "authentication takes no word"},
		{instance("authentication {\n auth_type PASS\n auth_pass a b\n }"), "b", "write: auth_pass STRING"},
		{instance("track_interface {\n eth1 weight 5 reverse foo\n }"), "foo", "remove it"},
		{"global_defs {\n router_id a b\n}\n" + instance(), "b", "write: router_id"},
		{"global_defs {\n vrrp_version 2 3\n}\n" + instance(), "3", "write: vrrp_version"},
		{"global_defs {\n enable_script_security x\n}\n" + instance(), "x", "takes no word"},
		{service("protocol TCP UDP", ""), "UDP", "write: protocol"},
		{service("", "weight 5 TCP_CHECK"), "TCP_CHECK", "put it on a line of its own"},
		{service("", "TCP_CHECK {\n connect_port 80 81\n }"), "81", "write: connect_port"},
		{service("", "HTTP_GET {\n url {\n path /a b\n }\n }"), "b", "write: path"},
		{"virtual_server_group G {\n 10.0.0.1 80 81\n}\nvirtual_server group G {\n lb_algo rr\n protocol TCP\n" +
			" real_server 10.1.0.1 80 {\n }\n}\n", "81", "remove it"},
		{tracked + instance("track_script {\n chk weight 5 reverse x\n }"), "x", "remove it"},
		{secure + "vrrp_script s {\n script \"/bin/true\"\n interval 2 3\n}\n" + instance(), "3", "write: interval"},
		{secure + "vrrp_script s t {\n script \"/bin/true\"\n}\n" + instance(), "t", "write: vrrp_script NAME"},
	} {
		_, diags := bind(t, tt.text)
		d, ok := find(diags, "'"+tt.word+"' "+behind)
		if !ok || !strings.Contains(d.Text, tt.want) || d.Class != syntax.ClassNone || d.Severity != syntax.Warning {
			t.Errorf("%q: %v, want %s", tt.text, diags, tt.want)
		}
	}
}

// What an object lacks because its setting does not count is said behind the reason, wherever
// the object begins.
func TestCauseBeforeWhatALackBrings(t *testing.T) {
	dr := "protocol TCP\n lb_algo rr\n lb_kind DR"
	virtual := func(lines string) string {
		return "virtual_server 10.0.0.1 80 {\n " + lines + "\n real_server 10.1.0.1 80 {\n }\n}\n"
	}
	for _, tt := range []struct{ text, cause, consequence string }{
		{virtual("protocol TCP\n lb_algo rr\n lb_kind dr"), "unknown [dr]", "no forwarding method set"},
		{virtual("protocol TCP\n lvs_sched fast\n lb_kind DR"), "Invalid lvs_scheduler", "no scheduler set"},
		{virtual("protocol http\n lb_algo rr\n lb_kind DR"), "Unknown protocol", "no protocol set"},
		{"virtual_server 10.0.0.1 80 {\n" + dr + "\n real_server 10.1.0.1 0x {\n }\n}\n", "Invalid real server",
			"has no real servers"},
		{"virtual_server 10.0.0.1 80 {\n" + dr + "\n real_servr 10.1.0.1 80 {\n }\n}\n", "Unknown keyword",
			"has no real servers"},
		{service(dr, "HTTP_GET {\n url {\n path\n }\n }"), "path is missing a parameter", "url has no path"},
		{service(dr, "HTTP_GET {\n url {\n path\n }\n }"), "url has no path", "has no url specified"},
		{service(dr, "MISC_CHECK {\n misc_pth /bin/true\n }"), "Unknown keyword", "No script path"},
		{"vrrp_instance A {\n interface eth0\n virtual_router_id 5\n virtual_ip_address {\n 10.0.0.1/24\n }\n}\n",
			"Unknown keyword", "No VIP specified"},
		{"vrrp_instance A {\n interface eth0\n virtual_router_id 5\n virtual_ipaddress {\n 10.0.0.x/24\n }\n}\n",
			"is not an IP address", "No VIP specified"},
		{instance("authentication {\n auth_type PASS\n auth_pass #x\n }"), "auth_pass is missing", "no password given"},
	} {
		_, diags := bind(t, tt.text)
		at := func(text string) int {
			return slices.IndexFunc(diags, func(d syntax.Diagnostic) bool { return strings.Contains(d.Text, text) })
		}
		if cause, consequence := at(tt.cause), at(tt.consequence); cause < 0 || consequence < cause {
			t.Errorf("%q: %v", tt.text, diags)
		}
	}
}

// Without the setting that stands behind another one nothing runs: that is said at the place
// where it stands, behind the reason.
func TestCauseBeforeConsequence(t *testing.T) {
	for _, tt := range []struct{ lines, cause, consequence string }{
		{"state MASTER interface eth0\n virtual_router_id 5", "'interface' stands behind", "The interface must be set"},
		{"interface eth0\n virtual_router_id 256", "outside range", "the virtual router id must be set"},
		{"interface eth0\n virtual_routr_id 25", "Unknown keyword", "the virtual router id must be set"},
		{"interface lo\n virtual_router_id 25", "loopback", "The interface must be set"},
	} {
		_, diags := bind(t, "vrrp_instance A {\n"+tt.lines+"\n virtual_ipaddress {\n 10.0.0.1/24\n }\n}\n")
		if len(diags) < 2 || !strings.Contains(diags[0].Text, tt.cause) ||
			!strings.Contains(diags[1].Text, tt.consequence) || diags[1].Pos != diags[0].Pos && tt.cause != "Unknown keyword" {
			t.Errorf("%q: %v", tt.lines, diags)
		}
	}
}
