package house

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"holdfast/config/reference"
)

// pages are the files of docs/behaviour with facts.
var pages = []string{"semantics", "grammar", "cli"}

func pagePath(page string) string { return filepath.Join(root, "docs", "behaviour", page+".md") }

// A fact is a numbered statement, or a section with what stands in it without a number.
type fact struct {
	page, number string
	line         int
	text         string // with the lines joined
	pending      bool   // it, or the heading over it, is marked as not built
}

var (
	headingLine = regexp.MustCompile(`^##+ (\d+(?:\.\d+)?) `)
	factLine    = regexp.MustCompile(`^- \*\*(\d+\.\d+)\*\* `)
	mark        = regexp.MustCompile(`\(not yet(?:: ([^)]*))?\)`)
	quoted      = regexp.MustCompile("`([^`]+)`")
)

// factsOf takes a page apart.
func factsOf(page, text string) []fact {
	var out []fact
	section := false // the heading is marked
	for i, line := range strings.Split(text, "\n") {
		m := headingLine.FindStringSubmatch(line)
		if heading := m != nil; heading {
			section = mark.MatchString(line)
		} else {
			m = factLine.FindStringSubmatch(line)
		}
		if m != nil {
			out = append(out, fact{page: page, number: m[1], line: i + 1, pending: section})
		}
		if len(out) > 0 {
			f := &out[len(out)-1]
			f.text += strings.TrimSpace(line) + " "
			f.pending = f.pending || mark.MatchString(f.text)
		}
	}
	return out
}

func facts(t *testing.T) []fact {
	t.Helper()
	var all []fact
	for _, page := range pages {
		text, err := os.ReadFile(pagePath(page))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, factsOf(page, string(text))...)
	}
	return all
}

func TestFactsAreFound(t *testing.T) {
	text := "# Title\n\nabout\n\n## 1 First\n\n- **1.1** one\n  and (not\n  yet: `a`) more\n  - inner\n- **1.2** two\n\n## 2 Second (not yet: `b`)\n\n- **2.1** three\n### 2.2 Sub\ntext\n"
	var got []string
	for _, f := range factsOf("p", text) {
		s := f.number
		if f.pending {
			s += "*"
		}
		got = append(got, s)
	}
	if want := "1 1.1* 1.2 2* 2.1* 2.2"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

func TestFactsAreNumberedOnce(t *testing.T) {
	seen := map[string]int{}
	for _, f := range facts(t) {
		id := f.page + " " + f.number
		if seen[id] > 0 {
			t.Errorf("%s:%d: %s is in line %d already", pagePath(f.page), f.line, f.number, seen[id])
		}
		seen[id] = f.line
	}
}

// What is marked as not built is not, and what is not built is marked. The grammar is about
// reading, which works for all keywords.
func TestNotYetIsTrue(t *testing.T) {
	marks := 0
	for _, f := range facts(t) {
		at := pagePath(f.page)
		for _, m := range mark.FindAllStringSubmatch(f.text, -1) {
			for _, word := range quoted.FindAllStringSubmatch(m[1], -1) {
				marks++
				switch rows := rowsOf(word[1]); {
				case len(rows) == 0:
					t.Errorf("%s:%d: %s marks %s, which is no keyword", at, f.line, f.number, word[1])
				case !slices.ContainsFunc(rows, notBuilt):
					t.Errorf("%s:%d: %s marks %s as not yet built, but it works: say what it does", at, f.line, f.number, word[1])
				}
			}
		}
		if f.pending || f.page == "grammar" {
			continue
		}
		for _, word := range quoted.FindAllStringSubmatch(f.text, -1) {
			if rows := rowsOf(word[1]); len(rows) > 0 && !slices.ContainsFunc(rows, reference.Entry.Built) {
				t.Errorf("%s:%d: %s names %s, which is not built, without (not yet: ...)", at, f.line, f.number, word[1])
			}
		}
	}
	if marks == 0 && slices.ContainsFunc(reference.Entries(), notBuilt) {
		t.Error("no marks found")
	}
}

// rowsOf are the keywords of that name, in all blocks. Words of an entry are left out: many
// are everyday words.
func rowsOf(name string) []reference.Entry {
	return slices.DeleteFunc(reference.Entries(), func(e reference.Entry) bool { return e.Keyword != name || e.InEntry })
}

func notBuilt(e reference.Entry) bool { return !e.Built() }

// Links to the deliberate differences lead to a heading that is there.
func TestBehaviourLinks(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "compatibility.md"))
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if h, ok := strings.CutPrefix(line, "## "); ok {
			headings[strings.ReplaceAll(strings.ToLower(strings.TrimSpace(h)), " ", "-")] = true
		}
	}
	link := regexp.MustCompile(`\(\.\./compatibility\.md#([^)]*)\)`)
	for _, f := range facts(t) {
		for _, m := range link.FindAllStringSubmatch(f.text, -1) {
			if !headings[m[1]] {
				t.Errorf("%s:%d: %s links to #%s, which is no heading of compatibility.md", pagePath(f.page), f.line, f.number, m[1])
			}
		}
	}
}
