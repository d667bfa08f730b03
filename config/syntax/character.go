package syntax

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// lookalikes reports the first character of a line that an editor or a web page put in
// place of a quote, a blank or a line end: keepalived takes it for a part of a word. In
// double quotes it may be meant.
func (l *loader) lookalikes(line Line) {
	const firstBytes = "\r\xc2\xe2\xef"
	quoted := false
	for i := 0; i < len(line.Text); i++ {
		c := line.Text[i]
		if quoted = quoted != (c == '"'); quoted || strings.IndexByte(firstBytes, c) < 0 {
			continue
		}
		r, _ := utf8.DecodeRuneInString(line.Text[i:])
		if text := lookalike(r); text != "" {
			// The first one is enough: text from a web page has many.
			l.report(line.At(i), Warning, ClassNone, "lookalike-character", "%s", text)
			return
		}
	}
}

// lookalike says what is wrong with a character and what to write, "" if it is none of
// those.
func lookalike(r rune) string {
	switch r {
	case '\r':
		return "a carriage return within the line: if it was meant to end it, save the file with Unix line ends"
	case '“', '”', '„', '‟':
		return fmt.Sprintf("'%c' is no quote, but a part of the word: write \"", r)
	case '‘', '’', '‚', '‛':
		return fmt.Sprintf("'%c' is no quote, but a part of the word: write '", r)
	case '\u00a0', '\u2007', '\u202f', '\u200b', '\ufeff':
		return fmt.Sprintf("the character U+%04X looks like a blank and is a part of the word: write a blank", r)
	}
	return ""
}
