package language

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/config"
)

// lvsValues are the keywords of services and checkers that have no effect yet, and
// the limits of those that have one.
func lvsValues() []value {
	v, r, ssl := "virtual_server", "real_server", "SSL"
	tunnels := func(v *config.VirtualServer) any { return fmt.Sprint(v.Tunnel, v.RealServers[0].Tunnel) }
	top := func(f func(s *config.SSL) any) func(*config.Config) any {
		return func(c *config.Config) any { return f(&c.SSL) }
	}
	out := []value{
		{ssl, "password", "x", top(func(s *config.SSL) any { return s.Password }), "", "x"},
		{ssl, "ca", "/a", top(func(s *config.SSL) any { return s.CA }), "", "/a"},
		{ssl, "certificate", `"/a b"`, top(func(s *config.SSL) any { return s.Certificate }), "", "/a b"},
		{ssl, "verify_server", "no", top(func(s *config.SSL) any { return s.Unverified }), "false", "true"},
		{ssl, "key", "/k", top(func(s *config.SSL) any { return s.Key }), "", "/k"},
		{v, "lb_kind", "TUN type gue port 6080 csum", vserver(tunnels), "{ipip nocsum 0} {ipip nocsum 0}",
			"{gue csum 6080} {gue csum 6080}"},
		{v, "lvs_method", "TUN type gre csum", vserver(tunnels), "{ipip nocsum 0} {ipip nocsum 0}",
			"{gre csum 0} {gre csum 0}"},
		{v, "lb_kind", "TUN type ipip nocsum", vserver(tunnels), "{ipip nocsum 0} {ipip nocsum 0}",
			"{ipip nocsum 0} {ipip nocsum 0}"},
		{r, "lvs_method", "TUN port 1 remcsum type gue", rserver(func(r *config.RealServer) any { return r.Tunnel }),
			"{ipip nocsum 0}", "{gue remcsum 1}"},
		{v, "sorry_server", "10.0.0.9\n sorry_server_lvs_method TUN type gue port 65535",
			vserver(func(v *config.VirtualServer) any {
				if v.Sorry == nil {
					return "none"
				}
				return fmt.Sprint(v.Sorry.Method, v.Sorry.Port, v.Sorry.Tunnel)
			}), "none", "TUN 80 {gue nocsum 65535}"},
		{v, "snmp_name", `"a b"`, vserver(func(v *config.VirtualServer) any { return v.SNMPName }), "", "a b"},
		{r, "snmp_name", "x", rserver(func(r *config.RealServer) any { return r.SNMPName }), "", "x"},
		{v, "persistence_engine", "a234567890123456",
			vserver(func(v *config.VirtualServer) any { return v.PersistenceEngine }), "", "a234567890123456"},
		{v, "delay_loop", "18446744073709.551614", vserver(func(*config.VirtualServer) any { return "taken" }), "taken",
			"taken"},
		{"host", "connect_port", "99", checker(func(c *config.Checker) any { return c.Connect.Port() }), "80", "99"},
		{"host", "connect_ip", "10.0.0.99", checker(func(c *config.Checker) any { return c.Connect }), "10.0.0.2:80",
			"10.0.0.99:80"},
		{"GRPC_CHECK", "service", "shop.Cart", checker(func(c *config.Checker) any { return c.GRPC.Service }), "", "shop.Cart"},
		{"GRPC_CHECK", "authority", "shop", checker(func(c *config.Checker) any { return c.GRPC.Authority }), "", "shop"},
		{"GRPC_CHECK", "tls", "", checker(func(c *config.Checker) any { return c.GRPC.TLS }), "false", "true"},
		{"SMTP_CHECK", "helo_name", "x", checker(func(c *config.Checker) any { return c.SMTP.Helo }),
			"smtpchecker.keepalived.org", "x"},
		{"SMTP_CHECK", "host", "{\n connect_ip 10.0.0.99\n retry 5\n}\n host {\n connect_port 26\n}\n retry 6\n" +
			" connect_port 27", rserver(func(r *config.RealServer) any {
			out := ""
			for _, c := range r.Checkers {
				out += fmt.Sprintf("%v %d ", c.Connect, c.Retry)
			}
			return out
		}), "10.0.0.2:80 1 ", "10.0.0.2:27 6 10.0.0.99:80 5 10.0.0.2:26 6 "},
		{"DNS_CHECK", "type", "aaaa", checker(func(c *config.Checker) any { return c.DNS.Type }), "SOA", "AAAA"},
		{"DNS_CHECK", "name", "example.org", checker(func(c *config.Checker) any { return c.DNS.Name }), ".", "example.org"},
		{"UDP_CHECK", "payload", `00 "0a 1" BCd`, checker(func(c *config.Checker) any {
			return fmt.Sprintf("%x",
				c.UDP.Payload)
		}), "", "000a01bc0d"},
		{"UDP_CHECK", "require_reply", "", checker(func(c *config.Checker) any {
			return fmt.Sprint(c.UDP.RequireReply,
				c.UDP.Reply)
		}), "false []", "true []"},
		{"UDP_CHECK", "require_reply", "1x xF xx 3", checker(func(c *config.Checker) any {
			return fmt.Sprintf("%x %x",
				c.UDP.Reply, c.UDP.Mask)
		}), " ", "100f0003 f00f00ff"},
		{"UDP_CHECK", "max_reply_length", "65535\n min_reply_length 65535",
			checker(func(c *config.Checker) any { return fmt.Sprint(c.UDP.MinReply, c.UDP.MaxReply) }), "0 255", "65535 65535"},
		{"FILE_CHECK", "track_file", "f", checker(func(c *config.Checker) any { return c.File.TrackFile }), "f", "f"},
		{"FILE_CHECK", "weight", "-2147483647 reverse", checker(weightOfFile), "of f", "-2147483647 true"},
		{"FILE_CHECK", "weight", "2147483647", checker(weightOfFile), "of f", "2147483647 false"},
		{"BFD_CHECK", "name", "", checker(func(c *config.Checker) any { return c.BFD }), "b", "b"},
		{"BFD_CHECK", "alpha", "on", checker(func(c *config.Checker) any { return c.Alpha }), "false", "true"},
		{"url", "regex", "x\n regex_stack 1 4294967295", url(func(u *config.URL) any { return u.RegexStack }), "{0 0}",
			"{1 4294967295}"},
		{"SSL_GET", "tls_compliant", "", checker(func(c *config.Checker) any {
			return fmt.Sprint(c.HTTP.TLSCompliant,
				c.HTTP.URLs[0].TLSCompliant)
		}), "false false", "true true"},
		{"SSL url", "tls_compliant", "on", checker(func(c *config.Checker) any {
			return fmt.Sprint(c.HTTP.TLSCompliant,
				c.HTTP.URLs[0].TLSCompliant)
		}), "false false", "false true"},
	}
	for kind, retry := range map[string]string{"SMTP_CHECK": "1", "host": "1", "DNS_CHECK": "3", "UDP_CHECK": "1",
		"PING_CHECK": "1", "GRPC_CHECK": "1"} {
		out = append(out, timingValues(kind, retry, map[string]string{"DNS_CHECK": "1m0s"}[kind])...)
		out = append(out, targetValues(kind)...)
	}
	return out
}

func weightOfFile(c *config.Checker) any {
	if c.File.Weight == nil {
		return "of " + c.File.TrackFile
	}
	return fmt.Sprint(*c.File.Weight, c.File.Reverse)
}

// Everything of the LVS side, with an effect or not, is in the table of values.
func lvsSide(k Keyword) bool {
	return k.Block == "SSL" || strings.HasPrefix(k.Block, "virtual_server")
}

// Entries of virtual_server_group.
func TestServerGroupEntries(t *testing.T) {
	for _, tt := range []struct{ entry, want string }{
		{"10.0.0.5", "10.0.0.5"},
		{"10.0.0.5 80", "10.0.0.5 80"},
		{"10.0.0.5 0", "10.0.0.5"},
		{"10.0.0.5 65535 surplus", "10.0.0.5 65535"},
		{"10.0.0.5-9 80", "10.0.0.5-10.0.0.9 80"},
		{"10.0.0.5-255 80", "10.0.0.5-10.0.0.255 80"},
		{"10.0.0.5-+9", "10.0.0.5-10.0.0.9"},
		{"10.0.0.5-10.0.0.5", "10.0.0.5"},
		{"10.0.0.5-10.0.1.9 80", "10.0.0.5-10.0.1.9 80"},
		{"10.0.1.0/24 80", "10.0.1.0-10.0.1.255 80"},
		{"10.0.1.0/32", "10.0.1.0"},
		{"fe80::5-a 80", "fe80::5-fe80::a 80"},
		{"fe80::5-ffff 80", "fe80::5-fe80::ffff 80"},
		{"fe80::/112", "fe80::-fe80::ffff"},
		{"fwmark 0", "fwmark 0"},
		{"fwmark 4294967295 inet6", "fwmark 4294967295 inet6"},
		{"fwmark +5 inet", "fwmark 5 inet"},
	} {
		cfg, diags := bind(t, "virtual_server_group g {\n"+tt.entry+"\n}\n")
		if len(cfg.ServerGroups) != 1 || len(cfg.ServerGroups[0].Entries) != 1 || ExitStatus(diags) != 0 {
			t.Errorf("%s: %+v %v", tt.entry, cfg.ServerGroups, diags)
			continue
		}
		if got := cfg.ServerGroups[0].Entries[0].String(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.entry, got, tt.want)
		}
		comesBack(t, cfg, host())
	}
}

// What keepalived 2.2.7 refuses: the finding stands at the word that is wrong.
func TestRefusedValuesOfServices(t *testing.T) {
	check := func(kind, line string) string { return service("", kind+" {\n"+line+"\n }") }
	group := func(line string) string { return "virtual_server_group g {\n10.0.0.1 80\n" + line + "\n}\n" }
	for _, tt := range []struct{ text, at, says string }{
		{group("10.0.0.5-4"), "3:1", "end is not greater"},
		{group("10.0.0.5-5"), "3:1", "end is not greater"},
		{group("10.0.0.5-"), "3:1", "end is not greater"},
		{group("10.0.0.5-256"), "3:1", "a last part up to 255"},
		{group("fe80::1-10000"), "3:1", "a last part up to ffff"},
		{group("10.0.0.5-10.0.0.4"), "3:1", "less than"},
		{group("10.0.0.5-fe80::1"), "3:1", "different families"},
		{group("10.0.0.9/24 80"), "3:1", "write 10.0.0.0/24"},
		{group("10.0.0.0/0"), "3:1", "write a length from 1 to 32"},
		{group("10.0.0.0/24-5"), "3:1", "is not an address, range or network"},
		{group("fwmrk 5"), "3:1", "did you mean 'fwmark'"},
		{group("10.0.0.5 65536"), "3:10", "invalid port '65536'"},
		{group("fwmark 4294967296"), "3:8", "must be in [0, 4294967295]"},
		{group("fwmark 5 inet5"), "3:10", "write inet or inet6"},
		{"virtual_server_group g {\n10.0.0.1\nfe80::1\nfwmark 5\n}\n", "1:1", "fwmark without family"},
		{"virtual_server_group g x {\n10.0.0.1\n}\n", "1:24", "surplus word 'x'"},
		{group("") + strings.Replace(service("", ""), "10.0.0.1 80", "group gg", 1), "5:1", "did you mean 'g'"},
		{service("lb_kind TUN type gue", ""), "5:1", "require a port"},
		{service("lb_kind TUN type gue port 0", ""), "5:27", "Invalid tunnel port '0'"},
		{service("lb_kind TUN type ipip csum", ""), "5:23", "do not support csum"},
		{service("lb_kind TUN type gre remcsum", ""), "5:22", "do not support remcsum"},
		{service("lb_kind TUN tpye gue", ""), "5:13", "did you mean 'type'"},
		{service("lb_kind NAT foo", ""), "5:13", "Invalid tunnel option foo"},
		{service("persistence_engine a2345678901234567", ""), "5:20", "truncating - a2345678901234567;"},
		{service("delay_loop 18446744073710", ""), "5:12", "outside range"},
		{service("delay_loop 18446744073709.551615", ""), "5:12", "outside range"},
		{service("sorry_server 10.0.0.9 80\nsorry_server_lvs_method", ""), "6:1", "missing a parameter"},
		{check("TCP_CHECK", "connect_ip fe80::1"), "7:1", "requires a bind_if"},
		{check("TCP_CHECK", "bindto fe80::1"), "8:8", "does not match address family"},
		{check("TCP_CHECK", "bindto 10.0.0.9\nconnect_ip fe80::1"), "9:12", "does not match address family of bindto"},
		{check("TCP_CHECK", "bind_if a234567890123456"), "8:9", "is too long"},
		{check("HTTP_GET", "enable_sni True"), "8:12", "invalid value 'True'"},
		{check("DNS_CHECK", "type AAA"), "8:6", "did you mean 'A"},
		{check("DNS_CHECK", "type 28"), "8:6", "Unknown DNS check type 28"},
		{check("DNS_CHECK", "name a.b"), "8:6", "empty label"},
		{check("DNS_CHECK", "name ab..c"), "8:6", "empty label"},
		{check("DNS_CHECK", "name ab.c\nname de.f"), "9:6", "already specified"},
		{check("UDP_CHECK", "payload 00 0x"), "8:9", "pairs of hexadecimal digits"},
		{check("UDP_CHECK", "payload 00ff"), "8:9", "ends with ff"},
		{check("UDP_CHECK", "require_reply gg"), "8:15", "x for any digit"},
		{check("UDP_CHECK", "min_reply_length 256"), "8:18", "will always fail"},
		{check("UDP_CHECK", "max_reply_length 65536"), "8:18", "outside range [0, 65535]"},
		{check("FILE_CHECK", ""), "7:1", "no track_file"},
		{check("FILE_CHECK", "track_file g"), "8:12", "track_file g not found"},
		{followed + check("FILE_CHECK", "track_file f\nweight 2147483648"), "15:8", "must be in [-2147483647..2147483647]"},
		{followed + check("FILE_CHECK", "track_file f\nweight 1 revers"), "15:10", "unknown track file weight option revers"},
		{check("BFD_CHECK", "alpha"), "7:1", "No name"},
		{followed + check("BFD_CHECK", "name b\nname b"), "15:6", "already specified"},
	} {
		_, diags := bind(t, tt.text)
		if d, ok := find(diags, tt.says); !ok || fmt.Sprintf("%d:%d", d.Pos.Line, d.Pos.Col) != tt.at {
			t.Errorf("%s\nno finding at %s with %q: %v", tt.text, tt.at, tt.says, diags)
		}
	}
}

// Values with which keepalived finds nothing wrong in a configuration test are
// reported and do not count.
func TestLenientValuesOfServices(t *testing.T) {
	url := func(line string) string { return service("", "HTTP_GET {\nurl {\npath /\n"+line+"\n}\n}") }
	for _, tt := range []struct{ text, says string }{
		{url("status_code"), "needs a value"},
		{url("regex"), "needs a value"},
		{url("regex x\nregex_options"), "needs a value"},
		{url("regex x\nregex_options caseles"), "did you mean 'caseless'"},
		{url("regex x\nregex_min_offset -1"), "'-1' is not a number"},
		{url("regex x\nregex_max_offset"), "needs a value"},
		{url("regex x\nregex_stack 2 1"), "write the smaller number first"},
		{url("regex x\nregex_stack x"), "'x' is not a number"},
		{secure + service("", "MISC_CHECK {\nmisc_path\nmisc_path /bin/true\n}"), "needs a value"},
		{service("persistence_granularity 255.0.255.0", ""), "Invalid persistence_granularity"},
		{service("persistence_granularity 33", ""), "Invalid persistence_granularity"},
		{service("lb_algo sh\nhashed", ""), "has no effect"},
		{service("", "TCP_CHECK {\nconnect_ip 10.0.0.9/24\n}"), "'/24' is not part of an address"},
		{"virtual_server_group g {\n10.0.0.1\n}\nvirtual_server_group g {\n10.0.0.2\n}\n", "only the first one is used"},
		{"virtual_server group none {\n foo 1\n}\n", "specified but not configured"},
		{"virtual_server_group g {\n10.0.0.0/15 80\n}\n", "more than 65536 addresses"},
		{"virtual_server_group g {\nfe80::/64 80\n}\n", "more than 65536 addresses"},
		{"virtual_server_group g {\nfe80::1 80\n}\n" + strings.Replace(service("", ""), "10.0.0.1 80", "group g", 1),
			"it serves nothing"},
	} {
		_, diags := bind(t, tt.text)
		d, ok := find(diags, tt.says)
		if !ok || d.Class != 0 || !d.Pos.IsValid() {
			t.Errorf("%s\nno uncounted finding with %q: %v", tt.text, tt.says, diags)
		}
		if status := ExitStatus(diags); status != 0 && !strings.Contains(tt.text, "foo") {
			t.Errorf("%s\nexit %d: %v", tt.text, status, diags)
		}
	}
}

// A service of a group is named by a running number and is of the family of its
// servers; it serves the entries of that family.
func TestServiceOfGroup(t *testing.T) {
	group := "virtual_server_group g {\n10.0.0.1-3 80\nfwmark 5 inet6\nfe80::1 80\n10.0.0.9 81\n}\n"
	four := strings.Replace(service("", ""), "10.0.0.1 80", "group g", 1)
	six := strings.Replace(strings.Replace(four, "10.0.0.2", "fe80::2", 1), "TCP", "UDP", 1)
	cfg, diags := bind(t, four+group+six)
	if ExitStatus(diags) != 0 || len(cfg.VirtualServers) != 2 {
		t.Fatalf("%d services: %v", len(cfg.VirtualServers), diags)
	}
	var got []string
	for _, v := range cfg.VirtualServers {
		got = append(got, fmt.Sprintln(v.Name(), v.IPv6, v.Protocol, v.EntriesOf(&cfg.ServerGroups[0])))
	}
	want := []string{"[g]:0 false tcp [10.0.0.1-10.0.0.3 80 10.0.0.9 81]\n",
		"[g]:1 true udp [fwmark 5 inet6 fe80::1 80]\n"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Rules of semantics 8.5 for services of a group.
func TestPortsOfGroups(t *testing.T) {
	for _, tt := range []struct {
		entries, method, server string
		port                    uint16
		status                  int
		persistent              time.Duration
	}{
		{"10.0.0.1 80", "NAT", "10.0.0.2 81", 81, 0, 0},
		{"10.0.0.1 80", "DR", "10.0.0.2 80", 80, 0, 0},
		{"10.0.0.1 80", "DR", "10.0.0.2", 0, 0, 0},
		{"10.0.0.1 80", "DR", "10.0.0.2 81", 81, 5, 0},
		{"10.0.0.1 80\n10.0.0.1 81", "DR", "10.0.0.2 81", 81, 5, 0},
		{"10.0.0.1 80\nfwmark 5", "DR", "10.0.0.2 80", 80, 5, 0},
		{"10.0.0.1", "NAT", "10.0.0.2 80", 80, 5, 360 * time.Second},
	} {
		text := "virtual_server_group g {\n" + tt.entries + "\n}\n" +
			strings.NewReplacer("10.0.0.1 80", "group g", "NAT", tt.method, "10.0.0.2 80", tt.server).Replace(service("", ""))
		cfg, diags := bind(t, text)
		v := cfg.VirtualServers[0]
		if ExitStatus(diags) != tt.status || v.RealServers[0].Port != tt.port || v.PersistenceTimeout != tt.persistent {
			t.Errorf("%s: exit %d, port %d, persistent %s: %v", text, ExitStatus(diags), v.RealServers[0].Port,
				v.PersistenceTimeout, diags)
		}
	}
}
