package house

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A citation is a place in a text that names a fact of docs/behaviour, or a whole section.
type citation struct {
	line int
	fact string // "semantics 8.19", "cli 6"
}

const (
	// A comment goes on in the next line.
	gap    = `(?:[ \t]*\n[ \t]*(?://|#)?[ \t]*|[ \t]+)`
	number = `\d{1,2}(?:\.\d{1,2})?\b`
	list   = number + `(?:(?:-|,` + gap + `|` + gap + `(?:and|to)` + gap + `)` + number + `)*`
)

var (
	// semantics 8.19, 9.1-9.3 and 10.2
	inProse = regexp.MustCompile(`(?i)\b(semantics|grammar|cli)` + gap + `(` + list + `)`)
	// TestSemantics8_19_Name, TestName_cli6
	inName = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)\w*?((?i)semantics|grammar|cli)(\d+(?:_\d+)?)`)
	// (8.19, 9.1) means the page that was cited last
	inBrackets = regexp.MustCompile(`\((` + list + `)\)`)

	element = regexp.MustCompile(`(-|\bto\b)?\s*(?://|#)?\s*(` + number + `)`)
)

// citations finds what a text cites. page is the one that numbers in brackets mean until
// another is named, "" for none.
func citations(text, page string) []citation {
	type match struct {
		at         int
		page, list string
	}
	var found []match
	for _, m := range inProse.FindAllStringSubmatchIndex(text, -1) {
		found = append(found, match{m[0], strings.ToLower(text[m[2]:m[3]]), text[m[4]:m[5]]})
	}
	for _, m := range inName.FindAllStringSubmatchIndex(text, -1) {
		found = append(found, match{m[0], strings.ToLower(text[m[2]:m[3]]), strings.ReplaceAll(text[m[4]:m[5]], "_", ".")})
	}
	for _, m := range inBrackets.FindAllStringSubmatchIndex(text, -1) {
		if inside := text[m[2]:m[3]]; strings.Contains(inside, ".") {
			found = append(found, match{m[0], "", inside})
		}
	}
	slices.SortFunc(found, func(a, b match) int { return a.at - b.at })
	var out []citation
	for _, m := range found {
		if m.page != "" {
			page = m.page
		}
		if page == "" {
			continue
		}
		line := 1 + strings.Count(text[:m.at], "\n")
		for _, n := range numbers(m.list) {
			out = append(out, citation{line, page + " " + n})
		}
	}
	return out
}

// numbers are those of a list, with all that a range stands for.
func numbers(list string) []string {
	var out []string
	for _, m := range element.FindAllStringSubmatch(list, -1) {
		n := m[2]
		if m[1] != "" && len(out) > 0 {
			between, ok := upTo(out[len(out)-1], n)
			if !ok {
				n = out[len(out)-1] + "-" + n // which is no fact
			}
			out = append(out, between...)
		}
		out = append(out, n)
	}
	return out
}

// upTo are the numbers between two of the same section; false if they are not in order.
func upTo(from, to string) (between []string, ok bool) {
	section, a, _ := strings.Cut(from, ".")
	other, b, _ := strings.Cut(to, ".")
	low, err1 := strconv.Atoi(a)
	high, err2 := strconv.Atoi(b)
	if section != other || err1 != nil || err2 != nil || low >= high {
		return nil, false
	}
	for i := low + 1; i < high; i++ {
		between = append(between, fmt.Sprintf("%s.%d", section, i))
	}
	return between, true
}

func TestCitationsAreFound(t *testing.T) {
	for _, c := range []struct{ name, text, page, want string }{
		{"one", "// as keepalived does (semantics 8.19).", "", "1:semantics 8.19"},
		{"at the beginning", "// Grammar 8.7: a missing interface", "", "1:grammar 8.7"},
		{"a section, at the end of a sentence", "x\n// said in cli 6.\ny", "", "2:cli 6"},
		{"list", "// (semantics 1.8, 1.27, 5.16)", "", "1:semantics 1.8 1:semantics 1.27 1:semantics 5.16"},
		{"sections", "// (grammar 2, 3 and 7)", "", "1:grammar 2 1:grammar 3 1:grammar 7"},
		{"range", "// semantics 2.1-2.4, 2.10", "", "1:semantics 2.1 1:semantics 2.2 1:semantics 2.3 1:semantics 2.4 1:semantics 2.10"},
		{"range in words", "// grammar 6.8 to 6.10", "", "1:grammar 6.8 1:grammar 6.9 1:grammar 6.10"},
		{"range that is none", "// grammar 6.8-6.2", "", "1:grammar 6.8 1:grammar 6.8-6.2"},
		{"range over sections", "// grammar 6.8-7.1", "", "1:grammar 6.8 1:grammar 6.8-7.1"},
		{"several pages", "// (grammar 9.4, cli 3)", "", "1:grammar 9.4 1:cli 3"},
		{"over the end of a line", "\t// kept (semantics\n\t// 5.11, 5.12).", "", "1:semantics 5.11 1:semantics 5.12"},
		{"list over the end of a line", "// semantics 5.11,\n// 5.12", "", "1:semantics 5.11 1:semantics 5.12"},
		{"range over the end of a line", "// grammar 6.1 to\n// 6.3", "", "1:grammar 6.1 1:grammar 6.2 1:grammar 6.3"},
		{"what follows is no number of ours", "// (semantics 1.4, RFC 9568 section 6.1)", "", "1:semantics 1.4"},
		{"name of a test", "func TestSemantics8_2_Refusals(t *testing.T) {", "", "1:semantics 8.2"},
		{"name of a test of a section", "func TestGrammar5_Argv(t *testing.T) {", "", "1:grammar 5"},
		{"number at the end of a name", "func TestMailTexts_cli9_9(t *testing.T) {", "", "1:cli 9.9"},
		{"capitals", "func TestCLI6_StatsFile(t *testing.T) {", "", "1:cli 6"},
		{"name in a string", `"virtual_server/retry": "TestSemantics9_2_Inheritance",`, "", "1:semantics 9.2"},
		{"other names", "cli1 := newClient(t); semantics2(cli1)", "", ""},
		{"brackets after a citation", "// grammar 6.5\n// and this (6.6, 6.7)", "", "1:grammar 6.5 2:grammar 6.6 2:grammar 6.7"},
		{"brackets without one", "// later kernels (5.18)", "", ""},
		{"brackets on a page", "# Up at the quorum (8.9).", "semantics", "1:semantics 8.9"},
		{"brackets with something else", "// semantics 5.1 (before 5.18) f(3) (4) (3.000)", "", "1:semantics 5.1"},
		{"version", "// keepalived 2.2.7 does, semantics aside", "", ""},
	} {
		var got []string
		for _, s := range citations(c.text, c.page) {
			got = append(got, fmt.Sprintf("%d:%s", s.line, s.fact))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q gives %q, want %q", c.name, c.text, got, c.want)
		}
	}
}

// storyName is a number in front of the name of a story; 0 is for those that show no fact.
var storyName = regexp.MustCompile(`^([1-9]\d*)[._](\d+)[-_]`)

func TestCitationsLeadToFacts(t *testing.T) {
	known := map[string]bool{}
	for _, f := range facts(t) {
		known[f.page+" "+f.number] = true
	}
	look := func(path, page string) (found int) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range citations(string(text), page) {
			if found++; !known[c.fact] {
				t.Errorf("%s:%d: docs/behaviour has no %s", path, c.line, c.fact)
			}
		}
		return found
	}
	found := 0
	walk(t, func(path string) {
		if filepath.Base(path) != "citation_test.go" { // has what is wrong on purpose
			found += look(path, "")
		}
	})
	for _, page := range pages {
		look(pagePath(page), page)
	}
	for _, path := range stories(t) {
		look(path, "semantics")
		if m := storyName.FindStringSubmatch(filepath.Base(path)); m != nil {
			if n := m[1] + "." + strings.TrimLeft(m[2], "0"); !known["semantics "+n] {
				t.Errorf("%s: docs/behaviour has no semantics %s", path, n)
			}
		}
	}
	if found < 100 {
		t.Errorf("%d citations in the code: they are not found any more", found)
	}
}

// stories are the files of expected behaviour that are named after facts.
func stories(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"vrrp/testdata/*.story", "healthcheck/lvs/testdata/*.txt"} {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(names) == 0 {
			t.Fatalf("no stories in %s (%v)", pattern, err)
		}
		all = append(all, names...)
	}
	return all
}
