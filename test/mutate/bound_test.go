package mutate

import (
	"slices"
	"strings"
	"testing"

	"holdfast/config/language"
	"holdfast/config/syntax"
)

// Every range of the keyword table is the one the binder has: nothing is said of the
// number at its ends, and something of the next one beyond them.
func TestRangesAreThoseOfTheBinder(t *testing.T) {
	for _, b := range Bounds(language.Table()) {
		s := syntax.Load(syntax.MapSource{"f": b.Text}, "f", syntax.Options{})
		_, diags := language.Bind(s, language.Env{Test: true})
		said := slices.IndexFunc(diags, func(d syntax.Diagnostic) bool {
			return d.Pos.Line == b.Line && (strings.Contains(d.ID, "number") || strings.Contains(d.ID, "invalid") || d.ID == "unknown-name")
		})
		switch {
		case b.Inside && said >= 0:
			t.Errorf("%s: %s: %s\n%s", b.Name, b.Kind, diags[said], b.Text)
		case !b.Inside && said < 0:
			t.Errorf("%s: %s, range %s: nothing is said: %v\n", b.Name, b.Kind, b.Range, diags)
		}
	}
}
