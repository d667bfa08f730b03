package reload

import (
	"fmt"
	"slices"
	"strings"
)

// needed reports whether a block is not valid, or not the same thing, without a statement. A script that has no
// misc_timeout has as much time as its delay_loop, which a busy machine may need.
func needed(word string) bool {
	words := []string{"delay_loop", "lb_kind", "lb_algo", "misc_path", "misc_timeout", "url", "name", "track_file"}
	return slices.Contains(words, word)
}

// serviceGlobals are the statements of global_defs that concern virtual servers.
var serviceGlobals = []option{
	{"enable_script_security", word("enable_script_security", nil).make, nil},
	{"script_user", text("script_user", "root").make, nil},
	text("router_id", "one", "two"), number("random_seed", 1, 9),
	text("lvs_timeouts", "tcp 900", "tcp 600 udp 200", "tcpfin 60"),
	flag("rs_init_notifies"), flag("no_checker_emails"), flag("checker_log_all_failures"),
	text("smtp_alert_checker", "false", "off"),
}

func notSix(slot int) bool { return !isSix(slot) }

// serviceStatements are those of a virtual_server that do not say which one it is.
var serviceStatements = []option{
	text("delay_loop", "0.5", "0.7", "1"),
	{"lb_kind", makeKind("lb_kind"), nil},
	{"lb_algo", func(m maker, slot int, _ string) string {
		return "lb_algo " + m.oneOf("rr", "wrr", "lc", "wlc", "sh\nsh-port", "sh\nsh-fallback",
			"mh\nmh-port", "mh\nmh-fallback", "mh\n@holdfast shared_clients", "sh\nflag-1", "sed", "nq", "fo", "ovf", "dh")
	}, nil},
	text("persistence_timeout", "60", "360"),
	{"persistence_granularity", text("persistence_granularity", "255.255.255.0", "255.255.0.0").make, notSix},
	{"ops", word("ops", nil).make, func(slot int) bool { return slot == udpSlot }},
	word("alpha", nil), word("omega", nil),
	{"quorum", makeQuorum, nil},
	notify("quorum_up"), notify("quorum_down"), number("weight", 1, 4),
	{"sorry", makeSorry, maySorry},
	text("smtp_alert", "false", "off"), number("retry", 1, 2), text("delay_before_retry", "0.2", "0.4"),
	text("warmup", "0", "0.3"), text("connect_timeout", "10", "20"), word("inhibit_on_failure", nil),
	text("virtualhost", "www.example.org", "other.example.org"), own(text("slow_start", "2", "3")),
	own(text("announce", "dev lo\n@holdfast announce_prefix 10.0.0.0/8",
		"table 100\n@holdfast announce_prefix ::/0\n@holdfast announce_hold 2")),
}

// own is a statement that keepalived does not know.
func own(o option) option {
	plain := o.make
	o.make = func(m maker, slot int, dev string) string { return ownLine + plain(m, slot, dev) }
	return o
}

// serverStatements are those of a real_server.
var serverStatements = []option{
	number("weight", 0, 5), {"lvs_method", makeKind("lvs_method"), nil},
	{"thresholds", func(m maker, _ int, _ string) string {
		n := 10 + m.IntN(9)
		return fmt.Sprintf("uthreshold %d\nlthreshold %d", 2*n, n)
	}, nil},
	flag("inhibit_on_failure"), notify("notify_up"), notify("notify_down"), flag("alpha"),
	text("smtp_alert", "false", "off"),
	number("retry", 1, 2), text("delay_before_retry", "0.2", "0.4"), text("warmup", "0", "0.3"),
	text("connect_timeout", "10", "20"), text("delay_loop", "0.5", "1"),
	text("virtualhost", "www.example.org", "third.example.org"), own(text("slow_start", "0", "2", "3")),
	{"backup", own(word("backup", nil)).make, maySorry},
}

// checks are the statements that all checks may have.
var checks = []option{
	number("retry", 0, 2), text("delay_before_retry", "0.2", "0.4"), text("warmup", "0", "0.3"),
	text("delay_loop", "0.5", "1"), flag("alpha"), flag("log_all_failures"),
}

// connected are those of checks that connect.
var connected = slices.Concat(checks, []option{text("connect_timeout", "10", "20"), number("fwmark", 1, 3)})

// checkerStatements are the statements of the checkers, by their kind.
var checkerStatements = map[string][]option{
	"TCP_CHECK":  connected,
	"HTTP_GET":   slices.Concat(connected, web, []option{{"url", makeURLs, nil}}),
	"MISC_CHECK": slices.Concat(checks, script),
	"PING_CHECK": connected,
	"GRPC_CHECK": slices.Concat(connected, health),
	"FILE_CHECK": {{"track_file", text("track_file", "number").make, nil}, number("weight", -2, 2)},
}

var web = []option{
	word("fast_recovery", nil), text("virtualhost", "www.example.org", "fourth.example.org"),
	{"http_protocol", func(m maker, _ int, _ string) string {
		return m.oneOf("http_protocol 1.0", "http_protocol 1.1", ownLine+"http_protocol 2")
	}, nil},
}

var health = []option{
	text("service", "shop.Cart", Unhealthy), text("authority", "shop.example.org", "www.example.org"),
}

var script = []option{text("misc_path", "/bin/true", "/bin/false"), number("misc_timeout", 20, 30)}

func makeKind(w string) func(maker, int, string) string {
	return func(m maker, _ int, _ string) string { return w + " " + m.oneOf("DR", "NAT", "TUN") }
}

// makeURLs makes pages that are there, and some of which one is not.
func makeURLs(m maker, _ int, _ string) string {
	var all []string
	for _, path := range [][]string{{"/health"}, {"/"}, {"/", "/health"}, {"/health", "/broken"}}[m.IntN(4)] {
		all = append(all, fmt.Sprintf("url {\n    path %s\n    status_code 200\n}", path))
	}
	return strings.Join(all, "\n")
}

// maySorry are the slots of virtual servers that may have a sorry server, and servers in reserve. Those have no
// hysteresis: between the two thresholds it would depend on the past who stands in.
func maySorry(slot int) bool { return slot%2 == 0 }

func makeQuorum(m maker, slot int, _ string) string {
	n := 1 + m.IntN(5)
	if maySorry(slot) || n == 1 || m.chance(1, 2) {
		return fmt.Sprint("quorum ", n)
	}
	return fmt.Sprintf("quorum %d\nhysteresis %d", n, 1+m.IntN(n-1))
}

func makeSorry(m maker, slot int, _ string) string {
	text := fmt.Sprintf("sorry_server 10.60.1.%d 80", 1+m.IntN(2))
	if isSix(slot) {
		text = fmt.Sprintf("sorry_server 2001:db8:60::1:%d 80", 1+m.IntN(2))
	}
	if m.chance(1, 3) {
		text += "\nsorry_server_inhibit"
	}
	if m.chance(1, 3) {
		text += "\nsorry_server_lvs_method " + m.oneOf("DR", "TUN")
	}
	return text
}

func (m maker) service(slot int) *service {
	v := &service{slot: slot}
	switch slot {
	case markSlot:
		v.fixed = []line{{"ip_family", "ip_family inet"}}
	case udpSlot, pairedSlot:
		v.fixed = []line{{"protocol", "protocol UDP"}}
	case sctpSlot:
		v.fixed = []line{{"protocol", "protocol SCTP"}}
	default:
		v.fixed = []line{{"protocol", "protocol TCP"}}
	}
	v.free = m.some(serviceStatements, slot, 4)
	for range 1 + m.IntN(4) {
		v.servers = append(v.servers, m.server(slot, v.servers))
	}
	return v
}

// server makes one beside others.
func (m maker) server(slot int, others []*server) *server {
	r := &server{port: 80, free: m.some(serverStatements, slot, 8), checkers: m.checkers(slot)}
	for r.number == 0 || slices.ContainsFunc(others, func(o *server) bool { return o.number == r.number }) {
		r.number = 1 + m.IntN(realServers)
	}
	return r
}

func (m maker) checkers(int) (all []checker) {
	for range m.IntN(3) {
		kind := m.oneOf("TCP_CHECK", "TCP_CHECK", "HTTP_GET", "MISC_CHECK", "PING_CHECK", "FILE_CHECK", "GRPC_CHECK")
		all = append(all, checker{kind, m.some(checkerStatements[kind], 0, 5)})
	}
	return all
}

// groupEntries are the addresses and marks of a group.
func (m maker) groupEntries(slot int) (entries []string) {
	for _, n := range m.Perm(8)[:1+m.IntN(5)] {
		switch {
		case n == 6:
			entries = append(entries, fmt.Sprintf("10.41.%d.20-%d 80", slot, 21+m.IntN(3)))
		case n == 7 && slot == groupSlot:
			entries = append(entries, fmt.Sprintf("fwmark %d", 70+m.IntN(3)))
		default:
			entries = append(entries, fmt.Sprintf("10.41.%d.%d %d", slot, n+1, 80+m.IntN(2)))
		}
	}
	return entries
}
