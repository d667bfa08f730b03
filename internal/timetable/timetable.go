// Package timetable has reloads take place at the time that a file names (cli 5.4). What is done when is decided by an
// appointment.Book; here are the file, the watch of it and the alarm.
package timetable

import (
	"fmt"
	"path/filepath"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/appointment"
	"holdfast/internal/filewatch"
)

// A Timetable follows one file at a time. One goroutine uses it.
type Timetable struct {
	log           *zap.Logger
	changed, rang func()

	path  string
	book  *appointment.Book // nil: no file is named
	watch *filewatch.Watcher
	alarm *alarm // both are made when a file is named for the first time
	blind bool   // it was said that the file cannot be watched
}

// New gives a Timetable that follows no file. It calls changed when there is something to Look at, and rang when it may
// be some appointment's Turn, from goroutines of its own.
func New(log *zap.Logger, changed, rang func()) *Timetable {
	return &Timetable{log: log, changed: changed, rang: rang}
}

// Follow begins to follow the file of a configuration, or goes on with it.
func (t *Timetable) Follow(r config.Reloading, now time.Time) {
	path := r.TimeFile
	if path != "" {
		path, _ = filepath.Abs(path) // it fails when there is no working directory, and no file then
	}
	if path != t.path {
		t.path, t.book, t.blind = path, nil, false
	}
	if t.watch != nil {
		t.watch.Keep(func(p string) bool { return p == path })
	}
	if path == "" || t.open() != nil {
		return
	}
	if t.book == nil {
		t.book = appointment.Open(path, time.Local)
	}
	t.say(t.book.Repeat(now, r.Repeat))
	t.Look(now)
}

// open makes what is needed to follow a file.
func (t *Timetable) open() error {
	if t.alarm != nil {
		return nil
	}
	a, err := newAlarm(t.rang)
	if err != nil {
		t.log.Warn(fmt.Sprintf("Reload time file %s is not followed: %v", t.path, err))
		return err
	}
	t.alarm = a
	t.watch = filewatch.New(func([]string) { t.changed() })
	return nil
}

// Look reads the file.
func (t *Timetable) Look(now time.Time) {
	if t.book == nil {
		return // a change of a file that was followed before
	}
	if err := t.watch.Watch(t.path); err != nil && !t.blind {
		t.blind = true
		t.log.Warn(fmt.Sprintf("Reload time file %s cannot be watched and is read every second: %v", t.path, err))
	}
	t.say(t.book.Read(now, read(t.path)))
	t.wind()
}

// Turn reports whether a reload is due. The file goes before that reload, as with keepalived: whoever writes it anew
// from then on makes another appointment.
func (t *Timetable) Turn(now time.Time) bool {
	if t.book == nil {
		return false
	}
	// Whoever has written it anew meanwhile has put the appointment off, and loses no file.
	t.say(t.book.Read(now, read(t.path)))
	at := t.book.Due()
	due, remove, said := t.book.Turn(now)
	if due {
		t.log.Info("It is time for the reload scheduled for " + appointment.Shown(at))
	}
	if err := t.clear(remove); err != nil {
		t.log.Warn(fmt.Sprintf("Reload time file %s cannot be removed: %v", t.path, err))
	}
	t.say(said)
	t.wind()
	return due
}

// clear removes the file, if it is to go. Of a link it is the link.
func (t *Timetable) clear(remove bool) error {
	if !remove {
		return nil
	}
	if err := unix.Unlink(t.path); err != nil && err != unix.ENOENT {
		return err
	}
	return nil
}

// wind sets the alarm.
func (t *Timetable) wind() {
	if err := t.alarm.set(t.book.Due()); err != nil {
		t.log.Warn(fmt.Sprintf("Reload time file %s: the alarm cannot be set: %v", t.path, err))
	}
}

func (t *Timetable) say(lines []string) {
	for _, l := range lines {
		t.log.Info(l)
	}
}

// Due is when the next reload is, zero if none is scheduled.
func (t *Timetable) Due() time.Time {
	if t.book == nil {
		return time.Time{}
	}
	return t.book.Due()
}

// Close ends it.
func (t *Timetable) Close() {
	if t.alarm != nil {
		t.alarm.close()
		_ = t.watch.Close() // nothing was written
	}
}
