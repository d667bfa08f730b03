package super

import (
	"context"
	"fmt"
	"time"
)

// The longest time that a role process may take to send its last mail, and what it gets
// on top of the time it asks for.
const (
	maxFarewell    = 2 * time.Minute
	farewellMargin = time.Second
)

// mailLate says that a role process has not sent its mail in the time it asked for.
type mailLate struct{ c *child }

// released notes that a role process has given back everything and only sends mail, for
// which it gets more time than for giving back. Its place is free: a reload that wants
// the role again does not wait for a mail server.
func (s *Supervisor) released(ctx context.Context, c *child, wait time.Duration) {
	sl := s.slotOf(c)
	if sl == nil {
		return
	}
	c.released, sl.owes = true, false
	s.o.Log.Debug(fmt.Sprintf("%s process pid %d has given back everything and sends mail", c.role.Title, c.pid))
	time.AfterFunc(min(wait, maxFarewell)+farewellMargin, func() { s.deliver(mailLate{c}) })
	// A stop needs no room in its place: stopped waits for it where it is.
	if s.stopping {
		return
	}
	s.leaving = append(s.leaving, c)
	s.vacated(ctx, sl, c)
}

// left forgets a process that had been released before it ended; false if it had not.
func (s *Supervisor) left(c *child) bool {
	for i, l := range s.leaving {
		if l == c {
			s.leaving = append(s.leaving[:i], s.leaving[i+1:]...)
			return true
		}
	}
	return false
}

// dropMail ends the processes that only send mail.
func (s *Supervisor) dropMail() {
	for _, sl := range s.slots {
		if sl.child != nil && sl.child.released {
			sl.child.kill()
		}
	}
	for _, c := range s.leaving {
		c.kill()
	}
}
