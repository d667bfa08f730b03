package super

import (
	"context"
	"fmt"
	"os"
	"time"

	"holdfast/config"
)

// This file is for what is left in the kernel by a process that ends before it has given it back, when no other goes on
// from there: one that is killed because it does not stop in time, that dies while it stops, or whose successor is not
// started any more. A process of the same role takes it away, and does nothing else.

// A Clearer is an Engine whose work outlives its process (see role.Role, Leaves).
type Clearer interface {
	// Clear takes away what processes of before have left. cfg is what the last one ran with, or what is in force since.
	// It is called instead of everything but Run, which is told to end afterwards. Its error is one line for the log.
	Clear(ctx context.Context, cfg *config.Config) error
}

// childWait is how long a process may take to stop.
func (s *Supervisor) childWait() time.Duration {
	if wait := s.current.config.Global.ChildWaitTime; wait > 0 {
		return wait
	}
	return defaultChildWait
}

// sendCommit has a process switch to a configuration. From then on it owes the kernel something.
func (s *Supervisor) sendCommit(c *child, generation uint64) {
	c.commits = true
	if sl := s.slotOf(c); sl != nil {
		sl.owes = true
	}
	c.out.send(message{Kind: kindCommit, Generation: generation})
}

// account notes whether the process of a slot has given everything back before it ended.
func (s *Supervisor) account(sl *slot, c *child, state *os.ProcessState) {
	switch {
	case c.clears && !state.Success():
		s.o.Log.Error(fmt.Sprintf("%s process pid %d did not take away all that was left: %v, the next start does",
			c.role.Title, c.pid, state))
	case c.commits && state.Success():
		sl.owes = false
	}
}

// clear has taken away what processes of a slot have left that has none, and reports whether there is a process now
// that does it. It is tried once.
func (s *Supervisor) clear(sl *slot) bool {
	if !sl.owes || !sl.role.Leaves || sl.child != nil || sl.before != nil {
		return false
	}
	sl.owes = false
	c, err := spawn(s.o, sl.role, s.receive)
	if err != nil {
		s.o.Log.Error(err.Error())
		return false
	}
	s.o.Log.Warn(fmt.Sprintf("%s process has ended before it gave everything back: pid %d takes away what it left",
		sl.role.Title, c.pid))
	c.clears, c.phase = true, phaseStopping
	sl.child = c
	c.out.send(message{Kind: kindClear, Config: c.role.Work.Part(s.current.config)})
	s.endWithin(c)
	return true
}

// endWithin has a process killed that takes longer than it may.
func (s *Supervisor) endWithin(c *child) {
	// Nobody stops this timer: when the process has ended in time there is nobody to kill.
	time.AfterFunc(s.childWait(), func() { s.deliver(killDue{c}) })
}

// overdue kills a process that has not stopped in time. One that is released has nothing to give back any more and only
// sends mail.
func (s *Supervisor) overdue(c *child) {
	if s.slotOf(c) == nil || c.released {
		return
	}
	s.o.Log.Warn(fmt.Sprintf("%s process did not stop in time: killing pid %d", c.role.Title, c.pid))
	c.kill()
}

// clear has the engine take away what is left, and ends the process.
func (c *roleChild) clear(ctx context.Context, cfg *config.Config) {
	defer c.cancel()
	e, is := c.Engine.(Clearer)
	if !is || cfg == nil {
		return
	}
	if err := e.Clear(ctx, cfg); err != nil {
		c.Log.Error("Cannot take away all that a process before has left: " + err.Error())
	}
}
