package speaker

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/news"
	"holdfast/internal/speaker/talk"
	"holdfast/test/lab"
)

// over is what one Keeper hands over, as another process gets it: what it says as bytes, and descriptors of its own.
// gone is the end of the process that hands over.
func over(t *testing.T, k *Keeper) (f Former, fds []int, gone func()) {
	t.Helper()
	had, theirs := k.HandOver(time.Now())
	t.Cleanup(k.Resume)
	text, err := json.Marshal(had)
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range theirs {
		own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			t.Fatal(err)
		}
		fds = append(fds, own)
	}
	return f, fds, func() {
		null, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		defer null.Close()
		for _, fd := range theirs {
			if err := unix.Dup3(int(null.Fd()), fd, unix.O_CLOEXEC); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// programOf is the process that was started by a name of its own.
func programOf(t *testing.T, path string) string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		if text, err := os.ReadFile(file); err == nil && strings.TrimRight(string(text), "\x00") == path {
			return filepath.Base(filepath.Dir(file))
		}
	}
	t.Fatalf("nobody is %s", path)
	return ""
}

// next is a Keeper in the place of another one.
func next(t *testing.T, k *Keeper) (n *Keeper, logs *observer.ObservedLogs, gone func()) {
	t.Helper()
	f, fds, gone := over(t, k)
	core, logs := observer.New(zap.DebugLevel)
	n = New(Options{Log: zap.New(core), Answer: patience, First: patience})
	t.Cleanup(func() { n.Close(time.Second) })
	if err := n.Succeed(f, time.Now(), fds); err != nil {
		t.Fatal(err)
	}
	return n, logs, gone
}

// begun is a Keeper whose two sessions are established.
func begun(t *testing.T, kind string) (*Keeper, *config.BGP, *observer.ObservedLogs) {
	k, path, logs := speaks(t, kind)
	c := two()
	c.Program = path
	k.Set(places("192.0.2.1/32"))
	k.Configure(c)
	awaitLine(t, logs, "BGP session with 10.0.0.1 is established", 1)
	awaitLine(t, logs, "BGP session with 2001:db8::1 is established", 1)
	return k, c, logs
}

func TestSessionsGoOnInAnotherProcess(t *testing.T) {
	t.Parallel()
	k, c, _ := begun(t, "good")
	was := k.Sessions()
	for range 3 {
		n, logs, _ := next(t, k)
		n.Configure(c) // which says nothing of what is told: that stays until it is said
		awaitLine(t, logs, "2 neighbours, [192.0.2.1/32], leaving false", 1)
		n.Set(places("192.0.2.1/32"))
		// Where another process dies in the middle, or goes on, nobody has both: the descriptors are its own.
		if got := logs.FilterMessageSnippet("session").Len() + logs.FilterMessageSnippet("is announced").Len(); got != 0 {
			t.Errorf("%v", logs.All())
		}
		is := n.Sessions()
		for i := range is {
			is[i].Since = is[i].Since.Round(time.Millisecond)
			was[i].Since = was[i].Since.Round(time.Millisecond)
			if d := is[i].Since.Sub(was[i].Since).Abs(); d <= 100*time.Millisecond { // two clocks are read
				is[i].Since = was[i].Since
			}
		}
		if !reflect.DeepEqual(is, was) {
			t.Errorf("sessions were %+v\nand are %+v", was, is)
		}
		k = n
	}
}

// What BFD has said of the way to a neighbour is known to the next one, which hears it again when it changes.
func TestWaysGoOn(t *testing.T) {
	t.Parallel()
	k, c, _ := begun(t, "good")
	k.hears(t, "a", news.SessionUp, news.Current)
	k.hears(t, "b", news.SessionUp, news.Current)
	k.hears(t, "b", news.SessionDown, news.Current)
	n, _, _ := next(t, k)
	n.Configure(c)
	n.hears(t, "a", news.SessionDown, news.Current)
	n.hears(t, "b", news.SessionDown, news.Current)
	if ways := n.wish().ways; ways["a"] != WayLost || ways["b"] != WayLost {
		t.Errorf("%v", ways)
	}
}

// A program that another process has started ends as any other, by itself or by force.
func TestTheEndOfAProgramThatOutlived(t *testing.T) {
	t.Parallel()
	for _, alone := range []bool{true, false} {
		k, c, _ := begun(t, "good")
		n, logs, gone := next(t, k)
		n.Configure(c)
		awaitLine(t, logs, "2 neighbours, [192.0.2.1/32], leaving false", 1)
		pid := programOf(t, c.Program)
		if alone {
			gone()
		}
		began := time.Now()
		if !n.Close(time.Second) {
			t.Error("nothing was told at the end")
		}
		// It has not been told while somebody else has the other end.
		if took := time.Since(began); !alone && took < endTime {
			t.Errorf("it took %v", took)
		}
		if text, err := os.ReadFile("/proc/" + pid + "/stat"); err == nil && !strings.Contains(string(text), ") Z ") {
			t.Errorf("alone %v: process %s is left", alone, pid)
		}
	}
}

// A Keeper that goes on after all is disturbed by nothing that the other one has said, heard, or left in the middle.
func TestAKeeperGoesOnAfterAll(t *testing.T) {
	t.Parallel()
	k, _, logs := begun(t, "good")
	_, fds, _ := over(t, k)
	f := os.NewFile(uintptr(fds[0]), "other")
	for serial := range uint64(3) {
		if err := talk.Write(f, &talk.Order{Serial: 100 + serial}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.WriteString(`{"serial":17,"se`); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	k.Resume()
	awaitLine(t, logs, "2 neighbours, [192.0.2.1/32], leaving false", 2)
	k.Set(places("192.0.2.2/32"))
	awaitLine(t, logs, "2 neighbours, [192.0.2.2/32], leaving false", 1)
	if n := logs.FilterMessageSnippet("nothing is announced").Len(); n != 0 {
		t.Errorf("%v", logs.All())
	}
	// It can hand over again.
	if f, fds, _ := over(t, k); f.Life == nil || len(fds) != 2 {
		t.Errorf("%+v", f)
	}
	k.Resume()
}

// Where there is no program, why goes over; and what was not handed over is an error.
func TestWithoutAProgramToGoOnWith(t *testing.T) {
	t.Parallel()
	if f, fds := New(Options{}).HandOver(time.Now()); f.Life != nil || fds != nil {
		t.Errorf("%+v", f)
	}
	k, path, logs := speaks(t, "gone")
	c := two()
	c.Program = path
	k.Set(places("192.0.2.1/32"))
	k.Configure(c)
	awaitLine(t, logs, "BGP: nothing is announced", 1)
	f, fds, _ := over(t, k)
	if f.Life != nil || len(fds) > 0 || !strings.Contains(f.Failure, "exit status 7") || len(f.Sessions) != 2 {
		t.Errorf("%+v", f)
	}
	k.Resume()
	if err := New(Options{}).Succeed(Former{Life: &formerLife{}}, time.Now(), nil); err == nil {
		t.Error("no error")
	}
	// One that is configured no more ends the program.
	k, _, _ = begun(t, "good")
	n, _, gone := next(t, k)
	gone()
	n.Configure(nil)
	err := lab.Eventually(5*time.Second, "no sessions", func() (bool, string) {
		return len(n.Sessions()) == 0, fmt.Sprint(n.Sessions())
	})
	if err != nil {
		t.Error(err)
	}
}

// A program whose file is another one now goes on, and that is said; a change that it may not know ends it.
func TestAProgramOfBefore(t *testing.T) {
	t.Parallel()
	for kind, lost := range map[string]int{"good": 0, "old": 1} {
		k, c, _ := begun(t, kind)
		n, logs, gone := next(t, k)
		self, err := os.Executable()
		if err == nil {
			err = os.Remove(c.Program)
		}
		if err == nil { // the same bytes in another file
			var b []byte
			if b, err = os.ReadFile(self); err == nil {
				err = os.WriteFile(c.Program, b, 0o755)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		n.Configure(c)
		gone()
		awaitLine(t, logs, filepath.Base(c.Program)+" is another program now; holdfast-bgp 1.0 goes on", 1)
		if s := n.Sessions(); !s[0].Outdated || s[0].Program != "1.0" {
			t.Errorf("%+v", s)
		}
		other := *c
		other.Prepend++
		n.Configure(&other)
		n.Set(places("192.0.2.3/32"))
		awaitLine(t, logs, "2 neighbours, [192.0.2.3/32], leaving false", 1)
		if got := logs.FilterMessageSnippet("is lost: the configuration has changed").Len(); got != 2*lost {
			t.Errorf("%s: %v", kind, logs.All())
		}
		n.Close(time.Second)
	}
}
