package syntax

import (
	"fmt"
	"strings"
)

// ScriptWords reads the text after a node's keyword with the tokenizer of
// script and regex keywords (grammar 5.1): single and double quotes, pieces
// that touch are one word, backslash escapes are decoded. The first word is the
// command line (see SplitCommand), the second and third are user and group.
func ScriptWords(n Node) ([]string, error) {
	return scriptWords(n.Rest)
}

// SplitCommand splits a command line into its arguments by the same rules
// (grammar 5.2). No shell is involved (grammar 5.3).
func SplitCommand(command string) ([]string, error) {
	return scriptWords(command)
}

func scriptWords(text string) ([]string, error) {
	var words []string
	for {
		text = strings.TrimLeft(text, spaces+"\n") // a decoded escape can be a line end
		if text == "" {
			return words, nil
		}
		word, rest, err := scriptWord(text)
		if err != nil {
			return words, err
		}
		if strings.IndexByte(word, 0) >= 0 {
			return words, fmt.Errorf("string '%s': a NUL cannot be given to a program", text)
		}
		words = append(words, word)
		text = rest
	}
}

// scriptWord reads one word; the text does not begin with a blank.
func scriptWord(text string) (word, rest string, err error) {
	var b strings.Builder
	var quote byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && i+1 == len(text):
			return "", "", fmt.Errorf("string '%s': nothing after the backslash at the end", text)
		case c == '\\':
			value, n := decodeEscape(text[i:])
			b.WriteString(value)
			i += n - 1
		case c == quote:
			quote = 0
		case quote != 0:
			b.WriteByte(c)
		case c == '"' || c == '\'':
			if i+1 < len(text) { // a quote that opens nothing is dropped
				quote = c
			}
		case isSpace(c) || c == '\n':
			return b.String(), text[i:], nil
		default:
			b.WriteByte(c)
		}
	}
	if quote != 0 {
		return "", "", fmt.Errorf("string '%s': missing terminating %c", text, quote)
	}
	return b.String(), "", nil
}

// decodeEscape decodes the escape at the beginning of text, which is not its last
// character, and tells how long it is.
func decodeEscape(text string) (value string, length int) {
	const letters, values = "abEfnrtv", "\a\b\x1b\f\n\r\t\v"
	c := text[1]
	if i := strings.IndexByte(letters, c); i >= 0 {
		return values[i : i+1], 2
	}
	switch {
	case c == 'c' && len(text) > 2:
		return string(rune(text[2] & 0x1f)), 3
	// Without a digit behind it, it is the letter itself, as below.
	case c == 'x':
		if v, n := digits(text[2:], 16, len(text)); n > 0 {
			return string([]byte{byte(v)}), 2 + n
		}
	case c >= '0' && c <= '7':
		v, n := digits(text[1:], 8, 3)
		return string([]byte{byte(v)}), 1 + n
	}
	// Before any other character the backslash means that character (grammar 5.1).
	return text[1:2], 2
}

// digits reads up to limit digits of a base and tells how many there were.
func digits(text string, base, limit int) (value, n int) {
	for n < limit && n < len(text) {
		d := digit(text[n])
		if d >= base {
			break
		}
		value = (value*base + d) & 0xffff // all that counts is the last byte
		n++
	}
	return value, n
}

func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return 99
}

// QuoteCommand writes arguments as one word that ScriptWords and SplitCommand
// read back.
func QuoteCommand(argv []string) string {
	parts := make([]string, len(argv))
	for i, arg := range argv {
		parts[i] = quoteArgument(arg)
	}
	// The word is separated twice (grammar 5.2), and each time takes one backslash of two.
	return `"` + strings.ReplaceAll(strings.Join(parts, " "), `\`, `\\`) + `"`
}

// QuoteWord writes one word that ScriptWords reads back.
func QuoteWord(word string) string { return quoteArgument(word) }

// quoteArgument writes what SplitCommand reads as arg. Whatever means something to
// anybody who looks at the line is written as an escape.
func quoteArgument(arg string) string {
	var b strings.Builder
	blank := arg == ""
	for i := 0; i < len(arg); i++ {
		switch c := arg[i]; {
		case c == ' ':
			blank = true
			b.WriteByte(c)
		case c < ' ' || c > '~' || strings.IndexByte("\"'\\#!{}$", c) >= 0:
			// All three digits, because another digit may follow.
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	if blank {
		return "'" + b.String() + "'"
	}
	return b.String()
}
