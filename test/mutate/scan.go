// Package mutate makes variants of configurations: single faults put into good
// files, random changes of any file, and every keyword with values of all kinds. All
// is text in, text out, and random choices come from the caller.
package mutate

import "strings"

// A Line is one physical line of a configuration and the blocks it stands in, as
// far as counting braces tells.
type Line struct {
	Text  string
	Path  string   // keywords of the blocks around it, joined by '/'
	Words []string // without comment and braces; a quoted word has its quotes
	Open  int      // braces opened, closed
	Close int
	Match int // line of the brace that closes what is opened here; -1
}

// Scan takes a text apart.
func Scan(text string) []Line {
	var out []Line
	var path []string
	var open []int // lines of open braces
	for i, raw := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		l := Line{Text: raw, Path: strings.Join(path, "/"), Match: -1}
		code := uncomment(raw)
		head := ""
		for _, w := range words(code) {
			switch w {
			case "{":
				l.Open++
				open = append(open, i)
				name := head
				if name == "" && i > 0 && len(out[i-1].Words) > 0 {
					name = out[i-1].Words[0]
				}
				path = append(path, name)
			case "}":
				l.Close++
				if len(open) > 0 {
					if at := open[len(open)-1]; at < i {
						out[at].Match = i
					}
					open, path = open[:len(open)-1], path[:len(path)-1]
				}
			default:
				l.Words = append(l.Words, w)
				if head == "" {
					head = w
				}
			}
		}
		out = append(out, l)
	}
	return out
}

// Join is the text of lines.
func Join(lines []Line) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.Text)
		b.WriteByte('\n')
	}
	return b.String()
}

// uncomment is a line without its comment.
func uncomment(line string) string {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '"':
			quoted = !quoted
		case '#', '!':
			if !quoted {
				return line[:i]
			}
		}
	}
	return line
}

// words splits a line at blanks and braces outside quotes.
func words(code string) []string {
	var out []string
	word, quoted := "", false
	end := func() {
		if word != "" {
			out = append(out, word)
		}
		word = ""
	}
	for _, r := range code {
		switch {
		case r == '"':
			quoted = !quoted
			word += string(r)
		case quoted:
			word += string(r)
		case r == ' ' || r == '\t' || r == '\r':
			end()
		case r == '{' || r == '}':
			end()
			out = append(out, string(r))
		default:
			word += string(r)
		}
	}
	end()
	return out
}

// indent is the blank beginning of a line.
func indent(text string) string {
	return text[:len(text)-len(strings.TrimLeft(text, " \t"))]
}

// rewrite is the line with other words; braces at its end stay.
func (l Line) rewrite(words ...string) string {
	text := indent(l.Text) + strings.Join(words, " ")
	if l.Open > 0 {
		text += " {"
	}
	return text
}

// continued tells that the line goes on with the next one, in a definition.
func (l Line) continued() bool { return strings.HasSuffix(strings.TrimRight(l.Text, " \t\r"), `\`) }

// plain tells that a line is a statement without more than an opening brace.
func (l Line) plain() bool {
	return len(l.Words) > 0 && l.Open <= 1 && l.Close == 0 && !strings.HasPrefix(l.Words[0], "@") &&
		!strings.HasPrefix(l.Words[0], "$") && !strings.HasPrefix(l.Words[0], "~")
}
