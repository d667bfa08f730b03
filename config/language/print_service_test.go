package language

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"holdfast/config"
	"holdfast/config/syntax"
)

// followed is what FILE_CHECK and BFD_CHECK name.
const followed = "track_file f {\n file /x\n}\nbfd_instance b {\n neighbor_ip 10.0.0.7\n}\n"

// goodWords are arguments that a keyword of the LVS side takes, by block and name; good
// in themselves, though not all of them fit together.
func goodWords(block, name string) []string {
	checker := strings.HasPrefix(block, "virtual_server/real_server/")
	switch {
	case checker && name == "weight":
		return []string{"0", "-2147483647", "2147483647 reverse", "5 noreverse"}
	case checker && name == "name" && strings.HasSuffix(block, "BFD_CHECK"):
		return []string{"b"}
	case name == "retry" && !checker:
		return []string{"1", "7", "4294967295"}
	case name == "alpha" && block == "virtual_server", name == "inhibit_on_failure" && block == "virtual_server":
		return []string{""}
	}
	return map[string][]string{
		"connect_ip": {"10.0.0.77", "192.0.2.1"}, "bindto": {"10.9.9.1"}, "bind_if": {"eth0"},
		"connect_port": {"1", "8080", "65535"}, "bind_port": {"1", "65535"}, "fwmark": {"0", "9", "4294967295"},
		"connect_timeout": {"0.000001", "3", "4294.967295"}, "delay_before_retry": {"0", "1.5"}, "warmup": {"0", "2.5"},
		"delay_loop": {"0.000001", "1.5", "7", "18446744073709", "5000"}, "retry": {"0", "3", "4294967295"},
		"alpha": {"", "true", "off"}, "log_all_failures": {"", "yes", "no"}, "inhibit_on_failure": {"", "on", "false"},
		"smtp_alert": {"", "true", "false"}, "virtualhost": {"h", `"a b"`}, "http_protocol": {"1.0", "1.0c", "1.1", "2"},
		"enable_sni": {"", "off"}, "sni_name": {"n"}, "fast_recovery": {"", "off"}, "tls_compliant": {"", "on", "off"},
		"path": {"/", `""`, `"/a b"`, "/x?y=1"}, "digest": {"640205b7b0fc66c1ea91c463fac6334d"},
		"status_code": {"200", "100-599 404"},
		"regex":       {"x", `"a b"`, `'a"b'`, `"\\d{3}"`, `"#!\\\\ \x24 ~"`}, "regex_no_match": {""},
		"regex_options":    {"caseless", "utf ucp"},
		"regex_min_offset": {"0", "5"}, "regex_max_offset": {"0", "9"}, "regex_stack": {"1 2", "4096 4294967295"},
		"misc_timeout": {"0", "1", "4294"}, "misc_dynamic": {""}, "user": {"root", "nobody nogroup"},
		"helo_name": {"x", `"a b"`}, "type": {"A", "aaaa", "DNSKEY"}, "name": {".", "example.org", "a"},
		"payload": {"00", "0 1 2", `"00 ff" 1a`, "abc"}, "require_reply": {"", "0x xx f", "12", "x"},
		"min_reply_length": {"0", "65535"}, "max_reply_length": {"0", "255", "65535"}, "track_file": {"f"},
		"weight": {"1", "7", "2147483647"}, "uthreshold": {"0", "4294967295"}, "lthreshold": {"0", "4294967295"},
		"lb_algo": {"rr", "sh", "mh", "wlc", "twos"}, "protocol": {"TCP", "udp", "SCTP"},
		"lb_kind":             {"NAT", "DR", "TUN", "TUN type gue port 5 csum", "TUN type gre csum", "TUN nocsum"},
		"lvs_method":          {"NAT", "DR", "TUN", "TUN type gue port 65535 remcsum", "TUN type gre"},
		"persistence_timeout": {"", "1", "2678400"}, "persistence_engine": {"sip"},
		"persistence_granularity": {"255.255.255.0", "255.255.255.255"},
		"ip_family":               {"inet"}, "hashed": nil, "ops": {""}, "flag-1": {""}, "flag-2": {""}, "flag-3": {""},
		"sh-port": {""}, "sh-fallback": {""}, "mh-port": {""}, "mh-fallback": {""}, "ha_suspend": {""},
		"snmp_name": {"s", `"s n"`},
		"omega":     {""}, "quorum": {"1", "4294967295"}, "hysteresis": {"0", "1", "4294967295"},
		"quorum_up": {"/bin/true", `"/bin/true 'a b' c" root`}, "quorum_down": {"/bin/true nobody nogroup"},
		"notify_up": {"/bin/true"}, "notify_down": {`"/bin/true x"`},
		"sorry_server": {"10.0.0.99", "10.0.0.99 81"}, "sorry_server_inhibit": {""},
		"sorry_server_lvs_method": {"NAT", "TUN type gue port 7"},
		"password":                {"secret"}, "ca": {"/ca"}, "certificate": {`"/a b"`}, "key": {"/key"},
	}[name]
}

// lvsWriter writes a configuration of services at random.
type lvsWriter struct {
	*rapid.T
	b strings.Builder
}

func (w *lvsWriter) line(words ...string) {
	w.b.WriteString(strings.TrimSpace(strings.Join(words, " ")) + "\n")
}

// block writes some keywords of a block, each at most once, in the order of the table.
func (w *lvsWriter) block(path string, must ...string) {
	for _, k := range Table().order()[path] {
		if k.Opens || k.AliasOf != "" || k.Deprecated {
			continue
		}
		values := goodWords(path, k.Name)
		if len(values) == 0 || !slices.Contains(must, k.Name) && rapid.IntRange(0, 3).Draw(w.T, k.Name) > 0 {
			continue
		}
		w.line(k.Name, rapid.SampledFrom(values).Draw(w.T, "value"))
	}
}

func (w *lvsWriter) checker(kind config.CheckKind) {
	path := "virtual_server/real_server/" + kind.String()
	w.line(kind.String(), "{")
	switch kind {
	case config.CheckMisc:
		w.line("misc_path", rapid.SampledFrom([]string{"/bin/true", `"/bin/true 'a b'"`}).Draw(w.T, "command"))
	case config.CheckHTTP, config.CheckSSL:
		for range rapid.IntRange(1, 2).Draw(w.T, "urls") {
			w.line("url {")
			w.block(path+"/url", "path")
			w.line("}")
		}
	case config.CheckSMTP:
		for range rapid.IntRange(0, 2).Draw(w.T, "hosts") {
			w.line("host {")
			w.block(path + "/host")
			w.line("}")
		}
	}
	w.block(path, "track_file", "name")
	w.line("}")
}

func (w *lvsWriter) server(n string) {
	w.line("real_server 10.0.0.2"+n, rapid.SampledFrom([]string{"", "0", "80", "81"}).Draw(w.T, "port"), "{")
	w.block("virtual_server/real_server")
	for range rapid.IntRange(0, 4).Draw(w.T, "checkers") {
		w.checker(config.CheckKind(rapid.IntRange(int(config.CheckTCP), int(config.CheckBFD)).Draw(w.T, "kind")))
	}
	w.line("}")
}

func (w *lvsWriter) service(header string) {
	w.line("virtual_server", header, "{")
	w.block("virtual_server", "lb_algo", "lb_kind")
	for i := range rapid.IntRange(1, 3).Draw(w.T, "servers") {
		w.server(string(rune('0' + i)))
	}
	w.line("}")
}

func (w *lvsWriter) group(name string) {
	entries := []string{"10.0.0.1 80", "10.0.0.1", "10.0.1.0/24 443", "10.0.0.5-9 80", "10.0.0.5-10.0.1.9 65535",
		"fwmark 5", "fwmark 4294967295 inet", "fwmark 6 inet6", "fe80::/112 80", "2001:db8::1-ff 1"}
	w.line("virtual_server_group", name, "{")
	for range rapid.IntRange(0, 4).Draw(w.T, "entries") {
		w.line(rapid.SampledFrom(entries).Draw(w.T, "entry"))
	}
	w.line("}")
}

// What is printed of services, bound again, is the same: all checkers, groups and
// keywords of the LVS side.
func TestServicesComeBack(t *testing.T) {
	kinds := map[config.CheckKind]int{}
	rapid.Check(t, func(t *rapid.T) {
		w := &lvsWriter{T: t}
		w.line(secure + followed)
		if rapid.Bool().Draw(t, "SSL") {
			w.line("SSL {")
			w.block("SSL")
			w.line("}")
		}
		w.group("g")
		w.group(`"g 2"`)
		headers := []string{"10.0.0.1 80", "10.0.0.1", "fwmark 5", "fwmark 4294967295", "group g", `group "g 2"`}
		for range rapid.IntRange(0, 3).Draw(t, "services") {
			w.service(rapid.SampledFrom(headers).Draw(t, "service"))
		}
		text := w.b.String()
		cfg, _ := Bind(load(text), host())
		for _, v := range cfg.VirtualServers {
			for _, r := range v.RealServers {
				for _, c := range r.Checkers {
					kinds[c.Kind]++
				}
			}
		}
		servicesComeBack(t, cfg, text)
	})
	for kind := config.CheckTCP; kind <= config.CheckBFD; kind++ {
		if kinds[kind] == 0 {
			t.Errorf("no %s was bound", kind)
		}
	}
}

func servicesComeBack(t *rapid.T, cfg *config.Config, text string) {
	var b strings.Builder
	if err := Print(&b, cfg, Printing{}); err != nil {
		t.Fatal(err)
	}
	out := b.String()
	if !strings.Contains(out, "track_file f {") {
		out = followed + out
	}
	again, diags := Bind(load(out), host())
	for _, d := range diags {
		if d.Severity >= syntax.Error {
			t.Errorf("new finding %s", d)
		}
	}
	if !config.Equal(cfg, again) {
		t.Fatalf("another configuration comes back:\n%s\n--- written\n%s--- printed\n%s",
			cmp.Diff(*cfg, *again, samePlace, cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{}, netip.Prefix{}),
				cmpopts.EquateEmpty()), text, out)
	}
	var second strings.Builder
	if err := Print(&second, again, Printing{}); err != nil || second.String() != b.String() {
		t.Fatalf("printed again it is another text (%v):\n%s", err, cmp.Diff(b.String(), second.String()))
	}
}

// The checkers of one server keep their order, whatever their kinds.
func TestOrderOfCheckersComesBack(t *testing.T) {
	cfg, _ := bind(t, service("", "TCP_CHECK {\n}\nPING_CHECK {\n}\nTCP_CHECK {\n connect_port 81\n}\nDNS_CHECK {\n"+
		"}\nPING_CHECK {\n}"))
	comesBack(t, cfg, host())
	var order []string
	for _, line := range strings.Split(printed(t, cfg), "\n") {
		if name, ok := strings.CutSuffix(strings.TrimSpace(line), "_CHECK {"); ok {
			order = append(order, name)
		}
	}
	if got := strings.Join(order, " "); got != "TCP PING TCP DNS PING" {
		t.Error(got)
	}
}

// Values that have no keyword of their own come back all the same: the time limit
// of MISC_CHECK that follows a fractional delay_loop, IPv6 networks and masks.
func TestInheritedServiceValuesComeBack(t *testing.T) {
	for _, text := range []string{
		secure + service("delay_loop 1.5", "MISC_CHECK {\n misc_path /bin/true\n}\nTCP_CHECK {\n}"),
		secure + service("delay_loop 5000", "MISC_CHECK {\n misc_path /bin/true\n delay_loop 2\n}"),
		service("persistence_granularity 255.255.255.0", ""),
		service("sorry_server 10.0.0.9 81\n sorry_server_inhibit\n retry 4\n virtualhost h",
			"HTTP_GET {\n url {\n path /\n }\n}"),
		strings.NewReplacer("10.0.0.1 80", "2001:db8::1 80", "10.0.0.2 80",
			"2001:db8::2 80").Replace(service("persistence_granularity 64", "")),
		strings.NewReplacer("10.0.0.1 80", "fwmark 7", "10.0.0.2 80", "2001:db8::2", "protocol TCP",
			"").Replace(service("persistence_granularity 64", "PING_CHECK {\n}")),
		strings.Replace(service("", "TCP_CHECK {\n}"), "NAT", "TUN type gue port 6080 remcsum", 1),
	} {
		cfg, diags := bind(t, text)
		if ExitStatus(diags) != 0 || len(cfg.VirtualServers) != 1 {
			t.Errorf("%s: %v", text, diags)
		}
		comesBack(t, cfg, host())
	}
}

// A program that is refused leaves nothing behind, as if it had not been written.
func TestRefusedProgramOfAServer(t *testing.T) {
	service := func(line string) *config.Config {
		c, _ := bind(t, "virtual_server 10.0.0.1 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n"+
			" real_server 10.0.0.2 80 {\n"+line+" TCP_CHECK {\n }\n }\n}\n")
		return c
	}
	for _, line := range []string{" notify_up 'x\n", " notify_down 'x\n"} {
		if !config.Equal(service(line), service("")) {
			t.Errorf("%q is not the same as nothing", line)
		}
	}
	if config.Equal(service(" notify_up /bin/true\n"), service("")) {
		t.Error("a program is the same as nothing")
	}
}
