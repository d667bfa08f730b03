package reference

import (
	"regexp"
	"strings"
	"testing"

	"holdfast/config/language"
	"holdfast/config/syntax"
)

// lengthened is an example with more words, the first of which may be user and group, in the statement of a keyword,
// and the line.
func lengthened(example, keyword string) (text string, line int) {
	word := regexp.MustCompile(`^\s*` + regexp.QuoteMeta(keyword) + `( |$)`)
	lines := strings.Split(example, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if !word.MatchString(lines[i]) {
			continue
		}
		statement, opens := strings.CutSuffix(lines[i], " {")
		if lines[i] = statement + " root root root priority"; opens {
			lines[i] += " {"
		}
		return strings.Join(lines, "\n"), i + 1
	}
	return "", 0
}

// Keywords that take as many words as there are.
var endless = map[string]bool{
	"global_defs.umask": true, "vrrp_track_process.process": true,
	"global_defs.reload_check_config": true, // has no effect and is not read
}

// A word behind a complete statement is not passed over in silence, in any block.
func TestNoWordIsPassedOver(t *testing.T) {
	asked := 0
	for _, e := range Entries() {
		k, ok := language.Table().Find(e.Block, e.Keyword)
		if !ok || e.Example == "" || k.Block == language.AnyBlock || k.Deprecated || endless[e.Name()] ||
			strings.HasSuffix(k.Block, language.Entry) {
			continue
		}
		text, line := lengthened(e.Example, k.Name)
		if line == 0 {
			continue
		}
		asked++
		said := false
		for _, d := range findings(text) {
			said = said || d.Pos.Line == line && d.Severity >= syntax.Warning && d.ID != "unknown-value"
		}
		if !said {
			t.Errorf("%s: nothing about a word too many:\n%s", e.Name(), text)
		}
	}
	if asked < 320 {
		t.Errorf("only %d", asked)
	}
}
