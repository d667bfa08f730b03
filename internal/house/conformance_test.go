package house

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"holdfast/config/reference"
	"holdfast/internal/conformance"
	"holdfast/internal/golden"
)

// proofs are, for each fact, the names of what shows it and what refuses its opposite.
type proofs struct{ shows, refuses map[string][]string }

func collect(t *testing.T) proofs {
	t.Helper()
	all, problems, err := witnesses()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
	p := proofs{map[string][]string{}, map[string][]string{}}
	for _, w := range all {
		stage, err := w.stage()
		if err != nil || stage == "" {
			t.Errorf("%s: no stage of make test or make proof plays it (%v)", w.name, err)
		}
		if stage == "proof" {
			w.name += " (proof)"
		}
		for numbers, to := range map[*[]string]map[string][]string{&w.shows: p.shows, &w.refuses: p.refuses} {
			for _, n := range *numbers {
				if !conformance.Known(n) {
					t.Errorf("%s: %s is no fact", w.name, n)
				}
				to[n] = append(to[n], w.name)
			}
		}
	}
	return p
}

// What RFC 9568 asks for (internal/conformance): every MUST has a test that shows it and one that shows its opposite refused, or a reason why there is none; every
// SHOULD a test or a reason. A reason beside a test is out of date.
func TestConformanceIsShown(t *testing.T) {
	p := collect(t)
	for _, f := range conformance.Facts() {
		shown, refused := p.shows[f.Number], p.refuses[f.Number]
		if (f.Must() || f.Should()) && len(shown) == 0 && f.NotShown == "" {
			t.Errorf("%s (%s) is shown by no test, and no reason is given: %s", f.Number, f.Level, f.Text)
		}
		if f.Must() && len(refused) == 0 && f.NotRefused == "" {
			t.Errorf("%s (%s): no test shows its opposite refused, and no reason is given: %s", f.Number, f.Level, f.Text)
		}
		if len(shown) > 0 && f.NotShown != "" || len(refused) > 0 && f.NotRefused != "" {
			t.Errorf("%s has both a test and a reason why there is none", f.Number)
		}
		if f.Words != "" && f.Deviation == "" {
			t.Errorf("%s has words that switch nothing", f.Number)
		}
	}
}

// The words that switch are keywords, and work.
func TestConformanceWords(t *testing.T) {
	built := map[string]bool{}
	for _, e := range reference.Entries() {
		built[e.Keyword] = built[e.Keyword] || e.Built()
	}
	for _, f := range conformance.Facts() {
		for word := range strings.SplitSeq(f.Words, ", ") {
			if keyword, _, _ := strings.Cut(word, " "); word != "" && !built[keyword] {
				t.Errorf("%s: %q is no keyword, or none that works yet", f.Number, word)
			}
		}
	}
}

func TestConformancePage(t *testing.T) {
	golden.Equal(t, root+"/docs/conformance.md", page(collect(t)))
}

const preface = `# What RFC 9568 asks for, and which test shows it

Made from the tests; ` + "`go test ./internal/house -run Conformance -update`" + ` writes it anew, and ` + "`make test`" + ` fails when it is not up to date,
or when a MUST has neither a test nor a reason. Facts are in our own words. "Refused by" is a test that shows that the
opposite of the fact is refused or does not come about. (proof) is played by ` + "`make proof`" + `, all others by ` + "`make test`" + `.
A deviation is what keepalived does too and therefore the default; the words in brackets switch it.
R is RFC 9568, V is RFC 3768 for what differs in version 2.
`

func page(p proofs) string {
	var b strings.Builder
	b.WriteString(preface)
	facts := conformance.Facts()
	musts, both, deviations := 0, 0, 0
	for _, f := range facts {
		if f.Must() {
			musts++
			if len(p.shows[f.Number]) > 0 && len(p.refuses[f.Number]) > 0 {
				both++
			}
		}
		if f.Deviation != "" {
			deviations++
		}
	}
	fmt.Fprintf(&b, "\n%d facts, %d of them MUST or MUST NOT: %d with both tests, the others with a reason. %d have a deviation.\n",
		len(facts), musts, both, deviations)
	chapter := ""
	for _, f := range facts {
		if f.Chapter != chapter {
			chapter = f.Chapter
			fmt.Fprintf(&b, "\n## %s\n\n| | level | fact | shown by | refused by | deviation |\n| --- | --- | --- | --- | --- | --- |\n",
				chapter)
		}
		deviation := f.Deviation
		if f.Words != "" {
			deviation += " (`" + strings.ReplaceAll(f.Words, ", ", "`, `") + "`)"
		}
		fmt.Fprintf(&b, "| %s | %s | %s (%s) | %s | %s | %s |\n", f.Number, f.Level, f.Text, f.Sections,
			cell(p.shows[f.Number], f.NotShown), cell(p.refuses[f.Number], f.NotRefused), deviation)
	}
	return b.String()
}

// cell are the names of tests, or the reason why there is none.
func cell(names []string, reason string) string {
	if len(names) == 0 && reason != "" {
		return "none: " + reason
	}
	names = slices.Clone(names)
	slices.Sort(names)
	return strings.Join(slices.Compact(names), "<br>")
}
