package main

import (
	"runtime"
	"runtime/debug"
)

// How late garbage is collected, as debug.SetGCPercent takes it: the first time when
// the heap has some 64 MB, then when it has doubled.
const (
	firstCollection  = 1600
	laterCollections = 100
)

// collectLate is for a process that reads a configuration, says something of it and
// ends: it has next to no garbage, and most never collect any.
func collectLate() {
	debug.SetGCPercent(firstCollection)
	runtime.AddCleanup(new([1 << 10]byte), func(percent int) { debug.SetGCPercent(percent) }, laterCollections)
}
