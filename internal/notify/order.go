package notify

import (
	"time"

	"holdfast/internal/deadline"
)

// An order decides when scripts run. Those of one line (an object and a kind of its scripts) run one after
// the other, as they were asked for. What waits for a script to end is superseded by what is asked for later:
// then only the latest is run. Lines know nothing of each other, and a script that does not end holds up its
// own line for patience; then the next is started beside it.
//
// It is pure: J is what is run, and the times come in.
type order[J any] struct {
	lines    map[string]*line[J]
	waiting  deadline.Heap[*line[J]]
	patience time.Duration
	lastRun  runID
}

// runID is one start of a script, 0 none.
type runID uint64

// line is one object's scripts of a kind. It exists while one of them runs.
type line[J any] struct {
	name  string
	run   runID // the latest that was started
	began time.Time
	until time.Time // it is waited for
	next  []wish[J] // the oldest first
	limit deadline.Timer[*line[J]]
}

// A wish is a script that waits for its turn.
type wish[J any] struct {
	job  J
	kept bool // no later one takes its place
}

// A start says that a script is to be started now.
type start[J any] struct {
	line string
	run  runID
	job  J
	// after is how long the one before has run that this one does not wait for any more; 0 if it has ended.
	after time.Duration
}

func newOrder[J any](patience time.Duration) *order[J] {
	return &order[J]{lines: map[string]*line[J]{}, patience: patience}
}

// put asks for a script in a line, which is run in any case if it is kept. Superseded are those that waited
// and are not run any more.
func (o *order[J]) put(now time.Time, name string, job J, kept bool) (started []start[J], superseded []J) {
	l := o.lines[name]
	if l == nil {
		l = &line[J]{name: name}
		l.limit.Of = l
		o.lines[name] = l
	}
	for n := len(l.next); n > 0 && !l.next[n-1].kept; n-- {
		superseded = append(superseded, l.next[n-1].job)
		l.next = l.next[:n-1]
	}
	l.next = append(l.next, wish[J]{job, kept})
	return o.advance(now, l), superseded
}

// ended says that a script has ended, or could not be started. One that its line does not wait for any more
// changes nothing.
func (o *order[J]) ended(now time.Time, name string, run runID) []start[J] {
	l := o.lines[name]
	if l == nil || l.run != run {
		return nil
	}
	l.run = 0
	return o.advance(now, l)
}

// expire starts what has waited for long enough.
func (o *order[J]) expire(now time.Time) (all []start[J]) {
	for t := o.waiting.Next(); t != nil && !t.At.After(now); t = o.waiting.Next() {
		all = append(all, o.advance(now, t.Of)...)
	}
	return all
}

// hurry is for the end: from here on nobody waits for longer than patience, counted from now.
func (o *order[J]) hurry(now time.Time, patience time.Duration) {
	o.patience = patience
	for _, l := range o.lines {
		if soon := now.Add(patience); soon.Before(l.until) {
			l.until = soon
		}
		if l.limit.IsSet() {
			o.waiting.Set(&l.limit, l.until)
		}
	}
}

// next is when expire has something to do, false if nothing waits.
func (o *order[J]) next() (time.Time, bool) {
	if t := o.waiting.Next(); t != nil {
		return t.At, true
	}
	return time.Time{}, false
}

// advance starts the next script of a line if it is its turn.
func (o *order[J]) advance(now time.Time, l *line[J]) []start[J] {
	o.waiting.Cancel(&l.limit)
	switch {
	case len(l.next) == 0 && l.run == 0:
		delete(o.lines, l.name)
		return nil
	case len(l.next) == 0:
		return nil
	case l.run != 0 && now.Before(l.until):
		o.waiting.Set(&l.limit, l.until)
		return nil
	}
	o.lastRun++
	s := start[J]{line: l.name, run: o.lastRun, job: l.next[0].job}
	if l.run != 0 {
		s.after = now.Sub(l.began)
	}
	l.run, l.began, l.until, l.next = s.run, now, now.Add(o.patience), l.next[1:]
	if len(l.next) > 0 {
		o.waiting.Set(&l.limit, l.until)
	}
	return []start[J]{s}
}
