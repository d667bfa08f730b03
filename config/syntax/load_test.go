package syntax

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// load loads one file of the given text.
func load(text string) Snapshot {
	return Load(MapSource{"k.conf": text}, "k.conf", goldenOptions())
}

// findings are diagnostics as "text [class]".
func findings(all []Diagnostic) []string {
	var out []string
	for _, d := range all {
		out = append(out, fmt.Sprintf("%v [%d]", d, d.Class))
	}
	return out
}

// A fakeSource is a MapSource in which some names are special.
type fakeSource struct {
	MapSource
	kinds map[string]Kind
	errs  map[string]error
}

func (f fakeSource) Stat(name string) (Kind, error) {
	if kind, ok := f.kinds[name]; ok {
		return kind, nil
	}
	return f.MapSource.Stat(name)
}

func (f fakeSource) ReadFile(name string, limit int) (string, error) {
	if err, ok := f.errs[name]; ok {
		return "", &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return f.MapSource.ReadFile(name, limit)
}

func TestGrammar9_4_MainFile(t *testing.T) {
	src := fakeSource{
		MapSource: MapSource{"ok.conf": "a\n", "exe": "a\n", "dev": "", "secret": "a\n", "dir/x": ""},
		kinds:     map[string]Kind{"exe": Executable, "dev": Other},
		errs:      map[string]error{"secret": fs.ErrPermission},
	}
	tests := []struct {
		file, want string
		usable     bool
	}{
		{"ok.conf", "", true},
		{"o*.conf", "", true},
		{"gone", "gone: error: Config files missing 'gone'.", false},
		{"", "error: Config files missing ''.", false},
		{"z*", "z*: error: No config files matched 'z*'.", false},
		{"{gone,ok.conf}", `{gone,ok.conf}: error: Some config files missing: "{gone,ok.conf}".`, true},
		{"dir", "dir: error: Configuration file 'dir/' is a directory - skipping; write dir/*.conf for the files in it",
			false},
		{"exe", "exe: error: Configuration file 'exe' is not a regular non-executable file - skipping; chmod a-x it", false},
		{"dev", "dev: error: Configuration file 'dev' is not a regular non-executable file - skipping", false},
		{"secret", "secret: error: Configuration file 'secret' open problem (permission denied) - skipping", false},
	}
	for _, tt := range tests {
		for _, all := range []bool{false, true} {
			s := Load(src, tt.file, Options{AllIncludes: all})
			var want []string
			if tt.want != "" {
				want = []string{tt.want + map[bool]string{false: " [0]", true: " [4]"}[all]}
			}
			if diff := cmp.Diff(want, findings(s.Diagnostics)); diff != "" {
				t.Errorf("%q, -e %v: -want +got:\n%s", tt.file, all, diff)
			}
			if usable := len(s.Files) > 0; usable != tt.usable || s.Main != tt.file {
				t.Errorf("%q: files %q, main %q", tt.file, s.Files, s.Main)
			}
			for _, d := range s.Diagnostics {
				if d.Severity != Fatal {
					t.Errorf("%q: %v is not fatal", tt.file, d)
				}
			}
		}
	}
}

func TestGrammar7_1_AllIncludes(t *testing.T) {
	s := Load(MapSource{"k.conf": "include gone\ninclude z*\n"}, "k.conf", Options{AllIncludes: true})
	want := []string{
		"k.conf:1:9: error: Config files missing 'gone'. [6]",
		"k.conf:2:9: error: No config files matched 'z*'. [6]",
	}
	if diff := cmp.Diff(want, findings(s.Diagnostics)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestIncludeOfUnreadableFile(t *testing.T) {
	src := fakeSource{
		MapSource: MapSource{"k.conf": "include secret\nincluder secret\nb\n", "secret": "a\n"},
		errs:      map[string]error{"secret": errors.New("too many open files")},
	}
	s := Load(src, "k.conf", Options{})
	want := []string{
		"k.conf:1:9: warning: Configuration file 'secret' open problem (too many open files) - skipping [0]",
		"k.conf:2:10: error: Configuration file 'secret' open problem (too many open files) - skipping [6]",
	}
	if diff := cmp.Diff(want, findings(s.Diagnostics)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(s.Lines) != 1 || s.Lines[0].Text != "b" {
		t.Errorf("lines %v", s.Lines)
	}
}

func TestGrammar7_1_AbsoluteAndNested(t *testing.T) {
	src := MapSource{
		"/etc/k.conf":       "include /srv/[ab].conf\ninclude 'x y'\ninclude o{dd\ninclude \\*\n",
		"/srv/a.conf":       "include sub/*/n.conf\n$A=${_PWD}\n",
		"/srv/b.conf":       "b $A ${_PWD}\n",
		"/srv/sub/1/n.conf": "n1 ${_PWD}\n",
		"/srv/sub/2/n.conf": "n2\n",
		"/srv/sub/2/m.conf": "never\n",
		"/etc/'x y'":        "blank\n",
		"/etc/o{dd":         "odd\n",
		"/etc/*":            "star\n",
	}
	s := Load(src, "/etc/k.conf", Options{Dir: "/nowhere"})
	var got []string
	for _, line := range s.Lines {
		got = append(got, line.At(0).String()+" "+line.Text)
	}
	want := []string{
		"/srv/sub/1/n.conf:1:1 n1 /srv/sub/1",
		"/srv/sub/2/n.conf:1:1 n2",
		"/srv/b.conf:1:1 b /srv /srv",
		"/etc/'x y':1:1 blank",
		"/etc/o{dd:1:1 odd",
		"/etc/*:1:1 star",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s\n%v", diff, s.Diagnostics)
	}
	files := []string{"/etc/k.conf", "/srv/a.conf", "/srv/sub/1/n.conf", "/srv/sub/2/n.conf", "/srv/b.conf",
		"/etc/'x y'", "/etc/o{dd", "/etc/*"}
	if diff := cmp.Diff(files, s.Files); diff != "" {
		t.Errorf("files: -want +got:\n%s", diff)
	}
}

// TestRelativeIncludeOfOddDirectory has a directory whose name is a pattern.
func TestRelativeIncludeOfOddDirectory(t *testing.T) {
	src := MapSource{"a[b]{c,d}/k.conf": "include x\ninclude x*\n", "a[b]{c,d}/x": "x\n", "ab/x": "wrong\n"}
	s := Load(src, `a\[b]\{c,d}/k.conf`, Options{})
	if len(s.Lines) != 2 || s.Lines[0].Text != "x" || s.Lines[1].Text != "x" {
		t.Errorf("lines %v, %v", s.Lines, s.Diagnostics)
	}
}

func TestGrammar2_1_LongLines(t *testing.T) {
	word := strings.Repeat("a", keepalivedLine)
	tests := []struct {
		name, text string
		lines      int
		want       string
	}{
		{"as long as keepalived takes", word + "\n", 1, ""},
		{"long", word + "a\n", 1, "k.conf:1:1: warning: line too long: its 1023 bytes are read as one line, but " +
			"keepalived breaks lines after 1022 [5]"},
		{"long comment", "a # " + word + "\n", 1, ""},
		{"too long", strings.Repeat("a ", MaxLineBytes) + "\nb\n", 1,
			"k.conf:1:1: error: line too long - ignoring: 131071 bytes, at most 65536 are read [5]"},
	}
	for _, tt := range tests {
		s := load(tt.text)
		if got := strings.Join(findings(s.Diagnostics), "\n"); got != tt.want || len(s.Lines) != tt.lines {
			t.Errorf("%s: %d lines, %s", tt.name, len(s.Lines), got)
		}
	}
}

// smallBounds are for tests that run into them often.
func smallBounds() bounds {
	return bounds{files: 100, lines: 2000, bytes: 100_000, work: 4 << 20}
}

// TestLimits has a configuration for each bound: it must end, and name the
// bound.
func TestLimits(t *testing.T) {
	long := strings.Repeat("x", 1000)
	tests := []struct{ name, text, want string }{
		{"depth", "include k.conf\n", "files include one another more than 64 deep"},
		{"files", "~SEQ(I,1,100000) include empty\n", "more than 100 files"},
		{"lines", "~SEQ(I,1,9000000000) a\n", "more than 2000 lines of configuration"},
		{"lines of nested loops", "~SEQ(I,1,9000000000)~SEQ(J,1,900000000) a\n", "more than 2000 lines of configuration"},
		{"bytes", "$A=" + long + "\n~SEQ(I,1,9000000000) $A\n", "more than 100000 bytes of configuration after expansion"},
		{"bytes read", "~SEQ(I,1,9000) include big\n", "more than 100000 bytes of configuration"},
		{"work", "~SEQ(I,1,9000000000) @bar a\n", "the preprocessor went through more than 4194304 bytes of text"},
		{"work of definitions", "~SEQ(I,1,9000000000) $A=b\n",
			"the preprocessor went through more than 4194304 bytes of text"},
		{"work of includes", "~SEQ(I,1,9000000000) include z{a,b}*\n",
			"the preprocessor went through more than 4194304 bytes of text"},
		{"names", "include " + strings.Repeat("{a,b}", 30) + "\n", "pattern stands for too many names"},
		{"line", "$A=" + long + "${A}\n$A\n", "more than 65536 bytes after expansion of '$A'"},
		{"doubling", "$A=" + long[:1000] + "${A}${A}\n$A\n", "more than 65536 bytes after expansion of '$A'"},
		{"replacements", "$A=${A}\n$A\n", "expansion of '$A' has no end after 1000 replacements"},
		{"nesting", "$A=$A \\\n$A \\\nx\n$A\n", "nest more than 100 deep"},
		{"recursive loop", "$A=~SEQ(I,1,2) $A\n$A\n", "nest more than 100 deep"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := MapSource{"k.conf": tt.text, "empty": "", "big": strings.Repeat("# a comment\n", 1000)}
			s := loadWithin(smallBounds(), src, "k.conf", Options{})
			if len(s.Diagnostics) != 1 || !strings.Contains(s.Diagnostics[0].Text, tt.want) {
				t.Errorf("findings %v, want %q", s.Diagnostics, tt.want)
			}
			if len(s.Lines) > 2000 || len(s.Files) > 100 {
				t.Errorf("%d lines, %d files", len(s.Lines), len(s.Files))
			}
		})
	}
}

// TestLimitsOfLoad has the bounds that a configuration meets in earnest.
func TestLimitsOfLoad(t *testing.T) {
	s := load("~SEQ(I,1,9000000000) a\n")
	if len(s.Lines) != MaxLines || len(s.Diagnostics) != 1 || s.Diagnostics[0].Severity != Fatal ||
		s.Diagnostics[0].Class != ClassCannotRun {
		t.Errorf("%d lines, %v", len(s.Lines), s.Diagnostics)
	}
	s = load("~SEQ(I,1,9000000000) @bar a\n")
	if len(s.Diagnostics) != 1 || !strings.Contains(s.Diagnostics[0].Text, "more than 268435456 bytes of text") {
		t.Errorf("%v", s.Diagnostics)
	}
}

func TestLimitOfFindings(t *testing.T) {
	s := load(strings.Repeat("a\x00\n", 5000))
	_, findings := Parse(load(strings.Repeat("}\n", 5000)), nil)
	for _, got := range [][]Diagnostic{s.Diagnostics, findings} {
		if len(got) != MaxDiagnostics+1 || got[MaxDiagnostics].Text != "more findings from here on are not reported" {
			t.Errorf("%d findings, the last %v", len(got), got[len(got)-1])
		}
	}
}

func TestGrammar7_4_Random(t *testing.T) {
	text := "~SEQ(I,1,2000) ${_RANDOM 3 5}\n"
	seen := map[string]int{}
	first := load(text)
	for _, line := range first.Lines {
		seen[line.Text]++
	}
	for _, want := range []string{"3", "4", "5"} {
		if seen[want] < 500 {
			t.Errorf("%s came %d times of 2000", want, seen[want])
		}
	}
	if len(seen) != 3 {
		t.Errorf("seen %v", seen)
	}
	if diff := cmp.Diff(first, load(text)); diff != "" {
		t.Errorf("the same seed gave something else:\n%s", diff)
	}
	for _, bad := range []string{"x ${_RANDOM 5 3}", "x ${_RANDOM a}", "x ${_RANDOM 1 2 3}", "x ${_RANDOM -1 3}",
		"x ${_PWD 1}", "x ${_ENV}"} {
		if s := load(bad); !strings.HasPrefix(s.Lines[0].Text, "x ${") {
			t.Errorf("%s gave %q", bad, s.Lines[0].Text)
		}
	}
}

// TestEnvironmentStaysOnItsLine keeps a variable from smuggling in lines.
func TestEnvironmentStaysOnItsLine(t *testing.T) {
	opt := Options{Getenv: func(string) string { return "a\nb\x00\rc" }}
	s := Load(MapSource{"k.conf": "x ${_ENV Y}\n"}, "k.conf", opt)
	if len(s.Lines) != 1 || s.Lines[0].Text != "x a b  c" {
		t.Errorf("lines %+v", s.Lines)
	}
	s = Load(MapSource{"k.conf": "x [${_ENV Y}]\n"}, "k.conf", Options{})
	if s.Lines[0].Text != "x []" {
		t.Errorf("without an environment: %+v", s.Lines)
	}
}

// TestSnapshotTravels sends a snapshot as the supervisor does.
func TestSnapshotTravels(t *testing.T) {
	want := load("$A=b\na $A { \xff\xfe }\ninclude gone\nx\x00\n")
	var wire bytes.Buffer
	if err := gob.NewEncoder(&wire).Encode(want); err != nil {
		t.Fatal(err)
	}
	var got Snapshot
	if err := gob.NewDecoder(&wire).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// keepalived 2.2.7 takes the backslash at the end of a line with nothing but a comment
// for a word, unless a blank follows it or a definition is being read.
func TestCommentThatEndsWithABackslash(t *testing.T) {
	for text, want := range map[string]bool{
		"# a \\\n": true, "!\\\n": true, "#\\\r\n": true,
		"# a \\ \n": false, "a # b \\\n": false, "$A= \\\n b \\\n # c \\\n d\n": false, "# a\n": false,
	} {
		s := Load(MapSource{"f": text}, "f", Options{})
		if got := len(s.Diagnostics) > 0; got != want {
			t.Errorf("%q: %v, want a warning: %v", text, s.Diagnostics, want)
		}
	}
}
