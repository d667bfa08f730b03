package finding

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	defaultWidth = 100
	tabStop      = 8
	ellipsis     = "..."
)

// A glyph is what a byte or character of a line looks like on a terminal.
type glyph struct {
	text    string
	columns int
}

// excerpt is a line as it can be shown within some columns, with the word of n
// bytes at a byte offset in it, and the line with the caret below that word.
func excerpt(line string, offset, n, columns int) (shown, caret string) {
	// A file may have changed since it was read, and then the place is not in it any more.
	offset = min(max(0, offset), len(line))
	before, word, after := glyphs(line, 0, offset), glyphs(line, offset, offset+n), glyphs(line, offset+n, len(line))
	// Only a line that is too wide is cut; the dots cost six columns.
	if size(before)+size(word)+size(after) > columns {
		before, word, after = window(before, word, after, columns)
	}
	// By columns and not by bytes, so that the caret is below the word on a terminal.
	indent := blank(before)
	return strings.TrimRight(join(before)+join(word)+join(after),
		" "), indent + "^" + strings.Repeat("~", max(0, size(word)-1))
}

// glyphs are those of line[from:to].
func glyphs(line string, from, to int) []glyph {
	var all []glyph
	// Counted from the beginning of the line: how wide a tab is depends on where it stands.
	column := 0
	to = min(to, len(line))
	for i := 0; i < to; {
		r, n := utf8.DecodeRuneInString(line[i:to])
		g := glyph{shown(r, line[i:i+n]), 1}
		switch {
		case r == '\t':
			g.columns = tabStop - column%tabStop
			g.text = strings.Repeat(" ", g.columns)
		// It was escaped: it is as wide as its escape sequence.
		case g.text != line[i:i+n]:
			g.columns = len(g.text)
		// A mark stands above the character before it.
		case unicode.In(r, unicode.Mn, unicode.Me):
			g.columns = 0
		case isWide(r):
			g.columns = 2
		}
		// What stands before the part is only counted.
		if column += g.columns; i >= from {
			all = append(all, g)
		}
		i += n
	}
	return all
}

// isWide reports whether terminals give a character two columns.
func isWide(r rune) bool {
	// Beside the scripts: punctuation of Chinese and Japanese, full-width forms, emoji.
	return unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) ||
		r >= 0x3000 && r <= 0x303e || r >= 0xff01 && r <= 0xff60 || r >= 0x1f300 && r <= 0x1faff
}

// window cuts what does not fit: a third of the room stays before the word.
func window(before, word, after []glyph, columns int) (b, w, a []glyph) {
	// Dots on both sides, whether they will be needed or not.
	room := columns - 2*len(ellipsis)
	word, cut := head(word, room)
	if cut {
		after = nil
	}
	// What the text behind the word leaves free goes to the text before it.
	before, cutBefore := tail(before, max((room-size(word))/3, room-size(word)-size(after)))
	after, cutAfter := head(after, room-size(before)-size(word))
	if dots := (glyph{ellipsis, len(ellipsis)}); cutBefore {
		before = append([]glyph{dots}, before...)
	}
	if cut || cutAfter {
		after = append(after, glyph{ellipsis, len(ellipsis)})
	}
	return before, word, after
}

// head are the first glyphs that fit, and whether some did not.
func head(all []glyph, columns int) ([]glyph, bool) {
	for i, g := range all {
		// The capacity ends there too: the dots that are appended must not overwrite the rest.
		if columns -= g.columns; columns < 0 {
			return all[:i:i], true
		}
	}
	return all, false
}

// tail are the last glyphs that fit, and whether some did not.
func tail(all []glyph, columns int) ([]glyph, bool) {
	for i := len(all) - 1; i >= 0; i-- {
		if columns -= all[i].columns; columns < 0 {
			return all[i+1:], true
		}
	}
	return all, false
}

func size(all []glyph) int {
	n := 0
	for _, g := range all {
		n += g.columns
	}
	return n
}

func join(all []glyph) string {
	var b strings.Builder
	for _, g := range all {
		b.WriteString(g.text)
	}
	return b.String()
}

func blank(all []glyph) string { return strings.Repeat(" ", size(all)) }
