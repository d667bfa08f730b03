package appointment

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// story is a Book and a clock.
type story struct {
	t    *testing.T
	b    *Book
	now  time.Time
	file uint64
	said []string
}

func newStory(t *testing.T, now string) *story {
	s := &story{t: t, b: Open("/f", time.UTC)}
	s.clock(now)
	return s
}

func (s *story) clock(now string) {
	at, err := time.Parse("2006-01-02 15:04:05", now)
	if err != nil {
		s.t.Fatal(err)
	}
	s.now = at
}

// write makes another file.
func (s *story) write(line string) {
	s.file++
	s.read(Text{Found: true, Line: line, Inode: s.file})
}

func (s *story) read(t Text) { s.said = append(s.said, s.b.Read(s.now, t)...) }

func (s *story) expect(want ...string) {
	s.t.Helper()
	if got := strings.Join(s.said, "|"); got != strings.Join(want, "|") {
		s.t.Errorf("said %q, want %q", got, strings.Join(want, "|"))
	}
	s.said = nil
}

// turn is what happens at a time.
func (s *story) turn(at, want string) {
	s.t.Helper()
	s.clock(at)
	due, remove, said := s.b.Turn(s.now)
	s.said = append(s.said, said...)
	if got := fmt.Sprintf("%v %v", due, remove); got != want {
		s.t.Errorf("at %s: %s, want %s", at, got, want)
	}
}

// The words are those of 2.2.7 where they do not quote the file.
func TestCLI5_4_AppointmentsFollowTheFile(t *testing.T) {
	s := newStory(t, "2026-11-30 16:00:00")
	s.read(Text{})
	s.expect()
	s.write("22:00:00")
	s.expect("Scheduling reload for 2026-11-30 22:00:00")
	s.write("22:00:00")
	s.expect()
	s.write("2026-12-01 10:00:00")
	s.expect("Reload time updated from 2026-11-30 22:00:00 to 2026-12-01 10:00:00")
	s.write("secret")
	s.expect("Invalid reload time specified in /f: its first line is not HH:MM:SS, YY-MM-DD HH:MM:SS or "+
		"YYYY-MM-DD HH:MM:SS, with a Z at the end for UTC - ignoring",
		"Cancelling reload scheduled for 2026-12-01 10:00:00")
	s.write("2026-11-30 15:59:59")
	s.expect("Reload date/time in /f is in the past - ignoring")
	s.write("15:00:00")
	s.expect("Scheduling reload for 2026-12-01 15:00:00")
	s.read(Text{})
	s.expect("Cancelling reload scheduled for 2026-12-01 15:00:00")
	if !s.b.Due().IsZero() {
		t.Errorf("due %v", s.b.Due())
	}
	fault := Text{Found: true, Fault: "is a directory", Inode: 9}
	s.read(fault)
	s.read(fault)
	s.expect("Reload time file /f: is a directory - ignoring")
}

func TestCLI5_4_AppointmentsAreKeptOnce(t *testing.T) {
	s := newStory(t, "2026-11-30 16:00:00")
	s.write("16:00:05")
	s.turn("2026-11-30 16:00:04", "false false")
	s.turn("2026-11-30 16:00:05", "true true")
	s.turn("2026-12-01 16:00:05", "false false") // the file could not be removed
	s.expect("Scheduling reload for 2026-11-30 16:00:05")
	s.write("16:00:05")
	s.expect("Scheduling reload for 2026-12-02 16:00:05")
}

func TestCLI5_4_ATimeOfDayRepeats(t *testing.T) {
	s := newStory(t, "2026-11-30 16:00:00")
	s.b.Repeat(s.now, true)
	s.write("16:00:05")
	s.turn("2026-11-30 16:00:06", "true false")
	s.expect("Scheduling reload for 2026-11-30 16:00:05", "Scheduling reload for 2026-12-01 16:00:05")
	s.turn("2026-12-01 16:00:05", "true false")
	s.expect("Scheduling reload for 2026-12-02 16:00:05")
	s.said = s.b.Repeat(s.now, false) // and that file has been kept
	s.expect("Cancelling reload scheduled for 2026-12-02 16:00:05")
	s.said = s.b.Repeat(s.now, true)
	s.expect("Scheduling reload for 2026-12-02 16:00:05")
	// One of a day does not.
	s.write("2026-12-01 17:00:00")
	s.said = nil
	s.turn("2026-12-01 17:00:00", "true true")
	s.turn("2026-12-02 17:00:00", "false false")
	s.expect()
}

// A clock that is set moves no appointment, has none kept twice and none forgotten.
func TestCLI5_4_ClocksThatAreSet(t *testing.T) {
	s := newStory(t, "2026-11-30 16:00:00")
	s.b.Repeat(s.now, true)
	s.write("18:00:00")
	s.turn("2026-11-30 12:00:00", "false false") // back
	s.turn("2026-11-30 18:30:00", "true false")  // over it
	s.turn("2026-11-30 17:59:59", "false false") // back over it: it was kept
	s.expect("Scheduling reload for 2026-11-30 18:00:00", "Scheduling reload for 2026-12-01 18:00:00")
	s.turn("2026-11-30 18:00:00", "false false")
	s.turn("2026-11-27 12:00:00", "false false") // it has been wrong for long
	s.expect("Reload time updated from 2026-12-01 18:00:00 to 2026-11-27 18:00:00")
	s.turn("2026-11-27 18:00:00", "true false")
	// A date that is over comes back with the clock.
	s = newStory(t, "2026-12-24 00:00:00")
	s.write("2026-12-01 10:00:00")
	s.turn("2026-11-30 00:00:00", "false false")
	s.expect("Reload date/time in /f is in the past - ignoring", "Scheduling reload for 2026-12-01 10:00:00")
}

// What happens at the very moment takes no appointment away.
func TestCLI5_4_AppointmentsWaitForTheirTurn(t *testing.T) {
	s := newStory(t, "2026-11-30 16:00:00")
	s.write("16:00:05")
	s.clock("2026-11-30 16:00:05")
	s.read(Text{Found: true, Line: "16:00:05", Inode: s.file})
	s.said = append(s.said, s.b.Repeat(s.now, false)...)
	s.expect("Scheduling reload for 2026-11-30 16:00:05")
	s.turn("2026-11-30 16:00:06", "true true")
	// Another one takes its place all the same.
	s.write("16:00:10")
	s.clock("2026-11-30 16:00:10")
	s.write("16:00:20")
	s.turn("2026-11-30 16:00:11", "false false")
	s.turn("2026-11-30 16:00:20", "true true")
	s.expect("Scheduling reload for 2026-11-30 16:00:10",
		"Reload time updated from 2026-11-30 16:00:10 to 2026-11-30 16:00:20")
}
