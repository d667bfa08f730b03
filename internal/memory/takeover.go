package memory

import "runtime"

const (
	takeoverPercent = 200     // as debug.SetGCPercent takes it
	largeHeap       = 8 << 20 // bytes; from here on memory counts more than pages
	largePercent    = 50
)

// ForTakeover is for a process whose work comes with a configuration: collections are put off
// while the heap is small. New pages of memory take longer than what is done in them, so the first
// configuration is read before a collection would find anything to give back, and the next
// one into what is there: the runtime keeps as many pages as were in use when it last
// collected.
//
// Gain, for the supervisor and a file with 1,000 services of ten servers: 50 ms of processor time
// instead of 85 for a start, 60 instead of 73 for a reload, and 1,500 new pages instead of 2,400.
// TestTakeoverCollectsRarely fails without it.
func ForTakeover() { setPercent(takeoverPercent) }

// CollectBeside collects, beside the work, what taking a configuration over left behind: the next
// collection would come when nobody thinks of it any more, or never. It is called while what was
// read is still in use, so that the runtime keeps the pages: what comes next, the first checks or another reload,
// uses them. When all has settled (Restart), those that nothing is in are given back.
//
// Gain, for the same: 19 MB of memory instead of 38 when it has been reloaded; with 250 services 7.7
// instead of 12.4. TestCollectedBeside fails without it. To put a third of the heap on top and touch
// its pages, for the configuration that will be read while this one is there, gained nothing that
// could be measured, and cost 2 MB.
//
// From largeHeap on garbage is collected when there is half as much of it as is in use. A checker role with ten
// thousand real servers has 14 MB in use: three times that was garbage of checks before it was looked for.
// TestLargeHeapsAreCollectedSooner fails without it.
//
// Giving pages back leaves the supervisor of ten thousand real servers 12.4 MB of its own instead of 15.5.
// TestHeapIsGivenBack fails without it.
func (s *Settler) CollectBeside() {
	s.heap = true
	go collect()
}

func collect() {
	runtime.GC()
	adapt()
}

// adapt has garbage collected as rarely as the size of the heap allows.
func adapt() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc >= largeHeap {
		setPercent(largePercent)
	} else {
		ForTakeover()
	}
}
