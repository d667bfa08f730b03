// Package finding writes findings about a configuration: as text for people, as
// JSON for programs, and as SARIF for tools that collect findings. It does no I/O
// of its own: a caller gives it a writer, and the lines of the files.
package finding

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"holdfast/config/syntax"
)

// Options say how findings are written. The zero Options are good for a log.
type Options struct {
	// Line gives a line of a file, counted from 1, without its end; ok is false if
	// there is none. Nil is a caller who has no files: then there are no source
	// lines, and no end of a place.
	Line func(file string, line int) (text string, ok bool)

	// Source shows the line of each finding with a caret below the place (Text).
	Source bool
	// Color marks severities and carets for a terminal (Text).
	Color bool
	// Width is how many columns a source line may take, 0 for 100 (Text).
	Width int

	// Version is that of the program, for SARIF; it may be empty.
	Version string
}

// line is a line of a file without a carriage return at its end.
func (o Options) line(pos syntax.Pos) (string, bool) {
	if o.Line == nil || !pos.IsValid() {
		return "", false
	}
	text, ok := o.Line(pos.File, pos.Line)
	// Files of DOS (grammar 2.3): their carriage returns would move a terminal's cursor.
	return strings.TrimRight(text, "\r"), ok
}

// width is how many bytes the word at a column of a line has: a quoted string, a
// reference with its arguments, a brace, or what stands before the next blank,
// brace, quote or comment. 0 if there is nothing.
func width(line string, col int32) int {
	from := int(col) - 1
	if from < 0 || from >= len(line) {
		return 0
	}
	text := line[from:]
	switch text[0] {
	// A brace needs no blanks around it (grammar 6.1), so it is a word of one byte.
	case '{', '}':
		return 1
	case '"':
		if end := strings.IndexByte(text[1:], '"'); end >= 0 {
			return end + 2
		}
		// A quote that is not closed: everything behind it is in it.
		return len(text)
	}
	end := 0
	for end < len(text) && strings.IndexByte(" \t\"{}#!", text[end]) < 0 {
		//	${_ENV NAME}
		// is one word with a blank and braces in it.
		if strings.HasPrefix(text[end:], "${") {
			if size := strings.IndexByte(text[end:], '}'); size > 0 {
				end += size
			}
		}
		end++
	}
	return end
}

// end is the column after the word at pos, 0 if it is not known.
func (o Options) end(pos syntax.Pos) int32 {
	line, ok := o.line(pos)
	if n := width(line, pos.Col); ok && n > 0 {
		return pos.Col + int32(n)
	}
	return 0
}

const hex = "0123456789abcdef"

// printable is text with every character escaped that could do something to a
// terminal, break the line or change the order of what is read.
func printable(text string) string {
	// Nearly every text is plain ASCII, and then it is not copied.
	clean := true
	for i := 0; i < len(text) && clean; i++ {
		clean = text[i] >= ' ' && text[i] < 0x7f
	}
	if clean {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		b.WriteString(shown(r, text[i:i+size]))
		i += size
	}
	return b.String()
}

// shown is one character, escaped if it has to be; raw are its bytes.
func shown(r rune, raw string) string {
	switch {
	case r == utf8.RuneError && len(raw) == 1 || r < ' ' || r >= 0x7f && r < 0xa0:
		// A control character of two bytes is told from a byte that is no character.
		if r >= 0x80 && len(raw) > 1 {
			return `\u00` + string(hex[r>>4]) + string(hex[r&15])
		}
		return `\x` + string(hex[raw[0]>>4]) + string(hex[raw[0]&15])
	// Marks that turn the direction of a line around can make a text say another thing than it is.
	case unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029':
		out := ""
		for shift := 28; shift >= 0; shift -= 4 {
			// Four digits at least, as people know them: \u200e.
			if d := r >> shift & 15; out != "" || d != 0 || shift < 16 {
				out += string(hex[d])
			}
		}
		return `\u` + out
	}
	return raw
}
