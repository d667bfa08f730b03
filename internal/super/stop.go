package super

import (
	"context"
	"fmt"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// defaultChildWait is child_wait_time's default (cli 4.3).
const defaultChildWait = 5 * time.Second

// permanentName is how keepalived names the permanent exit codes (cli 3).
func permanentName(status int) string {
	switch status {
	case statusFatal:
		return "FATAL"
	case statusConfig:
		return "CONFIG"
	default:
		return "MISSING PERMISSION"
	}
}

// terminate ends the daemon with the status that a role asked for.
func (s *Supervisor) terminate(ctx context.Context, c *child, status int, why string) {
	s.o.Log.Error(fmt.Sprintf("pid %d exited with permanent error %s. Terminating", c.pid, permanentName(status)))
	s.tell(s.o.Systemd.failed(why, int(syscall.EINVAL)))
	if s.status == statusOK {
		s.status = status
	}
	s.stop(ctx)
}

// stop tells all role processes to give back what they own and exit, within
// child_wait_time (cli 4.3).
func (s *Supervisor) stop(ctx context.Context) {
	if s.stopping {
		return
	}
	s.stopping = true
	s.o.Log.Info("Stopping")
	s.tell(s.o.Systemd.stopping())
	s.dismiss()
	if s.cancelScript != nil {
		s.cancelScript()
	}
	if s.txn != nil {
		s.txn.deadline.Stop()
		s.txn = nil
	}
	for _, sl := range s.slots {
		sl.wanted = false
		s.retire(sl)
	}
	wait := s.current.config.Global.ChildWaitTime
	if wait <= 0 {
		wait = defaultChildWait
	}
	time.AfterFunc(wait, func() { s.deliver(killDue{}) })
	s.stopped(ctx)
}

// stopped goes on with the stop when no role process and no startup script is left: the
// shutdown script, then the end.
func (s *Supervisor) stopped(ctx context.Context) {
	for _, sl := range s.slots {
		if sl.child != nil {
			return
		}
	}
	if s.cancelScript != nil || s.finished {
		return
	}
	g := s.current.config.Global
	if !s.script(ctx, g, g.ShutdownScript, false, g.ShutdownScriptTimeout) {
		s.finished = true
	}
}

// peekExited gives the id of a child process that has exited and was not waited
// for, without waiting for it.
func peekExited() (int, bool) {
	// siginfo_t: si_pid stands after three ints, on 64-bit machines with padding.
	var info struct {
		_    [3]int32
		pids [2]int32
		_    [128]byte
	}
	_, _, errno := unix.Syscall6(unix.SYS_WAITID, unix.P_ALL, 0, uintptr(unsafe.Pointer(&info)),
		unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, 0, 0)
	if errno != 0 {
		return 0, false
	}
	pid := info.pids[0]
	if unsafe.Sizeof(uintptr(0)) == 8 {
		pid = info.pids[1]
	}
	return int(pid), pid != 0
}
