package statefile

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	// maxLine is how long a line may be, in bytes.
	maxLine = 1000
	// maxSize is how long a file may be, in bytes: far more than the largest configuration writes.
	maxSize = 16 << 20
	// magic is how the first line begins: ours, and its version.
	magic = "holdfast 1 "
	// layout is the rest of the first line.
	layout = "pid %d %d parent %d %d pidns %d netns %d boot %s"
)

var errNoOwner = errors.New("does not say whose it is")

// header is the first line of a file, without its end.
func header(o Owner) string {
	boot := o.Boot
	if boot == "" {
		boot = "-"
	}
	return magic + fmt.Sprintf(layout, o.Process.PID, o.Process.Start,
		o.Parent.PID, o.Parent.Start, o.PIDSpace, o.NetSpace, boot)
}

// parseHeader is the reverse of header.
func parseHeader(line string) (Owner, error) {
	rest, ours := strings.CutPrefix(line, magic)
	if !ours {
		return Owner{}, errNoOwner
	}
	var o Owner
	_, err := fmt.Sscanf(rest, layout, &o.Process.PID, &o.Process.Start,
		&o.Parent.PID, &o.Parent.Start, &o.PIDSpace, &o.NetSpace, &o.Boot)
	if o.Boot == "-" {
		o.Boot = ""
	}
	// Sscanf takes more than is written, such as signs and spaces.
	if err != nil || header(o) != line || o.Process.PID < 0 || o.Parent.PID < 0 {
		return Owner{}, fmt.Errorf("%w: %q", errNoOwner, line)
	}
	return o, nil
}

// format is the text of a file.
func format(o Owner, lines []string) ([]byte, error) {
	b := []byte(header(o) + "\n")
	for _, l := range lines {
		if len(l) > maxLine || strings.Contains(l, "\n") {
			return nil, fmt.Errorf("%.40q is not one line of at most %d bytes", l, maxLine)
		}
		b = append(append(b, l...), '\n')
	}
	if len(b) > maxSize {
		return nil, fmt.Errorf("%d bytes are more than %d", len(b), maxSize)
	}
	return b, nil
}

// parse gives the lines of a file after the first, which says whose it is.
func parse(text []byte) (Owner, []string, error) {
	first, _, _ := bytes.Cut(text[:min(len(text), maxLine)], []byte("\n"))
	o, err := parseHeader(string(first))
	if err != nil {
		return Owner{}, nil, err
	}
	lines, err := split(text[min(len(first)+1, len(text)):], 2)
	return o, lines, err
}

// split gives the lines of a text without empty ones. A line that is too long is left out,
// which is the error; from is the number of the first line.
func split(text []byte, from int) ([]string, error) {
	var lines []string
	var err error
	n := from
	for l := range bytes.Lines(text) {
		switch l = bytes.TrimSuffix(l, []byte("\n")); {
		case len(l) > maxLine && err == nil:
			err = fmt.Errorf("line %d: %d bytes are more than %d", n, len(l), maxLine)
		case len(l) > 0 && len(l) <= maxLine:
			lines = append(lines, string(l))
		}
		n++
	}
	return lines, err
}

// parseStat gives the start time and the state of a process from /proc/PID/stat. Its second
// field is the program's name in parentheses, which may hold anything.
func parseStat(text string) (ticks uint64, state byte, err error) {
	const stateField, startField = 0, 19 // after the name
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) <= startField {
		return 0, 0, errors.New("too few fields")
	}
	if state = fields[stateField][0]; state < 'A' || state > 'z' {
		return 0, 0, fmt.Errorf("%q is no state", fields[stateField])
	}
	ticks, err = strconv.ParseUint(fields[startField], 10, 64)
	return ticks, state, err
}

// nameOf is the name of the file of an owner, beside others of the same base.
func nameOf(base string, p Process) string { return fmt.Sprintf("%s.%d.%d", base, p.PID, p.Start) }

// parseName is the reverse of nameOf.
func parseName(base, name string) (Process, bool) {
	var p Process
	rest, ok := strings.CutPrefix(name, base+".")
	if !ok {
		return p, false
	}
	_, err := fmt.Sscanf(rest, "%d.%d", &p.PID, &p.Start)
	return p, err == nil && nameOf(base, p) == name
}

// parseTemporary is for the name of a file that Replace makes on the way to that of an owner.
func parseTemporary(base, name string) (Process, bool) {
	rest, ok := strings.CutPrefix(name, ".")
	if i := strings.LastIndexByte(rest, '.'); ok && i >= 0 {
		return parseName(base, rest[:i])
	}
	return Process{}, false
}
