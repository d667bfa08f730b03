// Package appointment is the reload at a time that a file names (cli 5.4): what the file says, and when that is by a
// wall clock which may be set. It is pure.
package appointment

import (
	"fmt"
	"time"
)

// A Text is what was found in the file.
type Text struct {
	Found bool   // there is a file
	Line  string // the first one, or a part of it that is too long for a time
	Fault string // what keeps it from being read, "" if nothing does
	// Which file it was: one that is written again is another appointment, even if it says the same.
	Inode   uint64
	Written time.Time
}

// A Book holds the one appointment that a file makes.
type Book struct {
	path   string
	zone   *time.Location
	repeat bool

	text   Text
	moment *moment   // what the text says; nil if it says nothing that counts
	due    time.Time // zero: there is no appointment
	kept   time.Time // when the last one was due
	done   bool      // the one of this text was kept
}

// Open gives an empty Book for a file. Times without a Z are those of the zone.
func Open(path string, zone *time.Location) *Book { return &Book{path: path, zone: zone} }

// Due is when the appointment is, zero if there is none.
func (b *Book) Due() time.Time { return b.due }

// Repeat says whether a time of day comes back every day, and gives what is to be logged.
func (b *Book) Repeat(now time.Time, on bool) []string {
	b.repeat = on
	return b.plan(now, b.due)
}

// Read takes what is in the file now, and gives what is to be logged.
func (b *Book) Read(now time.Time, t Text) []string {
	if t == b.text {
		return nil
	}
	was := b.due
	b.text, b.moment, b.done, b.due = t, nil, false, time.Time{}
	var said []string
	if problem := b.take(now); problem != "" {
		said = []string{problem + " - ignoring"}
	}
	return append(said, b.plan(now, was)...)
}

// Problem says what is wrong with what is in the file, "" if nothing is.
func (b *Book) Problem(now time.Time, t Text) string {
	b.text = t
	return b.take(now)
}

// take understands the text, or says what is wrong with it.
func (b *Book) take(now time.Time) (problem string) {
	if !b.text.Found {
		return ""
	}
	if b.text.Fault != "" {
		return fmt.Sprintf("Reload time file %s: %s", b.path, b.text.Fault)
	}
	m, err := parse(b.text.Line)
	if err != nil {
		return fmt.Sprintf("Invalid reload time specified in %s: %v", b.path, err)
	}
	// One that is over for good, but for a clock that is put back.
	b.moment = &m
	if _, ok := m.next(now, b.zone); !ok {
		return fmt.Sprintf("Reload date/time in %s is in the past", b.path)
	}
	return ""
}

// Turn is for when the appointment may be due, or the clock was set: it reports whether it is due, and whether its
// file is to go first. There may be another one now.
func (b *Book) Turn(now time.Time) (due, remove bool, said []string) {
	// One that a clock has been put past is kept all the same, late: others have done theirs.
	if !b.due.IsZero() && !now.Before(b.due) {
		b.kept, b.done, b.due = b.due, true, time.Time{}
		due = true
		remove = b.moment.dated || !b.repeat
	}
	return due, remove, b.plan(now, b.due)
}

// settled is how long an appointment that was kept is remembered over a clock that is put back.
const settled = 24 * time.Hour

// plan finds out when the next appointment is, and tells what is other than it was.
func (b *Book) plan(now, was time.Time) []string {
	m := b.moment
	switch {
	case m == nil || b.done && (m.dated || !b.repeat):
		b.due = time.Time{}
	case !b.due.IsZero() && !now.Before(b.due):
		return nil // it waits for its Turn
	default:
		from := now
		// Not twice because the clock is put back over it. By more than that it has been wrong for long.
		if ahead := b.kept.Sub(now); b.done && ahead > 0 && ahead < settled {
			from = b.kept
		}
		b.due, _ = m.next(from, b.zone)
	}
	shown := func(t time.Time) string { return Shown(t.In(b.zone)) }
	switch {
	case was.Equal(b.due):
		return nil
	case was.IsZero():
		return []string{"Scheduling reload for " + shown(b.due)}
	case b.due.IsZero():
		return []string{"Cancelling reload scheduled for " + shown(was)}
	}
	return []string{fmt.Sprintf("Reload time updated from %s to %s", shown(was), shown(b.due))}
}

// Shown is a time as it is written everywhere.
func Shown(t time.Time) string { return t.Format(forms[2].layout) }
