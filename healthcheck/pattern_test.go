package healthcheck

import (
	"strings"
	"testing"

	"holdfast/config"
)

func TestSemantics10_7_Patterns(t *testing.T) {
	for _, c := range []struct {
		regex, text string
		options     string
		first, last int
		want        bool
	}{
		{regex: "abc", text: "xxabcxx", want: true},
		{regex: "ABC", text: "abc"},
		{regex: "ABC", text: "abc", options: "caseless", want: true},
		{regex: "ABC", text: "abc", options: "PCRE2_CASELESS utf", want: true},
		{regex: "^b", text: "a\nb"},
		{regex: "^b", text: "a\nb", options: "multiline", want: true},
		{regex: "a.b", text: "a\nb"},
		{regex: "a.b", text: "a\nb", options: "dotall", want: true},
		{regex: "a b # c", text: "ab", options: "extended", want: true},
		{regex: "b", text: "ab", options: "anchored"},
		{regex: "a", text: "ab", options: "anchored", want: true},
		{regex: "b", text: "ab", options: "anchored", first: 1, want: true},
		// What PCRE2 does and Go's regexp does not.
		{regex: "ok$", text: "ok\n", want: true},
		{regex: "ok$", text: "ok\n\n"},
		{regex: `(\w)\1`, text: "hello", want: true},
		{regex: `(\w)\1`, text: "helo"},
		{regex: `foo(?=bar)`, text: "foobar", want: true},
		{regex: `foo(?!bar)`, text: "foobar"},
		{regex: `(?<=x)y`, text: "xy", want: true},
		{regex: `(?>a+)ab`, text: "aaab"},
		{regex: `[[:alpha:]]+[[:digit:]]`, text: "ab1", want: true},
		{regex: `[[:alpha:]_]+[^[:digit:]]$`, text: "ab-\n", want: true},
		{regex: `a[:]$`, text: "a:", want: true},
		{regex: `a[:]b:]$`, text: "a:b:]", want: true},
		{regex: `[:alpha]+$`, text: "ah:", want: true},
		{regex: `(?P<n>a)b(?P=n)$`, text: "aba", want: true},
		{regex: `\xe9$`, text: "caf\xe9", want: true},
		{regex: `\\xe9$`, text: `a\xe9`, want: true},
		{regex: `^\w$`, text: "\xe9"},
		{regex: `^\s$`, text: "\x85"},
		// Bytes, not characters.
		{regex: "^.$", text: "\xff", want: true},
		{regex: "^..$", text: "é", want: true},
		{regex: "é", text: "café", want: true},
		// Where the match may start, both inclusive.
		{regex: "a", text: "xax", first: 1, want: true},
		{regex: "a", text: "xax", first: 2},
		{regex: "a", text: "xxa", last: 2, want: true},
		{regex: "a", text: "xxxa", last: 2},
		{regex: "a", text: "axxxa", first: 1, last: 3},
		{regex: "a", text: "éa", first: 2, last: 2, want: true},
		{regex: "^b", text: "ab", first: 1},
		{regex: "a", text: "a", first: 9},
		{regex: "", text: "anything", want: true},
		// What comes before the place where a match may begin counts.
		{regex: "^abc", text: "xabc"},
		{regex: "^abc", text: "abcx", want: true},
		{regex: "^abc|x", text: "yx", want: true},
		{regex: `\Aabc`, text: "xabc"},
		{regex: "ab[cd]", text: "ab abd", want: true},
		{regex: "ab[cd]", text: "ab abd", last: 2},
		{regex: "ab[cd]", text: "ab abd", last: 3, want: true},
		{regex: `\bb`, text: "ab"},
		{regex: "a.c", text: "aéc"},
		{regex: "a..c", text: "aéc", want: true},
		{regex: `caf\xe9`, text: "caf\xe9", want: true},
		{regex: `[\x80-\xff]{2}`, text: "é", want: true},
	} {
		u := config.URL{Regex: c.regex, RegexMin: c.first, RegexMax: c.last}
		if c.options != "" {
			u.RegexOptions = strings.Fields(c.options)
		}
		p, err := CompilePattern(u)
		if err != nil {
			t.Errorf("%q: %v", c.regex, err)
			continue
		}
		if got := p == nil || matches(t, p, c.text); got != c.want {
			t.Errorf("%q %s from %d to %d on %q: %v, want %v", c.regex, c.options, c.first, c.last, c.text, got, c.want)
		}
	}
}

func TestSemantics10_19_BadPatternIsAnErrorNotACrash(t *testing.T) {
	for _, u := range []config.URL{
		{Regex: "("}, {Regex: "a{2,1}"}, {Regex: "[z-a]"}, {Regex: `\`}, {Regex: "(?<n>a)(?P=m)"},
		{Regex: "a", RegexOptions: []string{"nonsense"}},
		{Regex: "a", RegexOptions: []string{"dollar_endonly"}},
	} {
		p, err := CompilePattern(u)
		if err == nil {
			t.Errorf("%q %v: no error, %v", u.Regex, u.RegexOptions, p)
			continue
		}
		if !strings.Contains(err.Error(), "invalid regex") {
			t.Errorf("%q: %v", u.Regex, err)
		}
	}
}

func FuzzPattern(f *testing.F) {
	f.Add("abc", "xxabc", 0, 0)
	f.Add(`(\w)\1$`, "hello\n", 1, 9)
	f.Add("(?i)[[:alpha:]", "\xff", 0, 2)
	f.Fuzz(func(t *testing.T, regex, text string, first, last int) {
		if len(regex) > 40 || len(text) > 200 || first < 0 || last < 0 {
			return
		}
		p, err := CompilePattern(config.URL{Regex: regex, RegexMin: first, RegexMax: last})
		if err == nil && p != nil {
			_, _ = p.search(t.Context(), []byte(text), func() {})
		}
	})
}

func matches(t *testing.T, p *Pattern, text string) bool {
	t.Helper()
	found, err := p.search(t.Context(), []byte(text), func() {})
	if err != nil {
		t.Error(err)
	}
	return found
}
