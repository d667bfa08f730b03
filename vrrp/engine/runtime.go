package engine

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

// How garbage is collected in a process that runs the vrrp role. Its heap hardly changes and
// what a collection costs is lateness of timers, so there is room for some garbage; but how
// much is a number of bytes, not a multiple of what a large configuration needs.
const (
	garbage = 8 << 20 // bytes that are collected, or half of what is in use if that is more
	// minHeap is what the runtime, at 100 percent, lets the heap grow to in any case.
	minHeap = 4 << 20
	// firstPercent is for the time before anything is known of the heap.
	firstPercent = 200
	// memoryLimit keeps a leak from eating the host.
	memoryLimit = 256 << 20

	// calm is how long after the last collection the memory that was needed meanwhile is given
	// back: a storm is over then.
	calm = 5 * time.Second
	// worthwhile is how much that has to be, in bytes.
	worthwhile = 2 << 20
)

// TuneRuntime makes the Go runtime of a process that runs the vrrp role collect garbage
// rarely, keep only so much of it, and give memory back some seconds after it was needed.
// An administrator who sets GOGC decides how often; memory is given back all the same.
func TuneRuntime() {
	debug.SetMemoryLimit(memoryLimit)
	c := &collector{percent: firstPercent, fixed: os.Getenv("GOGC") != ""}
	if !c.fixed {
		debug.SetGCPercent(firstPercent)
	}
	c.calm = time.AfterFunc(calm, c.giveBack)
	c.watch()
}

// A collector adapts the collection of garbage to the heap.
type collector struct {
	percent int
	fixed   bool        // by the administrator
	calm    *time.Timer // until memory is given back
	own     atomic.Bool // the next collection is that of giveBack
}

// watch has collected called after the next collection.
func (c *collector) watch() {
	runtime.AddCleanup(new([1 << 10]byte), func(c *collector) { c.collected() }, c)
}

func (c *collector) collected() {
	defer c.watch()
	if !c.own.Swap(false) {
		c.calm.Reset(calm)
	}
	p := percentFor(memory("/gc/heap/live:bytes"))
	if c.fixed || p > c.percent*7/8 && p < c.percent*9/8 {
		return // setting it stops all threads for a moment
	}
	c.percent = p
	debug.SetGCPercent(p)
}

// percentFor is how much the heap may grow until the next collection, as
// debug.SetGCPercent takes it, when so many bytes are in use.
func percentFor(live uint64) int {
	live = max(live, 1)
	room := max(garbage, live/2)
	return int(min(100*room/live, 100*(live+room)/minHeap))
}

// giveBack gives memory that is not in use back to the system. Pages that are locked stay.
func (c *collector) giveBack() {
	unused := memory("/memory/classes/heap/free:bytes") + memory("/memory/classes/heap/objects:bytes") - memory("/gc/heap/live:bytes")
	if unused < worthwhile || locked() {
		return
	}
	c.own.Store(true)
	debug.FreeOSMemory()
}

// memory reads one of the runtime's figures, which stops nothing.
func memory(name string) uint64 {
	s := []metrics.Sample{{Name: name}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// locked tells whether memory of this process is locked (vrrp_no_swap).
func locked() bool {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false
	}
	_, rest, found := bytes.Cut(b, []byte("VmLck:"))
	return found && !bytes.HasPrefix(bytes.TrimSpace(rest), []byte("0 kB"))
}
