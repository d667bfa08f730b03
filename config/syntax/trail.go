package syntax

import (
	"slices"
	"sort"
	"strconv"
)

// A Frame is one step of the way on which a text came to its place. Text is a
// phrase that wants the place after it: "in the value of $VIP, defined at".
type Frame struct {
	Pos  Pos
	Text string
}

// String is the phrase with its place.
func (f Frame) String() string { return f.Text + " " + f.Pos.String() }

// An Origin is what the values of Pos.Via from First on, up to First of the next
// one, stand for. Its Pos.Via is the next step outwards, a smaller one. Inside means
// that it is about the value of a definition; then the values count its bytes, Pos
// being the place of the first one. Otherwise there is only one value.
type Origin struct {
	First  int32
	Inside bool
	Frame
}

// MaxTrail is how many steps of a trail are told; of a longer one those in the
// middle are left out. What goes in a circle is told once.
const MaxTrail = 16

// step is the frame that via stands for, with Frame.Pos.Via the next step, and
// whether it is a place inside a definition's value.
func (s *Snapshot) step(via int32) (f Frame, inside, ok bool) {
	i := sort.Search(len(s.Origins), func(i int) bool { return s.Origins[i].First > via }) - 1
	if via <= 0 || i < 0 {
		return Frame{}, false, false
	}
	o := s.Origins[i]
	if o.Pos.Via >= o.First { // not from Load: it would have no end
		return Frame{}, false, false
	}
	f = o.Frame
	if o.Inside {
		f.Pos.Col += via - o.First
	}
	return f, o.Inside, true
}

// Trail tells how the text at pos came there: first, if pos is a reference, the
// places in the values of the definitions that it and then they refer to, then,
// from the inside outwards, the loops, definitions of several lines and includes
// around pos. It is empty for text that stands in the main file as it is.
func (s *Snapshot) Trail(pos Pos) []Frame {
	var trail []Frame
	values := 0 // frames at the beginning that are places inside values
	for via := pos.Via; via != 0; {
		f, inside, ok := s.step(via)
		if !ok {
			break
		}
		via, f.Pos.Via = f.Pos.Via, 0
		if slices.Contains(trail[max(0, len(trail)-MaxTrail):], f) {
			continue
		}
		if inside && values == len(trail) {
			values++
		}
		trail = append(trail, f)
	}
	// Via leads from the inside outwards; in values the way is told from the reference inwards.
	slices.Reverse(trail[:values])
	if len(trail) > MaxTrail {
		head, tail := trail[:MaxTrail/2], trail[len(trail)-MaxTrail/2+1:]
		gap := trail[MaxTrail/2]
		gap.Text = "and " + strconv.Itoa(len(trail)-len(head)-len(tail)) + " more steps, the first of them " + gap.Text
		trail = append(append(slices.Clone(head), gap), tail...)
	}
	return trail
}

// Trace sets the Trail of all findings about this snapshot that have none.
func (s *Snapshot) Trace(all []Diagnostic) {
	for i := range all {
		if d := &all[i]; d.Trail == nil && d.Pos.Via != 0 {
			d.Trail = s.Trail(d.Pos)
		}
	}
}

// A site is a place without the way that led there.
type site struct {
	file string
	line int
	col  int32
}

func (p Pos) site() site { return site{p.File, p.Line, p.Col} }

// Once drops findings that say the same of the same place, as those in the body
// of a loop do at every turn. The first one stays. It uses the memory of all.
func Once(all []Diagnostic) []Diagnostic {
	type key struct {
		at, related site
		severity    Severity
		class       Class
		text        string
	}
	seen := make(map[key]bool, len(all))
	return slices.DeleteFunc(all, func(d Diagnostic) bool {
		k := key{d.Pos.site(), d.Related.site(), d.Severity, d.Class, d.Text}
		if seen[k] {
			return true
		}
		seen[k] = true
		return false
	})
}

// around adds a step outside of which is the one that frame.Pos.Via stands for.
func (l *loader) around(frame Frame) int32 {
	return l.origin(Origin{Frame: frame}, 0)
}

// inside adds a step about a value of n bytes, and returns what stands for the first one.
func (l *loader) inside(frame Frame, n int) int32 {
	return l.origin(Origin{Frame: frame, Inside: true}, n)
}

func (l *loader) origin(o Origin, n int) int32 {
	if i := len(l.snap.Origins) - 1; o.Inside && i >= 0 {
		if last := l.snap.Origins[i]; last.Inside && last.Frame == o.Frame && last.First+int32(n) < l.nextVia {
			return last.First // several uses of one definition on a line
		}
	}
	o.First = l.nextVia
	l.nextVia += int32(n) + 1 // the last one is for the end of the value
	l.snap.Origins = append(doubled(l.snap.Origins), o)
	return o.First
}

// A mark is a state of the loader to which its origins can go back.
type mark struct {
	lines, findings, origins int
	nextVia                  int32
}

func (l *loader) mark() mark {
	return mark{len(l.snap.Lines), len(l.snap.Diagnostics), len(l.snap.Origins), l.nextVia}
}

// forget drops the origins since m if nothing that was read since needs them.
// Definitions do not: see define.
func (l *loader) forget(m mark) {
	if len(l.snap.Lines) == m.lines && len(l.snap.Diagnostics) == m.findings {
		l.snap.Origins, l.nextVia = l.snap.Origins[:m.origins], m.nextVia
	}
}

// rebase is via with the step to outer in place of what comes after the places
// inside values. The value that via stands in goes on for n bytes from there.
func (l *loader) rebase(via, outer int32, n int) int32 {
	f, inside, ok := l.snap.step(via)
	if !ok || !inside {
		return outer
	}
	f.Pos.Via = l.rebase(f.Pos.Via, outer, 0)
	return l.inside(f, n)
}

// outside is what comes after the places inside values in via.
func (l *loader) outside(via int32) int32 {
	for {
		f, inside, ok := l.snap.step(via)
		if !ok || !inside {
			return via
		}
		via = f.Pos.Via
	}
}

// within is line with the step to outer around it, in place of what is around it now.
func (l *loader) within(line Line, outer int32) Line {
	line.Via = outer
	if len(line.Spans) == 0 {
		return line
	}
	// They may be those of a definition, which is used again.
	spans := slices.Clone(line.Spans)
	for i := range spans {
		n := 0
		if spans[i].Inside {
			n = len(line.Text) - spans[i].Start
		}
		spans[i].Pos.Via = l.rebase(spans[i].Pos.Via, outer, n)
	}
	line.Spans = spans
	line.Via = spans[0].Pos.Via
	return line
}

// plain is line as it stands, without the way that led there.
func (l Line) plain() Line {
	l.Via = 0
	l.Spans = slices.Clone(l.Spans)
	for i := range l.Spans {
		l.Spans[i].Pos.Via, l.Spans[i].Inside = 0, false
	}
	return l
}
