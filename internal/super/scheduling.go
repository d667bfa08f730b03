package super

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"holdfast/internal/role"
)

// applyScheduling gives every thread of this process the nice value or SCHED_RR
// priority that s asks for, and locks its memory when asked (cli
// 4.6). Threads made later inherit it. What cannot be had is logged.
func applyScheduling(s role.Scheduling, log *zap.Logger) {
	if err := eachThread(func(tid int) error { return schedule(tid, s.Nice, s.Realtime) }); err != nil {
		log.Warn(fmt.Sprintf("Unable to set process priority (nice %d, realtime %d) - %v",
			s.Nice, s.Realtime, needing("CAP_SYS_NICE", err)))
	}
	if s.Locked {
		// MCL_ONFAULT: only what is touched is locked, not all that the Go runtime has reserved.
		if err := unix.Mlockall(unix.MCL_CURRENT | unix.MCL_FUTURE | unix.MCL_ONFAULT); err != nil {
			log.Warn(fmt.Sprintf("Unable to lock process in memory - %v", needing("CAP_IPC_LOCK", err)))
		}
	}
}

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
