package language

import (
	"strconv"
	"strings"

	"holdfast/config/syntax"
)

// withoutCrowds leaves one of many findings of a kind about one line, and says how many
// there are. They come in the order of the text.
func withoutCrowds(diags []syntax.Diagnostic) []syntax.Diagnostic {
	const few = 3
	type kind struct {
		place
		id       string
		severity syntax.Severity
		class    syntax.Class
	}
	of := func(d syntax.Diagnostic) kind { return kind{placeOf(d.Pos), d.ID, d.Severity, d.Class} }
	crowds := map[kind]int{}
	for i := 1; i < len(diags); i++ {
		// Findings without a line are about the whole file, and each of them about something else.
		if k := of(diags[i]); k.line > 0 && k == of(diags[i-1]) { // most lines have one finding
			crowds[k]++
		}
	}
	told := map[kind]bool{}
	// In place: there may be a hundred thousand of them.
	out := diags[:0]
	for _, d := range diags {
		// crowds counts those behind the first, so this is the number that is not shown.
		if k := of(d); crowds[k] >= few {
			if told[k] {
				continue
			}
			told[k] = true
			d.Text += "; " + strconv.Itoa(crowds[k]) + " more like this in the line"
		}
		out = append(out, d)
	}
	return out
}

// shortened is a text with words cut that nobody reads to their end.
func shortened(text string) string {
	const most, shown = 160, 60
	if len(text) <= most {
		return text
	}
	words := strings.Split(text, " ")
	for i, w := range words {
		// The beginning and the end of a word are what it is known by. A cut may go through a
		// character, and a finding is UTF-8.
		if len(w) > most {
			words[i] = strings.ToValidUTF8(w[:shown], "") + "..(" + strconv.Itoa(len(w)) + " bytes).." +
				strings.ToValidUTF8(w[len(w)-8:], "")
		}
	}
	return strings.Join(words, " ")
}
