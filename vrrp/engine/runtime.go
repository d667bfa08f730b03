package engine

import "runtime/debug"

// TuneRuntime makes the Go runtime of a process that runs the vrrp role collect
// garbage rarely: the role's heap is a few megabytes that hardly change, and what a
// collection costs is lateness of timers. The limit keeps a leak from eating the host.
func TuneRuntime() {
	const percent, limit = 800, 256 << 20
	debug.SetGCPercent(percent)
	debug.SetMemoryLimit(limit)
}
