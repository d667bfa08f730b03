package finding

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"holdfast/config/syntax"
)

// The escape sequences of Options.Color.
const (
	bold   = "\x1b[1m"
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	cyan   = "\x1b[1;36m"
	green  = "\x1b[1;32m"
	reset  = "\x1b[0m"
)

// Text writes a line "file:line:col: severity: text" for each finding; below it,
// indented, its source line if asked for, the trail and the related place.
// The first line is that of syntax.Diagnostic.String, with control characters escaped.
func Text(w io.Writer, diags []syntax.Diagnostic, opt Options) error {
	out := bufio.NewWriter(w)
	for _, d := range diags {
		writeText(out, d, opt)
	}
	return out.Flush()
}

// Line is a finding on one line, for a log: the place, severity and text, and in
// brackets how the text came to its place and the related place.
func Line(d syntax.Diagnostic) string {
	var more []string
	for _, f := range d.Trail {
		more = append(more, f.String())
	}
	if d.RelatedText != "" {
		// A related place that is nowhere leaves a blank at the end.
		more = append(more, strings.TrimSuffix(d.RelatedText+" "+place(d.Related), " "))
	}
	// The usual line of a log has no brackets.
	if more == nil {
		return printable(d.String())
	}
	return printable(d.String() + " (" + strings.Join(more, "; ") + ")")
}

func writeText(w *bufio.Writer, d syntax.Diagnostic, opt Options) {
	if at := place(d.Pos); at != "" {
		w.WriteString(opt.paint(bold, at+":") + " ")
	}
	w.WriteString(opt.paint(color(d.Severity), d.Severity.String()+":") + " " + printable(d.Text) + "\n")
	if opt.Source {
		writeSource(w, d.Pos, opt)
	}
	for _, f := range d.Trail {
		w.WriteString("    " + printable(f.String()) + "\n")
	}
	if d.RelatedText != "" {
		at := place(d.Related)
		if at != "" {
			at += ": "
		}
		w.WriteString("    " + at + printable(d.RelatedText) + "\n")
	}
}

func writeSource(w *bufio.Writer, pos syntax.Pos, opt Options) {
	line, ok := opt.line(pos)
	// A caret below nothing tells nothing.
	if !ok || strings.TrimSpace(line) == "" {
		return
	}
	columns := opt.Width
	if columns <= 0 {
		columns = defaultWidth
	}
	number := strconv.Itoa(pos.Line)
	// Excerpts of one file begin in the same column, up to line 99,999.
	if len(number) < 5 {
		number = strings.Repeat(" ", 5-len(number)) + number
	}
	// Some columns are left on any terminal, even where the line then wraps.
	text, caret := excerpt(line, int(pos.Col)-1, width(line, pos.Col), max(columns-len(number)-len(" | "), 20))
	w.WriteString(number + " | " + text + "\n")
	w.WriteString(strings.Repeat(" ", len(number)) + " | ")
	// Blanks are not painted: some terminals would show a coloured bar.
	indent := len(caret) - len(strings.TrimLeft(caret, " "))
	w.WriteString(caret[:indent] + opt.paint(green, caret[indent:]) + "\n")
}

// place is a position as text, "" if there is none.
func place(pos syntax.Pos) string {
	// A finding about a whole file has its name and no line.
	if !pos.IsValid() && pos.File == "" {
		return ""
	}
	return printable(pos.String())
}

func color(s syntax.Severity) string {
	switch s {
	case syntax.Note:
		return cyan
	case syntax.Warning:
		return yellow
	default:
		return red
	}
}

func (o Options) paint(color, text string) string {
	if !o.Color {
		return text
	}
	return color + text + reset
}
