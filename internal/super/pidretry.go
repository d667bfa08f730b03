package super

import (
	"errors"
	"fmt"
	"time"
)

// pidRetry is the pause before pid files that could not be written are tried again.
const pidRetry = time.Second

// pidsDue is the event that has pid files tried again.
type pidsDue struct{}

// owePIDs has the pid files that could not be written tried again, once for all of them.
func (s *Supervisor) owePIDs() {
	if s.pidsOwed {
		return
	}
	s.pidsOwed = true
	time.AfterFunc(pidRetry, func() { s.deliver(pidsDue{}) })
}

// writePIDs tries those again that do not say what they should. What keeps failing was said when it failed first.
func (s *Supervisor) writePIDs() {
	s.pidsOwed = false
	if f := s.o.PIDFile; f != nil && f.Unwritten() {
		s.settlePID(f.path, f.Retry())
	}
	for _, sl := range s.slots {
		if c := sl.child; c != nil && c.unwritten {
			err := c.writePID()
			c.unwritten = err != nil
			s.settlePID(c.role.PIDFile, err)
		}
	}
}

func (s *Supervisor) settlePID(path string, err error) {
	if err != nil {
		s.owePIDs()
		return
	}
	s.o.Log.Info(fmt.Sprintf("pid file %s is written now", path))
}

// writeChildPID writes the pid file of a new process.
func (s *Supervisor) writeChildPID(c *child) {
	err := c.writePID()
	if c.unwritten = err != nil; c.unwritten {
		s.o.Log.Warn(err.Error())
		s.owePIDs()
	}
}

func (c *child) writePID() error {
	path := c.role.PIDFile
	if path == "" {
		return nil
	}
	f, err := openPID(path)
	if err != nil {
		return err
	}
	return errors.Join(InheritPIDFile(path, f).Write(c.pid), f.Close())
}
