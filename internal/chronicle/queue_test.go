package chronicle

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"holdfast/internal/state"
)

// All that was put is taken or counted, in its order, and the number of those that were dropped stands where they were.
func TestWhatIsDroppedIsCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const most = 100
		q := Queue{most: most, mostSize: most * (eventSize + maxText/2)}
		var put, next int
		take := func(n int) {
			for _, e := range q.Take(n) {
				if e.Missed > 0 {
					next += int(e.Missed)
					continue
				}
				if next++; e.Name != fmt.Sprint(next) {
					t.Fatalf("%q is taken, want %d", e.Name, next)
				}
			}
		}
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			text := strings.Repeat("x", rapid.SampledFrom([]int{0, 2 * maxText}).Draw(t, "text"))
			for range rapid.SampledFrom([]int{0, 1, 10, 2 * most}).Draw(t, "put") {
				put++
				q.Put(state.Event{Name: fmt.Sprint(put), Text: text})
			}
			if len(q.waiting) > most || q.size > q.mostSize {
				t.Fatalf("%d events of %d bytes wait", len(q.waiting), q.size)
			}
			take(rapid.IntRange(0, most).Draw(t, "taken"))
		}
		for q.Len() > 0 {
			take(most)
		}
		if next != put || q.size != 0 {
			t.Fatalf("%d of %d events, %d bytes are left", next, put, q.size)
		}
	})
}

func TestTextsOfEventsAreBounded(t *testing.T) {
	e := cut(state.Event{Name: "two\nlines", Text: strings.Repeat("ä", maxText)})
	if e.Name != "two lines" || len(e.Text) > maxText || !utf8.ValidString(e.Text) || !strings.HasSuffix(e.Text, "ä...") {
		t.Errorf("%q, %d bytes", e.Name, len(e.Text))
	}
}
