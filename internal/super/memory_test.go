package super

import (
	"runtime/debug"
	"testing"
)

func TestHurryLeavesGOGCToTheAdministrator(t *testing.T) {
	const before = 77
	for _, c := range []struct {
		gogc string
		want int
	}{
		{"", startGCPercent},
		{"50", before},
		{"off", before},
	} {
		t.Run("GOGC="+c.gogc, func(t *testing.T) {
			t.Setenv("GOGC", c.gogc)
			found := debug.SetGCPercent(before)
			deferCollections()
			if got := debug.SetGCPercent(found); got != c.want {
				t.Errorf("collections at %d %%, want %d %%", got, c.want)
			}
		})
	}
}
