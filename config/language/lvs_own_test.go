package language

import (
	"fmt"
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/config/syntax"
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

// A block on lines that keepalived drops is printed on such lines: who reads the text, and with or without them, has
// what the source gives.
func TestPrintedOwnBlocks(t *testing.T) {
	own := func(block string) string {
		return "@holdfast " + strings.ReplaceAll(strings.TrimSpace(block), "\n", "\n@holdfast ") + "\n"
	}
	smtp := "SMTP_CHECK {\nhost {\nconnect_port 26\n}\nhost {\nconnect_port 27\n}\n}\n"
	web := "HTTP_GET {\nurl {\npath /\n}\n}\n"
	grpc := "GRPC_CHECK {\nservice a.B\ntls\n}\n"
	backup := "real_server 10.0.0.3 80 {\nbackup\nweight 5\n" + web + "}\n"
	server := func(n, inner string) string { return "real_server 10.0.0." + n + " 80 {\n" + inner + "}\n" }
	service := func(n, inner string) string {
		return "virtual_server 10.0.1." + n + " 80 {\ndelay_loop 10\nlb_algo wlc\nlb_kind NAT\nprotocol TCP\n" + inner + "}\n"
	}
	for name, text := range map[string]string{
		"a backup server": service("1", server("2", "TCP_CHECK {\n}\n")+own(backup)),
		"a server":        service("1", server("2", web)+own(server("3", web+smtp))),
		"checkers":        service("1", server("2", own(web)+"TCP_CHECK {\n}\n"+own(smtp)+own(grpc))),
		"hosts":           service("1", server("2", "SMTP_CHECK {\n"+own("host {\n}\n")+"host {\nconnect_port 27\n}\n}\n")),
		"a service":       service("1", server("2", "")) + own(service("2", server("2", web)+backup)),
		"words": service("1", "@holdfast slow_start 9\n@holdfast shared_clients\n"+
			server("2", "@holdfast slow_start 0\nHTTP_GET {\n@holdfast http_protocol 2\nurl {\npath /\n}\n}\n")),
		"shown":  service("1", "@holdfast announce\n"+server("2", web)),
		"routes": service("1", "@holdfast announce table 100\n@holdfast announce_hold 7\n@holdfast announce_prefix 10.0.0.0/8 ::/0\n"+server("2", web)),
		"by BGP": own("bgp {\nlocal_as 1\nrouter_id 10.0.0.9\nprogram \"/opt/a b\"\ncommunities 1:2 3:4\nmed 0\nnext_hop ::5\n"+
			"graceful_shutdown 0\nneighbor 10.0.0.1 {\nremote_as 2\nfamilies ipv4 ipv6\npassive\nttl_security 1\n}\n"+
			"neighbor fe80::1 {\nremote_as 3\nmultihop 5\nhold_time 3\n}\n}\n") +
			service("1", "@holdfast announce bgp\n"+server("2", web)),
		"none": service("1", server("2", web+smtp)),
	} {
		read := func(text string, as syntax.Options) *config.Config {
			c, found := Bind(syntax.Load(syntax.MapSource{"a": text}, "a", as), host())
			for _, d := range found {
				if d.Severity >= syntax.Error {
					t.Errorf("%s: %v: %s", name, as, d)
				}
			}
			return c
		}
		keepalived := syntax.Options{Keepalived: true}
		source := read(text, syntax.Options{})
		for _, how := range []Printing{{}, {Changed: true, Env: host()}} {
			var b strings.Builder
			if err := Print(&b, source, how); err != nil {
				t.Fatal(err)
			}
			if !config.Equal(read(b.String(), syntax.Options{}), source) ||
				!config.Equal(read(b.String(), keepalived), read(text, keepalived)) {
				t.Errorf("%s: %+v: printed\n%s", name, how, b.String())
			}
		}
	}
}

// 2.2.7 takes the version for an error, which its configuration test counts, and asks with that of before.
func TestHTTPProtocol2(t *testing.T) {
	for lines, want := range map[string]struct{ version, finding string }{
		"@holdfast http_protocol 2":                    {"2", ""},
		"http_protocol 1.1\n@holdfast http_protocol 2": {"2", ""},
		"http_protocol 1.1\nhttp_protocol 2": {"1.1", "test.conf:12:15: error: Invalid http_protocol version 2, which " +
			"keepalived does not know; begin the line with '@holdfast http_protocol'"},
		"http_protocol 3": {"1.0", "Invalid http_protocol version 3"},
	} {
		c, found := Bind(load("virtual_server 10.0.0.1 80 {\ndelay_loop 10\nlb_algo rr\nlb_kind NAT\nprotocol TCP\n"+
			"real_server 10.0.0.2 80 {\nHTTP_GET {\nurl {\npath /\n}\n"+lines+"\n}\n}\n}\n"), Env{})
		var got []string
		for _, d := range found {
			if d.Severity >= syntax.Warning {
				got = append(got, d.String())
				if d.Class != syntax.ClassConfigError {
					t.Errorf("%q: not counted: %v", lines, d)
				}
			}
		}
		text := strings.Join(got, "|")
		if v := c.VirtualServers[0].RealServers[0].Checkers[0].HTTP.Protocol; v != want.version ||
			(text == "") != (want.finding == "") || !strings.Contains(text, want.finding) {
			t.Errorf("%q: %s, %s", lines, v, text)
		}
	}
}

// What cannot be shown is said, and nothing is shown then.
func TestAnnounce(t *testing.T) {
	service := func(head, lines string) string {
		return head + " {\nlb_algo mh\nlb_kind DR\nprotocol TCP\n" + lines + "\nreal_server 10.0.0.1 80 {\n}\n}\n"
	}
	address := "virtual_server 192.0.2.10 80"
	for _, c := range []struct{ name, text, finding, shown string }{
		{"address", service(address, "@holdfast announce"), "", "[192.0.2.10/32]"},
		{"mark", service("virtual_server fwmark 5", "@holdfast announce"),
			"test.conf:5:11: error: virtual_server FWM 5: announce has no addresses to show", ""},
		{"mark with prefix", service("virtual_server fwmark 5", "@holdfast announce\n@holdfast announce_prefix 192.0.2.0/24"), "",
			"[192.0.2.0/24]"},
		{"prefix alone", service(address, "@holdfast announce_prefix 192.0.2.0/24"),
			"test.conf:5:27: warning: virtual_server [192.0.2.10]:tcp:80 shows nothing: announce is missing", ""},
		{"no such way", service(address, "@holdfast announce on lo"),
			"test.conf:5:20: error: announce: 'on' is not a way to show addresses", ""},
		{"no interface", service(address, "@holdfast announce dev"), "test.conf:5:20: error: ", ""},
		{"host bits", service(address, "@holdfast announce\n@holdfast announce_prefix 192.0.2.1/24"),
			"test.conf:6:27: warning: ", "[192.0.2.0/24]"},
		{"group", "virtual_server_group g {\n192.0.2.10 80\n192.0.2.10 443\n192.0.2.20-22 80\n}\n" +
			service("virtual_server group g", "@holdfast announce"), "",
			"[192.0.2.10/32 192.0.2.20/32 192.0.2.21/32 192.0.2.22/32]"},
		{"large group", "virtual_server_group g {\n10.0.0.0/16 80\n}\n" + service("virtual_server group g", "@holdfast announce"),
			"error: virtual_server [g]:0: announce has no addresses to show, or more than 1024", ""},
	} {
		cfg, found := Bind(syntax.Load(syntax.MapSource{"test.conf": c.text}, "test.conf", syntax.Options{}), host())
		var all []string
		for _, d := range found {
			if strings.HasPrefix(d.ID, "announce") {
				all = append(all, d.String())
			}
		}
		if got := strings.Join(all, "\n"); !strings.Contains(got, c.finding) || (got == "") != (c.finding == "") {
			t.Errorf("%s: %q, want %q", c.name, got, c.finding)
		}
		v := &cfg.VirtualServers[0]
		var g *config.ServerGroup
		if len(cfg.ServerGroups) > 0 {
			g = &cfg.ServerGroups[0]
		}
		shown, ok := v.Announced(g)
		if got := strings.TrimPrefix(fmt.Sprint(shown), "[]"); got != c.shown || !ok {
			t.Errorf("%s: shown %q (%v), want %q", c.name, got, ok, c.shown)
		}
	}
}
