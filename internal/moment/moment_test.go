package moment

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What was written down is read as the same distance from the same moment, and nothing stays nothing.
func TestMomentIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Now()
		at := now.Add(time.Duration(rapid.Int64Range(-1e18, 1e18).Draw(t, "after")))
		later := now.Add(time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "later")))
		if got, want := Of(now, at).From(later), later.Add(at.Sub(now)); !got.Equal(want) {
			t.Fatalf("%v read at %v as %v, want %v", at, later, got, want)
		}
	})
	now := time.Now()
	if got := Of(now, time.Time{}).From(now); !got.IsZero() {
		t.Errorf("no time is read as %v", got)
	}
	if got := Of(now, now).From(now); !got.Equal(now) {
		t.Errorf("now is read as %v", got)
	}
}
