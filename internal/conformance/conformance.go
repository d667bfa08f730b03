// Package conformance is what RFC 9568 asks of a VRRP router, as numbered facts, and how tests say which of them they
// show. A test begins with
//
//	conformance.Shows(t, "R39")
//	conformance.Refuses(t, "R58")
//
// and a story of package vrrp has lines "shows R39" and "refuses R58". Tests of internal/house find both in the
// sources, write docs/conformance.md from them, and fail when a MUST has neither a test nor a reason.
package conformance

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// A Fact is one thing that the RFC asks for. Number is R1 to R74, of RFC 9568, or V1 to V5, of RFC 3768.
type Fact struct {
	Number, Level, Sections, Chapter string
	Text                             string
	Deviation                        string // what is done instead, by default
	Words                            string // of the configuration, which switch
	NotShown, NotRefused             string // why there is no test
}

// Must reports whether both a test and its opposite are asked for.
func (f Fact) Must() bool { return strings.HasPrefix(f.Level, "MUST") }

// Should reports whether a test is asked for where one can be had.
func (f Fact) Should() bool { return strings.Contains(f.Level, "SHOULD") }

//go:embed facts.txt
var text string

var (
	first = regexp.MustCompile(`^([RV]\d+) (def|[A-Z, ]+) \(([^)]+)\) (.+)$`)
	more  = regexp.MustCompile(`^(deviation|words|not shown|not refused): (.+)$`)
)

// Facts are all of them in their order. It panics if the text in this package cannot be read.
func Facts() []Fact {
	all, err := parse(text)
	if err != nil {
		panic(err) // which a test of this package finds
	}
	return all
}

func parse(text string) (all []Fact, err error) {
	chapter := ""
	for n, line := range strings.Split(text, "\n") {
		words, indented := strings.CutPrefix(line, "  ")
		title, isTitle := strings.CutPrefix(line, "## ")
		m := first.FindStringSubmatch(line)
		switch {
		case isTitle:
			chapter = title
		case line == "" || line[0] == '#':
		case m != nil:
			all = append(all, Fact{Number: m[1], Level: m[2], Sections: m[3], Chapter: chapter, Text: m[4]})
		case indented && len(all) > 0:
			all[len(all)-1].add(words)
		default:
			return nil, fmt.Errorf("facts.txt:%d: neither a fact nor a part of one: %q", n+1, line)
		}
	}
	return all, nil
}

// add is a further line of a fact.
func (f *Fact) add(line string) {
	part, rest := "", line
	if m := more.FindStringSubmatch(line); m != nil {
		part, rest = m[1], m[2]
	} else if f.Deviation != "" { // which may be long
		part = "deviation"
	}
	to := map[string]*string{
		"": &f.Text, "deviation": &f.Deviation, "words": &f.Words, "not shown": &f.NotShown, "not refused": &f.NotRefused,
	}[part]
	*to = strings.TrimSpace(*to + " " + strings.TrimSpace(rest))
}

// Shows says that a test shows these facts.
func Shows(t testing.TB, numbers ...string) {
	t.Helper()
	tag(t, numbers)
}

// Refuses says that a test shows that the opposite of these facts is refused, or does not come about.
func Refuses(t testing.TB, numbers ...string) {
	t.Helper()
	tag(t, numbers)
}

// tag fails a test that names what is no fact, or that was skipped in the end and so has shown nothing.
func tag(t testing.TB, numbers []string) {
	t.Helper()
	for _, n := range numbers {
		if !Known(n) {
			t.Errorf("%s is no fact", n)
		}
	}
	t.Cleanup(func() {
		if t.Skipped() {
			t.Errorf("skipped, but said to show %s", strings.Join(numbers, ", "))
		}
	})
}

// Known reports whether there is a fact with this number.
func Known(number string) bool {
	for _, f := range Facts() {
		if f.Number == number {
			return true
		}
	}
	return false
}
