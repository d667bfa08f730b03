package chronicle

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/internal/state"
)

// Whatever is added and asked for, in whatever portions: what is given and what is said to be missed are together
// exactly the events there were, in their order, and what is kept stays within its bounds.
func TestNothingIsGivenTwiceAndGapsAreTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const most = 100
		l := Log{most: most, mostSize: most * (eventSize + maxText/2)}
		var after, added, got, missed uint64
		large := strings.Repeat("x", maxText)
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			n := rapid.SampledFrom([]int{0, 1, 7, most/2 + 1, 3 * most}).Draw(t, "added")
			text := rapid.SampledFrom([]string{"", large}).Draw(t, "text")
			for range n {
				added++
				l.Add(state.Event{Name: fmt.Sprint(added), Reason: text})
			}
			if len(l.kept) > most || l.size > l.mostSize {
				t.Fatalf("%d events of %d bytes are kept", len(l.kept), l.size)
			}
			if n > 0 && len(l.kept) == 0 {
				t.Fatal("nothing is kept")
			}
			for range rapid.IntRange(0, 3).Draw(t, "asked") {
				events, lost, _ := l.After(after, rapid.IntRange(1, 2*most).Draw(t, "limit"))
				missed += lost
				after += lost
				for _, e := range events {
					if after++; e.Serial != after || e.Name != fmt.Sprint(after) {
						t.Fatalf("event %q has serial %d, want %d", e.Name, e.Serial, after)
					}
					got++
				}
			}
			if first, last := l.Bounds(); last != added || first > last || first == 0 && added > 0 {
				t.Fatalf("from %d to %d of %d", first, last, added)
			}
		}
		rest, lost, _ := l.After(after, int(added)+1)
		if all := got + missed + lost + uint64(len(rest)); all != added {
			t.Fatalf("%d given and %d missed of %d", got+uint64(len(rest)), missed+lost, added)
		}
	})
}

// A serial of another life of the daemon would have a follower wait for thousands of events to pass.
func TestASerialThatHasNotBeenIsOfAnotherDaemon(t *testing.T) {
	var l Log
	l.Add(state.Event{Name: "a"}, state.Event{Name: "b"})
	if events, missed, _ := l.After(17, 10); missed != 0 || len(events) != 2 || events[0].Name != "a" {
		t.Errorf("%v, %d missed", events, missed)
	}
}

// A follower that does not read for a while is told how much it has missed, and nobody waits for it.
func TestASlowFollowerIsToldItsGap(t *testing.T) {
	const most = 1000
	l := Log{most: most}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	slow := l.Follow(ctx, 0)
	const many = 3*most + 17
	for range many {
		l.Add(state.Event{})
	}
	var next, missed uint64
	for e := range slow {
		if e.Missed > 0 {
			missed += e.Missed
			next += e.Missed
			if e.Serial != next || e.About != state.AboutDaemon || !strings.Contains(e.Text, fmt.Sprint(e.Missed)) {
				t.Fatalf("gap up to %d: %+v", next, e)
			}
			continue
		}
		if next++; e.Serial != next {
			t.Fatalf("event %d behind %d", e.Serial, next-1)
		}
		if next == many {
			break
		}
	}
	if missed < many-most-2*followed {
		t.Errorf("%d of %d missed", missed, many)
	}
	cancel()
	for range slow { // it is closed
	}
}

func TestAFollowerHearsAtOnceAndFromNowOn(t *testing.T) {
	var l Log
	l.Add(state.Event{Name: "before"})
	followers := []<-chan state.Event{l.Follow(t.Context(), FromNow), l.Follow(t.Context(), FromNow), l.Follow(t.Context(), 0)}
	l.Add(state.Event{Name: "after"})
	for i, want := range [][]string{{"after"}, {"after"}, {"before", "after"}} {
		for _, name := range want {
			select {
			case e := <-followers[i]:
				if e.Name != name {
					t.Errorf("follower %d: %q, want %q", i, e.Name, name)
				}
			case <-time.After(30 * time.Second):
				t.Fatalf("follower %d did not hear of %q", i, name)
			}
		}
	}
}

// A log that goes on from another one has its events, with their serials, and counts on.
func TestALogGoesOnFromAnother(t *testing.T) {
	for _, n := range []int{0, 1, 5, 250} {
		was := Log{most: 100}
		for i := range n {
			was.Add(state.Event{Name: fmt.Sprint(i)})
		}
		is := Log{most: 50}
		is.Inherit(was.Kept())
		is.Add(state.Event{Name: "next"})
		events, missed, _ := is.After(0, n+1)
		if _, last := is.Bounds(); last != uint64(n)+1 || len(events) != min(n+1, 50) || missed != uint64(max(n+1-50, 0)) {
			t.Errorf("of %d: %d events up to %d, %d missed", n, len(events), last, missed)
		}
		for i, e := range events {
			if e.Serial != missed+uint64(i)+1 || i < len(events)-1 && e.Name != fmt.Sprint(e.Serial-1) {
				t.Errorf("of %d: %+v at %d", n, e, i)
			}
		}
	}
}
