package notify

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// ask is one script that is asked for.
type ask struct {
	at   time.Time
	line string
	n    int // which one
	kept bool
}

// began is one that was started, in a play.
type began struct {
	ask
	from, to time.Time // to is zero if it never ends
	beside   bool
}

// play runs an order in virtual time: the nth script of a line takes takes[line][n], or for ever if that is negative. At
// stop, unless that is zero, everybody is in a hurry.
func play(asks []ask, takes map[string][]time.Duration, stop time.Time) (started []began, superseded []ask) {
	o := newOrder[ask](scriptPatience)
	type end struct {
		at   time.Time
		line string
		run  runID
	}
	var ends []end
	count := map[string]int{}
	begin := func(now time.Time, all []start[ask]) {
		for _, s := range all {
			b := began{ask: s.job, from: now, beside: s.after > 0}
			t := takes[s.line]
			if d := t[count[s.line]%len(t)]; d >= 0 {
				b.to = now.Add(d)
				ends = append(ends, end{b.to, s.line, s.run})
			}
			count[s.line]++
			started = append(started, b)
		}
	}
	hurried := stop.IsZero()
	for {
		slices.SortStableFunc(ends, func(a, b end) int { return a.at.Compare(b.at) })
		at, some := o.next()
		what := "expire"
		earlier := func(t time.Time, name string) {
			if !some || t.Before(at) {
				at, some, what = t, true, name
			}
		}
		if len(ends) > 0 {
			earlier(ends[0].at, "end")
		}
		if len(asks) > 0 {
			earlier(asks[0].at, "ask")
		}
		if !hurried {
			earlier(stop, "stop")
		}
		if !some {
			return started, superseded
		}
		switch what {
		case "expire":
			begin(at, o.expire(at))
		case "end":
			e := ends[0]
			ends = ends[1:]
			begin(at, o.ended(at, e.line, e.run))
		case "ask":
			s, old := o.put(at, asks[0].line, asks[0], asks[0].kept)
			superseded = append(superseded, old...)
			asks = asks[1:]
			begin(at, s)
		case "stop":
			hurried = true
			o.hurry(at, stopPatience)
		}
	}
}

func ofLine(line string, all []ask) (some []ask) {
	for _, a := range all {
		if a.line == line {
			some = append(some, a)
		}
	}
	return some
}

// Whatever the history of states and however long scripts take: each object's scripts run in order, one at a time; the
// last that runs tells the last state; nothing is lost but what was superseded; no object waits for another.
func TestScriptsAreInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zero := time.Unix(1000, 0)
		ms := func(most int) *rapid.Generator[time.Duration] {
			return rapid.Map(rapid.IntRange(0, most), func(n int) time.Duration { return time.Duration(n) * time.Millisecond })
		}
		lines := []string{"a", "b", "c"}
		takes := map[string][]time.Duration{}
		for _, l := range lines {
			takes[l] = rapid.SliceOfN(rapid.OneOf(ms(20), ms(3000), ms(30000), rapid.Just(time.Duration(-1))), 1, 8).Draw(t, "takes "+l)
		}
		var asks []ask
		at := zero
		for n := range rapid.IntRange(0, 40).Draw(t, "asks") {
			at = at.Add(rapid.OneOf(ms(0), ms(50), ms(5000), ms(30000)).Draw(t, "pause"))
			asks = append(asks, ask{at, rapid.SampledFrom(lines).Draw(t, "line"), n, rapid.IntRange(0, 9).Draw(t, "kept") == 0})
		}
		var stop time.Time
		if rapid.Bool().Draw(t, "stops") {
			stop = at
		}
		started, superseded := play(asks, takes, stop)
		for _, l := range lines {
			checkLine(t, l, ofLine(l, asks), started, ofLine(l, superseded), stop)
			alone, _ := play(ofLine(l, asks), takes, stop)
			of := func(all []began) (text []string) {
				for _, b := range all {
					if b.line == l {
						text = append(text, fmt.Sprint(b))
					}
				}
				return text
			}
			if got, want := of(started), of(alone); !slices.Equal(got, want) {
				t.Fatalf("%s: %v, and without the others %v", l, got, want)
			}
		}
	})
}

func checkLine(t *rapid.T, line string, asks []ask, all []began, superseded []ask, stop time.Time) {
	var started []began
	for _, b := range all {
		if b.line == line {
			started = append(started, b)
		}
	}
	if len(asks) == 0 {
		return
	}
	last := asks[len(asks)-1]
	if len(started) == 0 || started[len(started)-1].n != last.n || started[len(started)-1].from.Before(last.at) {
		t.Fatalf("%s: asked for %v, ran %v", line, asks, started)
	}
	for i, b := range started {
		since := b.at
		if i > 0 {
			before := started[i-1]
			if before.n >= b.n {
				t.Fatalf("%s: %v before %v", line, before, b)
			}
			ended := !before.to.IsZero() && !before.to.After(b.from)
			patient := b.from.Sub(before.from) >= scriptPatience || !stop.IsZero() && b.from.Sub(stop) >= stopPatience
			if !ended && !patient || b.beside == ended && before.to != b.from {
				t.Fatalf("%s: %v ran beside %v", line, b, before)
			}
			if before.from.After(since) {
				since = before.from
			}
		}
		if b.from.Sub(since) > scriptPatience {
			t.Fatalf("%s: %v waited for longer than the one before may take: %v, stop %v", line, b, started, stop)
		}
	}
	if len(started)+len(superseded) != len(asks) {
		t.Fatalf("%s: asked for %v, ran %v, superseded %v", line, asks, started, superseded)
	}
	for _, old := range superseded {
		if old.kept {
			t.Fatalf("%s: %v is to be run in any case", line, old)
		}
	}
}

// What is left in memory of lines that have nothing to run.
func TestAnOrderForgetsLines(t *testing.T) {
	o, now := newOrder[int](time.Second), time.Unix(1000, 0)
	for n := range 100 {
		name := fmt.Sprint(n)
		s, _ := o.put(now, name, n, false)
		if len(s) != 1 || s[0].after != 0 {
			t.Fatalf("started %v", s)
		}
		if s := o.ended(now, name, s[0].run+1000); s != nil || o.lines[name] == nil {
			t.Fatal("took the end of another run for its own")
		}
		o.ended(now, name, s[0].run)
	}
	if _, waits := o.next(); len(o.lines) != 0 || waits {
		t.Errorf("%d lines are left", len(o.lines))
	}
	// Of a script that hangs one state waits, however many come.
	for n := range 100 {
		o.put(now, "hung", n, false)
	}
	if l := o.lines["hung"]; len(l.next) != 1 || l.next[0].job != 99 {
		t.Errorf("waits: %v", l.next)
	}
}
