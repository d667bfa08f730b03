package syntax

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// cloned is a copy of a statement that shares nothing with it.
func cloned(n Node) Node {
	n.Words = slices.Clone(n.Words)
	if n.Block != nil {
		b := *n.Block
		b.Nodes = slices.Clone(b.Nodes)
		for i := range b.Nodes {
			b.Nodes[i] = cloned(b.Nodes[i])
		}
		n.Block = &b
	}
	return n
}

// sameStatements compares the statements with a keyword that is wanted with those of
// the tree, and the findings.
func sameStatements(s Snapshot, shape Shape, want func(keyword string) bool) string {
	tree, wantFound := Parse(s, shape)
	wanted := slices.DeleteFunc(slices.Clone(tree.Nodes), func(n Node) bool { return !want(n.Keyword()) })
	all, found := Read(s, shape)
	diff := cmp.Diff(wantFound, found)
	for range 2 { // they may be asked for again
		var got []Node
		all.Each(want, func(n Node) { got = append(got, cloned(n)) })
		diff += cmp.Diff(wanted, got, cmp.Transformer("empty", func(nodes []Node) []Node {
			return append([]Node{},
				nodes...)
		}))
	}
	return diff
}

// Statements that are read one by one are those of the tree.
func TestStatementsAreThoseOfTheTree(t *testing.T) {
	words := []string{"a", "b", "block", "vrrp_instance", "value", `"b"`, `"a`}
	text := textOf(append(words, "{", "{", "}", "}", "\n", " ", " ", " ", `\`, `\#`, "$A=a", "$A", "~LST(A,x y) ")...)
	rapid.Check(t, func(t *rapid.T) {
		s := load(text.Draw(t, "text"))
		some := rapid.SliceOf(rapid.SampledFrom(words)).Draw(t, "wanted")
		if diff := sameStatements(s, testShape, func(k string) bool { return slices.Contains(some, k) }); diff != "" {
			t.Fatalf("-tree +one by one:\n%s", diff)
		}
	})
}

// Statements that share lines, and blocks that open late, are told apart.
func TestStatementsThatShareLines(t *testing.T) {
	for text, want := range map[string]string{
		"a\nblock x { a } a 1\nblock\n{\na\n} block y {\n}\na 2": "a: a@1 a@2 a@8; block: block@2 block@3 block@6",
		"a } a":                   "a: a@1 a@1; block: ",
		"{ a 1 {}\n{ block {}\na": "a: a@1 a@3; block: block@2",
		"vrrp_instance x\na\n}\nblock {\na\n}\na": "a: a@7; block: block@4",
		"block {\na\n}\nblock {":                  "a: ; block: block@1 block@4",
		"":                                        "a: ; block: ",
		"\"a\" 1\n\"block\" {\n}\n":               "a: a@1; block: block@2",
	} {
		s := load(text)
		var got []string
		for _, keyword := range []string{"a", "block"} {
			all, _ := Read(s, testShape)
			var at []string
			is := func(k string) bool { return k == keyword }
			all.Each(is, func(n Node) { at = append(at, fmt.Sprintf("%s@%d", n.Keyword(), n.Pos().Line)) })
			got = append(got, keyword+": "+strings.Join(at, " "))
			if diff := sameStatements(s, testShape, is); diff != "" {
				t.Errorf("%q: -tree +one by one:\n%s", text, diff)
			}
		}
		if got := strings.Join(got, "; "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// What is given is gone when the next comes: who keeps it sees that at once.
func TestStatementsDoNotStay(t *testing.T) {
	all, _ := Read(load("block one {\na\n}\nblock two {\n}\n"), testShape)
	var kept []Node
	all.Each(func(string) bool { return true }, func(n Node) { kept = append(kept, n) })
	if len(kept) != 2 || kept[0].Keyword() != "" {
		t.Errorf("%+v", kept)
	}
}

// Many blocks take the memory of one.
func TestStatementsUseMemoryAgain(t *testing.T) {
	text := strings.Repeat("block {\n"+strings.Repeat("a 1 2 3\n", 500)+"}\n", 100)
	all, _ := Read(load(text), testShape)
	n := 0
	allocs := testing.AllocsPerRun(1, func() {
		all.Each(func(string) bool { return true }, func(Node) { n++ })
	})
	if n != 200 || allocs > 1000 {
		t.Errorf("%d statements, %v allocations", n, allocs)
	}
}
