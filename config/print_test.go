package config

import (
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast/config/syntax"
)

// printed is a configuration as a file.
func printed(t *testing.T, c *Config) string {
	t.Helper()
	var b strings.Builder
	if err := Print(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// samePlace looks away from positions.
var samePlace = cmp.Comparer(func(a, b syntax.Pos) bool { return true })

// comesBack binds what was printed and compares.
func comesBack(t *testing.T, c *Config, env Env) {
	t.Helper()
	text := printed(t, c)
	again, diags := Bind(syntax.Load(syntax.MapSource{"printed": text}, "printed", syntax.Options{}), env)
	for _, d := range diags {
		if d.Severity >= syntax.Error {
			t.Errorf("%s", d)
		}
	}
	if !Equal(c, again) {
		t.Errorf("a printed configuration is another one (-bound +printed and bound):\n%s\n%s", cmp.Diff(*c, *again, samePlace, cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{}, netip.Prefix{}), cmpopts.EquateEmpty()), text)
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
		"global_defs/vrrp_iptables":                  "nothing: it is refused",
		"global_defs/vrrp_ipsets":                    "nothing: it is refused",
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

// Whatever can be run comes back when it was printed.
func FuzzPrint(f *testing.F) {
	for _, v := range values() {
		f.Add(wrap(v.block, v.keyword+" "+v.args))
	}
	f.Fuzz(func(t *testing.T, text string) {
		env := host()
		c, diags := Bind(syntax.Load(syntax.MapSource{"f": text}, "f", syntax.Options{}), env)
		if !Runnable(diags) || !utf8.ValidString(text) || strings.ContainsRune(text, '"') && strings.ContainsRune(text, '\\') {
			return // quotes that a backslash hides are no text that could be written again
		}
		comesBack(t, c, env)
	})
}
