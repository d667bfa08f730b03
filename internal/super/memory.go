package super

import (
	"runtime"
	"runtime/debug"
)

// startGCPercent is the GOGC of a supervisor until its first configuration runs: a usual
// one is read before a first collection would find anything to give back.
const startGCPercent = 200

// hurry puts collections off, until the function it gives is called.
func hurry() (rest func()) {
	usual := debug.SetGCPercent(startGCPercent)
	return func() {
		if usual >= 0 && usual < startGCPercent {
			debug.SetGCPercent(usual)
		}
	}
}

// tidy collects, beside the work, what taking a configuration over left behind. The next
// one is then read into memory that is there already: new pages take longer than reading.
func tidy() { go runtime.GC() }
