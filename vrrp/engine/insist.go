package engine

import (
	"slices"
	"time"
)

// This file is for a kernel that does not let go of something when the role stops.

const (
	// insistRounds is how often a stop tries to remove what the kernel has refused to give back, and insistPause how long
	// it waits before the first time; each pause is twice the one before it.
	insistRounds = 5
	insistPause  = 20 * time.Millisecond
)

// insist has removed what is still there of ours: a master that has ended must not have addresses.
func (e *Engine) insist() {
	if e.opt.KeepVIPs {
		return
	}
	for pause := insistPause; pause < insistPause<<insistRounds && e.holds(); pause *= 2 {
		time.Sleep(pause) // the loop has ended: nobody is late for it
		e.keepers.release()
		e.applyAddresses(nil)
	}
}

// holds reports whether anything is there that we have set, or may be.
func (e *Engine) holds() bool {
	return len(e.addrs.mine) > 0 || slices.ContainsFunc(e.keepers, func(k keeper) bool { return !k.empty() })
}
