package super

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"holdfast/internal/state"
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
	// The first reason is the status: what fails during the stop comes of it.
	if s.status == statusOK {
		s.status = status
	}
	s.stop(ctx)
}

// stop tells all role processes to give back what they own and exit, within
// child_wait_time (cli 4.3). What one leaves that does not is taken away by another (clear).
func (s *Supervisor) stop(ctx context.Context) {
	if s.stopping {
		s.dropMail() // who says it twice does not want to wait for it
		return
	}
	s.stopping = true
	s.o.Log.Info("Stopping")
	s.note(state.Event{About: state.AboutDaemon, To: daemonStopping, Text: "the daemon is stopping"})
	s.tell(s.o.Systemd.stopping())
	// No reload comes any more: whoever waits for one is told so.
	s.dismiss()
	if s.cancelScript != nil {
		s.cancelScript()
	}
	if s.txn != nil {
		// Answers that still come find no transaction.
		s.txn.deadline.Stop()
		s.txn = nil
	}
	for _, sl := range s.slots {
		// Not wanted: whatever ends from here on gets no successor.
		sl.wanted = false
		s.retire(sl)
		if sl.child != nil && !sl.child.clears {
			s.endWithin(sl.child)
		}
	}
	for _, p := range s.processesBefore() {
		p.stay()
		_ = p.process.Signal(syscall.SIGTERM)
		time.AfterFunc(s.childWait(), func() { _ = p.process.Kill() })
	}
	for _, c := range s.leaving {
		s.o.Log.Info(fmt.Sprintf("%s process pid %d is still sending mail", c.role.Title, c.pid))
	}
	// Without any process there is no end of one that would bring us there.
	s.stopped(ctx)
}

// stopped goes on with the stop when no role process and no startup script is left: the
// shutdown script, then the end.
func (s *Supervisor) stopped(ctx context.Context) {
	for _, sl := range s.slots {
		if sl.child != nil || sl.before != nil {
			return
		}
	}
	if len(s.leaving) > 0 {
		return
	}
	if s.cancelScript != nil || s.finished {
		return
	}
	g := s.current.config.Global
	if !s.runScript(ctx, hostScript{"shutdown script", g.ShutdownScript, g.ShutdownScriptTimeout, false}) {
		s.finished = true
	}
}
