package deadline

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// However timers are set, moved and cancelled: the earliest comes first, and of those with one deadline the one
// that was set first.
func TestHeapKeepsOrder(t *testing.T) {
	type entry struct {
		timer *Timer[int]
		at    int
		order int
	}
	rapid.Check(t, func(t *rapid.T) {
		var h Heap[int]
		timers := make([]Timer[int], 8)
		var model []entry
		order := 0
		drop := func(x *Timer[int]) {
			model = slices.DeleteFunc(model, func(e entry) bool { return e.timer == x })
		}
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				x, at := &timers[rapid.IntRange(0, 7).Draw(t, "timer")], rapid.IntRange(0, 5).Draw(t, "at")
				order++
				drop(x)
				model = append(model, entry{x, at, order})
				h.Set(x, time.Unix(int64(at), 0))
			},
			"cancel": func(t *rapid.T) {
				x := &timers[rapid.IntRange(0, 7).Draw(t, "timer")]
				drop(x)
				h.Cancel(x)
			},
			"": func(t *rapid.T) {
				if h.Len() != len(model) {
					t.Fatalf("%d timers, want %d", h.Len(), len(model))
				}
				for _, e := range model {
					if !e.timer.IsSet() || e.timer.At != time.Unix(int64(e.at), 0) {
						t.Fatal("a timer was lost")
					}
				}
				if len(model) == 0 {
					if h.Next() != nil {
						t.Fatal("something is next")
					}
					return
				}
				first := slices.MinFunc(model, func(a, b entry) int {
					if a.at != b.at {
						return a.at - b.at
					}
					return a.order - b.order
				})
				if h.Next() != first.timer {
					t.Fatalf("next is at %v, want %d", h.Next().At, first.at)
				}
			},
		})
	})
}

func TestSettingAllocatesNothing(t *testing.T) {
	var h Heap[int]
	timers := make([]Timer[int], 100)
	for i := range timers {
		h.Set(&timers[i], time.Unix(int64(i), 0))
	}
	n := 0
	if got := testing.AllocsPerRun(1000, func() {
		n++
		x := h.Next()
		h.Set(x, x.At.Add(time.Minute))
		h.Cancel(&timers[n%100])
		h.Set(&timers[n%100], x.At)
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
}
