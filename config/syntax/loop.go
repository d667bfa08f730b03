package syntax

import (
	"errors"
	"strconv"
	"strings"
)

// The limits of the numbers of ~SEQ.
const (
	minSequence = -1 << 53
	maxSequence = 1 << 53
)

// loop carries out a line that begins with ~SEQ, ~SEQx or ~LST (grammar 7.5):
// the rest of the line is repeated. False if it is none.
func (l *loader) loop(line Line) bool {
	text := line.Text
	list := strings.HasPrefix(text, "~LST")
	if !list && !strings.HasPrefix(text, "~SEQ") {
		return false
	}
	err := l.runLoop(line, list)
	if err != nil {
		l.report(line.At(0), Error, ClassConfigError, "bad-loop", "Invalid %s specification '%s': %v",
			text[:len("~SEQ")], text, err)
	}
	return true
}

var (
	errLoopForm  = errors.New("want (NAME,...) after it")
	errLoopClose = errors.New("missing terminating ')'")
)

func (l *loader) runLoop(line Line, list bool) error {
	head := strings.TrimPrefix(line.Text[len("~SEQ"):], "x")
	hex := len(head) < len(line.Text)-len("~SEQ")
	head = strings.TrimLeft(head, blanks)
	// ~LSTx is nothing: there are no numbers to write in hexadecimal.
	if head == "" || head[0] != '(' || list && hex {
		return errLoopForm
	}
	inner, rest, found := strings.Cut(head[1:], ")")
	if !found {
		return errLoopClose
	}
	end := len(line.Text) - len(rest)
	parameters := line.cut(end-len(")")-len(inner), end-len(")"))
	body := line.cut(end, len(line.Text)).trim(blanks)
	if list {
		return l.list(parameters, body)
	}
	return l.sequence(line.At(0), inner, hex, body)
}

// A setting is what a loop sets a variable to, and where that is written.
type setting struct {
	name, value string
	at          Pos
}

// again runs the body of a loop once, with variables set.
func (l *loader) again(body Line, settings []setting) {
	for _, s := range settings {
		l.definitions[s.name] = definition{lines: []Line{{Text: s.value}}} // without a place: the trail has the loop
	}
	// There is nothing to repeat; the variables are set all the same.
	if body.Text == "" {
		return
	}
	mark := l.mark()
	at := settings[0].at
	at.Via = l.outside(at.Via)
	l.statement(l.within(body, l.around(Frame{Pos: at})))
	l.forget(mark)
	if len(l.snap.Origins) > mark.origins {
		l.snap.Origins[mark.origins].Text = withSettings(settings)
	}
}

// withSettings is what a Frame says of one turn of a loop.
func withSettings(settings []setting) string {
	text := "with "
	for i, s := range settings {
		if i > 0 {
			text += ", "
		}
		text += brief(s.name) + "=" + brief(s.value)
	}
	return text + ", from"
}

// leave gives the variables that a loop leaves behind the places they come from.
func (l *loader) leave(settings []setting) {
	for _, s := range settings {
		at := Pos{File: s.at.File, Line: s.at.Line, Col: s.at.Col}
		value := Line{File: at.File, Line: int32(at.Line), Col: at.Col, Text: s.value, Spans: []Span{{Pos: at, Fixed: true}}}
		l.definitions[s.name] = definition{lines: []Line{value},
			trail: "in the value of $" + brief(s.name) + ", left by the loop at"}
	}
}

// brief is text, or the beginning of it, for a Frame.
func brief(text string) string {
	const most = 40
	if len(text) > most {
		return text[:most] + "..."
	}
	return text
}

// sequence runs ~SEQ(NAME,end), (NAME,start,end) or (NAME,start,step,end).
func (l *loader) sequence(at Pos, inner string, hex bool, body Line) error {
	parameters := strings.Split(inner, ",")
	name := strings.Trim(parameters[0], blanks)
	if len(parameters) < 2 || len(parameters) > 4 || name == "" {
		return errors.New("invalid ~SEQ definition")
	}
	var numbers []int64
	for _, parameter := range parameters[1:] {
		// Numbers may be references: ~SEQ(N,${FIRST},${LAST}).
		parameter = strings.Trim(l.expandText(parameter), spaces)
		if parameter == "" {
			parameter = "0" // as keepalived has it
		}
		n, err := integerC(parameter, minSequence, maxSequence)
		if err != nil {
			return errors.New("invalid ~SEQ definition: " + err.Error())
		}
		numbers = append(numbers, n)
	}
	start, step, end := limits(numbers)
	if hex && (start < 0 || end < 0) {
		return errors.New("~SEQx is only valid for positive numbers")
	}
	if step == 0 || step > 0 && start > end || step < 0 && start < end {
		return errors.New("invalid ~SEQ values")
	}
	base := 10
	if hex {
		base = 16
	}
	l.variable(name, at)
	turn := []setting{{name: name, at: at}}
	// It cannot overflow: start, step and end are within 2^53.
	for n := start; step > 0 && n <= end || step < 0 && n >= end; n += step {
		// A bound may be reached at any turn, and there could be 2^53 more of them.
		if l.ended() || body.Text == "" {
			return nil
		}
		turn[0].value = strconv.FormatInt(n, base)
		l.again(body, turn)
	}
	l.leave(turn)
	return nil
}

// limits fills in what was left out of a ~SEQ.
func limits(numbers []int64) (start, step, end int64) {
	// What was left out: start is 1, or -1 for a negative end, and the step leads to the end
	// (grammar 7.5).
	end = numbers[len(numbers)-1]
	start, step = 1, 1
	if end < 0 {
		start = -1
	}
	if len(numbers) > 1 {
		start = numbers[0]
	}
	if end < start {
		step = -1
	}
	if len(numbers) == 3 {
		step = numbers[1]
	}
	return start, step, end
}

// expandText replaces the references in the parameters of a ~SEQ.
func (l *loader) expandText(text string) string {
	line := Line{Text: text}
	// A definition may refer to itself.
	for range MaxExpansionDepth {
		ref, ok := l.findReference(line)
		if !ok || ref.value.multi || len(line.Text) > MaxLineBytes {
			break
		}
		line = line.replace(ref.from, ref.to, ref.value.lines[0].Text, 0, false)
	}
	return line.Text
}

// list runs ~LST(NAME,a,b,..) or ~LST({V,W},{a,b},{c,d},..).
func (l *loader) list(inner, body Line) error {
	parameters, ok := splitList(inner.Text)
	if !ok || len(parameters) < 2 {
		return errors.New("want names and at least one value")
	}
	names := parameters[0]
	for _, name := range names {
		l.variable(name.text, inner.At(name.at))
	}
	for _, values := range parameters[1:] {
		// All of them before the first turn: a line is repeated as a whole or not at all.
		if len(values) > len(names) {
			return errors.New("~LST specification has too many values")
		}
	}
	turn := make([]setting, len(names))
	for _, values := range parameters[1:] {
		if l.ended() {
			return nil
		}
		for i, name := range names {
			// A value that was left out is empty, and its place is that of its group.
			value := item{at: values[0].at}
			if i < len(values) {
				value = values[i]
			}
			turn[i] = setting{name.text, value.text, inner.At(value.at)}
		}
		l.again(body, turn)
	}
	l.leave(turn)
	return nil
}

// variable warns of one that no reference can name.
func (l *loader) variable(name string, at Pos) {
	if !isName(name) {
		l.report(at, Warning, ClassNone, "bad-loop",
			"'%s' is no name that a reference can have: every turn of the loop is the same", name)
	}
}

func isName(text string) bool { return text != "" && identifier(text) == len(text) }

// An item is a word among the parameters of ~LST, and its offset in them.
type item struct {
	text string
	at   int
}

// splitList splits the parameters of ~LST at commas; each is one word, or
// several in braces. ok is false if braces do not match or a word has a blank
// in it.
func splitList(text string) (parameters [][]item, ok bool) {
	for rest := text; ; rest = rest[1:] {
		rest = strings.TrimLeft(rest, blanks)
		at := len(text) - len(rest)
		words, braced := strings.CutPrefix(rest, "{")
		if braced {
			at++
			var closed bool
			if words, rest, closed = strings.Cut(words, "}"); !closed {
				return nil, false
			}
			if rest = strings.TrimLeft(rest, blanks); rest != "" && rest[0] != ',' {
				return nil, false
			}
		} else {
			words, _, _ = strings.Cut(rest, ",")
			rest = rest[len(words):]
		}
		group, ok := splitGroup(words, at)
		if !ok {
			return nil, false
		}
		if parameters = append(parameters, group); rest == "" {
			return parameters, true
		}
	}
}

// splitGroup splits the words of one parameter of ~LST, which begin at an offset.
func splitGroup(text string, at int) (group []item, ok bool) {
	for word := range strings.SplitSeq(text, ",") {
		blank := len(word) - len(strings.TrimLeft(word, blanks))
		trimmed := strings.Trim(word, blanks)
		if strings.ContainsAny(trimmed, " \t{}") {
			return nil, false
		}
		group = append(group, item{trimmed, at + blank})
		at += len(word) + len(",")
	}
	return group, true
}
