package super

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// needing names the capability that a call was refused for.
func needing(capability string, err error) error {
	if errors.Is(err, unix.EPERM) {
		return fmt.Errorf("%w: needs %s", err, capability)
	}
	return err
}

// schedule changes one thread, if it is not that way already: lowering a nice value
// needs rights that a daemon without priorities configured may lack.
func schedule(tid, nice, rr int) error {
	attr, err := unix.SchedGetAttr(tid, 0)
	if err != nil {
		return err
	}
	want := *attr
	if rr > 0 {
		// Under SCHED_RR a nice value counts for nothing.
		want.Policy, want.Priority, want.Nice = unix.SCHED_RR, uint32(rr), 0
	} else {
		if attr.Policy == unix.SCHED_RR {
			// A reload has taken the real-time priority away.
			want.Policy = unix.SCHED_NORMAL
		}
		want.Priority = 0
		if nice != 0 { // otherwise whatever we were started with
			want.Nice = int32(nice)
		}
	}
	if want == *attr {
		return nil
	}
	return unix.SchedSetAttr(tid, &want, 0)
}

// eachThread calls do for every thread, again for those made meanwhile by threads that
// were not changed yet.
func eachThread(do func(tid int) error) error {
	done := map[int]bool{}
	for {
		entries, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		news := 0
		for _, e := range entries {
			tid, err := strconv.Atoi(e.Name())
			if err != nil || done[tid] {
				continue
			}
			done[tid] = true
			news++
			// A thread may have ended between the listing and the call.
			if err := do(tid); err != nil && err != unix.ESRCH {
				return err
			}
		}
		if news == 0 {
			return nil
		}
	}
}
