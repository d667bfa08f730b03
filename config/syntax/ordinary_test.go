package syntax

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// textOf gives lines made of pieces.
func textOf(pieces ...string) *rapid.Generator[string] {
	line := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 8).Draw(t, "pieces"), "")
	})
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(line, 0, 12).Draw(t, "lines"), "\n")
	})
}

// Most lines take a short way through Load. A comment leads a line the long way, and
// changes nothing.
func TestOrdinaryLinesAreLoadedLikeOthers(t *testing.T) {
	text := textOf("a", "interface", "include", "include k", "global_defs", "include_check", "read", "block", "{", "}",
		" ", " ", "\t", "  ", "$A=a", "$A", "${A}", "@x", "@^x", "~SEQ(B,2) c$B")
	rapid.Check(t, func(t *rapid.T) {
		short := text.Draw(t, "text")
		long := strings.ReplaceAll(short, "\n", " # comment\n") + " # comment"
		if diff := cmp.Diff(load(long), load(short)); diff != "" {
			t.Fatalf("%q: -with comments +without:\n%s", short, diff)
		}
	})
}

// Most lines take a short way through Parse, which leads to the same as the long one.
func TestOrdinaryLinesAreParsedLikeOthers(t *testing.T) {
	text := textOf("a", "block", "vrrp_instance", "value", "{", "}", " ", " ", "\t", `"`, `"b c"`, `\`, `\#`, "$",
		"${A}", "=", "$A=a b", "$A", "$A", "~LST(A,x y,z) ")
	unknown := func([]string, string) Form { return FormUnknown }
	rapid.Check(t, func(t *rapid.T) {
		s := load(text.Draw(t, "text"))
		for _, shape := range []Shape{unknown, testShape} {
			long := &parser{shape: shape}
			long.push(Node{}, Pos{}, false)
			for _, line := range s.Lines {
				long.general(line)
			}
			long.eof()
			want, wantFound := long.result()
			got, found := parse(s, &parser{shape: shape}).result()
			if diff := cmp.Diff(want, got) + cmp.Diff(wantFound, found); diff != "" {
				t.Fatalf("-long +short:\n%s", diff)
			}
		}
	})
}
