package config

import (
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
		{instance("state MASTER interface eth0"), "interface", "'interface' begins a statement of its own: put it on a line of its own"},
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
		{"virtual_server_group G {\n 10.0.0.1 80 81\n}\nvirtual_server group G {\n lb_algo rr\n protocol TCP\n real_server 10.1.0.1 80 {\n }\n}\n", "81", "remove it"},
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
		if len(diags) < 2 || !strings.Contains(diags[0].Text, tt.cause) || !strings.Contains(diags[1].Text, tt.consequence) || diags[1].Pos != diags[0].Pos && tt.cause != "Unknown keyword" {
			t.Errorf("%q: %v", tt.lines, diags)
		}
	}
}
