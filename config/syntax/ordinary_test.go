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
	text := textOf("a", "interface", "include", "include k", "global_defs", "include_check", "read", "block", "{", "}", " ", " ", "\t", "  ", "$A=a", "$A", "${A}", "@x", "@^x", "~SEQ(B,2) c$B")
	rapid.Check(t, func(t *rapid.T) {
		short := text.Draw(t, "text")
		long := strings.ReplaceAll(short, "\n", " # comment\n") + " # comment"
		if diff := cmp.Diff(load(long), load(short)); diff != "" {
			t.Fatalf("%q: -with comments +without:\n%s", short, diff)
		}
	})
}

// Most lines take a short way through Parse. One that says of its text where it stands
// goes the long way, and becomes the same.
func TestOrdinaryLinesAreParsedLikeOthers(t *testing.T) {
	text := textOf("a", "block", "vrrp_instance", "value", "{", "}", " ", " ", "\t", `"`, `"b c"`, `\`, `\#`, "$", "${A}", "=")
	rapid.Check(t, func(t *rapid.T) {
		short := load(text.Draw(t, "text"))
		long := short
		long.Lines = nil
		for _, l := range short.Lines {
			l.Spans = l.spans()
			long.Lines = append(long.Lines, l)
		}
		for _, shape := range []Shape{nil, testShape} {
			want, wantFound := Parse(long, shape)
			got, found := Parse(short, shape)
			if diff := cmp.Diff(want, got) + cmp.Diff(wantFound, found); diff != "" {
				t.Fatalf("-long +short:\n%s", diff)
			}
		}
	})
}
