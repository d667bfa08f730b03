package lvs

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/config"
	"holdfast/ipvs"
)

// successor is a core that goes on from another one, as in another process: what goes over is bytes.
func successor(t *rapid.T, c *Core, now time.Time, s Setup, m *model) *Core {
	b, err := json.Marshal(c.Handover(now))
	if err != nil {
		t.Fatal(err)
	}
	s.Former, s.Then = &Handover{}, now
	if err := json.Unmarshal(b, s.Former); err != nil {
		t.Fatal(err)
	}
	next := New(0)
	next.rnd = c.rnd // whoever starts later draws other delays, which nobody can tell from these
	o := m.configure(t, next, now, s)
	if len(o.Log)+len(o.Notify)+len(o.Forget)+len(o.Probe) > 0 && !duplicates(s) {
		t.Fatalf("going on says %v, tells %v, asks %v", o.Log, o.Notify, o.Probe)
	}
	before := ipvs.Table{}
	for id, service := range m.table {
		before[id] = service
	}
	m.do(t, o)
	if diff := ipvs.Diff(before, m.table); len(diff) > 0 {
		t.Fatalf("going on changes the table: %v", diff)
	}
	return next
}

// seen are outputs without the numbers that a process gives its checkers.
func seen(o Output) string {
	var b strings.Builder
	for _, p := range o.Probe {
		fmt.Fprintf(&b, "try %s %s %p %d\n", p.Service, p.Server, p.Checker, p.URL)
	}
	for _, l := range o.Log {
		fmt.Fprintf(&b, "log %v\n", l)
	}
	for _, n := range o.Notify {
		fmt.Fprintf(&b, "tell %v\n", n)
	}
	for _, a := range o.Tables {
		fmt.Fprintf(&b, "table %v %v %v\n", a.Service, a.Gone, a.Want)
	}
	return b.String()
}

// Whatever has happened, and whenever one core hands over to another: from there on both do and say the same, at the
// same times.
func TestHandoverIsNotNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		stays, moves := New(seed), New(seed)
		m := &model{table: ipvs.Table{}, asked: map[CheckID]bool{}, values: map[Followed]int{}}
		now := time.Unix(1000, 0)
		s := drawSetup(t)
		agree := func(what string, a, b Output) {
			if x, y := seen(a), seen(b); x != y {
				t.Fatalf("%s: with a handover\n%s\nwithout\n%s", what, y, x)
			}
		}
		o := m.configure(t, stays, now, s)
		agree("start", o, m.configure(t, moves, now, s))
		m.do(t, o)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				s = drawSetup(t)
				o := m.configure(t, stays, now, s)
				agree("reload", o, m.configure(t, moves, now, s))
				m.do(t, o)
			case 1, 2, 3:
				moves = successor(t, moves, now, s, m)
			case 4:
				what := Followed{config.CheckFile, rapid.SampledFrom([]string{"a", "b"}).Draw(t, "file")}
				if _, known := m.values[what]; known {
					m.values[what] = drawFactor(t)
					o := stays.Tell(now, what, m.values[what])
					agree("file", o, moves.Tell(now, what, m.values[what]))
					m.do(t, o)
				}
			default:
				if next, ok := stays.Next(); ok && next.After(now) {
					now = next
				}
				a, b := stays.Expire(now), moves.Expire(now)
				agree("due", a, b)
				m.do(t, a)
				clear(m.asked)
				now = now.Add(time.Duration(rapid.IntRange(0, 1500).Draw(t, "ms")) * time.Millisecond)
				for i := range a.Probe {
					outcome := drawOutcome(t)
					o := stays.Observe(now, a.Probe[i].ID, outcome)
					agree("outcome", o, moves.Observe(now, b.Probe[i].ID, outcome))
					m.do(t, o)
				}
			}
			m.check(t, moves, s)
		}
	})
}

// An attempt under way when the core hands over is made again at once, and counts as if it were the one.
func TestHandoverTriesAgainWhatWasUnderWay(t *testing.T) {
	now := time.Unix(1000, 0)
	s := big(1, 3, 0)
	c := New(1)
	c.Configure(now, s)
	now = now.Add(time.Second)
	asked := c.Expire(now).Probe
	if len(asked) != 3 {
		t.Fatalf("%d attempts, want 3", len(asked))
	}
	h := c.Handover(now.Add(time.Millisecond))
	next := New(2)
	s.Former, s.Then = &h, now.Add(time.Second) // by a clock that is a second ahead
	if o := next.Configure(now.Add(time.Second), s); len(o.Log)+len(o.Probe) > 0 {
		t.Fatalf("going on says %v, asks %v", o.Log, o.Probe)
	}
	again := next.Expire(now.Add(time.Second)).Probe
	if !slices.EqualFunc(asked, again, func(a, b Probe) bool { return a.Checker == b.Checker }) {
		t.Fatalf("asked %v, and after the handover %v", asked, again)
	}
}

// A field that nobody hands over would be forgotten.
func TestHandoverKnowsEveryField(t *testing.T) {
	for _, have := range []struct {
		of   any
		want int
	}{{check{}, 23}, {server{}, 9}, {virtual{}, 16}, {ramp{}, 3}, {History{}, 8}, {Core{}, 20}} {
		if n := reflect.TypeOf(have.of).NumField(); n != have.want {
			t.Errorf("%T has %d fields, handover.go was written for %d: hand the new ones over, then count anew", have.of, n,
				have.want)
		}
	}
}
