package layout

import (
	"strings"

	"holdfast/config/syntax"
)

// A writer lays out one line after the other.
type writer struct {
	out       []string
	depth     int      // open blocks
	held      []string // comments and blank lines that wait for what follows
	continued bool     // in a definition of several lines
	open      int      // index in out, plus 1, of a statement that may get its '{' yet
	note      string   // the comment at the end of that line
}

const indent = "    "

func (w *writer) line(raw string) {
	text := strings.Trim(raw, blanks)
	// The lines of a definition are its value (grammar 7.3): nothing in them is moved.
	if w.continued {
		w.out = append(w.out, raw)
		w.continued = strings.HasSuffix(text, `\`)
		return
	}
	code, comment := split(text)
	switch {
	case text == "":
		// No blank line at the beginning, and never two.
		if n := len(w.held); (n > 0 || len(w.out) > 0) && (n == 0 || w.held[n-1] != "") {
			w.held = append(w.held, "")
		}
	case code == "":
		w.held = append(w.held, comment)
	case definition(code) && strings.HasSuffix(text, `\`):
		w.emit(text, "", w.depth)
		w.continued = true
		w.open = 0
	case definition(code) || code[0] == '@' || code[0] == '~' || directive(code):
		// The preprocessor takes these lines before braces are looked at, so they stay in one piece; what is in them
		// counts for the depth all the same.
		opened, closed := braces(code)
		// A brace in a value or a pattern opens nothing here.
		if code[0] == '$' || directive(code) {
			opened, closed = 0, 0
		}
		w.emit(code, comment, w.depth-min(closed, 1)*min(1, leading(code)))
		w.depth = max(0, w.depth+opened-closed)
		w.open = 0
	default:
		w.statements(code, comment)
	}
}

// statements writes a line that may have several statements and braces.
func (w *writer) statements(code, comment string) {
	for code != "" {
		// A line is cut at the first brace outside of quotes, and what follows is a line of its own (grammar 6.1).
		i := syntax.BraceAt(code)
		if i < 0 {
			w.emit(code, comment, w.depth)
			w.open, w.note = len(w.out), comment
			return
		}
		head, c, rest := strings.Trim(code[:i], blanks), code[i], strings.Trim(code[i+1:], blanks)
		last := ""
		if rest == "" {
			last = comment
		}
		switch {
		case c == '{' && head != "":
			w.emit(head+" {", last, w.depth)
			w.depth++
		//	vrrp_instance VI_1
		//	{
		// becomes one line, if nothing but comments stands between the two.
		case c == '{' && w.open > 0:
			w.join(last)
			w.depth++
		case c == '{':
			w.emit("{", last, w.depth)
			w.depth++
		default:
			if head != "" {
				w.emit(head, "", w.depth)
			}
			w.depth = max(0, w.depth-1)
			w.emit("}", last, w.depth)
		}
		w.open = 0
		code = rest
	}
}

// join puts a '{' behind the statement it belongs to, on the line of that.
func (w *writer) join(comment string) {
	line := &w.out[w.open-1]
	// The brace would be part of the comment behind the statement.
	*line = strings.TrimSuffix(*line, "  "+w.note)
	if w.note == "" {
		*line = strings.TrimRight(*line, blanks)
	}
	*line += " {"
	switch {
	case w.note != "":
		*line += "  " + w.note
		if comment != "" {
			w.held = append(w.held, comment)
		}
	case comment != "":
		*line += "  " + comment
	}
}

func (w *writer) emit(code, comment string, depth int) {
	w.comments(depth)
	line := strings.Repeat(indent, max(0, depth)) + code
	if comment != "" {
		line += "  " + comment
	}
	w.out = append(w.out, line)
}

// comments writes what was held, indented as what follows it.
func (w *writer) comments(depth int) {
	for _, c := range w.held {
		if c != "" {
			c = strings.Repeat(indent, max(0, depth)) + c
		}
		w.out = append(w.out, c)
	}
	w.held = w.held[:0]
}

// split is a line without blanks around it as code and comment.
func split(text string) (code, comment string) {
	i := syntax.CommentAt(text)
	if i < 0 {
		return text, ""
	}
	return strings.TrimRight(text[:i], blanks), text[i:]
}

// braces counts those of a line that is kept as written; those of the parameters of a
// loop are none.
func braces(code string) (opened, closed int) {
	//	~LST({A,B},{1,2},{3,4}) ...
	if strings.HasPrefix(code, "~") {
		_, code, _ = strings.Cut(code, ")")
	}
	for i := syntax.BraceAt(code); i >= 0; i = syntax.BraceAt(code) {
		if code[i] == '{' {
			opened++
			// A brace that closes one of the same line cancels it.
		} else if opened > 0 {
			opened--
		} else {
			closed++
		}
		code = code[i+1:]
	}
	return opened, closed
}

// leading is 1 for a line that is, after its condition, nothing but a '}'.
func leading(code string) int {
	if _, rest, ok := strings.Cut(code, " "); ok && code[0] == '@' && strings.Trim(rest, blanks) == "}" {
		return 1
	}
	return 0
}

func definition(code string) bool {
	name, _, ok := strings.Cut(code, "=")
	return ok && len(name) > 1 && name[0] == '$' && !strings.ContainsAny(name[1:], " \t{}$\"")
}

func directive(code string) bool {
	word, _, ok := strings.Cut(strings.ReplaceAll(code, "\t", " "), " ")
	return ok && strings.HasPrefix(word, "include") && len(word) <= len("includex") && word != "include_check"
}
