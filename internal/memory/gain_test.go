package memory

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A trial is what a process of its own does with a trick or without it; it gives one number.
type trial func(with bool) int

// trials run in a process whose heap nobody has touched: the test's own has a history.
var trials = map[string]trial{
	"reader":   readOnce,
	"takeover": readTwice,
	"beside":   leftBehind,
	"large":    nextCollection,
	"settled":  kept,
	"idle":     answering,
}

const trialVar = "HOLDFAST_TEST_TRIAL"

func TestMain(m *testing.M) {
	if t := trials[os.Getenv(trialVar)]; t != nil {
		fmt.Print(t(len(os.Args) > 1)) // without the framework, which allocates
		return
	}
	os.Exit(m.Run())
}

// run gives what a trial comes to with its trick and without.
func run(t *testing.T, name string) (with, without int) {
	t.Helper()
	one := func(args ...string) (n int) {
		cmd := exec.Command("/proc/self/exe", args...)
		cmd.Env = append(os.Environ(), trialVar+"="+name, "GOGC=")
		out, err := cmd.Output()
		if err == nil {
			_, err = fmt.Sscan(string(out), &n)
		}
		if err != nil {
			t.Fatalf("%s %v: %v: %s", name, args, err, out)
		}
		return n
	}
	with, without = one("with"), one()
	t.Logf("with %d, without %d", with, without)
	return with, without
}

// A statement is about what a line of a configuration becomes: small, with pointers.
type statement struct {
	next *statement
	text []byte
}

// read makes so many bytes of statements, and as much garbage.
func read(bytes int) *statement {
	const each = 128
	var first *statement
	for range bytes / each {
		first = &statement{first, make([]byte, each-32)}
		waste = make([]byte, each)
	}
	return first
}

// waste and used keep the compiler from leaving out what they are assigned.
var (
	waste []byte
	used  *statement
)

func collections() int {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.NumGC)
}

// readOnce counts the collections while 12 MiB are read.
func readOnce(with bool) int {
	if with {
		ForReader()
	}
	used = read(12 << 20)
	return collections()
}

// readTwice counts the collections while two configurations of 4 MiB are read.
func readTwice(with bool) int {
	if with {
		ForTakeover()
	}
	used = read(4 << 20)
	second := read(4 << 20)
	runtime.KeepAlive(used)
	used = second
	return collections()
}

// leftBehind gives how many bytes a process has in its heap when it has read three configurations of
// 4 MiB, one in the place of the other.
func leftBehind(with bool) int {
	ForTakeover()
	for range 3 {
		used = read(4 << 20)
		if with {
			collect()
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	runtime.KeepAlive(used)
	return int(m.HeapAlloc)
}

// nextCollection gives how many bytes the heap may have before garbage is looked for, when 12 MiB are in use.
func nextCollection(with bool) int {
	ForTakeover()
	used = read(12 << 20)
	if with {
		collect()
	} else {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	runtime.KeepAlive(used)
	return int(m.NextGC)
}

// kept gives how many bytes the heap of a process takes from the system when it has read three configurations of
// 4 MiB, one in the place of the other, and its garbage was collected.
func kept(with bool) int {
	ForTakeover()
	for range 3 {
		used = read(4 << 20)
	}
	collect()
	if with {
		giveBack()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	runtime.KeepAlive(used)
	return int(m.HeapSys - m.HeapReleased)
}

// answering is how much memory a process has that has settled and is asked again and again.
func answering(with bool) int {
	ForTakeover()
	used = read(512 << 10)
	collect()
	s := Settler{Idle: with}
	s.calm()
	giveBack()
	for range 4000 {
		answer = make([]byte, 8<<10)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	runtime.KeepAlive(used)
	return int(m.HeapSys - m.HeapReleased)
}

// answer is what goes to whoever asks.
var answer []byte

func TestAnIdleProcessHasLittleGarbage(t *testing.T) {
	if with, without := run(t, "idle"); with > 5<<20 || with > without*2/3 {
		t.Errorf("%d bytes, and %d without the trick", with, without)
	}
}

// A process that is asked each second settles as soon as one that is not asked, and then once in a while.
func TestWhoIsAskedAllTheTimeSettles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var s Settler
		s.Restart()
		var seen []time.Duration
		for range 200 {
			time.Sleep(time.Second)
			if due := s.due.Sub(began); len(seen) == 0 || seen[len(seen)-1] != due {
				seen = append(seen, due)
			}
			s.Answered()
		}
		var want []time.Duration
		for at, wait := settled, pause; len(want) == 0 || want[len(want)-1] < 200*time.Second; wait *= 2 {
			want = append(want, at)
			at += wait
		}
		if !slices.Equal(seen, want) {
			t.Errorf("it settles after %v, want %v", seen, want)
		}
		// One that was left alone for long waits no longer than after a start.
		time.Sleep(time.Hour)
		s.Answered()
		if wait := time.Until(s.due); wait != settled {
			t.Errorf("it waits for %v", wait)
		}
		time.Sleep(settled)
	})
}

// While somebody asks the pages of the file stay that answers need, after a configuration was taken over those of that
// go; and all go when nobody asks any more.
func TestWhoIsAskedKeepsItsImage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dropped atomic.Int32
		s := Settler{drop: func() error { dropped.Add(1); return nil }}
		s.Restart()
		for n := range 600 {
			time.Sleep(time.Second)
			s.Answered()
			at := time.Duration(n+1) * time.Second
			if times := dropped.Load(); times > 1 || times == 0 && at > settled {
				t.Fatalf("after %d s it has gone %d times", n, times)
			}
		}
		time.Sleep(longPause + unasked)
		synctest.Wait()
		if times := dropped.Load(); times != 2 {
			t.Errorf("it has gone %d times, and nobody asks", times)
		}
	})
}

func TestHeapIsGivenBack(t *testing.T) {
	if with, without := run(t, "settled"); with > 7<<20 || with > without*2/3 {
		t.Errorf("%d bytes are kept, and %d without the trick", with, without)
	}
}

func TestLargeHeapsAreCollectedSooner(t *testing.T) {
	if with, without := run(t, "large"); with > 20<<20 || without < 30<<20 {
		t.Errorf("the next collection comes at %d bytes, and at %d without the trick", with, without)
	}
}

func TestReaderCollectsNothing(t *testing.T) {
	if with, without := run(t, "reader"); with != 0 || without == 0 {
		t.Errorf("%d collections, and %d without the trick", with, without)
	}
}

func TestTakeoverCollectsRarely(t *testing.T) {
	if with, without := run(t, "takeover"); with >= without {
		t.Errorf("%d collections, and %d without the trick", with, without)
	}
}

func TestCollectedBeside(t *testing.T) {
	if with, without := run(t, "beside"); with > 6<<20 || with > without*2/3 {
		t.Errorf("%d bytes left, and %d without the trick", with, without)
	}
}
