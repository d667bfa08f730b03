package lab

import (
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// attempts bounds how often a test is tried that fails on a machine too busy to judge by.
const attempts = 4

// unjudged begins what is said of a test that failed on a busy machine as often as it was tried;
// "make test" tells such tests from those that failed.
const unjudged = "could not be judged"

// late is how the daemon says of itself that it did not run in time.
var late = regexp.MustCompile(`timer woke up \S+ late`)

// A Trial is one attempt at a test whose verdict takes time into account. It is to the test what a
// *testing.T is, but what fails here fails the test only if it counts: see [Judge].
type Trial struct {
	testing.TB // for what the attempts have in common

	mu        sync.Mutex
	failed    bool
	busy      string // what the attempt itself knows
	said      []message
	cleanups  []func()
	witnesses []func() string
}

// A message is a line of a trial; the ones that say what failed stand first in the end.
type message struct {
	text string
	bad  bool
}

// Judge tries a test until its verdict counts. A test that passes has passed. One that fails while this
// machine kept processes waiting (see [Metronome.Busy]), or a daemon says that it was woken up late, is
// tried again, while there is time for that. If it never passes, it has failed; where the machine was too
// busy the last time as well, the message says that the test could not be judged.
//
// The test may be called several times, one after the other, each time with a Trial of its own and what
// was done before undone by the functions it gave to Cleanup.
func Judge(t *testing.T, test func(t *Trial)) {
	t.Helper()
	beat := StartMetronome()
	defer beat.Stop()
	judge(t, beat.Busy, test)
}

// judge is Judge with any way to know whether the machine was busy.
func judge(t testing.TB, busy func(since time.Time) string, test func(t *Trial)) {
	t.Helper()
	for n := 1; ; n++ {
		start := time.Now()
		trial := &Trial{TB: t}
		lateness := trial.run(test)
		if !trial.failed {
			if s := trial.report(); s != "" {
				t.Log(s)
			}
			return
		}
		reason := busy(start)
		if reason == "" {
			reason = trial.busy
		}
		doubt := reason
		if doubt == "" {
			doubt = lateness
		}
		switch {
		case doubt != "" && n < attempts && roomForAnother(t, time.Since(start)):
			t.Logf("tried again, %s:\n%s", doubt, trial.report())
		case reason != "":
			t.Errorf("%s: %s; tried %d times, it failed each time, at last so:\n%s", unjudged, reason, n,
				trial.report())
			return
		default:
			t.Errorf("%s", trial.report())
			return
		}
	}
}

// roomForAnother reports whether an attempt that takes as long as the last one ends before the time limit
// of all tests, which would end the others too.
func roomForAnother(t testing.TB, took time.Duration) bool {
	limited, ok := t.(interface{ Deadline() (time.Time, bool) })
	if !ok {
		return true
	}
	deadline, ok := limited.Deadline()
	return !ok || time.Until(deadline) > took+took/4
}

// run makes the attempt and cleans up after it. It returns what the daemons said of their lateness, if
// the attempt failed.
func (t *Trial) run(test func(*Trial)) (lateness string) {
	done := make(chan struct{})
	go func() { // a goroutine of its own, which FailNow ends
		defer close(done)
		defer t.clean()
		defer func() {
			if t.Failed() {
				lateness = t.lateness()
			}
		}()
		test(t)
	}()
	<-done
	return lateness
}

// clean calls the functions of Cleanup, the last one first, all of them also when one ends the goroutine.
func (t *Trial) clean() {
	for {
		t.mu.Lock()
		n := len(t.cleanups)
		if n == 0 {
			t.mu.Unlock()
			return
		}
		f := t.cleanups[n-1]
		t.cleanups = t.cleanups[:n-1]
		t.mu.Unlock()
		done := make(chan struct{})
		go func() {
			defer close(done)
			f()
		}()
		<-done
	}
}

// lateness is what a witness says of how late it was.
func (t *Trial) lateness() string {
	for _, w := range t.witnesses {
		if l := Lateness(w()); l != "" {
			return "a daemon says: " + l
		}
	}
	return ""
}

// Lateness is the first line of a log in which the daemon says that it was woken up late; empty if there
// is none.
func Lateness(log string) string {
	for l := range strings.Lines(log) {
		if late.MatchString(l) {
			return strings.TrimSpace(l)
		}
	}
	return ""
}

// report is all that was said, what failed first.
func (t *Trial) report() string {
	var bad, other []string
	for _, m := range t.said {
		if m.bad {
			bad = append(bad, m.text)
		} else {
			other = append(other, m.text)
		}
	}
	return strings.Join(append(bad, other...), "\n")
}

// Witness names a log in which a daemon under test says when it was woken up late. It is read when the
// attempt has failed, before it is cleaned up.
func (t *Trial) Witness(log func() string) { t.witnesses = append(t.witnesses, log) }

// Busy says of an attempt that fails that the machine was too busy to judge it by, where that showed to
// somebody else: a program that has a metronome of its own, in another kernel.
func (t *Trial) Busy(why string) { t.busy = why }

// say keeps a message with the place it comes from.
func (t *Trial) say(bad bool, text string) {
	_, file, line, _ := runtime.Caller(2)
	text = fmt.Sprintf("%s:%d: %s", filepath.Base(file), line, strings.TrimRight(text, "\n"))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.said = append(t.said, message{text: text, bad: bad})
	t.failed = t.failed || bad
}

// Log keeps a message, which is printed with the verdict.
func (t *Trial) Log(args ...any) { t.say(false, fmt.Sprintln(args...)) }

// Logf keeps a message, which is printed with the verdict.
func (t *Trial) Logf(format string, args ...any) { t.say(false, fmt.Sprintf(format, args...)) }

// Error is Log, and the attempt has failed.
func (t *Trial) Error(args ...any) { t.say(true, fmt.Sprintln(args...)) }

// Errorf is Logf, and the attempt has failed.
func (t *Trial) Errorf(format string, args ...any) { t.say(true, fmt.Sprintf(format, args...)) }

// Fatal is Error and the end of the attempt.
func (t *Trial) Fatal(args ...any) {
	t.say(true, fmt.Sprintln(args...))
	runtime.Goexit()
}

// Fatalf is Errorf and the end of the attempt.
func (t *Trial) Fatalf(format string, args ...any) {
	t.say(true, fmt.Sprintf(format, args...))
	runtime.Goexit()
}

// Fail makes the attempt a failed one.
func (t *Trial) Fail() { t.say(true, "failed") }

// FailNow is Fail and the end of the attempt.
func (t *Trial) FailNow() {
	t.say(true, "failed")
	runtime.Goexit()
}

// Failed reports whether the attempt has failed.
func (t *Trial) Failed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failed
}

// Cleanup has a function called at the end of the attempt, the last one given first.
func (t *Trial) Cleanup(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cleanups = append(t.cleanups, f)
}
