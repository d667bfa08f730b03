package config

import (
	"net/netip"
	"strings"
	"testing"

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
