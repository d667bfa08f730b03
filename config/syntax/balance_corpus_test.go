//go:build acceptance

package syntax_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/config/language"
	"holdfast/config/syntax"
)

// corpus are the texts of real files.
func corpus(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(os.Getenv("HOLDFAST_CORPUS"), "*.conf"))
	if err != nil || len(names) < 200 {
		t.Fatalf("HOLDFAST_CORPUS: %d files (%v)", len(names), err)
	}
	texts := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(name)] = string(text)
	}
	return texts
}

func parse(text string) (syntax.Block, []syntax.Diagnostic) {
	return syntax.Parse(syntax.Load(syntax.MapSource{"k.conf": text}, "k.conf", syntax.Options{}), language.Shape())
}

// closes are the places of all '}' of a tree, with the line of the block they close.
func closes(block syntax.Block, out map[syntax.Pos]int) {
	for _, node := range block.Nodes {
		if node.Block != nil {
			out[node.Block.Close] = node.Pos().Line
			closes(*node.Block, out)
		}
	}
}

// TestOneBraceOfRealFiles drops each '}' of the files in which braces match and stand
// where they are read, and puts one after each line: the finding has to be on the
// right line.
func TestOneBraceOfRealFiles(t *testing.T) {
	var dropped, droppedRight, added, addedRight, single int
	for name, text := range corpus(t) {
		tree, found := parse(text)
		if len(found) > 0 || strings.Contains(text, "\\\n") || strings.Contains(text, "~SEQ") || len(text) > 20_000 {
			continue
		}
		lines := strings.SplitAfter(text, "\n")
		all := map[syntax.Pos]int{}
		closes(tree, all)
		for pos, opened := range all {
			line := lines[pos.Line-1]
			lines[pos.Line-1] = line[:pos.Col-1] + line[pos.Col:]
			_, found := parse(strings.Join(lines, ""))
			lines[pos.Line-1] = line
			dropped++
			next := pos.Line + 1
			for next < len(lines) && strings.Trim(bare(lines[next-1]), "}") == "" {
				next++
			}
			if len(found) == 1 {
				single++
			}
			if len(found) > 0 && (found[0].Pos.Line == opened || found[0].Pos.Line >= pos.Line && found[0].Pos.Line <= next) {
				droppedRight++
			} else {
				t.Logf("%s:%d dropped, of the block at %d: %v", name, pos.Line, opened, found)
			}
		}
		for i := range lines {
			line := lines[i]
			lines[i] = line + "}\n"
			_, found := parse(strings.Join(lines, ""))
			lines[i] = line
			added++
			if len(found) == 1 {
				single++
			}
			// Of braces with nothing but comments between them each may be the one.
			first, last := i+2, i+2
			for first > 2 && strings.Trim(bare(lines[first-3]), "}") == "" {
				first--
			}
			for last-1 < len(lines) && strings.Trim(bare(lines[last-1]), "}") == "" {
				last++
			}
			if len(found) > 0 && found[0].Pos.Line >= first-1 && found[0].Pos.Line <= last+1 {
				addedRight++
			} else {
				t.Logf("%s:%d added: %v", name, i+2, found)
			}
		}
	}
	t.Logf("dropped: %d of %d right; added: %d of %d right; %d alone", droppedRight, dropped, addedRight, added, single)
	if droppedRight*100 < dropped*97 || addedRight*100 < added*97 {
		t.Error("less than 97 of 100")
	}
}

// bare is a line without blanks and comment.
func bare(line string) string {
	if i := strings.IndexAny(line, "#!"); i >= 0 {
		line = line[:i]
	}
	return strings.TrimSpace(line)
}
