package timetable

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/sys/unix"

	"holdfast/config"
)

// desk is a Timetable with a file of its own, and the loop of whoever uses it.
type desk struct {
	t      *testing.T
	path   string
	table  *Timetable
	events chan bool // true: the alarm
	logs   *observer.ObservedLogs
}

func newDesk(t *testing.T) *desk {
	core, logs := observer.New(zap.DebugLevel)
	d := &desk{t: t, path: filepath.Join(t.TempDir(), "when"), events: make(chan bool, 1024), logs: logs}
	d.table = New(zap.New(core), func() { d.events <- false }, func() { d.events <- true })
	t.Cleanup(d.table.Close)
	return d
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) write(text string) { d.t.Helper(); d.must(os.WriteFile(d.path, []byte(text), 0o644)) }

func (d *desk) follow(repeat bool) {
	d.table.Follow(config.Reloading{TimeFile: d.path, Repeat: repeat}, time.Now())
}

// until runs the loop until a condition holds, and tells how many reloads there were.
func (d *desk) until(what string, ok func() bool) (reloads int) {
	d.t.Helper()
	for limit := time.After(time.Minute); !ok(); {
		select {
		case alarm := <-d.events:
			if !alarm {
				d.table.Look(time.Now())
			} else if d.table.Turn(time.Now()) {
				reloads++
			}
		case <-limit:
			d.t.Fatalf("never: %s; log: %v", what, d.log())
		}
	}
	return reloads
}

// logged waits for a line.
func (d *desk) logged(text string) {
	d.t.Helper()
	d.until(text, func() bool { return d.said(text) > 0 })
}

func (d *desk) said(text string) int { return d.logs.FilterMessageSnippet(text).Len() }

func (d *desk) log() (lines []string) {
	for _, e := range d.logs.All() {
		lines = append(lines, e.Message)
	}
	return lines
}

func (d *desk) there() bool { _, err := os.Lstat(d.path); return err == nil }

const (
	dated = "2006-01-02 15:04:05"
	daily = "15:04:05"
)

// keep makes an appointment and waits until it was kept. On a busy machine it may be over before it is read: then the next
// one is further away.
func (d *desk) keep(form string, zone *time.Location, suffix string) {
	d.t.Helper()
	for ahead := time.Second; ; ahead *= 2 {
		past, kept := d.said("is in the past"), d.said("It is time for the reload scheduled for ")
		at := time.Now().Add(ahead)
		d.write(at.In(zone).Format(form) + suffix)
		n := d.until("an appointment was kept", func() bool {
			return d.said("It is time") > kept || d.said("is in the past") > past || d.table.Due().After(at.Add(time.Hour))
		})
		if n == 1 && d.said("It is time") == kept+1 {
			return
		}
		if n != 0 {
			d.t.Fatalf("%d reloads, log %q", n, d.log())
		}
	}
}

// A date is over with its reload, and so is a time of day that does not repeat: the file goes.
func TestCLI5_4_TheFileGoesWithItsReload(t *testing.T) {
	for _, form := range []string{dated, daily} {
		d := newDesk(t)
		d.follow(form == dated)
		for range 2 {
			d.keep(form, time.Local, "")
			if d.there() || !d.table.Due().IsZero() {
				t.Errorf("there: %v, due %v, log %q", d.there(), d.table.Due(), d.log())
			}
		}
	}
}

func TestCLI5_4_ATimeOfDayStays(t *testing.T) {
	d := newDesk(t)
	d.follow(true)
	d.keep(daily, time.UTC, "Z\n")
	if ahead := time.Until(d.table.Due()); !d.there() || ahead < time.Hour || ahead > 25*time.Hour {
		t.Errorf("there: %v, due %v", d.there(), d.table.Due())
	}
}

// What is no time, or no file, makes no appointment and takes the one of before away; what is in a file that is not ours
// stays there.
func TestCLI5_4_WhatIsNoTime(t *testing.T) {
	d := newDesk(t)
	d.follow(false)
	secret := filepath.Join(filepath.Dir(d.path), "secret")
	d.must(os.WriteFile(secret, []byte("s3cret\n"), 0o600))
	for name, make := range map[string]func(){
		"Invalid reload time specified in ": func() { d.must(os.Symlink(secret, d.path)) },
		"is no regular file - ignoring":     func() { d.must(unix.Mkfifo(d.path, 0o600)) },
		"is in the past - ignoring":         func() { d.write("2020-01-01 00:00:00") },
		"too many levels of symbolic links": func() { d.must(os.Symlink(d.path, d.path)) },
		"first line is not HH:MM:SS":        func() { d.write(strings.Repeat("2", 100)) },
	} {
		d.write("2199-01-01 00:00:00Z")
		d.until("an appointment", func() bool { return !d.table.Due().IsZero() })
		d.must(os.Remove(d.path))
		make()
		d.until(name, func() bool { return d.said(name) > 0 && d.table.Due().IsZero() })
		if problem := Problem(d.path); !strings.Contains(name, "ignoring") && !strings.Contains(problem, name) {
			t.Errorf("problem %q, want %q", problem, name)
		}
		d.must(os.Remove(d.path))
	}
	if Problem(d.path) != "" || d.said("s3cret") > 0 {
		t.Errorf("problem %q of no file, log %q", Problem(d.path), d.log())
	}
	// A link is as good as a file; only it goes.
	d.must(os.Symlink(secret, d.path))
	d.keep(dated, time.UTC, "Z\nwhatever")
	if d.there() {
		t.Error("the link is there")
	}
	if _, err := os.Stat(secret); err != nil {
		t.Error(err)
	}
}

// Another file is followed from a reload on, and none.
func TestCLI5_4_AnotherFile(t *testing.T) {
	d := newDesk(t)
	d.table.Follow(config.Reloading{}, time.Now())
	d.write("2199-01-01 00:00:00Z")
	d.follow(false)
	first := d.path
	d.path += "2"
	d.follow(false)
	if !d.table.Due().IsZero() {
		t.Errorf("due %v", d.table.Due())
	}
	d.must(os.WriteFile(first, []byte("2198-01-01 00:00:00Z"), 0o644))
	d.write("2197-01-01 00:00:00Z")
	d.logged("2197")
	d.table.Follow(config.Reloading{}, time.Now())
	if d.said("2198") > 0 || !d.table.Due().IsZero() || d.table.Turn(time.Now()) {
		t.Errorf("due %v, log %q", d.table.Due(), d.log())
	}
	d.table.Look(time.Now()) // an event that came too late
	d.follow(false)
	if d.said("Scheduling reload for 2197") != 2 {
		t.Errorf("log %q", d.log())
	}
}
