package super

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"
)

// How the process of a role begins and ends, whatever it was started for.

// spawn starts the process of a slot and sends it its first configuration. A failure
// is treated like an early death.
func (s *Supervisor) spawn(sl *slot, l loaded) *child {
	c, err := s.launch(sl, l)
	if err != nil {
		s.o.Log.Error(err.Error())
		// As early as a death can be: the backoff counts it in full.
		s.scheduleRespawn(sl, 0)
		return nil
	}
	return c
}

// launch starts the process of a slot. What it is sent first is the news that it follows, so that its
// engine knows how others stand when it looks at its configuration.
func (s *Supervisor) launch(sl *slot, l loaded) (*child, error) {
	c, err := spawn(s.o, sl.role, s.receive)
	if err != nil {
		return nil, err
	}
	s.o.Log.Info(fmt.Sprintf("Starting %s child process, pid=%d", sl.role.Title, c.pid))
	s.noteRole(c, roleStarted, "")
	sl.child = c
	s.brief(c)
	c.ready(l, sl.ran, sl.before != nil)
	s.writeChildPID(c)
	return c, nil
}

// retire stops a role that the configuration no longer needs.
func (s *Supervisor) retire(sl *slot) {
	sl.ran = false
	if sl.before != nil {
		_ = sl.before.process.Signal(syscall.SIGTERM)
	}
	if sl.respawn != nil {
		// A timer that has gone off already finds the nil below (see respawn).
		sl.respawn.Stop()
		sl.respawn = nil
		// No process comes that would tell what the role told: nobody is to wait for it.
		s.unheard(sl, false)
	}
	if sl.child != nil && sl.child.phase != phaseStopping {
		sl.child.stop()
	}
	s.clear(sl) // what the last one has left that has died
}

// exited handles the end of a role process.
func (s *Supervisor) exited(ctx context.Context, c *child, state *os.ProcessState) {
	// It may have been in the way of orphans that are to be collected (see reapStrangers).
	defer s.reapStrangers()
	sl := s.slotOf(c)
	if sl == nil { // it was released before, and another process may have its place
		if s.left(c) && s.stopping {
			s.stopped(ctx)
		}
		return
	}
	// The end of a process that was told to end, or has said why it ends, is no news.
	if !s.stopping && c.phase != phaseStopping && c.lastWords == nil {
		s.logDeath(c, state)
		s.noteRole(c, roleDied, state.String())
	}
	s.account(sl, c, state)
	s.vacated(ctx, sl, c)
}

// vacated goes on when the process of a slot has ended, or has nothing to do any more.
func (s *Supervisor) vacated(ctx context.Context, sl *slot, c *child) {
	sl.child = nil
	s.unanswered(c)
	if s.heir != nil && !s.stopping && c.phase != phaseStopping {
		s.fallBack(ctx, fmt.Sprintf("the %s process has died", c.role.Title))
		return
	}
	s.removeChildPID(c)
	switch {
	case s.stopping:
		s.clear(sl)
		s.stopped(ctx)
	case c.phase == phaseStopping: // as it was told to
		s.unheard(sl, false)
		s.resumeWanted(sl)
		s.dissolve()
	case s.onlyAsked(c): // for a reload that does not take place: nobody is to start it again, or end for it
		s.died(sl, c)
	case c.lastWords != nil: // the next process would end in the same way
		s.o.Log.Error(c.lastWords.Err)
		s.terminate(ctx, c, c.lastWords.Status, c.lastWords.Err)
	case s.o.NoRespawn:
		s.o.Log.Error(fmt.Sprintf("%s child process(%d) died: Exiting", c.role.Title, c.pid))
		s.stop(ctx)
	default:
		s.o.Log.Error(fmt.Sprintf("%s child process(%d) died: Respawning", c.role.Title, c.pid))
		s.died(sl, c)
	}
}

// died has a role started again whose process has died, and goes on without it.
func (s *Supervisor) died(sl *slot, c *child) {
	sl.deaths++
	s.leaveTransaction(c)
	s.unheard(sl, sl.wanted)
	if sl.wanted { // otherwise a reload that is not in force yet has started it
		s.scheduleRespawn(sl, time.Since(c.started))
	}
	s.advance() // perhaps only its answer was awaited
}

// leaveTransaction takes a dead child out of the transaction under way.
func (s *Supervisor) leaveTransaction(c *child) {
	t := s.txn
	if t == nil {
		return
	}
	if _, member := t.members[c]; !member {
		return
	}
	delete(t.members, c)
	// At the start and in a commit there is nothing to go back to: it is started again.
	if !t.start && !t.committing {
		t.failure = fmt.Sprintf("the %s process died while preparing", c.role.Title)
	}
}

func (s *Supervisor) slotOf(c *child) *slot {
	for _, sl := range s.slots {
		if sl.child == c {
			return sl
		}
	}
	return nil
}

// resumeWanted starts a role again that was wanted back while it was stopping.
func (s *Supervisor) resumeWanted(sl *slot) {
	if sl.wanted {
		s.spawn(sl, s.current) // it takes over what may be left
		return
	}
	s.clear(sl)
}

// logDeath says how a process ended; one that ended by itself with status 0 has said why.
func (s *Supervisor) logDeath(c *child, state *os.ProcessState) {
	ws, ok := state.Sys().(syscall.WaitStatus)
	switch {
	case ok && ws.Signaled():
		s.o.Log.Error(fmt.Sprintf("pid %d exited due to signal %d (%v)", c.pid, ws.Signal(), ws.Signal()))
	case ok && ws.ExitStatus() != 0:
		s.o.Log.Error(fmt.Sprintf("pid %d exited with status %d", c.pid, ws.ExitStatus()))
	}
}

// scheduleRespawn starts a role again whose process has lived for so long.
func (s *Supervisor) scheduleRespawn(sl *slot, life time.Duration) {
	delay := sl.backoff.died(life)
	s.o.Log.Info(fmt.Sprintf("Restart of %s process delayed %d seconds to limit respawn rate",
		sl.role.Title, int(delay.Seconds())))
	sl.respawn = time.AfterFunc(delay, func() { s.deliver(respawnDue{sl}) })
}

func (s *Supervisor) respawn(sl *slot) {
	// The timer may have gone off while a reload retired the role or the daemon began to stop.
	if sl.respawn == nil || s.stopping || sl.child != nil {
		return
	}
	sl.respawn = nil
	s.spawn(sl, s.current)
}
