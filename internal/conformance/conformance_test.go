package conformance

import (
	"fmt"
	"strings"
	"testing"
)

// All facts are there, numbered without a gap.
func TestFacts(t *testing.T) {
	all, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 79 {
		t.Fatalf("%d facts, want 79", len(all))
	}
	for i, f := range all {
		want := fmt.Sprintf("R%d", i+1)
		if i >= 74 {
			want = fmt.Sprintf("V%d", i-73)
		}
		if f.Number != want || f.Chapter == "" {
			t.Errorf("fact %d is %s in %q, want %s", i, f.Number, f.Chapter, want)
		}
	}
}

func TestParse(t *testing.T) {
	all, err := parse("# c\n## One\n\nR1 MUST, SHOULD (5.1) a\n  b\n  deviation: d\n  words: w, v\nV1 def (RFC 1 2) c\n  not shown: s\n  not refused: r\n")
	want := "[{R1 MUST, SHOULD 5.1 One a b d w, v  } {V1 def RFC 1 2 One c   s r}]"
	if got := fmt.Sprint(all); err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
	for _, bad := range []string{"R1 MUST without section", "  more of nothing", "words"} {
		if _, err := parse(bad); err == nil || !strings.Contains(err.Error(), "facts.txt:1") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// said is what a tag says to a test.
type said struct {
	testing.TB
	errors  []string
	skipped bool
	end     []func()
}

func (s *said) Helper()                      {}
func (s *said) Skipped() bool                { return s.skipped }
func (s *said) Cleanup(f func())             { s.end = append(s.end, f) }
func (s *said) Errorf(f string, args ...any) { s.errors = append(s.errors, fmt.Sprintf(f, args...)) }
func (s *said) run(tag func(*said)) []string {
	tag(s)
	for _, f := range s.end {
		f()
	}
	return s.errors
}

func TestTagsAreChecked(t *testing.T) {
	for _, c := range []struct {
		skipped bool
		numbers []string
		want    string
	}{
		{false, []string{"R1", "V5"}, "[]"},
		{false, []string{"R75"}, "[R75 is no fact]"},
		{true, []string{"R1", "R2"}, "[skipped, but said to show R1, R2]"},
	} {
		for _, tag := range []func(testing.TB, ...string){Shows, Refuses} {
			s := &said{skipped: c.skipped}
			if got := fmt.Sprint(s.run(func(s *said) { tag(s, c.numbers...) })); got != c.want {
				t.Errorf("%v: %s, want %s", c, got, c.want)
			}
		}
	}
}
