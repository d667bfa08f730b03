package finding

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"holdfast/config/syntax"
	"holdfast/internal/golden"
)

// files are what the findings of the golden files are about.
func files() syntax.MapSource {
	return syntax.MapSource{
		"k.conf": "# größer\n" +
			"$VIP=10.0.0.300/24\tdev eth0\n" +
			"$BOTH=$VIP label \"a b\"\n" +
			"vrrp_instance A {\n" +
			"\tvirtual_ipaddress { # \x1b[31m\n" +
			"\t\t$BOTH\n" +
			"\t}\n" +
			"\tdescription \"größer\" größer 試験 here\n" +
			"\tx " + strings.Repeat("abcdefgh ", 20) + "HERE " + strings.Repeat("ijklmnop ", 20) + "\n" +
			"\ta\x00b\n" +
			"}\n" +
			"~LST(N,one,two) include sub dir/${N}.conf\r\n",
		"sub dir/one.conf": "~SEQ(V,3,4) prioritty 10$V\n",
		"sub dir/two.conf": "",
	}
}

// all are findings of each kind about files.
func all(t *testing.T) []syntax.Diagnostic {
	t.Helper()
	snap := syntax.Load(files(), "k.conf", syntax.Options{})
	at := func(file string, line int, col int32) syntax.Pos { return syntax.Pos{File: file, Line: line, Col: col} }
	diags := slices.Clone(snap.Diagnostics)
	tree, _ := syntax.Parse(snap, nil)
	address := tree.Nodes[0].Block.Nodes[0].Block.Nodes[0].Words[0]
	if address.Text != "10.0.0.300/24" {
		t.Fatal(address)
	}
	diags = append(diags,
		syntax.Diagnostic{Pos: address.Pos, Severity: syntax.Error, Class: syntax.ClassConfigError, ID: "invalid-address",
			Text: "invalid IP address '10.0.0.300/24'"},
		syntax.Diagnostic{Pos: tree.Nodes[1].Pos(), Severity: syntax.Error, Class: syntax.ClassConfigError,
			ID:   "unknown-keyword",
			Text: "Unknown keyword 'prioritty'; did you mean 'priority'?"},
		syntax.Diagnostic{Pos: at("k.conf", 8, 41), Severity: syntax.Warning, ID: "invalid-number",
			Text: "after wide characters"},
		syntax.Diagnostic{Pos: at("k.conf", 8, 14), Severity: syntax.Warning, ID: "duplicate-name", Text: "a quoted word"},
		syntax.Diagnostic{Pos: at("k.conf", 9, 184), Severity: syntax.Note, ID: "long-line",
			Text:    "in the middle of a long line",
			Related: at("sub dir/one.conf", 1, 13), RelatedText: "first defined here"},
		syntax.Diagnostic{Pos: at("k.conf", 5, 2), Severity: syntax.Fatal, Class: syntax.ClassMissingParam,
			ID:   "missing-parameter",
			Text: "word 'a\x1b]0;b\u202ec\xff\u0085\n'", Related: at("k.conf", 5, 20), RelatedText: "the\tbrace"},
		syntax.Diagnostic{Pos: at("/etc/gone: 100%.conf", 3, 1), Severity: syntax.Error, ID: "unknown-value",
			Text: "no such line"},
		syntax.Diagnostic{Pos: syntax.Pos{File: "k.conf"}, Severity: syntax.Note, ID: "nothing-to-run", Text: "about a file"},
		syntax.Diagnostic{Severity: syntax.Warning, ID: "namespace-missing", Text: "about nothing",
			RelatedText: "and nowhere"},
	)
	snap.Trace(diags)
	return diags
}

func lineOf(file string, line int) (string, bool) {
	text, ok := files()[file]
	lines := strings.Split(text, "\n")
	if !ok || line > len(lines) {
		return "", false
	}
	return lines[line-1], true
}

func TestGolden(t *testing.T) {
	tests := []struct {
		name  string
		write func(io.Writer, []syntax.Diagnostic, Options) error
		opt   Options
	}{
		{"log.txt", Text, Options{}},
		{"source.txt", Text, Options{Source: true, Line: lineOf}},
		{"color.txt", Text, Options{Source: true, Color: true, Line: lineOf}},
		{"narrow.txt", Text, Options{Source: true, Width: 40, Line: lineOf}},
		{"plain.json", JSON, Options{}},
		{"source.json", JSON, Options{Line: lineOf}},
		{"plain.sarif", SARIF, Options{}},
		{"line.txt", lines, Options{}},
		{"source.sarif", SARIF, Options{Line: lineOf, Version: "1.2.3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			if err := tt.write(&b, all(t), tt.opt); err != nil {
				t.Fatal(err)
			}
			golden.Equal(t, filepath.Join("testdata", tt.name), b.String())
		})
	}
}

func lines(w io.Writer, diags []syntax.Diagnostic, _ Options) error {
	for _, d := range diags {
		if _, err := fmt.Fprintln(w, Line(d)); err != nil {
			return err
		}
	}
	return nil
}

// The first line of a finding is what it prints as itself.
func TestTextBeginsLikeTheDiagnostic(t *testing.T) {
	for _, d := range all(t) {
		var b strings.Builder
		if err := Text(&b, []syntax.Diagnostic{d}, Options{}); err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(b.String(), "\n")
		if first != printable(d.String()) {
			t.Errorf("%q, want %q", first, printable(d.String()))
		}
	}
}

func TestNothingToReport(t *testing.T) {
	for name, write := range map[string]func(io.Writer, []syntax.Diagnostic, Options) error{"": Text, "empty.json": JSON,
		"empty.sarif": SARIF} {
		var b strings.Builder
		if err := write(&b, nil, Options{}); err != nil {
			t.Fatal(err)
		}
		if name != "" {
			golden.Equal(t, filepath.Join("testdata", name), b.String())
		} else if b.Len() > 0 {
			t.Errorf("%q", b.String())
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteErrors(t *testing.T) {
	for _, write := range []func(io.Writer, []syntax.Diagnostic, Options) error{Text, JSON, SARIF} {
		if err := write(brokenPipe{}, all(t), Options{}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("error %v", err)
		}
	}
}

func TestWidthOfAWord(t *testing.T) {
	for _, tt := range []struct {
		line string
		col  int32
		want int
	}{
		{"abc def", 1, 3}, {"abc def", 5, 3}, {"abc def", 6, 2}, {"abc", 4, 0}, {"abc", 9, 0}, {"abc", 0, 0}, {"", 1, 0},
		{`"a b"c`, 1, 5}, {`"a b`, 1, 4}, {`a"b"`, 1, 1}, {"a{", 1, 1}, {"a{", 2, 1}, {"}}", 1, 1}, {"a#b", 1, 1},
		{"a!b", 1, 1}, {"a b", 2, 0},
		{"x${A b}y z", 1, 8}, {"${A", 1, 1}, {"$A/24 x", 1, 5},
	} {
		if got := width(tt.line, tt.col); got != tt.want {
			t.Errorf("%q from column %d: %d bytes, want %d", tt.line, tt.col, got, tt.want)
		}
	}
}

// Whatever the line, the caret is below the word, and nothing can reach the terminal.
func TestExcerptOfAnything(t *testing.T) {
	piece := rapid.SampledFrom([]string{"a", "bcd", " ", "\t", "\x07", "\xff", "ö", "試", "e\u0301", "\u202e", "\"", "{",
		"$A"})
	rapid.Check(t, func(t *rapid.T) {
		before := strings.Join(rapid.SliceOfN(piece, 0, 60).Draw(t, "before"), "")
		after := strings.Join(rapid.SliceOfN(piece, 0, 60).Draw(t, "after"), "")
		columns := rapid.IntRange(20, 120).Draw(t, "columns")
		line := before + "HERE" + after
		shown, caret := excerpt(line, len(before), len("HERE"), columns)
		if size(glyphs(shown, 0, len(shown))) > columns {
			t.Fatalf("%q takes more than %d columns", shown, columns)
		}
		if printable(shown) != shown {
			t.Fatalf("%q can do something to a terminal", shown)
		}
		head, _, ok := strings.Cut(shown, "HERE")
		if want := size(glyphs(head, 0, len(head))); !ok || caret != strings.Repeat(" ", want)+"^~~~" {
			t.Fatalf("%q: caret %q", shown, caret)
		}
	})
}

func TestExcerptOfALongWord(t *testing.T) {
	shown, caret := excerpt("ab "+strings.Repeat("x", 100)+" cd", 3, 100, 40)
	if shown != "ab "+strings.Repeat("x", 34)+"..." && shown != "..."+strings.Repeat("x", 34)+"..." {
		t.Errorf("%q", shown)
	}
	if len(caret) > 40 {
		t.Errorf("%q", caret)
	}
}
