package memory

import (
	"runtime/debug"
	"sync"
	"time"
)

const (
	// settled is how long a configuration is in force when it has done what it does once:
	// routers are master, checkers have had answers.
	settled = 10 * time.Second
	// pause is from the first time to the next that a process settles which is asked again and again; then twice as long
	// each time, up to longPause.
	pause     = 20 * time.Second
	longPause = 5 * time.Minute
	// unasked is how long nobody asks before nobody is taken to ask any more: most monitors ask each minute or sooner.
	unasked = 2 * time.Minute
)

// A Settler gives back, some time after a configuration was taken over, what only that
// needed: the pages of the program's own file. Most were needed to start or to read, they stay
// in the page cache, and the few that a running daemon uses come back. The zero value is ready, and for one goroutine.
//
// Gain: supervisor and vrrp role with 100 routers have 10.3 MiB instead of 17.8 (PSS). TestDropImage
// fails without it.
type Settler struct {
	// Idle is set for a process that does next to nothing between two configurations. While it is settled garbage is
	// collected when there is little of it, which makes no difference where hardly any comes up, and keeps
	// the pages from coming back one by one where somebody asks all the time.
	Idle bool

	timer *time.Timer
	due   time.Time // when it settles, or has
	pause time.Duration
	heap  bool // also the pages that garbage was in, see CollectBeside

	drop func() error // nil = dropImage

	mu      sync.Mutex
	working bool      // a configuration is being taken over
	asked   time.Time // for the last time
}

// Begin makes room again for a configuration that is about to be read.
func (s *Settler) Begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.working = true
	if s.Idle && s.heap {
		adapt()
	}
}

// Restart begins to wait, from now on.
func (s *Settler) Restart() {
	s.mu.Lock()
	s.working = false
	s.mu.Unlock()
	s.pause = pause
	s.wait(settled, true)
}

// Answered is called when somebody was answered, who may ask again in a second, for ever: what that needed goes back
// too, but a wait that is under way goes on, and the next one takes a while.
//
// Gain: a supervisor that is scraped each second settles as one that is not. TestWhoIsAskedAllTheTimeSettles fails
// without it. The pages of the file that answers need stay while somebody asks: to find and drop them again and again
// was a twentieth of what a supervisor with a thousand routers takes. TestWhoIsAskedKeepsItsImage fails without that.
func (s *Settler) Answered() {
	now := time.Now()
	s.mu.Lock()
	s.asked = now
	s.mu.Unlock()
	if s.due.After(now) {
		return
	}
	if s.pause = max(s.pause, pause); now.Sub(s.due) > s.pause {
		s.pause = pause // it was left alone
	}
	s.wait(max(settled, s.due.Add(s.pause).Sub(now)), false)
	s.pause = min(2*s.pause, longPause)
}

// idle reports whether nobody has asked for a while.
func (s *Settler) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Since(s.asked) >= unasked
}

// image gives back the pages of the file, if that is wanted or as soon as nobody asks.
func (s *Settler) image(wanted bool) {
	drop := s.drop
	if drop == nil {
		drop = dropImage
	}
	if wanted || s.idle() {
		_ = drop() // then it stays, as it always was
		return
	}
	time.AfterFunc(unasked, func() {
		if s.idle() { // otherwise it settles again
			_ = drop()
		}
	})
}

func (s *Settler) wait(d time.Duration, image bool) {
	if s.timer != nil {
		s.timer.Stop()
	}
	s.due = time.Now().Add(d)
	heap := s.heap
	s.timer = time.AfterFunc(d, func() {
		if heap {
			s.calm()
			giveBack() // first: it needs pages of the file
		}
		s.image(image)
	})
}

// calm has garbage collected when there is little of it, from now until a configuration is read.
func (s *Settler) calm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Idle && !s.working {
		live := figure("/gc/heap/live:bytes")
		setPercent(percentOf(live, max(littleGarbage, live/8)))
	}
}

// littleGarbage is how much there is before it is collected in a process that does nothing, in bytes, or an eighth of
// what is in use if that is more. A scrape leaves less than a tenth of it.
const littleGarbage = 512 << 10

// giveBack gives the pages to the system that nothing is in. Pages that are locked stay.
func giveBack() {
	if !locked() {
		debug.FreeOSMemory()
	}
}
