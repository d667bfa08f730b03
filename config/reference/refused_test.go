package reference

import (
	"regexp"
	"strings"
	"testing"

	"holdfast/config/language"
	"holdfast/config/syntax"
)

// wrong are words that hardly any keyword takes.
func wrong(k language.Keyword) []string {
	out := []string{"-99999999999", "99999999999999999999", "1.2.3.4.5", "f%o"}
	for _, r := range k.Ranges() {
		if r.Unit == language.Plain || r.Unit == language.WholeSeconds || r.Unit == language.Micros {
			for _, text := range []string{r.String()} {
				low, high, _ := strings.Cut(text, "..")
				out = append(out, high+"0", "-"+strings.TrimPrefix(low, "-")+"1", high+"x")
			}
		}
	}
	return out
}

// holds is what a finding says of what is in force.
var holds = regexp.MustCompile(`(?i)\bis used\b|\bare used\b|\bstays\b|left out|is used: |` +
	`entry is ignored|\busing \S|setting to |` +
	`taken for |it is taken here|is (rounded|cut)|rounded to|truncating|[Tt]runcating|block is skipped|` +
	`not (made|run)|is the one that counts|` +
	`rule is ignored|route is ignored|resetting|setting default|defaulting to|- (removing|ignoring)`)

// A value that is refused is never only refused: what holds in its place is said.
func TestRefusedValuesSayWhatHolds(t *testing.T) {
	asked := 0
	for _, e := range Entries() {
		k, ok := language.Table().Find(e.Block, e.Keyword)
		if !ok || e.Example == "" || k.Args == "" || k.Block == language.AnyBlock || k.Deprecated {
			continue
		}
		for _, bad := range wrong(k) {
			text, line := spoilt(e.Example, k.Name, bad)
			if line == 0 {
				continue
			}
			asked++
			for _, d := range findings(text) {
				if d.Pos.Line != line || d.Severity < syntax.Warning || d.Severity == syntax.Fatal {
					continue
				}
				if !holds.MatchString(d.Text) {
					t.Errorf("%s %s: %s", e.Name(), bad, d.Text)
				}
			}
		}
	}
	if asked < 1000 {
		t.Errorf("only %d", asked)
	}
}

// spoilt is an example with another word behind a keyword, and the line where it stands.
func spoilt(example, keyword, bad string) (text string, line int) {
	word := regexp.MustCompile(`(^|\s)(` + regexp.QuoteMeta(keyword) + `) ("[^"]*"|[^\s{]+)`)
	lines := strings.Split(example, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if at := word.FindStringSubmatchIndex(lines[i]); at != nil {
			lines[i] = lines[i][:at[6]] + bad + lines[i][at[7]:]
			return strings.Join(lines, "\n"), i + 1
		}
	}
	return "", 0
}
