package super

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// This file judges whether a process gets anywhere. How long it takes to answer says little: the machine may crawl. One
// that hangs neither works nor wants to; one that works for ever has had more of a processor than anything takes.

// stamina is how long a process may take.
type stamina struct {
	idle time.Duration // in which it neither works nor waits for a processor or a disk, all together
	busy time.Duration // of a processor
	most time.Duration // whatever it does
}

// effort is what a process has done so far, as far as somebody has looked.
type effort struct {
	idle, busy time.Duration
	looked     time.Time
}

const (
	// lookEvery is how often one looks, lookAtMost what counts of the time between two looks: who looks late was kept
	// waiting himself.
	lookEvery  = 100 * time.Millisecond
	lookAtMost = 5 * lookEvery
	// userTick is the unit of the times that the kernel tells of a process.
	userTick = 10 * time.Millisecond
)

// look notes what has become of a process since the last look; from is where the kernel tells of it.
func (e *effort) look(now time.Time, from string) {
	used, wants := work(from)
	passed := min(now.Sub(e.looked), lookAtMost)
	if !e.looked.IsZero() && used <= e.busy && !wants {
		e.idle += passed
	}
	e.busy, e.looked = max(e.busy, used), now
}

// spent says why a process has had its time, "" if it has not.
func (e *effort) spent(p stamina, life time.Duration) string {
	switch {
	case e.idle > p.idle:
		return fmt.Sprintf("does nothing for %v", p.idle)
	case e.busy > p.busy:
		return fmt.Sprintf("does not answer with %v of a processor", p.busy)
	case life > p.most:
		return fmt.Sprintf("does not answer within %v", p.most)
	}
	return ""
}

// work is how much of a processor a process has used, and whether it wants one, or waits for a disk. A process that is
// gone has done what it could.
func work(from string) (used time.Duration, wants bool) {
	tasks, _ := filepath.Glob(filepath.Join(from, "task/*/stat")) // the pattern is a good one
	for _, name := range tasks {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // the thread is gone
		}
		// The name of a thread may be anything.
		fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
		if len(fields) < 13 {
			continue
		}
		wants = wants || fields[0][0] == 'R' || fields[0][0] == 'D'
		for _, f := range fields[11:13] { // utime, stime
			n, _ := strconv.ParseInt(string(f), 10, 64)
			used += time.Duration(n) * userTick
		}
	}
	return used, wants
}

// judge looks at a process until done, and calls end when it has had its time.
func (p stamina) judge(done <-chan struct{}, pid int, end context.CancelCauseFunc) {
	from, begun := fmt.Sprintf("/proc/%d", pid), time.Now()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var e effort
	for {
		select {
		case <-done:
			return
		case now := <-tick.C:
			e.look(now, from)
			if why := e.spent(p, now.Sub(begun)); why != "" {
				end(fmt.Errorf("it %s", why))
				return
			}
		}
	}
}
