package language

import (
	"strings"
	"testing"
)

// What slow_start and backup cannot do is said at the word, once for what a service gives to all of its servers.
func TestSlowStartAndBackup(t *testing.T) {
	server := func(n, inner string) string {
		return "real_server 10.0.0." + n + " 80 {\n" + inner + "\nTCP_CHECK {\n}\n}\n"
	}
	own := func(n, inner string) string {
		return "@holdfast " + strings.ReplaceAll(strings.TrimSpace(server(n, inner)), "\n", "\n@holdfast ") + "\n"
	}
	ten, slow := "weight 10", "@holdfast slow_start 30"
	for _, tt := range []struct{ name, service, want string }{
		{"meant so", "lb_algo wrr\n" + slow + "\n" + server("2", ten) + server("3", ten), ""},
		{"off for one", "lb_algo wlc\n" + slow + "\n" + server("2", ten) + server("3", "@holdfast slow_start 0"), ""},
		{"too long", "lb_algo wrr\n@holdfast slow_start 86401\n" + server("2", ten), "test.conf:6:22: error: "},
		{"not by weight", "lb_algo rr\n" + slow + "\n" + server("2", ten) + server("3", ten),
			"test.conf:6:22: warning: real server [10.0.0.2]:tcp:80: slow_start has no effect: rr gives no server less because " +
				"of its weight; use wrr or wlc"},
		{"clients move", "lb_algo mh\n" + server("2", ten+"\n"+slow), "test.conf:8:22: warning: real server [10.0.0.2]:tcp:80: " +
			"slow_start has no effect: each step would move clients of mh between servers; use wrr or wlc"},
		{"weight 1", "lb_algo wrr\n" + server("2", slow), "test.conf:7:22: warning: real server [10.0.0.2]:tcp:80: slow_start " +
			"has no effect: a weight of 1 cannot grow; give all servers weight 10 or more"},
		{"in reserve", "lb_algo rr\n" + server("2", "") + own("3", "backup"), ""},
		{"in reserve, and for keepalived like the others", "lb_algo rr\n" + server("2", "") + server("3", "@holdfast backup"),
			"test.conf:12:11: warning: real server [10.0.0.3]:tcp:80: keepalived, which drops the line, uses this server like the " +
				"others; begin each line of its block with @holdfast"},
		{"only in reserve", "lb_algo rr\n" + own("3", "backup"), "error: Virtual server [10.0.0.1]:tcp:80 has no real servers"},
		{"no part of the quorum", "lb_algo rr\nquorum 2\n" + server("2", "") + own("3", "backup\n weight 5"),
			"warning: quorum 2 for [10.0.0.1]:tcp:80 exceeds total weight of real servers 1, reducing quorum to 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, found := bind(t, "virtual_server 10.0.0.1 80 {\ndelay_loop 10\nlb_kind NAT\nprotocol TCP\n"+tt.service+"}\n")
			var got strings.Builder
			for _, d := range found {
				got.WriteString(d.String() + "\n")
			}
			if tt.want == "" && got.Len() > 0 || !strings.Contains(got.String(), tt.want) ||
				strings.Count(got.String(), "no effect") > 1 {
				t.Errorf("%s\nwant %s", got.String(), tt.want)
			}
			if len(c.VirtualServers) > 0 {
				comesBack(t, c, host())
			}
		})
	}
}
