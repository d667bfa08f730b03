package track

import (
	"time"

	"holdfast/internal/moment"
)

// This file is how tracked scripts go on in another process: what was counted stays, and each runs when it would have
// run. One that runs at the moment is ended with its process and run again; that has no verdict.

// A FormerScript is what is known of a script.
type FormerScript struct {
	Name      string
	Known, Up bool
	Result    int // see Run
	LastExit  int
	TimedOut  bool
	Running   bool
	Due       moment.Moment // of the next run, if none is under way
}

// again is when a script is run that was running when it was handed over: its process has ended it by then.
const again = time.Second

// Handover has no script started any more, until Resume, and writes down what another Scripts goes on from.
func (s *Scripts) Handover(now time.Time) (all []FormerScript) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held.Store(true)
	for id, j := range s.jobs {
		f := j.handover(now)
		f.Up, f.Known = s.known[id]
		all = append(all, f)
	}
	return all
}

// Resume goes on after a Handover that came to nothing. Scripts run at once: some may be late.
func (s *Scripts) Resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held.Store(false)
	for _, j := range s.jobs {
		j.again()
	}
}

// Succeed has the first Configure go on from what another Scripts has handed over at then.
func (s *Scripts) Succeed(then time.Time, all []FormerScript) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.then, s.former = then, make(map[string]FormerScript, len(all))
	for _, f := range all {
		s.former[f.Name] = f
	}
}

func (j *job) handover(now time.Time) FormerScript {
	j.mu.Lock()
	defer j.mu.Unlock()
	return FormerScript{Name: j.cfg.Name, Result: j.state.counter.value, LastExit: j.state.lastExit,
		TimedOut: j.state.timedOut, Running: j.running.Load(), Due: moment.Of(now, j.due)}
}

// recall has a job that has not begun go on from another one.
func (j *job) recall(f FormerScript, then time.Time) {
	if f.Known {
		j.state.counter.resume(f.Up, f.Result)
	}
	j.state.lastExit, j.state.timedOut = f.LastExit, f.TimedOut
	switch {
	case f.Running:
		j.wait = min(again, j.cfg.Interval)
	case f.Due.Is:
		j.wait = min(max(time.Until(f.Due.From(then)), 1), j.cfg.Interval)
	}
}

// resume makes the state ok, and as far from changing as it was; a result that another configuration has counted is put
// right.
func (c *counter) resume(ok bool, value int) {
	c.set(ok)
	if ok && value >= c.rise {
		c.value = min(value, c.value)
	} else if !ok && value >= 0 {
		c.value = min(value, c.rise-1)
	}
}
