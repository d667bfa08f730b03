package syntax

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExpandBraces(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a", "a"},
		{"a{b,c}d", "abd acd"},
		{"{a,b}{c,d}", "ac ad bc bd"},
		{"{{a,b},c}", "a b c"},
		{"a{b{c,d},e}f", "abcf abdf aef"},
		{"{a}", "a"},
		{"{}", ""},
		{"x{}{a,b}", "xa xb"},
		{"{a{}}{{b}}", "ab"},
		{"{a", "{a"},
		{"a}", "a}"},
		{"{a,{b,c}", "{a,b {a,c"},
		{`\{a,b}`, `\{a,b}`},
		{`{a\,b,c}`, `a\,b c`},
		{"{,a}b", "b ab"},
	}
	for _, tt := range tests {
		got, err := expandBraces(tt.in)
		if strings.Join(got, " ") != tt.want || err != nil {
			t.Errorf("%s: %q, %v, want %s", tt.in, got, err, tt.want)
		}
	}
	if _, err := expandBraces(strings.Repeat("{a,b}", 40)); !errors.Is(err, errTooManyNames) {
		t.Errorf("40 pairs of braces: %v", err)
	}
}

func TestGlob(t *testing.T) {
	src := MapSource{"a.conf": "", "b.conf": "", "c": "", ".hidden.conf": "", "d/a.conf": "", "d/e/a.conf": "",
		"f/a.conf": "",
		"/abs/x":   "", "/abs/.y": "", "w*": ""}
	tests := []struct{ pattern, want string }{
		{"a.conf", "a.conf"},
		{"*.conf", "a.conf b.conf"},
		{".*.conf", ".hidden.conf"},
		{"?", "c d f"},
		{"[ab].conf", "a.conf b.conf"},
		{"[^a].conf", "b.conf"},
		{"*/a.conf", "d/a.conf f/a.conf"},
		{"*/*/a.conf", "d/e/a.conf"},
		{"d/*", "d/a.conf d/e"},
		{"./d/a*", "./d/a.conf"},
		{"/abs/*", "/abs/x"},
		{"/a*/x", "/abs/x"},
		{"gone", ""},
		{"gone/*", ""},
		{"", ""},
		{`w\*`, "w*"},
		{`a\.conf`, "a.conf"},
		{"[", ""},
		{"[a", ""},
	}
	for _, tt := range tests {
		if got := strings.Join(glob(src, tt.pattern), " "); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.pattern, got, tt.want)
		}
	}
}

func TestMapSource(t *testing.T) {
	src := MapSource{"a": "text", "d/b": "x", "/e/f": "y"}
	kinds := map[string]Kind{"a": Regular, "./a": Regular, "d": Directory, "d/": Directory, ".": Directory,
		"/": Directory, "/e": Directory, "d/../a": Regular}
	for name, want := range kinds {
		if got, err := src.Stat(name); got != want || err != nil {
			t.Errorf("Stat(%q) = %v, %v, want %v", name, got, err, want)
		}
	}
	for _, name := range []string{"b", "a/b", "/a", "e"} {
		if _, err := src.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Stat(%q): %v", name, err)
		}
	}
	dirs := map[string][]string{".": {"a", "d"}, "d": {"b"}, "/": {"e"}, "/e/": {"f"}}
	for name, want := range dirs {
		got, err := src.ReadDir(name)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("ReadDir(%q): %v -want +got:\n%s", name, err, diff)
		}
	}
	if _, err := src.ReadDir("gone"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadDir of nothing: %v", err)
	}
	if got, err := src.ReadFile("a", 2); string(got) != "te" || err != nil {
		t.Errorf("ReadFile = %q, %v", got, err)
	}
	if _, err := src.ReadFile("gone", 2); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadFile of nothing: %v", err)
	}
}
