package memory

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	garbage = 8 << 20 // bytes that are collected, or half of what is in use if that is more
	// minHeap is what the runtime, at 100 percent, lets the heap grow to in any case.
	minHeap = 4 << 20
	// firstOfTimers is for the time before anything is known of the heap.
	firstOfTimers = 200
	// memoryLimit keeps a leak from eating the host.
	memoryLimit = 256 << 20

	// A span of this length in which so few bytes were asked for means that a storm is over, or that there is none but
	// somebody who scrapes, and memory that is not in use is given back, if it is worthwhile.
	calm       = 5 * time.Second
	little     = 8 << 20
	worthwhile = 1 << 20
)

// ForTimers is for a process that must not be late, that of the vrrp role. Its heap hardly changes and
// what a collection costs is lateness of timers, so there is room for some garbage; but how
// much is a number of bytes, not a multiple of what a large configuration needs. Memory that was
// needed for a while goes back to the system some seconds later, whatever GOGC says.
//
// Gain: a thousand routers in a storm of adverts need 23 MiB instead of 151, and 26 instead of 187 after
// 300 reloads, of which 14 are left when it is over. TestGarbageIsBounded holds the rule to its figures,
// TestMemoryOfAStormIsGivenBack (test/e2e/faults) fails without it.
func ForTimers() {
	debug.SetMemoryLimit(memoryLimit)
	setPercent(firstOfTimers)
	c := &collector{percent: firstOfTimers}
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
	asked   uint64 // bytes ever asked for, at the last look
}

// watch has collected called after the next collection.
func (c *collector) watch() {
	runtime.AddCleanup(new([1 << 10]byte), func(c *collector) { c.collected() }, c)
}

func (c *collector) collected() {
	defer c.watch() // a cleanup runs once
	p := percentFor(figure("/gc/heap/live:bytes"))
	if decided() || p > c.percent*7/8 && p < c.percent*9/8 {
		return // setting it stops all threads for a moment
	}
	c.percent = p
	debug.SetGCPercent(p)
}

// percentFor is how much the heap may grow until the next collection, as
// debug.SetGCPercent takes it, when so many bytes are in use.
func percentFor(live uint64) int {
	return percentOf(live, max(garbage, live/2))
}

// percentOf is the same for so much room.
func percentOf(live, room uint64) int {
	live = max(live, 1)
	return int(min(100*room/live, 100*(live+room)/minHeap))
}

// look gives memory that is not in use back to the system when it is calm. Pages that are
// locked stay.
func (c *collector) look() {
	asked := figure("/gc/heap/allocs:bytes")
	quiet := asked-c.asked < little
	c.asked = asked
	unused := figure("/memory/classes/heap/free:bytes") + figure("/memory/classes/heap/objects:bytes") -
		figure("/gc/heap/live:bytes")
	if quiet && unused >= worthwhile {
		giveBack()
	}
}

// figure reads one of the runtime's figures, which stops nothing.
func figure(name string) uint64 {
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
