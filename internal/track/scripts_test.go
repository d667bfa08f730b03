package track

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"pgregory.net/rapid"

	"holdfast/config"
	"holdfast/internal/runas"
)

func TestMain(m *testing.M) {
	runas.ExecIfChild()
	os.Exit(m.Run())
}

func TestCounter_semantics5_6(t *testing.T) {
	for _, c := range []struct {
		rise, fall int
		in, out    string // results and states: + and -, lower case letters of no change are left out
	}{
		{1, 1, "+-+", "+-+"},
		{3, 3, "+", "+"}, // the first decides alone (5.5)
		{3, 3, "-", "-"},
		{1, 3, "+--+--", "++++++"},
		{1, 3, "+---", "+++-"},
		{3, 1, "-++-++", "------"},
		{3, 1, "-+++", "---+"},
		{2, 2, "+-+--+-++", "++++----+"},
		{0, 0, "+-+", "+-+"},
	} {
		n := newCounter(c.rise, c.fall)
		got := ""
		for _, r := range c.in {
			n.add(r == '+')
			if n.up() {
				got += "+"
			} else {
				got += "-"
			}
		}
		if got != c.out {
			t.Errorf("rise %d fall %d: %s gives %s, want %s", c.rise, c.fall, c.in, got, c.out)
		}
	}
}

// The counter agrees with counting consecutive results by hand.
func TestCounterProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rise, fall := rapid.IntRange(1, 5).Draw(t, "rise"), rapid.IntRange(1, 5).Draw(t, "fall")
		c := newCounter(rise, fall)
		up, run := false, 0
		for i, ok := range rapid.SliceOfN(rapid.Bool(), 1, 60).Draw(t, "results") {
			changed := c.add(ok)
			was := up
			switch {
			case i == 0:
				up, run = ok, 0
			case ok == up:
				run = 0
			default:
				run++
				if ok && run >= rise || !ok && run >= fall {
					up, run = ok, 0
				}
			}
			if c.up() != up || changed != (i == 0 || was != up) {
				t.Fatalf("after result %d: up %v changed %v, want up %v", i, c.up(), changed, up)
			}
			if c.value < 0 || c.value > rise+fall-1 {
				t.Fatalf("value %d out of range", c.value)
			}
		}
	})
}

type event struct {
	name string
	ok   bool
}

// bench runs Scripts and records what it says.
type bench struct {
	t      *testing.T
	dir    string
	s      *Scripts
	names  names
	events chan event
	logs   *observer.ObservedLogs
}

// names are the IDs that a test has given.
type names struct {
	mu  sync.Mutex
	all []string // of ID 1, 2, ..
}

// objects are those of these names.
func (n *names) objects(list ...string) (all []Object) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, name := range list {
		if !slices.Contains(n.all, name) {
			n.all = append(n.all, name)
		}
		all = append(all, Object{ID(slices.Index(n.all, name) + 1), name})
	}
	return all
}

func (n *names) of(id ID) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.all[id-1]
}

// values are those of an outcome by their names.
func (n *names) values(o Outcome) map[string]int {
	all := map[string]int{}
	for id, v := range o.Values {
		all[n.of(id)] = v
	}
	return all
}

func newBench(t *testing.T) *bench {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	b := &bench{t: t, dir: t.TempDir(), events: make(chan event, 4096), logs: logs}
	log := zap.New(core)
	runner := runas.New(runas.Options{Global: config.Global{ScriptUser: "root"}, Log: log})
	b.s = NewScripts(runner, log, func(id ID, value int) { b.events <- event{b.names.of(id), value == 1} })
	t.Cleanup(b.s.Stop)
	return b
}

func (b *bench) script(name, text string) config.Script {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		b.t.Fatal(err)
	}
	return config.Script{Name: name, Command: config.Command{Argv: []string{path, b.dir}}, Interval: 50 * time.Millisecond, Timeout: 10 * time.Second, Rise: 1, Fall: 1}
}

func (b *bench) run(scripts ...config.Script) Outcome {
	return b.configure(scripts, scripts...)
}

// configure has scripts of which only some are used.
func (b *bench) configure(scripts []config.Script, used ...config.Script) Outcome {
	var list []string
	for _, s := range used {
		list = append(list, s.Name)
	}
	return b.s.Configure(&config.Config{Scripts: scripts}, b.names.objects(list...))
}

func (b *bench) expect(name string, ok bool) {
	b.t.Helper()
	select {
	case e := <-b.events:
		if e != (event{name, ok}) {
			b.t.Fatalf("got %v, want %s %v\n%s", e, name, ok, b.text())
		}
	case <-time.After(20 * time.Second):
		b.t.Fatalf("no event, want %s %v\n%s", name, ok, b.text())
	}
}

func (b *bench) text() string {
	var lines []string
	for _, e := range b.logs.All() {
		lines = append(lines, e.Message)
	}
	return strings.Join(lines, "\n")
}

// results are the lines but those of runs left out, which depend on how busy the machine is.
func (b *bench) results() []string {
	return slices.DeleteFunc(
		strings.Split(b.text(), "\n"),
		func(l string) bool { return strings.Contains(l, "skipping run") },
	)
}

func (b *bench) logged(text string) {
	b.t.Helper()
	b.until("log line "+text, func() bool { return strings.Contains(b.text(), text) })
}

func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("never: %s\n%s", what, b.text())
		}
	}
}

func (b *bench) touch(name string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), nil, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) remove(name string) {
	b.t.Helper()
	if err := os.Remove(filepath.Join(b.dir, name)); err != nil {
		b.t.Fatal(err)
	}
}

// count is the number of bytes in a file that scripts append to.
func (b *bench) count(name string) int {
	st, err := os.Stat(filepath.Join(b.dir, name))
	if err != nil {
		return 0
	}
	return int(st.Size())
}

func TestScriptChanges_semantics5_10(t *testing.T) {
	b := newBench(t)
	s := b.script("chk", "test -e $1/up || exit 4")
	b.run(s)
	b.expect("chk", false)
	b.touch("up")
	b.expect("chk", true)
	b.remove("up")
	b.expect("chk", false)
	want := []string{
		"Script `chk` now returning 4", "VRRP_Script(chk) failed (exited with status 4)",
		"Script `chk` now returning 0", "VRRP_Script(chk) succeeded",
		"Script `chk` now returning 4", "VRRP_Script(chk) failed (exited with status 4)",
	}
	if got := b.results(); !slices.Equal(got, want) {
		t.Errorf("logged\n%s\nwant\n%s", b.text(), strings.Join(want, "\n"))
	}
}

func TestFirstSuccessSaysNothingAboutStatus(t *testing.T) {
	b := newBench(t)
	b.run(b.script("chk", "exit 0"))
	b.expect("chk", true)
	if got := b.results(); !slices.Equal(got, []string{"VRRP_Script(chk) succeeded"}) {
		t.Errorf("logged %q", got)
	}
}

func TestScriptsRunAtOnceAndEveryInterval_semantics5_4(t *testing.T) {
	b := newBench(t)
	s := b.script("chk", "printf x >> $1/runs")
	s.Interval = time.Hour
	b.run(s)
	b.expect("chk", true) // at once
	s.Interval = 20 * time.Millisecond
	b.run(s)
	b.until("ten runs", func() bool { return b.count("runs") >= 10 })
}

func TestScriptsAreNotOverlapped_semantics5_4(t *testing.T) {
	b := newBench(t)
	s := b.script(
		"slow",
		"mkdir $1/lock || printf x >> $1/overlap; while [ ! -e $1/go ]; do sleep 0.02; done; rmdir $1/lock",
	)
	b.run(s)
	b.logged("Track script slow is already running, expect idle - skipping run")
	b.touch("go")
	b.expect("slow", true)
	if b.count("overlap") > 0 {
		t.Error("two runs at a time")
	}
}

func TestScriptTimeout_semantics5_8(t *testing.T) {
	b := newBench(t)
	s := b.script("slow", "[ -e $1/up ] && exit 0; exec sleep 100")
	s.Timeout = 60 * time.Millisecond
	b.run(s)
	b.expect("slow", false)
	b.logged("VRRP_Script(slow) timed_out")
	b.touch("up")
	b.expect("slow", true)
}

func TestScriptSignal_semantics5_8(t *testing.T) {
	b := newBench(t)
	b.run(b.script("sig", "kill -9 $$"))
	b.expect("sig", false)
	b.logged("VRRP_Script(sig) failed (due to signal 9)")
}

func TestRiseAndFall_semantics5_6(t *testing.T) {
	b := newBench(t)
	s := b.script("chk", "printf x >> $1/runs; test -e $1/up")
	s.Rise, s.Fall = 3, 3
	b.touch("up")
	b.run(s)
	b.expect("chk", true)
	b.remove("up")
	before := b.count("runs")
	b.expect("chk", false)
	if n := b.count("runs") - before; n < 2 {
		t.Errorf("down after %d failures, want 3", n)
	}
}

func TestOnlyUsedScriptsRun_semantics5_12(t *testing.T) {
	b := newBench(t)
	used, unused := b.script("used", "exit 0"), b.script("unused", "printf x >> $1/ran")
	missing := b.script("missing", "")
	missing.Command.Argv = []string{"/nonexistent/x"}
	b.configure([]config.Script{used, unused, missing}, used)
	b.expect("used", true)
	if b.count("ran") > 0 || strings.Contains(b.text(), "nonexistent") {
		t.Error("an unused script was touched")
	}
}

func TestUnfitScriptsAreDisabled_cli8_4(t *testing.T) {
	b := newBench(t)
	bad := b.script("bad", "exit 0")
	bad.Command.Argv = []string{"/nonexistent/x"}
	out := b.run(bad, b.script("good", "exit 0"))
	if len(out.Disabled) != 1 || b.names.of(out.Disabled[0]) != "bad" {
		t.Errorf("disabled %v", out.Disabled)
	}
	b.logged(
		"Script /nonexistent/x cannot be accessed - No such file or directory: /nonexistent\nDisabling track script bad since not found/accessible",
	)
	b.expect("good", true)
}

// The finding about the configuration has said all of it, with its place.
func TestUnfitScriptsAreReportedOnce(t *testing.T) {
	b := newBench(t)
	bad := b.script("bad", "exit 0")
	bad.Command.Argv = []string{"/nonexistent/x"}
	bad.Command.Problem = "Script /nonexistent/x cannot be accessed - No such file or directory: /nonexistent"
	out := b.run(bad, b.script("good", "exit 0"))
	if len(out.Disabled) != 1 || b.names.of(out.Disabled[0]) != "bad" {
		t.Errorf("disabled %v", out.Disabled)
	}
	b.expect("good", true)
	if text := b.text(); strings.Contains(text, "cannot be accessed") || strings.Contains(text, "Disabling") {
		t.Errorf("said again: %s", text)
	}
}

func TestSecondScriptOfANameIsIgnored_grammar6_10(t *testing.T) {
	b := newBench(t)
	first, second := b.script("one", "exit 0"), b.script("two", "exit 1")
	second.Name = "one"
	b.run(first, second)
	b.expect("one", true)
}

func TestFileTest_grammar5_7(t *testing.T) {
	b := newBench(t)
	b.run(config.Script{Name: "rd", FileTest: b.dir + "/up", Interval: 10 * time.Millisecond, Rise: 1, Fall: 1})
	b.expect("rd", false)
	b.touch("up")
	b.expect("rd", true)
	if err := os.Remove(b.dir + "/up"); err != nil {
		t.Fatal(err)
	}
	b.expect("rd", false)
}

func TestReloadKeepsResults_semantics5_11(t *testing.T) {
	b := newBench(t)
	good, bad := b.script("good", "exit 0"), b.script("bad", "printf x >> $1/bad; exit 1")
	good.Interval, bad.Interval = time.Hour, time.Hour
	b.run(good)
	b.expect("good", true)
	b.run(good, bad)
	b.expect("bad", false)
	runs := b.count("bad")
	changed := good
	changed.Interval = time.Minute
	out := b.run(changed, bad)
	if known := b.names.values(out); len(known) != 2 || known["good"] != 1 || known["bad"] != 0 {
		t.Errorf("known %v", known)
	}
	b.logged("VRRP_Script(good) considered successful on reload")
	b.logged("VRRP_Script(bad) considered unsuccessful on reload")
	b.until("an unchanged script is run again", func() bool { return b.count("bad") > runs })
	select {
	case e := <-b.events:
		t.Errorf("a kept result was reported again: %v", e)
	default:
	}
	out = b.run(bad)
	if len(out.Values) != 1 {
		t.Errorf("known %v", out.Values)
	}
	if out = b.run(good, bad); len(out.Values) != 1 {
		t.Errorf("a script that was gone is known: %v", out.Values)
	}
	b.expect("good", true)
}

func TestReloadDoesNotOverlapAChangedScript(t *testing.T) {
	b := newBench(t)
	s := b.script(
		"slow",
		"mkdir $1/lock || printf x >> $1/overlap; trap 'sleep 0.3; rmdir $1/lock; exit 1' TERM; touch $1/in; while :; do sleep 0.02; done",
	)
	b.run(s)
	b.until("it runs", func() bool { _, err := os.Stat(b.dir + "/in"); return err == nil })
	s.Interval = 60 * time.Millisecond
	b.remove("in")
	b.run(s)
	b.until("it runs again", func() bool { _, err := os.Stat(b.dir + "/in"); return err == nil })
	if b.count("overlap") > 0 {
		t.Error("two runs at a time")
	}
}

// A run that ends while a reload gives its script another job is not heard: the new job counts on from the state of
// before and would not tell of it when it comes to the same result.
func TestRunsThatAReloadOvertakesAreNotHeard(t *testing.T) {
	b := newBench(t)
	s := b.script("chk", "exit 0")
	b.run(s)
	b.expect("chk", true)
	id := b.names.objects("chk")[0].ID
	b.s.mu.Lock()
	old := b.s.jobs[id]
	b.s.mu.Unlock()
	s.Fall = 3
	if v := b.names.values(b.run(s)); v["chk"] != 1 {
		t.Fatalf("known at the reload: %v", v)
	}
	b.s.report(old, false) // what it was about to say
	if v, watched := b.s.value(id); v != 1 || !watched {
		t.Errorf("value %d, watched %v", v, watched)
	}
	b.run()
	b.s.report(old, true)
	if _, watched := b.s.value(id); watched {
		t.Error("known again after it was given up")
	}
	select {
	case e := <-b.events:
		t.Errorf("heard %v", e)
	default:
	}
}

func TestScriptsAreDescribed(t *testing.T) {
	b := newBench(t)
	s := b.script("chk", "echo x > $1/began; while test ! -e $1/go; do sleep 0.01; done; test -e $1/good")
	s.Rise, s.Fall, s.Interval = 2, 3, time.Hour
	b.touch("good")
	b.run(s)
	id := b.names.objects("chk")[0].ID
	b.until("it runs", func() bool { return b.s.Describe()[id].Running && b.count("began") > 0 })
	if r := b.s.Describe()[id]; r.Result != 0 {
		t.Errorf("before the first result: %+v", r)
	}
	b.touch("go")
	b.expect("chk", true)
	b.until("it has ended", func() bool { return b.s.Describe()[id] == Run{Result: 4} })
	b.remove("good")
	b.run(s) // looks again at once
	b.until("one failure is counted", func() bool { return b.s.Describe()[id] == Run{Result: 3} })
	b.run()
	if all := b.s.Describe(); len(all) != 0 {
		t.Errorf("of nothing: %v", all)
	}
}

func TestStopEndsScripts(t *testing.T) {
	b := newBench(t)
	s := b.script("slow", "trap 'touch $1/ended; exit' TERM; touch $1/in; while :; do sleep 0.02; done")
	b.run(s)
	b.until("it runs", func() bool { _, err := os.Stat(b.dir + "/in"); return err == nil })
	b.s.Stop()
	b.until("it ended", func() bool { _, err := os.Stat(b.dir + "/ended"); return err == nil })
	if out := b.run(s); len(out.Values) > 0 {
		t.Errorf("after Stop: %+v", out)
	}
}

func TestStopDoesNotWaitForStubbornScripts(t *testing.T) {
	b := newBench(t)
	s := b.script("stuck", "trap '' TERM; touch $1/in; while [ -e $1/in ]; do sleep 0.05; done")
	b.run(s)
	b.until("it runs", func() bool { _, err := os.Stat(b.dir + "/in"); return err == nil })
	began := time.Now()
	b.s.Stop()
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("Stop took %v", took)
	}
	b.remove("in")
}

func TestManyScriptsCostNoThreads(t *testing.T) {
	const many = 300
	b := newBench(t)
	var scripts []config.Script
	for i := range many {
		s := b.script("wait", "printf x >> $1/started; while [ ! -e $1/go ]; do sleep 0.5; done")
		s.Name, s.Interval = fmt.Sprintf("s%d", i), time.Hour
		scripts = append(scripts, s)
	}
	threads := func() int {
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			t.Fatal(err)
		}
		return len(tasks)
	}
	before := threads() // of other tests
	b.run(scripts...)
	b.until("all run", func() bool { return b.count("started") == many })
	if n := threads() - before; n > 50 {
		t.Errorf("%d more threads for %d running scripts", n, many)
	}
	b.touch("go")
	seen := map[string]bool{}
	var mu sync.Mutex
	b.until("all report", func() bool {
		mu.Lock()
		defer mu.Unlock()
		for {
			select {
			case e := <-b.events:
				seen[e.name] = e.ok
			default:
				return len(seen) == many
			}
		}
	})
}
