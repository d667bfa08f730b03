// Package spent is for tests: how much memory something takes from the runtime.
package spent

import (
	"math"
	"runtime"
)

// Bytes is how many bytes a function allocates, in all goroutines.
func Bytes(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Least is Bytes of some calls, the least: a collection of garbage in one of them takes buffers that are kept for the
// next.
func Least(f func()) uint64 {
	least := uint64(math.MaxUint64)
	for range 5 {
		least = min(least, Bytes(f))
	}
	return least
}
