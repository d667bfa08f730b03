package reference

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"holdfast/config/language"
)

// WriteAnswer writes an answer for people to read. Keywords that differ in nothing
// but the block they stand in are written once.
func WriteAnswer(w io.Writer, a Answer) error {
	var b strings.Builder
	for _, same := range alike(a.Entries) {
		writeEntry(&b, same)
	}
	for _, block := range a.Blocks {
		separate(&b)
		what := "Keywords in"
		if block.Keywords[0].InEntry {
			what = "Words of an entry in"
		}
		fmt.Fprintf(&b, "%s %s:\n\n", what, block.Name)
		writeKeywords(&b, block.Keywords)
	}
	return out(w, &b)
}

// WriteBlocks writes the list of blocks.
func WriteBlocks(w io.Writer, blocks []Block) error {
	var b strings.Builder
	for _, block := range blocks {
		// The top level has no name to ask for it by, so its keywords are listed at once.
		if block.Name == "" {
			b.WriteString("At the top level:\n\n")
			writeKeywords(&b, block.Keywords)
			b.WriteString("\nBlocks, and how many keywords stand in them:\n\n")
			continue
		}
		fmt.Fprintf(&b, "  %-48s %3d\n", block.Name, len(block.Keywords))
	}
	b.WriteString("\nholdfast explain BLOCK lists the keywords of a block, holdfast explain KEYWORD tells about one.\n")
	return out(w, &b)
}

// WriteList writes keywords with their blocks, one a line.
func WriteList(w io.Writer, entries []Entry) error {
	var b strings.Builder
	// No entry stands there, so that the first one gets a heading as well.
	block := "-"
	for _, e := range entries {
		if where := e.Where(); where != block {
			block = where
			separate(&b)
			b.WriteString(strings.ToUpper(where[:1]) + where[1:] + ":\n\n")
		}
		fmt.Fprintf(&b, "  %-36s %s\n", e.Keyword, e.Help)
	}
	return out(w, &b)
}

// WriteJSON writes a value of this package for programs to read.
func WriteJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	// It is no HTML: people read it too, and "\u003c" says nothing to them.
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func out(w io.Writer, b *strings.Builder) error {
	_, err := io.WriteString(w, b.String())
	return err
}

// separate puts an empty line before what follows, unless it comes first.
func separate(b *strings.Builder) {
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
}

// alike groups entries that say the same in several blocks.
func alike(entries []Entry) [][]Entry {
	var groups [][]Entry
	index := map[Entry]int{}
	for _, e := range entries {
		// An example has the block around it and would make every entry another one.
		key := e
		key.Block, key.InEntry, key.Example = "", false, ""
		if e.Opens != "" {
			key.Block = e.Block // what stands in it may differ
		}
		i, ok := index[key]
		if !ok {
			i, index[key] = len(groups), len(groups)
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], e)
	}
	return groups
}

func writeEntry(b *strings.Builder, same []Entry) {
	// They differ in their block only (see alike), so the first one speaks for all.
	e := same[0]
	separate(b)
	fmt.Fprintf(b, "%s\n\n  %s\n\n", usage(e), e.Help)
	row := func(label, text string) {
		if text != "" {
			fmt.Fprintf(b, "  %-9s %s\n", label, text)
		}
	}
	// The label stands at the first place, the other places below it.
	for i, s := range same {
		row([]string{"stands", ""}[min(i, 1)], s.Where())
	}
	if e.Minimum != "" {
		row("range", e.Minimum+" to "+e.Maximum)
	}
	row("unit", e.Unit)
	row("default", e.Default)
	switch e.Since {
	case "":
	case language.Ours:
		row("since", "holdfast; keepalived does not know it")
	default:
		row("since", "keepalived "+e.Since)
	}
	switch {
	case e.Deprecated && e.Use != "":
		row("old", "write "+e.Use+" instead")
	case e.Deprecated:
		row("old", "remove it")
	case e.Use != "":
		row("same as", e.Use)
	}
	row("support", e.Support)
	if e.Example != "" {
		b.WriteString("\n  example\n\n")
		for line := range strings.Lines(e.Example) {
			b.WriteString("      " + line)
		}
	}
}

// usage is how the keyword is written.
func usage(e Entry) string {
	text := e.line() + e.Keyword
	// The arguments of a list are its entries, and those are between the braces.
	if e.Opens == "list" {
		return text + " { " + e.Arguments + " }"
	}
	switch {
	case e.Anywhere && !strings.HasPrefix(e.Keyword, "include"):
		text += e.Arguments // the preprocessor's words have no blank there
		if strings.HasPrefix(e.Keyword, "@") {
			text = e.Keyword + " " + e.Arguments
		}
	case e.Arguments != "":
		text += " " + e.Arguments
	}
	if e.Opens == "block" {
		text += " { ... }"
	}
	return text
}

func writeKeywords(b *strings.Builder, entries []Entry) {
	for _, e := range entries {
		help := e.Help
		switch {
		case e.Deprecated:
			help += " (old)"
		case e.Support == language.NotYet.String():
			help += " (" + e.Support + ")"
		}
		fmt.Fprintf(b, "  %-36s %s\n", e.Keyword, help)
	}
}
