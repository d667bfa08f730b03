package syntax

import (
	"strconv"
	"strings"
)

// A definition is the value of $NAME=value (grammar 7.3): as it is written, with
// references in it, which are only replaced when it is used.
type definition struct {
	lines []Line // none empty, unless there is only one; with no place if there is none to tell
	trail string // what a Frame says of it
	multi bool   // written on several lines, of which one may be left
}

// maxArguments is how long the arguments of ${NAME arguments} may be.
const maxArguments = 256

// statement runs the preprocessor on one logical line (grammar 7) and emits
// what comes out.
func (l *loader) statement(line Line) {
	if l.ended() {
		return
	}
	if l.nesting == MaxExpansionDepth {
		l.drop(line.At(0), "bound-nesting",
			"definitions and loops nest more than %d deep: does a definition refer to itself? - ignoring line",
			MaxExpansionDepth)
		return
	}
	// Origins that nothing refers to go again: a loop would leave some at each turn.
	mark := l.mark()
	l.nesting++
	l.logical(line)
	l.nesting--
	l.forget(mark)
}

// logical is statement without its bookkeeping.
func (l *loader) logical(line Line) {
	replaced := 0
	// What the line includes or repeats is as much for us alone as the line is.
	defer func(around bool) { l.own = around }(l.own)
	for line = uncomment(line); line.Text != "" && !l.ended(); line = uncomment(line) {
		// Each time round counts, since each may have made the line longer.
		if !l.spend(len(line.Text)+workPerLine, line.At(0)) {
			return
		}
		switch line.Text[0] {
		case '@':
			line = l.condition(line)
			continue
		case '$':
			if l.define(line) {
				return
			}
		case '~':
			if l.loop(line) {
				return
			}
		}
		if ref, ok := l.findReference(line); ok {
			if replaced++; !l.mayReplace(line, ref, replaced) {
				return
			}
			line = l.replaceReference(line, ref)
			continue
		}
		line = l.finished(line)
		// The rest behind a brace is a line of its own.
		replaced = 0
	}
}

// spend counts work; false if there was too much of it.
func (l *loader) spend(work int, pos Pos) bool {
	if l.worked += work; l.worked > l.bounds.work {
		l.stop(pos, "bound-work", "the preprocessor went through more than %d bytes of text", l.bounds.work)
	}
	return !l.stopped
}

// finished takes a line in which nothing is left to expand, or its part up to
// and with the first brace, and returns the rest, which is a logical line of
// its own (grammar 6.1).
func (l *loader) finished(line Line) (rest Line) {
	if extra, pattern, at, ok := directive(line.Text); ok {
		l.include(line, extra, pattern, at)
		return Line{}
	}
	at := BraceAt(line.Text)
	if at < 0 {
		l.leftovers(line)
		l.emit(line, 0)
		return Line{}
	}
	head := line.cut(0, at+1)
	l.leftovers(head)
	l.emit(head, line.Text[at])
	return line.cut(at+1, len(line.Text))
}

// leftovers reports the references outside quotes that could not be replaced.
func (l *loader) leftovers(line Line) {
	text := line.Text
	for i := strings.Index(text, "${"); i >= 0 && i < len(text); i++ {
		end := leftover(text, i)
		if end == 0 || strings.Count(text[:i], `"`)%2 != 0 {
			continue
		}
		name := text[i+len("${") : end-1]
		if l.definitions[name].multi {
			l.report(line.At(i), Error, ClassConfigError, "reference-not-last",
				"'${%s}' has several lines and must be the last on its line", name)
		} else {
			l.report(line.At(i), Error, ClassConfigError, "undefined-reference", "'${%s}' is not defined", name)
		}
		i = end - 1
	}
	l.runTogether(line)
}

// runTogether reports a $NAME of a definition that is not replaced because of what
// follows it at once (grammar 7.4).
func (l *loader) runTogether(line Line) {
	for i := strings.IndexByte(line.Text, '$'); i >= 0 && i+1 < len(line.Text); {
		rest := line.Text[i+1:]
		name := rest[:identifier(rest)]
		if _, ok := l.definitions[name]; ok && !standsAlone(rest[len(name):]) {
			l.report(line.At(i), Warning, ClassNone, "reference-run-together",
				"'$%s' is not replaced before '%s'; write '${%s}'", name, rest[len(name):len(name)+1], name)
		}
		next := strings.IndexByte(rest, '$')
		if next < 0 {
			return
		}
		i += 1 + next
	}
}

// identifier is how many bytes of text are a name: [A-Za-z_][A-Za-z0-9_]*.
func identifier(text string) int {
	for i := 0; i < len(text); i++ {
		c := text[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return i
		}
	}
	return len(text)
}

// define takes the line $NAME=value (grammar 7.3); false if it is none.
func (l *loader) define(line Line) bool {
	n := identifier(line.Text[1:]) + 1
	if n == 1 || n == len(line.Text) || line.Text[n] != '=' {
		return false
	}
	name, value := line.Text[1:n], line.cut(n+1, len(line.Text)).trim(blanks).plain()
	// A line of the file is one call of statement deep; those of loops and definitions are deeper.
	nested := l.nesting > l.outer+1
	if unterminated(value.Text) {
		l.report(line.At(0), Warning, ClassConfigError, "unterminated-quote", "Unterminated quote '%s'", line.Text)
	}
	if !strings.HasSuffix(value.Text, `\`) && (!l.continued || nested) {
		l.definitions[name] = definition{lines: []Line{value},
			trail: "in the value of $" + brief(name) + ", defined at"}
		return true
	}
	if nested { // its other lines are not where we are reading
		l.report(line.At(0), Error, ClassConfigError, "nested-definition",
			"definition of $%s inside a definition or loop cannot have several lines - ignoring", name)
		return true
	}
	l.collecting, l.pending = name, definition{}
	l.continueDefinition(value)
	return true
}

// continueDefinition adds a line to the definition of several lines that is
// being read; the one without a backslash at its end is the last. A backslash
// counts even if it ends a comment.
func (l *loader) continueDefinition(line Line) {
	head := strings.TrimSuffix(line.Text, `\`)
	line = line.cut(0, len(head)).trim(blanks)
	if line.Text != "" {
		l.pending.lines = append(l.pending.lines, line.plain())
	}
	if !l.continued {
		l.endDefinition()
	}
}

func (l *loader) endDefinition() {
	if len(l.pending.lines) == 0 {
		l.pending.lines = []Line{{}}
	}
	l.pending.trail, l.pending.multi = "in the value of $"+brief(l.collecting)+", used at", true
	l.definitions[l.collecting] = l.pending
	l.collecting, l.pending = "", definition{}
}

// A reference is one use of a definition or built-in in a line.
type reference struct {
	from, to int // in the line's text
	name     string
	value    definition
}

// findReference is the first reference in a line that can be replaced (grammar
// 7.4). One to a definition of several lines can if it ends the line.
func (l *loader) findReference(line Line) (reference, bool) {
	text := line.Text
	for i := strings.IndexByte(text, '$'); i >= 0 && i < len(text); {
		ref, ok := l.referenceAt(text, i)
		if ok && (!ref.value.multi || ref.to == len(text)) {
			return ref, true
		}
		next := strings.IndexByte(text[i+1:], '$')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return reference{}, false
}

// referenceAt reads ${NAME}, ${NAME arguments} or $NAME at offset i, which is
// that of a '$'.
func (l *loader) referenceAt(text string, i int) (reference, bool) {
	start := i + 1
	braced := strings.HasPrefix(text[start:], "{")
	if braced {
		start++
	}
	end := start + identifier(text[start:])
	ref := reference{from: i, to: end, name: text[start:end]}
	if ref.name == "" {
		return ref, false
	}
	arguments := ""
	if braced {
		// Bounded: else a line full of `${` would be gone through once for each of them.
		close := strings.IndexByte(text[end:min(len(text), end+maxArguments)], '}')
		if close < 0 {
			return ref, false
		}
		arguments = text[end : end+close]
		ref.to = end + close + 1
	} else if !standsAlone(text[end:]) {
		return ref, false
	}
	var ok bool
	// A definition also replaces a built-in name (grammar 7.3).
	if ref.value, ok = l.definitions[ref.name]; ok {
		return ref, arguments == ""
	}
	value, ok := l.builtin(ref.name, arguments)
	ref.value.lines = []Line{{Text: value}}
	return ref, ok
}

// standsAlone tells by what follows it whether $NAME is a reference (grammar 7.4).
func standsAlone(rest string) bool { return rest == "" || strings.IndexByte(" \t,)", rest[0]) >= 0 }

// builtin is the value of a name that is defined from the start (grammar 7.4).
func (l *loader) builtin(name, arguments string) (string, bool) {
	args := strings.FieldsFunc(arguments, func(r rune) bool { return r == ' ' || r == '\t' })
	switch {
	case name == "_RANDOM":
		return l.randomNumber(args)
	case name == "_ENV" && len(args) == 1:
		if l.opt.Getenv == nil {
			return "", true
		}
		return strings.Map(oneLine, l.opt.Getenv(args[0])), true
	case arguments != "":
		return "", false
	case name == "_PWD":
		return l.pwd(), true
	case name == "_INSTANCE":
		return l.opt.ConfigID, true
	case name == "_HASH":
		return "#", true
	case name == "_BANG":
		return "!", true
	}
	return "", false
}

// oneLine keeps a value from the environment on its line.
func oneLine(r rune) rune {
	if r == '\n' || r == '\r' || r == 0 {
		return ' '
	}
	return r
}

// randomNumber is ${_RANDOM [MIN [MAX]]}, both inclusive.
func (l *loader) randomNumber(args []string) (string, bool) {
	limits := [2]int64{0, 32767}
	if len(args) > len(limits) {
		return "", false
	}
	for i, arg := range args {
		n, err := decimal(arg, 0, 1<<31-1)
		if err != nil {
			return "", false
		}
		limits[i] = n
	}
	if limits[0] > limits[1] {
		return "", false
	}
	return strconv.FormatInt(limits[0]+l.random.Int64N(limits[1]-limits[0]+1), 10), true
}

// mayReplace keeps replacing within bounds.
func (l *loader) mayReplace(line Line, ref reference, replaced int) bool {
	size := len(line.Text) + len(ref.value.lines[0].Text)
	switch {
	case replaced > MaxExpansions:
		l.drop(line.At(ref.from), "bound-expansions",
			"expansion of '$%s' has no end after %d replacements: does its definition refer to itself? - ignoring line",
			ref.name, MaxExpansions)
	case size > MaxLineBytes:
		l.drop(line.At(ref.from), "line-too-long",
			"line too long - ignoring: more than %d bytes after expansion of '$%s'", MaxLineBytes, ref.name)
	default:
		return true
	}
	return false
}

// replaceReference is the line with the value in place of the reference. Of
// several lines all but the last are dealt with here; a line of a value of
// several lines keeps the place where it was defined.
func (l *loader) replaceReference(line Line, ref reference) Line {
	values, used := ref.value.lines, line.At(ref.from)
	if !ref.value.multi {
		via, inside := l.inValue(ref.value, used)
		return line.replace(ref.from, ref.to, values[0].Text, via, inside)
	}
	via := l.around(Frame{Pos: used, Text: ref.value.trail})
	first := l.within(values[0], via)
	if ref.from > 0 {
		first = line.cut(0, ref.from).join(first)
	}
	if len(values) == 1 {
		return first
	}
	// In the order of the value: the caller goes on with the last of the lines.
	l.statement(first)
	for _, value := range values[1 : len(values)-1] {
		l.statement(l.within(value, via))
	}
	return l.within(values[len(values)-1], via)
}

// inValue is the Via of the first byte of a value of one line used at a place, 0
// if there is nothing to tell about it. If inside, the other bytes count from there.
func (l *loader) inValue(value definition, used Pos) (via int32, inside bool) {
	line := value.lines[0]
	at := line.At(0)
	if !at.IsValid() || line.Text == "" {
		return 0, false
	}
	at.Via = used.Via
	if line.Spans != nil {
		return l.inside(Frame{Pos: at, Text: value.trail}, 0), false
	}
	return l.inside(Frame{Pos: at, Text: value.trail}, len(line.Text)), true
}
