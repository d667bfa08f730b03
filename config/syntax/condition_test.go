package syntax

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ownText is a snapshot as lines, those for us alone with a '+'.
func ownText(s Snapshot) string {
	var b strings.Builder
	for _, l := range s.Lines {
		if l.Own {
			b.WriteString("+")
		}
		b.WriteString(l.Text + "\n")
	}
	return b.String()
}

// The id of this program is set beside the config-id, and lines on which it decided are marked, with all that
// they include and repeat. keepalived has the others (grammar 7.2).
func TestGrammar7_2_OwnLines(t *testing.T) {
	src := MapSource{"inc": "i {\n$D\n@foo j\n}\n"}
	for _, tt := range []struct{ text, ours, keepalived string }{
		{"@holdfast a b", "+a b\n", ""},
		{"  @holdfast\ta  b # c", "+a  b\n", ""},
		{"@^holdfast a", "", "a\n"},
		{"@holdfast", "", ""},
		{"@holdfas a\n@holdfastx b\n@Holdfast c", "", ""},
		{"@holdfast @foo a\n@foo @holdfast b\n@holdfast @bar c\n@bar @holdfast d", "+a\n+b\n", ""},
		{"@foo a\n@^foo b\n@^bar c", "a\nc\n", "a\nc\n"},
		{"x\n@holdfast a { b }\nc", "x\n+a {\n+b }\nc\n", "x\nc\n"},
		{"$A=1\n@holdfast $A=2\nx $A", "x 2\n", "x 1\n"},
		{"@holdfast x \"@foo\" @y", "+x \"@foo\" @y\n", ""},
		{"$L=a \\\nb \\\nc\n@holdfast $L\nd", "+a\n+b\n+c\nd\n", "d\n"},
		{"@holdfast ~SEQ(I,1,2) a $I\nb", "+a 1\n+a 2\nb\n", "b\n"},
		{"~SEQ(I,1,2) @holdfast a $I\n~LST(I,p) b $I", "+a 1\n+a 2\nb p\n", "b p\n"},
		{"$D=q\n@holdfast include inc\nz", "+i {\n+q\n+j\n+}\nz\n", "z\n"},
		{"$V=@holdfast\n$V a", "+a\n", ""},
	} {
		src["k.conf"] = tt.text
		opt := goldenOptions()
		ours := Load(src, "k.conf", opt)
		opt.Keepalived = true
		theirs := Load(src, "k.conf", opt)
		if diff := cmp.Diff(tt.ours, ownText(ours)); diff != "" || len(ours.Diagnostics) > 0 {
			t.Errorf("%q: %v -want +got:\n%s", tt.text, ours.Diagnostics, diff)
		}
		if diff := cmp.Diff(tt.keepalived, ownText(theirs)); diff != "" {
			t.Errorf("%q for keepalived: -want +got:\n%s", tt.text, diff)
		}
		// Written as one file it means the same to both.
		var whole strings.Builder
		if _, err := ours.WriteTo(&whole); err != nil {
			t.Fatal(err)
		}
		again := Load(MapSource{"a": whole.String()}, "a", goldenOptions())
		if diff := cmp.Diff(tt.ours, ownText(again)); diff != "" {
			t.Errorf("%q as one file: -want +got:\n%s", tt.text, diff)
		}
	}
}

// Each statement knows on what a line its first word stands.
func TestOwnStatements(t *testing.T) {
	s := load("a\n@holdfast b \"c d\" {\n@holdfast e \"f\"\n g\n@holdfast }\nh {\n@holdfast i j {\n@holdfast }\n}\n")
	root, found := Parse(s, nil)
	var got []string
	var walk func(b Block)
	walk = func(b Block) {
		for _, n := range b.Nodes {
			if n.Own {
				got = append(got, n.Keyword())
			}
			if n.Block != nil {
				walk(*n.Block)
			}
		}
	}
	walk(root)
	if diff := cmp.Diff([]string{"b", "e", "i"}, got); diff != "" || len(found) > 0 {
		t.Errorf("%v -want +got:\n%s", found, diff)
	}
}

// On a host with that config-id keepalived reads the lines too, which is said at the first one.
func TestOwnIDTaken(t *testing.T) {
	for id, want := range map[string]int{OwnID: 1, "foo": 0, "": 0} {
		s := Load(MapSource{"k": "a\n  @holdfast b\n@^holdfast c\n@holdfast d\n"}, "k", Options{ConfigID: id})
		if len(s.Diagnostics) != want {
			t.Fatalf("%q: %v", id, s.Diagnostics)
		}
		if want > 0 && (s.Diagnostics[0].ID != "own-id-taken" || s.Diagnostics[0].Pos.String() != "k:2:3" ||
			s.Diagnostics[0].Class != ClassNone) {
			t.Errorf("%v", s.Diagnostics[0])
		}
	}
}
