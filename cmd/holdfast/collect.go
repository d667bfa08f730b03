package main

import (
	"math"
	"runtime"
	"runtime/debug"
)

// How late garbage is collected, as debug.SetGCPercent takes it: the first time when
// the heap has some 64 MB, then when it has doubled.
const (
	firstCollection  = 1600
	laterCollections = 100
)

// memoryWanted is how much memory garbage may stay in, in bytes: of a file so large that
// what is needed of it comes near that, it is collected more often.
const memoryWanted = 140 << 20

// collectLate is for a process that reads a configuration, says something of it and
// ends: it has next to no garbage, and most never collect any.
func collectLate() {
	debug.SetGCPercent(firstCollection)
	debug.SetMemoryLimit(memoryWanted)
	collected()
}

// collected makes room after each collection for what is needed and half as much: a
// fixed limit would have garbage collected all the time beyond it. What is needed is read
// off the next collection: runtime/metrics knows it too, but makes every start slower.
func collected() {
	runtime.AddCleanup(new([1 << 10]byte), func(percent int) {
		debug.SetMemoryLimit(math.MaxInt64)
		debug.SetGCPercent(percent)
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		needed := int64(m.NextGC) * 100 / int64(100+percent)
		debug.SetMemoryLimit(max(memoryWanted, needed*3/2))
		collected()
	}, laterCollections)
}
