package track

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"go.uber.org/zap"
	"pgregory.net/rapid"

	"holdfast/config"
	"holdfast/internal/runas"
)

// successor is a bench whose scripts go on from those of another one, as in another process: what goes over is bytes.
func (b *bench) successor() *bench {
	b.t.Helper()
	now := time.Now()
	text, err := json.Marshal(b.s.Handover(now))
	if err != nil {
		b.t.Fatal(err)
	}
	var all []FormerScript
	if err := json.Unmarshal(text, &all); err != nil {
		b.t.Fatal(err)
	}
	next := newBench(b.t)
	next.dir = b.dir
	next.s.Succeed(now, all)
	return next
}

// A state and what is counted go over: nobody is told again, and the results that are missing to another state are those
// that were.
func TestScriptsGoOnCounting(t *testing.T) {
	b := newBench(t)
	s := b.script("s", "printf x >> $1/runs; test -e $1/good")
	s.Interval, s.Fall, s.Rise = time.Hour, 3, 2
	b.touch("good")
	b.run(s)
	b.expect("s", true)
	b.remove("good")
	b.s.Resume() // which has it run now
	b.until("it has failed once", func() bool { return b.described("s").Result == 3 })
	next := b.successor()
	if known := next.names.values(next.run(s)); len(known) != 1 || known["s"] != 1 {
		t.Errorf("known %v", known)
	}
	if text := next.text(); text != "" {
		t.Errorf("going on says\n%s", text)
	}
	next.s.Resume()
	next.until("it has failed twice", func() bool { return next.described("s").Result == 2 })
	select {
	case e := <-next.events:
		t.Fatalf("told %v", e)
	default:
	}
	next.s.Resume()
	next.expect("s", false)
	if n := b.count("runs"); n != 4 {
		t.Errorf("%d runs", n)
	}
	// The other way round, and over two handovers.
	b.touch("good")
	next.s.Resume()
	next.until("it has succeeded once", func() bool { return next.described("s").Result == 1 })
	last := next.successor()
	last.run(s)
	last = last.successor()
	last.run(s)
	last.s.Resume()
	last.expect("s", true)
}

// described is what is known of the runs of a script.
func (b *bench) described(name string) Run { return b.s.Describe()[b.names.objects(name)[0].ID] }

// Scripts run when they would have run, and one that was running soon; none is started by a process that has handed over,
// until it goes on itself.
func TestScriptsRunWhenTheyWouldHave(t *testing.T) {
	b := newBench(t)
	late := b.script("late", "printf x >> $1/ranlate")
	slow := b.script("slow", "printf x >> $1/ranslow; test -e $1/let || exec sleep 1000")
	often := b.script("often", "printf x >> $1/ranoften")
	late.Interval, slow.Interval, slow.Timeout = time.Hour, time.Hour, time.Hour
	b.run(late, slow, often)
	b.until("all run", func() bool { return b.count("ranslow") == 1 && b.count("ranlate") == 1 && b.count("ranoften") > 0 })
	b.expectAll("late", "often")
	next := b.successor()
	b.until("no run is under way", func() bool { return !b.described("often").Running })
	n := b.count("ranoften")
	time.Sleep(4 * often.Interval) // what is started all the same is started in this time
	if b.count("ranoften") != n {
		t.Error("a process that has handed over has started a script")
	}
	b.s.Stop()
	b.touch("let")
	known := next.names.values(next.run(late, slow, often))
	if len(known) != 2 || known["late"] != 1 || known["often"] != 1 {
		t.Errorf("known %v", known)
	}
	next.expect("slow", true)
	next.until("the others run", func() bool { return next.count("ranoften") > n })
	if next.count("ranslow") != 2 || next.count("ranlate") != 1 {
		t.Errorf("%d and %d runs", next.count("ranslow"), next.count("ranlate"))
	}
}

// expectAll waits for the first states of scripts, which are fine, in any order.
func (b *bench) expectAll(names ...string) {
	b.t.Helper()
	for range names {
		select {
		case e := <-b.events:
			if !e.ok || !slices.Contains(names, e.name) {
				b.t.Fatalf("told %v", e)
			}
		case <-time.After(20 * time.Second):
			b.t.Fatalf("not all of %v are told\n%s", names, b.text())
		}
	}
}

// A script that was never known, or that another program has counted in its own way, is in a state that its counts
// agree with.
func TestCounterResumes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newCounter(rapid.IntRange(0, 5).Draw(t, "rise"), rapid.IntRange(0, 5).Draw(t, "fall"))
		ok, value := rapid.Bool().Draw(t, "ok"), rapid.IntRange(-3, 20).Draw(t, "value")
		c.resume(ok, value)
		if c.up() != ok || !c.known || c.value < 0 || c.value > c.rise+c.fall-1 {
			t.Fatalf("%v and %d give %+v", ok, value, c)
		}
		if (value >= c.rise) == ok && value >= 0 && value <= c.rise+c.fall-1 && c.value != value {
			t.Fatalf("%v and %d give %+v", ok, value, c)
		}
	})
}

// What is handed over of scripts that are not asked for any more is dropped.
func TestFormerScriptsThatAreGone(t *testing.T) {
	s := NewScripts(runas.New(runas.Options{Log: zap.NewNop()}), nil, func(ID, int) {})
	defer s.Stop()
	s.Succeed(time.Now(), []FormerScript{{Name: "gone", Known: true, Up: true, Result: 1}})
	if out := s.Configure(&config.Config{}, nil); len(out.Values)+len(s.Describe()) != 0 || s.former != nil {
		t.Errorf("%+v, %+v", out, s.former)
	}
}
