package memory

import (
	"runtime/debug"
	"time"
)

// settled is how long a configuration is in force when it has done what it does once:
// routers are master, checkers have had answers.
const settled = 10 * time.Second

// A Settler gives back, some time after a configuration was taken over, what only that
// needed: the pages of the program's own file. Most were needed to start or to read, they stay
// in the page cache, and the few that a running daemon uses come back. The zero value is ready, and for one goroutine.
//
// Gain: supervisor and vrrp role with 100 routers have 10.3 MiB instead of 17.8 (PSS). TestDropImage
// fails without it.
type Settler struct {
	timer *time.Timer
	heap  bool // also the pages that garbage was in, see CollectBeside
}

// Restart begins to wait, from now on.
func (s *Settler) Restart() {
	if s.timer != nil {
		s.timer.Stop()
	}
	heap := s.heap
	s.timer = time.AfterFunc(settled, func() {
		if heap {
			giveBack() // first: it needs pages of the file
		}
		_ = dropImage() // then it stays, as it always was
	})
}

// giveBack gives the pages to the system that nothing is in. Pages that are locked stay.
func giveBack() {
	if !locked() {
		debug.FreeOSMemory()
	}
}
