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
		l.report(line.At(0), Error, ClassConfigError, "Invalid %s specification '%s': %v", text[:len("~SEQ")], text, err)
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
	if head == "" || head[0] != '(' || list && hex {
		return errLoopForm
	}
	inner, rest, found := strings.Cut(head[1:], ")")
	if !found {
		return errLoopClose
	}
	body := line.cut(len(line.Text)-len(rest), len(line.Text)).trim()
	if list {
		return l.list(inner, body)
	}
	return l.sequence(inner, hex, body)
}

// again runs the body of a loop once, with a variable defined.
func (l *loader) again(body Line) {
	if body.Text != "" {
		l.statement(body)
	}
}

func (l *loader) set(name, value string) {
	l.definitions[name] = definition{lines: []Line{{Text: value}}}
}

// sequence runs ~SEQ(NAME,end), (NAME,start,end) or (NAME,start,step,end).
func (l *loader) sequence(inner string, hex bool, body Line) error {
	parameters := strings.Split(inner, ",")
	name := strings.Trim(parameters[0], blanks)
	if len(parameters) < 2 || len(parameters) > 4 || !isName(name) {
		return errors.New("invalid ~SEQ definition")
	}
	var numbers []int64
	for _, parameter := range parameters[1:] {
		n, err := IntegerC(strings.Trim(l.expandText(parameter), blanks), minSequence, maxSequence)
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
	for n := start; step > 0 && n <= end || step < 0 && n >= end; n += step {
		if l.ended() || body.Text == "" {
			break
		}
		l.set(name, strconv.FormatInt(n, base))
		l.again(body)
	}
	return nil
}

// limits fills in what was left out of a ~SEQ.
func limits(numbers []int64) (start, step, end int64) {
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
	for range MaxExpansionDepth {
		ref, ok := l.findReference(line)
		if !ok || ref.value.isMulti() || len(line.Text) > MaxLineBytes {
			break
		}
		line = line.replace(ref.from, ref.to, ref.value.lines[0].Text)
	}
	return line.Text
}

// list runs ~LST(NAME,a,b,..) or ~LST({V,W},{a,b},{c,d},..).
func (l *loader) list(inner string, body Line) error {
	parameters, ok := splitList(inner)
	if !ok || len(parameters) < 2 {
		return errors.New("want names and at least one value")
	}
	names := parameters[0]
	for _, name := range names {
		if !isName(name) {
			return errors.New("'" + name + "' is no name")
		}
	}
	for _, values := range parameters[1:] {
		if len(values) > len(names) {
			return errors.New("~LST specification has too many values")
		}
	}
	for _, values := range parameters[1:] {
		if l.ended() {
			break
		}
		for i, name := range names {
			value := ""
			if i < len(values) {
				value = values[i]
			}
			l.set(name, value)
		}
		l.again(body)
	}
	return nil
}

func isName(text string) bool { return text != "" && identifier(text) == len(text) }

// splitList splits the parameters of ~LST at commas; each is one word, or
// several in braces. ok is false if braces do not match or a word has a blank
// in it.
func splitList(text string) (parameters [][]string, ok bool) {
	for {
		text = strings.TrimLeft(text, blanks)
		var group []string
		inner, rest, braced := "", "", false
		if body, found := strings.CutPrefix(text, "{"); found {
			if inner, rest, braced = strings.Cut(body, "}"); !braced {
				return nil, false
			}
			group = strings.Split(inner, ",")
			rest = strings.TrimLeft(rest, blanks)
			if rest != "" && rest[0] != ',' {
				return nil, false
			}
		} else {
			end := strings.IndexByte(text, ',')
			if end < 0 {
				end = len(text)
			}
			group, rest = []string{text[:end]}, text[end:]
		}
		for i := range group {
			group[i] = strings.Trim(group[i], blanks)
			if strings.ContainsAny(group[i], " \t{}") {
				return nil, false
			}
		}
		parameters = append(parameters, group)
		if rest == "" {
			return parameters, true
		}
		text = rest[1:]
	}
}
