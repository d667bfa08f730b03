package syntax

import "strings"

// BraceAt is the offset of the first '{' or '}' of text outside double quotes
// (grammar 6.1), -1 if there is none. Nothing is found behind a quote that is
// not closed. The braces of a reference that the preprocessor left, ${NAME}, are
// text; keepalived takes them for those of a block (grammar 7.4), and what
// follows is lost on it.
func BraceAt(text string) int {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			quoted = !quoted
		case '{', '}':
			if !quoted {
				return i
			}
		case '$':
			if end := leftover(text, i); end > 0 && !quoted {
				i = end - 1
			}
		}
	}
	return -1
}

// leftover is the offset after the reference ${NAME} or ${NAME arguments} that
// begins at offset i, 0 if there is none.
func leftover(text string, i int) int {
	body, ok := strings.CutPrefix(text[i:], "${")
	if !ok {
		return 0
	}
	name := identifier(body)
	// A quote or another brace before the '}' means that this is no reference.
	close := strings.IndexAny(body[name:min(len(body), name+maxArguments)], "{}\"")
	if name == 0 || close < 0 || body[name+close] != '}' {
		return 0
	}
	return i + len("${") + name + close + 1
}

// splitWords adds to words those of a line without braces (grammar 4.1); ok is false
// if a quote is not closed, and the words are those before it.
func splitWords(line Line, words []Word) (all []Word, ok bool) {
	text := line.Text
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case isSpace(c):
			i++
		case c == '"':
			end := strings.IndexByte(text[i+1:], '"')
			if end < 0 {
				return words, false
			}
			words = append(words, Word{Text: text[i+1 : i+1+end], Quoted: true, Pos: line.At(i)})
			i += end + 2
		default:
			end := strings.IndexAny(text[i:], spaces+"\"")
			if end < 0 {
				end = len(text) - i
			}
			words = append(words, Word{Text: text[i : i+end], Pos: line.At(i)})
			i += end
		}
	}
	return words, true
}
