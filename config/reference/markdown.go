package reference

import (
	"fmt"
	"strings"

	"holdfast/config/language"
)

// Markdown is docs/keywords.md: every keyword in tables, one per block.
func Markdown() string {
	var b strings.Builder
	all := Entries()
	// The text above the tables tells how many rows there are, so they are counted before it.
	later := 0
	for _, e := range all {
		if !e.Built() {
			later++
		}
	}
	b.WriteString("<!-- Made by \"make\" from the keyword table (config/language/*_rows.go); do not edit. -->\n\n" +
		"# Keywords\n\n")
	fmt.Fprintf(&b,
		"Every keyword of `keepalived.conf` that holdfast knows: %d, of which %d have no effect yet (**not "+
			"yet**) and are warned\n"+
			"about when a file is loaded. `holdfast explain KEYWORD` tells the same with an example.\n"+
			"What keepalived does not know at all (holdfast only) is written on lines that begin with `@holdfast`, "+
			"which it drops.\n", len(all),
		later)
	// No block lists the words of the preprocessor (`include`, `$NAME=`), which stand on any line:
	// they have a table of their own, before all others.
	var before Block
	before.Name, before.Keywords = "on any line", nil
	for _, e := range all {
		if e.Anywhere {
			before.Keywords = append(before.Keywords, e)
		}
	}
	for _, block := range append([]Block{before}, Blocks()...) {
		title := "`" + block.Name + "`"
		switch {
		case block.Name == "":
			title = "At the top level"
		// The first keyword tells for all: in the block of a list are words of entries only.
		case block.Keywords[0].Anywhere:
			title = "On any line"
		case block.Keywords[0].InEntry:
			title = "Words of an entry in " + title
		}
		fmt.Fprintf(&b, "\n## %s\n\n| keyword | arguments | default | meaning |\n| --- | --- | --- | --- |\n", title)
		for _, e := range block.Keywords {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", e.Keyword, code(e.Arguments), cell(e.Default),
				cell(remarks(e)))
		}
	}
	return b.String()
}

func remarks(e Entry) string {
	text := e.Help
	// The arguments may name the unit themselves; then it is not said twice.
	if e.Unit != "" && !strings.Contains(strings.ToLower(e.Arguments), e.Unit) {
		text += "; in " + e.Unit
	}
	if e.Deprecated && e.Use != "" {
		text += "; deprecated, write `" + e.Use + "`"
	}
	switch e.Since {
	case "":
	case language.Ours:
		text += "; holdfast only, on a line that begins with `@holdfast`"
	default:
		text += "; since " + e.Since
	}
	if !e.Built() {
		text += "; **not yet**"
	}
	return text
}

func cell(text string) string {
	// A bar would end the cell, and Markdown takes what begins with `<` for HTML.
	return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(text)
}

func code(text string) string {
	if text == "" {
		return ""
	}
	// Between backquotes `<` is safe, but a bar ends the cell of a table even there.
	return "`" + strings.ReplaceAll(text, "|", `\|`) + "`"
}
