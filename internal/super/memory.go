package super

import (
	"runtime"
	"runtime/debug"
)

// How garbage is collected while a configuration is taken over. New pages of memory take
// longer than what is done in them, so the first configuration is read before a
// collection would find anything to give back, and the next one into what is there: the
// runtime keeps as many pages as were in use when it last collected.
const (
	startGCPercent = 200
	largeHeap      = 16 << 20 // bytes; from here on memory counts more than pages
)

// hurry puts collections off while the heap is small.
func hurry() { debug.SetGCPercent(startGCPercent) }

// tidy collects, beside the work, what taking a configuration over left behind.
func tidy() {
	go func() {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if m.HeapAlloc >= largeHeap {
			debug.SetGCPercent(100)
		} else {
			hurry()
		}
	}()
}
