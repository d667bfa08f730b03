package vrrp

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestTimerHeap compares the heap with a plain list under any sequence of setting,
// moving and cancelling.
func TestTimerHeap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h timerHeap
		all := make([]timer, 12)
		var model []*timer // those set, in the order of setting
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			x := &all[rapid.IntRange(0, len(all)-1).Draw(t, "timer")]
			model = slices.DeleteFunc(model, func(y *timer) bool { return x == y })
			if rapid.IntRange(0, 2).Draw(t, "what") == 0 {
				h.cancel(x)
			} else {
				h.set(x, epoch.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "at"))*time.Second))
				model = append(model, x)
			}
			first := (*timer)(nil)
			for _, y := range model {
				if first == nil || y.at.Before(first.at) {
					first = y
				}
			}
			if h.next() != first {
				t.Fatalf("next is %+v, want %+v", h.next(), first)
			}
			for i := range all {
				if all[i].isSet() != slices.Contains(model, &all[i]) {
					t.Fatalf("timer %d: set %v", i, all[i].isSet())
				}
			}
		}
		for h.next() != nil {
			x := h.next()
			h.cancel(x)
			if y := h.next(); y != nil && y.at.Before(x.at) {
				t.Fatal("out of order")
			}
		}
	})
}
