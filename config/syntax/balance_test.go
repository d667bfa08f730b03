package syntax_test

import (
	"fmt"
	"strings"
	"testing"

	"holdfast/config/language"
	"holdfast/config/syntax"
)

// repaired parses a text with the shape of the real language.
func repaired(text string) (syntax.Block, []syntax.Diagnostic) {
	return syntax.Parse(syntax.Load(syntax.MapSource{"k.conf": text}, "k.conf", syntax.Options{}), language.Shape())
}

// brief is a finding in a table: rule, place, and the place it points at besides.
func brief(d syntax.Diagnostic) string {
	text := fmt.Sprintf("%s %d:%d", d.ID, d.Pos.Line, d.Pos.Col)
	if d.Related.IsValid() {
		text += fmt.Sprintf(" see %d:%d", d.Related.Line, d.Related.Col)
	}
	return text
}

// The statements that a repaired text must still have, by their blocks.
func paths(block syntax.Block, outer string, out map[string]int) {
	for _, node := range block.Nodes {
		path := outer + "/" + node.Keyword()
		out[path]++
		if node.Block != nil {
			paths(*node.Block, path, out)
		}
	}
}

func TestOneBraceIsOneFinding(t *testing.T) {
	for _, tt := range braceCases() {
		t.Run(tt.name, func(t *testing.T) {
			tree, found := repaired(tt.text)
			var got []string
			for _, d := range found {
				got = append(got, brief(d))
			}
			if strings.Join(got, ", ") != tt.want {
				t.Errorf("got %q\nwant %q\n%s", strings.Join(got, ", "), tt.want, tt.text)
			}
			have := map[string]int{}
			paths(tree, "", have)
			for _, path := range strings.Fields(tt.keeps) {
				if have[path] == 0 {
					t.Errorf("%s is lost: %v", path, have)
				}
			}
		})
	}
}

// FuzzBraces repairs texts with the shape of the real language: it ends, and findings stand
// in the text.
func FuzzBraces(f *testing.F) {
	for _, tt := range braceCases() {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tree, found := repaired(text)
		lines := strings.Count(text, "\n") + 1
		for _, d := range found {
			if d.Pos.Line < 1 || d.Pos.Line > lines || d.Related.Line > lines {
				t.Fatalf("%v, related %v: %d lines", d, d.Related, lines)
			}
		}
		if len(found) > syntax.MaxDiagnostics+1 {
			t.Fatalf("%d findings", len(found))
		}
		have := map[string]int{}
		paths(tree, "", have)
		for path := range have {
			if strings.Count(path, "/") > syntax.MaxBlockDepth+2+strings.Count(text, "/") {
				t.Fatalf("too deep: %s", path)
			}
		}
	})
}
