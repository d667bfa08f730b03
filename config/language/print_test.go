package language

import (
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast/config"
	"holdfast/config/syntax"
)

// printed is a configuration as a file.
func printed(t *testing.T, c *config.Config) string {
	t.Helper()
	var b strings.Builder
	if err := Print(&b, c, Printing{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// samePlace looks away from positions.
var samePlace = cmp.Comparer(func(a, b syntax.Pos) bool { return true })

// comesBack binds what was printed and compares.
func comesBack(t *testing.T, c *config.Config, env Env) {
	t.Helper()
	text := printed(t, c)
	again, diags := Bind(syntax.Load(syntax.MapSource{"printed": text}, "printed", syntax.Options{}), env)
	for _, d := range diags {
		if d.Severity >= syntax.Error {
			t.Errorf("%s", d)
		}
	}
	if !config.Equal(c, again) {
		t.Errorf("a printed configuration is another one (-bound +printed and bound):\n%s\n%s",
			cmp.Diff(*c, *again, samePlace, cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{}, netip.Prefix{}),
				cmpopts.EquateEmpty()), text)
	}
}

// Everything that a keyword can set comes back when it was printed.
func TestEveryValueComesBack(t *testing.T) {
	for _, v := range values() {
		t.Run(v.block+"/"+strings.Fields(v.keyword)[0]+"/"+v.want, func(t *testing.T) {
			c, _ := bind(t, wrap(v.block, v.keyword+" "+v.args))
			comesBack(t, c, host())
		})
	}
}

// Every keyword that sets something has a way back into text, but for those that
// another one writes.
func TestEveryKeywordIsPrinted(t *testing.T) {
	by := map[string]string{
		"global_defs/enable_snmp_rfc":                "enable_snmp_rfcv2 and enable_snmp_rfcv3",
		"global_defs/vrrp_iptables":                  "nftables",
		"global_defs/vrrp_ipsets":                    "nftables",
		"garp_group/interface":                       "interfaces",
		"vrrp_instance/preempt":                      "the absence of nopreempt",
		"vrrp_track_process/delay":                   "terminate_delay and fork_delay",
		"virtual_server/hashed":                      "nothing: it is refused",
		"virtual_server/sh-port":                     "flag-2",
		"virtual_server/sh-fallback":                 "flag-1",
		"virtual_server/mh-port":                     "flag-2",
		"virtual_server/mh-fallback":                 "flag-1",
		"virtual_server/real_server/SMTP_CHECK/host": "an SMTP_CHECK of its own",
	}
	for _, k := range Table().Keywords() {
		if k.bind.set == nil && k.bind.open == nil || strings.HasSuffix(k.Block, Entry) || k.AliasOf != "" || k.Deprecated {
			continue
		}
		if k.bind.show == nil && by[k.Path()] == "" {
			t.Errorf("%s is not printed", k.Path())
		}
	}
}

// listedSeeds are configurations with entries of routes, rules and addresses.
func listedSeeds() []string {
	routes := []string{
		"10.1.0.0/16 via 10.0.0.2 dev eth0 table 100 metric 5 onlink",
		"default via 10.0.0.2 dev eth0 mtu lock 1400 rtt 200 congctl bbr no_track",
		"10.2.0.0/16 no_track nexthop via 10.0.0.2 dev eth0 weight 2 nexthop via 10.0.0.3 dev eth1 onlink",
		"blackhole 10.3.0.0/16 dev eth0",
		"2001:db8:1::/64 via 2001:db8::9 dev eth0 expires 50 pref high",
		"10.4.0.0/16 dev eth0 encap ip id 5 dst 10.0.0.9 ttl 9", "10.5.0.0/16 dev eth0 realms 3/4 quickack 1 features ecn",
	}
	rules := []string{
		"from 10.1.0.0/16 to 10.2.0.0/16 table 100 preference 5 no_track",
		"from all iif eth0 fwmark 5/7 goto 900 priority 3", "from 10.1.0.0/16 blackhole preference 9",
		"uidrange 5-9 sport 1-2 dport 80-80 ipproto tcp table main preference 4",
		"to 2001:db8::/64 suppress_prefixlength 5 table 5 preference 8",
	}
	var out []string
	for _, r := range routes {
		out = append(out, "static_routes {\n "+r+"\n}\n"+instance(), instance("virtual_routes {\n "+r+"\n}"))
	}
	for _, r := range rules {
		out = append(out, "static_rules {\n "+r+"\n}\n"+instance(), instance("virtual_rules {\n "+r+"\n}"))
	}
	return append(out, "static_ipaddress {\n 10.1.1.1/24 brd + dev eth0 label eth0:x scope link\n"+
		" 2001:db8::1/64 dev eth1 home -nodad\n}\n"+instance())
}

// Routes, rules and static addresses come back as well.
func TestListedEntriesComeBack(t *testing.T) {
	for _, text := range listedSeeds() {
		c, diags := bind(t, text)
		if ExitStatus(diags) != 0 {
			t.Errorf("%s: %v", text, diags)
		}
		comesBack(t, c, host())
	}
}

// Whatever can be run comes back when it was printed.
func FuzzPrint(f *testing.F) {
	for _, v := range values() {
		f.Add(wrap(v.block, v.keyword+" "+v.args))
	}
	for _, text := range listedSeeds() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		env := host()
		c, diags := Bind(syntax.Load(syntax.MapSource{"f": text}, "f", syntax.Options{}), env)
		if !Runnable(diags) || !utf8.ValidString(text) || strings.ContainsRune(text, '"') &&
			strings.ContainsRune(text, '\\') {
			return // quotes that a backslash hides are no text that could be written again
		}
		comesBack(t, c, env)
	})
}

// What keepalived 2.2.7 does not know is marked with the release that does: once for a block, and never on a line that it
// drops.
func TestNewerWordsAreMarked(t *testing.T) {
	c, _ := bind(t, "global_defs {\n vrrp_owner_ignore_adverts\n}\n"+instance("auth_hmac {\n key 1 "+hmacKey+"\n active_key 1\n}\n"))
	text := printed(t, c)
	for line, mark := range map[string]string{
		"    owner_ignore_adverts true": "  # needs keepalived 2.3.3",
		"    auth_hmac {":               "  # needs keepalived 2.4.0",
		"        active_key 1":          "",
		"    virtual_router_id ":        "",
	} {
		at := strings.Index(text, "\n"+line)
		if at < 0 {
			t.Errorf("%q is not printed:\n%s", line, text)
			continue
		}
		rest, _, _ := strings.Cut(text[at+1+len(line):], "\n")
		if mark == "" && strings.Contains(rest, "#") || mark != "" && rest != mark {
			t.Errorf("%q is followed by %q, want %q", line, rest, mark)
		}
	}
	for _, line := range strings.Split(text, "\n") {
		if strings.Contains(line, ownLine) && strings.Contains(line, "#") {
			t.Errorf("%q is marked, and keepalived never sees it", line)
		}
	}
}
