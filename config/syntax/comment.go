package syntax

import "strings"

const (
	blanks = " \t"             // go from both ends of a line, and from names and values
	spaces = blanks + "\f\v\r" // separate words (grammar 4.1)
)

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' && c != '\n' }

// uncomment is l without its comment and the blanks around the rest. A comment
// begins with '#' or '!' outside double quotes (grammar 3.1, 3.2), unless a
// backslash stands before it; what becomes of that backslash is up to Parse
// (grammar 3.3). A backslash that ends the line is not part of a comment behind words,
// so that lines of a definition can have one.
func uncomment(l Line) Line {
	i := CommentAt(l.Text)
	if i < 0 {
		return l.trim(blanks)
	}
	end := len(l.Text) - 1
	if i < end && strings.Trim(l.Text[:i], blanks) != "" && l.Text[end] == '\\' {
		return l.cut(0, i).trim(blanks).join(l.cut(end, end+1))
	}
	return l.cut(0, i).trim(blanks)
}

// CommentAt is the offset of the comment in text, -1 if there is none. Here, but
// not where words and braces are found, a backslash takes the meaning of the
// next character away, in quotes and outside.
func CommentAt(text string) int {
	if !strings.ContainsAny(text, "#!") {
		return -1
	}
	quoted := false
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			quoted = !quoted
		case '\\':
			i++
		case '#', '!':
			if !quoted {
				return i
			}
		}
	}
	return -1
}

// commentInWord reports a comment that begins inside a word and goes on as one, as in a
// password: the word ends there. The word itself may be a secret.
func (l *loader) commentInWord(line Line) {
	i := CommentAt(line.Text)
	// A sign at either end of the line has no word around it.
	if i < 1 || i == len(line.Text)-1 {
		return
	}
	if before, after := line.Text[i-1], line.Text[i+
		1]; isSpace(before) || isSpace(after) || strings.IndexByte(`{}"#!`, before) >= 0 ||
		strings.IndexByte("#!", after) >= 0 {
		return
	}
	l.report(line.At(i), Warning, ClassNone, "comment-in-word",
		"'%c' inside a word begins a comment: what follows it is not read; "+
			"quote the whole word if it is part of it, or write a blank before the comment", line.Text[i])
}

// unterminated reports whether a quote is open at the end of text, by the rules
// of CommentAt.
func unterminated(text string) bool {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			quoted = !quoted
		case '\\':
			i++
		}
	}
	return quoted
}

// escapedComment is the offset of the first '\#' or '\!' outside quotes, -1 if
// there is none.
func escapedComment(text string) int {
	if !strings.Contains(text, `\#`) && !strings.Contains(text, `\!`) {
		return -1
	}
	quoted := false
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			quoted = !quoted
		case '\\':
			if !quoted && i+1 < len(text) && (text[i+1] == '#' || text[i+1] == '!') {
				return i
			}
			i++
		}
	}
	return -1
}
