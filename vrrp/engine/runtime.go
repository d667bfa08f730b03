package engine

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
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

	// A span of this length in which so few bytes were asked for means that a storm is over, and
	// memory that is not in use is given back, if it is worthwhile.
	calm       = 5 * time.Second
	little     = 1 << 20
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
	c.watch()
	go func() {
		for range time.Tick(calm) {
			c.look()
		}
	}()
}

// A collector adapts the collection of garbage to the heap.
type collector struct {
	percent int
	fixed   bool   // by the administrator
	asked   uint64 // bytes ever asked for, at the last look
}

// watch has collected called after the next collection.
func (c *collector) watch() {
	runtime.AddCleanup(new([1 << 10]byte), func(c *collector) { c.collected() }, c)
}

func (c *collector) collected() {
	defer c.watch()
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

// look gives memory that is not in use back to the system when it is calm. Pages that are
// locked stay.
func (c *collector) look() {
	asked := memory("/gc/heap/allocs:bytes")
	quiet := asked-c.asked < little
	c.asked = asked
	unused := memory("/memory/classes/heap/free:bytes") + memory("/memory/classes/heap/objects:bytes") - memory("/gc/heap/live:bytes")
	if quiet && unused >= worthwhile && !locked() {
		debug.FreeOSMemory()
	}
}

// memory reads one of the runtime's figures, which stops nothing.
func memory(name string) uint64 {
	s := []metrics.Sample{{Name: name}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// locked reports whether memory of this process is locked (vrrp_no_swap).
func locked() bool {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false
	}
	_, rest, found := bytes.Cut(b, []byte("VmLck:"))
	return found && !bytes.HasPrefix(bytes.TrimSpace(rest), []byte("0 kB"))
}
