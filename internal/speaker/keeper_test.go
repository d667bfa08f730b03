package speaker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"holdfast/internal/speaker/talk"
	"holdfast/test/lab"
)

// The same program is what a Keeper starts, by the name that it has: see program.
func TestMain(m *testing.M) {
	if kind, is := strings.CutPrefix(filepath.Base(os.Args[0]), "speaker-"); is {
		os.Exit(program(kind))
	}
	os.Exit(m.Run())
}

// program is one that speaks no BGP: "good" says that all sessions are up and what it was told, "mute" reads and says
// nothing, "deaf" does not even read, "old" does too, and is of before, "mad" says what makes no sense, "liar" has done what it was not told, and "gone" ends.
func program(kind string) int {
	conn, err := net.FileConn(os.NewFile(talk.Descriptor, "parent"))
	if err != nil {
		return 64
	}
	r := talk.NewReader(conn)
	for {
		var o talk.Order
		var cut *json.SyntaxError
		if err := r.Read(&o); errors.Is(err, io.EOF) {
			return 0
		} else if errors.As(err, &cut) {
			continue
		} else if err != nil {
			return 2
		}
		w := talk.Word{Done: o.Serial, Form: talk.Form, Version: "1.0"}
		switch kind {
		case "gone":
			return 7
		case "mute":
			continue
		case "deaf":
			select {}
		case "mad":
			w.Sessions = []talk.Session{{State: "up"}}
		case "liar":
			w.Done++
		case "old":
			w.Form--
			fallthrough
		default:
			for _, n := range o.Setup.Neighbors {
				w.Sessions = append(w.Sessions, talk.Session{Neighbor: n.Addr, State: talk.Established})
			}
			w.Log = fmt.Sprintf("%d neighbours, %v, leaving %v", len(o.Setup.Neighbors), o.Prefixes, o.Leaving)
		}
		if talk.Write(conn, &w) != nil {
			return 3
		}
	}
}

// speaks gives a Keeper with a program of a kind, and what it logs.
func speaks(t *testing.T, kind string) (k *Keeper, path string, logs *observer.ObservedLogs) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "speaker-"+kind)
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zap.DebugLevel)
	k = New(Options{Log: zap.New(core), Answer: patience, First: patience})
	t.Cleanup(func() { k.Close(time.Second) })
	return k, path, logs
}

// patience is enough for a program that does nothing.
const patience = 5 * time.Second

// awaitLine waits for a line of the log with some text, n times.
func awaitLine(t *testing.T, logs *observer.ObservedLogs, text string, n int) {
	t.Helper()
	err := lab.Eventually(20*time.Second, "line "+text, func() (bool, string) {
		return logs.FilterMessageSnippet(text).Len() >= n, fmt.Sprint(logs.All())
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatTheProgramIsTold(t *testing.T) {
	k, path, logs := speaks(t, "good")
	if k.Close(time.Second) {
		t.Error("something was told before there was anybody")
	}
	k.Set(places("192.0.2.1/32"))
	c := two()
	c.Program, c.Farewell = path, 300*time.Millisecond
	k.Configure(c)
	awaitLine(t, logs, "2 neighbours, [192.0.2.1/32], leaving false", 1)
	awaitLine(t, logs, "BGP session with 2001:db8::1 is established", 1)
	k.Set(places("192.0.2.2/32", "2001:db8::2/128"))
	awaitLine(t, logs, "2 neighbours, [192.0.2.2/32 2001:db8::2/128], leaving false", 1)
	err := lab.Eventually(5*time.Second, "sessions", func() (bool, string) {
		s := k.Sessions()
		return len(s) == 2 && s[0].Told == 1 && s[1].Told == 2 && len(k.Report()) == 0, fmt.Sprint(s, k.Report())
	})
	if err != nil {
		t.Error(err)
	}
	if n := k.Yield(true); n != c.Farewell {
		t.Errorf("routers have %v", n)
	}
	awaitLine(t, logs, "2 neighbours, [192.0.2.2/32 2001:db8::2/128], leaving true", 1)
	if n := k.Yield(false); n != 0 {
		t.Errorf("routers have %v", n)
	}
	awaitLine(t, logs, "2 neighbours, [192.0.2.2/32 2001:db8::2/128], leaving false", 2)
	// One neighbour less is told to the program that runs; of another AS it is another one.
	less := two()
	less.Program, less.Farewell, less.Neighbors = path, c.Farewell, less.Neighbors[:1]
	k.Configure(less)
	awaitLine(t, logs, "1 neighbours, [192.0.2.2/32 2001:db8::2/128], leaving false", 1)
	if n := logs.FilterMessageSnippet("is lost").Len(); n != 0 {
		t.Errorf("sessions were lost: %v", logs.All())
	}
	other := *less
	other.LocalAS++
	k.Configure(&other)
	awaitLine(t, logs, "BGP session with 10.0.0.1 is lost: the configuration has changed", 1)
	awaitLine(t, logs, "BGP session with 10.0.0.1 is established", 2)
	begun := time.Now()
	if !k.Close(time.Second) {
		t.Error("nothing was told at the end")
	}
	if took := time.Since(begun); took < c.Farewell {
		t.Errorf("the routes went after %v", took)
	}
}

// A program that is no good is another one soon, and what is not announced is said until then.
func TestProgramsThatAreNoGood(t *testing.T) {
	for kind, why := range map[string]string{
		"gone": "holdfast-bgp: it has ended: exit status 7", "mad": "holdfast-bgp: it says what makes no sense",
		"liar": "holdfast-bgp: it says what makes no sense", "mute": "holdfast-bgp: it does not answer",
		"deaf": "holdfast-bgp: it does not answer",
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			k, path, logs := speaks(t, kind)
			c := two()
			c.Program = path
			k.Set(places("192.0.2.1/32"))
			k.Configure(c)
			awaitLine(t, logs, "BGP: nothing is announced: "+why, 1)
			err := lab.Eventually(5*time.Second, "problem", func() (bool, string) {
				p := k.Report()
				return len(p) == 1 && p[0].Text == "no router hears of it: "+why, fmt.Sprint(p)
			})
			if err != nil {
				t.Error(err)
			}
			// The file is another program now: the next one is good.
			self, err := os.Executable()
			if err == nil {
				err = errors.Join(os.Remove(path), os.Symlink(self, filepath.Join(filepath.Dir(path), "speaker-good")))
			}
			if err != nil {
				t.Fatal(err)
			}
			better := *c
			better.Program = filepath.Join(filepath.Dir(path), "speaker-good")
			k.Configure(&better)
			awaitLine(t, logs, "BGP session with 10.0.0.1 is established", 1)
		})
	}
}

func TestNoProgram(t *testing.T) {
	k, path, logs := speaks(t, "good")
	c := two()
	c.Program = path + ".none"
	k.Set(places("192.0.2.1/32"))
	k.Configure(c)
	why := c.Program + " is not there; install holdfast-bgp, or name it with program"
	awaitLine(t, logs, "BGP: nothing is announced: "+why, 1)
	if err := os.Rename(path, strings.Replace(path, "speaker-good", "speaker-good.none", 1)); err != nil {
		t.Fatal(err)
	}
	awaitLine(t, logs, "BGP session with 10.0.0.1 is established", 1)
	if n := logs.FilterMessageSnippet("nothing is announced").Len(); n != 1 {
		t.Errorf("said %d times", n)
	}
	// Without a configuration there is no program.
	k.Configure(nil)
	err := lab.Eventually(5*time.Second, "no sessions", func() (bool, string) {
		return len(k.Sessions()) == 0, fmt.Sprint(k.Sessions())
	})
	if err != nil {
		t.Error(err)
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"":  filepath.Join(filepath.Dir(self), "holdfast-bgp") + " is not there; install holdfast-bgp, or name it with program",
		dir: dir + " is no file", file: file + " cannot be run: permission denied", self: "",
	} {
		got, err := Find(path)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if text != want || err == nil && got != path {
			t.Errorf("%q: %q, %q, want %q", path, got, text, want)
		}
	}
}
