package memory

import (
	"runtime/debug"
	"testing"
)

func TestGOGCIsTheAdministrators(t *testing.T) {
	const before = 77
	for name, use := range map[string]struct {
		f    func()
		want int
	}{
		"ForTakeover": {ForTakeover, takeoverPercent},
		"ForReader":   {ForReader, firstOfReader},
		"setPercent":  {func() { setPercent(firstOfTimers) }, firstOfTimers},
	} {
		for gogc, want := range map[string]int{"": use.want, "50": before, "off": before} {
			t.Run(name+"/GOGC="+gogc, func(t *testing.T) {
				t.Setenv("GOGC", gogc)
				found, limit := debug.SetGCPercent(before), debug.SetMemoryLimit(-1)
				use.f()
				if got := debug.SetGCPercent(found); got != want {
					t.Errorf("collections at %d %%, want %d %%", got, want)
				}
				debug.SetMemoryLimit(limit)
			})
		}
	}
}
