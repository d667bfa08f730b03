package syntax

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestGrammar5_Argv holds what keepalived 2.2.7 was seen to give to a program:
// the text after a script keyword, and the arguments of the first word.
func TestGrammar5_Argv(t *testing.T) {
	tests := []struct {
		in   string
		argv []string
	}{
		{`"/x a b" root`, []string{"/x", "a", "b"}},
		{`"/x m 'a b'"`, []string{"/x", "m", "a b"}},
		{`'/x m "a b"'`, []string{"/x", "m", "a b"}},
		{`"/x \"c d\""`, []string{"/x", "c d"}},
		{`"/x \\\"c d\\\""`, []string{"/x", `"c`, `d"`}},
		{`"/x 'a\'b'"`, []string{"/x", "ab"}},
		{`'/x a\tb'`, []string{"/x", "a", "b"}},
		{`"/x a\x41\101\cA\E\q"`, []string{"/x", "aAA\x01\x1bq"}},
		{`"/x \\x41 \\\\x41"`, []string{"/x", "A", `\x41`}},
		{`"/x \x4142 \1011 \x4 \x y"`, []string{"/x", "B", "A1", "\x04", "x", "y"}},
		{`"/x \777 \8"`, []string{"/x", "\xff", "8"}},
		{`"/x ''"`, []string{"/x", ""}},
		{`"/x '' a"`, []string{"/x", "", "a"}},
		{`"/x "a" b"`, []string{"/x", "a", "b"}},
		{`"/x "'x y'`, []string{"/x", "x", "y"}},
		{`/x`, []string{"/x"}},
		{`/x a b`, []string{"/x"}},
		{`/x\ a\ b`, []string{"/x", "a", "b"}},
		{`"/usr/bin/tr""ue"`, []string{"/usr/bin/true"}},
		{`"/x $HOME * ; |"`, []string{"/x", "$HOME", "*", ";", "|"}},
		{`"/x \a\b"`, []string{"/x", "\a\b"}},
		{`"/x a\fb\nc\rd\ve"`, []string{"/x", "a", "b", "c", "d", "e"}},
		{`"/x a\\fb\\nc\\rd\\ve"`, []string{"/x", "a\fb\nc\rd\ve"}},
		{`"/x a\\\\"`, []string{"/x", `a\`}},
	}
	for _, tt := range tests {
		words, err := ScriptWords(Node{Rest: tt.in})
		if err != nil || len(words) == 0 {
			t.Errorf("ScriptWords(%s) = %q, %v", tt.in, words, err)
			continue
		}
		argv, err := SplitCommand(words[0])
		if diff := cmp.Diff(tt.argv, argv); diff != "" || err != nil {
			t.Errorf("%s: %v -want +got:\n%s", tt.in, err, diff)
		}
	}
}

// A backslash that is the last character of what is split is an error in both passes.
func TestGrammar5_BackslashAtTheEnd(t *testing.T) {
	if words, err := ScriptWords(Node{Rest: `/x a\`}); err == nil {
		t.Errorf("line: %q", words)
	}
	words, err := ScriptWords(Node{Rest: `"/x a\\"`})
	if err != nil {
		t.Fatal(err)
	}
	if argv, err := SplitCommand(words[0]); err == nil {
		t.Errorf("command: %q", argv)
	}
}

func TestGrammar5_4_UserAndGroup(t *testing.T) {
	tests := []struct {
		in   string
		want []string
		err  string
	}{
		{`"/x a" user group`, []string{"/x a", "user", "group"}, ""},
		{`/usr/bin/echo hello world`, []string{"/usr/bin/echo", "hello", "world"}, ""},
		{`'/x' "us"'er'`, []string{"/x", "user"}, ""},
		{"\t\"/x\"\t u ", []string{"/x", "u"}, ""},
		{``, nil, ""},
		{`""`, []string{""}, ""},
		{`'/bin/true b`, nil, `string ''/bin/true b': missing terminating '`},
		{`/x "a`, []string{"/x"}, `string '"a': missing terminating "`},
		{`"a\"`, nil, `string '"a\"': missing terminating "`},
		{`/x a\0b`, []string{"/x"}, `string 'a\0b': a NUL cannot be given to a program`},
	}
	for _, tt := range tests {
		got, err := ScriptWords(Node{Rest: tt.in})
		if diff := cmp.Diff(tt.want, got); diff != "" || text(err) != tt.err {
			t.Errorf("ScriptWords(%s): %q, want %q, -want +got:\n%s", tt.in, text(err), tt.err, diff)
		}
	}
}

// TestScriptWordsReadBackQuoted quotes words so that they must come back.
func TestScriptWordsReadBackQuoted(t *testing.T) {
	quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.StringMatching(`[ -~\t]*`)).Draw(t, "words")
		var quoted []string
		for _, word := range want {
			quoted = append(quoted, "'"+quote.Replace(word)+"'")
		}
		got, err := SplitCommand(strings.Join(quoted, " "))
		if err != nil || len(got) != len(want) || strings.Join(got, "\x00") != strings.Join(want, "\x00") {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
	})
}

// TestGrammar5_Rest follows a script from the file to its words.
func TestGrammar5_Rest(t *testing.T) {
	tree, _ := Parse(load("notify  \"/x 'a # b' {c}\"  user # comment\nnotify\"/y\"{\n}\nnotify\n"), nil)
	want := []struct {
		rest string
		pos  string
	}{
		{`"/x 'a # b' {c}"  user`, "k.conf:1:9"},
		{`"/y"`, "k.conf:2:7"},
		{"", "k.conf:4:7"},
	}
	for i, tt := range want {
		node := tree.Nodes[i]
		if node.Keyword() != "notify" || node.Rest != tt.rest || node.RestPos.String() != tt.pos {
			t.Errorf("node %d: rest %q at %v, want %q at %s", i, node.Rest, node.RestPos, tt.rest, tt.pos)
		}
	}
}
