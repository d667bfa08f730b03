package super

import (
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

// How garbage is collected while a configuration is taken over. New pages of memory take
// longer than what is done in them, so the first configuration is read before a
// collection would find anything to give back, and the next one into what is there: the
// runtime keeps as many pages as were in use when it last collected.
const (
	startGCPercent = 200
	largeHeap      = 16 << 20 // bytes; from here on memory counts more than pages
	// nextBeside says how much memory is made ready for the next configuration, which is read while
	// this one is still there: the heap divided by it.
	nextBeside = 3
)

// deferCollections puts collections off while the heap is small.
func deferCollections() { setGCPercent(startGCPercent) }

// setGCPercent leaves it to the administrator who set GOGC.
func setGCPercent(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// collectBeside collects, beside the work, what taking a configuration over left behind.
func collectBeside() {
	go func() {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if m.HeapAlloc < largeHeap { // the collection below then keeps these pages
			touch(make([]byte, m.HeapAlloc/nextBeside))
		}
		runtime.GC()
		runtime.ReadMemStats(&m)
		if m.HeapAlloc >= largeHeap {
			setGCPercent(100)
		} else {
			deferCollections()
		}
	}()
}

// touch makes memory be there, not only be promised.
func touch(b []byte) {
	for i := 0; i < len(b); i += os.Getpagesize() {
		b[i] = 1
	}
}

// settled is how long a configuration is in force when it has done what it does once:
// routers are master, checkers have had answers.
const settled = 10 * time.Second

// A settler gives back, some time after a configuration was taken over, what only that
// needed.
type settler struct{ timer *time.Timer }

// restart begins to wait. heap gives back the free pages of the heap too.
func (s *settler) restart(heap bool) {
	if s.timer != nil {
		s.timer.Stop()
	}
	s.timer = time.AfterFunc(settled, func() {
		if heap {
			debug.FreeOSMemory()
		}
		_ = dropImage() // then it stays, as it always was
	})
}
