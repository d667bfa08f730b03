package super

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"holdfast/internal/state"
)

// This file is how the daemon is asked what it knows. Whoever asks gets what was said at most stateKept ago; else the
// loop asks all roles, once however many ask, and waits for stateTime at most. So the number of those who ask is
// nothing to the roles.

const (
	stateKept = 500 * time.Millisecond
	stateTime = 2 * time.Second
	// busyTime is how long somebody waits for a loop that may be reading a configuration.
	busyTime = stateTime + 500*time.Millisecond
)

// answers keeps what the loop said last.
type answers struct {
	mu     sync.Mutex
	last   state.Answer
	at     time.Time     // when it came; zero before
	asking chan struct{} // closed when the question under way is answered; nil = none is
}

// State tells what there is to see of the daemon. It may be called by many goroutines, before Run too.
func (s *Supervisor) State(ctx context.Context) state.Answer {
	a := &s.answers
	a.mu.Lock()
	if !a.at.IsZero() && time.Since(a.at) < stateKept {
		defer a.mu.Unlock()
		return a.last
	}
	if a.asking == nil {
		a.asking = make(chan struct{})
		go s.ask(a.asking)
	}
	answered := a.asking
	a.mu.Unlock()

	late := time.NewTimer(busyTime)
	defer late.Stop()
	problem := ""
	select {
	case <-answered:
	case <-s.done:
		problem = "the daemon has stopped"
	case <-late.C:
		problem = "the supervisor does not answer: it may be reading a configuration"
	case <-ctx.Done():
		problem = ctx.Err().Error()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	last := a.last
	if last.Problem = problem; a.at.IsZero() {
		last.Daemon = s.daemon()
	}
	return last
}

// ask has the loop ask all roles.
func (s *Supervisor) ask(asking chan struct{}) {
	to := make(chan state.Answer, 1)
	s.deliver(surveyWanted{to})
	select {
	case answer := <-to:
		s.answers.mu.Lock()
		defer s.answers.mu.Unlock()
		s.answers.last, s.answers.at, s.answers.asking = answer, time.Now(), nil
		close(asking)
	case <-s.done: // whoever waits sees that as well
	}
}

// A survey is one round of asking all roles.
type survey struct {
	to       chan<- state.Answer
	awaited  []*child
	deadline *time.Timer
}

type (
	surveyWanted struct{ to chan<- state.Answer }
	surveyLate   struct{ v *survey }
)

// A told is what a role process said of itself last.
type told struct {
	asked   bool // and has not answered: it is not asked again, or its questions would pile up
	report  state.Report
	at      time.Time // of what is described; zero before
	problem string
}

func (s *Supervisor) beginSurvey(to chan<- state.Answer) {
	v := &survey{to: to}
	s.survey = v
	for _, sl := range s.slots {
		c := sl.child
		if c == nil || c.phase != phaseRunning {
			continue
		}
		v.awaited = append(v.awaited, c)
		if !c.told.asked {
			c.told.asked = true
			c.out.send(message{Kind: kindAsk})
		}
	}
	v.deadline = time.AfterFunc(stateTime, func() { s.deliver(surveyLate{v}) })
	s.surveyed(nil)
}

// surveyed goes on with a survey when a process has answered, or will not.
func (s *Supervisor) surveyed(c *child) {
	v := s.survey
	if v == nil {
		return
	}
	v.awaited = slices.DeleteFunc(v.awaited, func(a *child) bool { return a == c })
	if len(v.awaited) == 0 {
		s.endSurvey()
	}
}

func (s *Supervisor) endSurvey() {
	v := s.survey
	v.deadline.Stop()
	for _, c := range v.awaited {
		c.told.problem = fmt.Sprintf("process %d does not answer", c.pid)
	}
	s.survey = nil
	v.to <- s.describe() // it has room
	s.settle.Restart()   // what answering needed goes when nobody has asked for a while
}

// takeState takes what a role process said of itself.
func (s *Supervisor) takeState(c *child, m message) {
	c.told.asked = false
	switch {
	case m.Err != "":
		c.told.problem = fmt.Sprintf("process %d: %s", c.pid, m.Err)
	case m.State != nil:
		c.told.report, c.told.at, c.told.problem = *m.State, time.Unix(0, m.State.At), ""
	}
	s.surveyed(c)
}

// describe puts together what is known.
func (s *Supervisor) describe() state.Answer {
	a := state.Answer{
		Daemon: s.daemon(), Config: s.current.describe(), Findings: s.current.findings, Running: s.current.config,
	}
	a.Daemon.Complete, a.Daemon.Stopping = s.announced, s.stopping
	if s.lastReload != (state.Reload{}) {
		r := s.lastReload
		a.Config.LastReload = &r
	}
	for _, sl := range s.slots {
		if sl.wanted || sl.child != nil {
			a.Sources = append(a.Sources, sl.source())
		}
	}
	return a
}

// daemon is what does not change.
func (s *Supervisor) daemon() state.Daemon {
	return state.Daemon{PID: os.Getpid(), Version: s.o.Version, Started: s.born, Instance: s.o.Place.Instance,
		Namespace: s.o.Place.NetNamespace}
}

// source is what the role of a slot says.
func (sl *slot) source() state.Source {
	out := state.Source{Role: string(sl.role.Name)}
	c := sl.child
	if c == nil {
		out.Problem = fmt.Sprintf("there is no %s process: it has died and is started again soon", sl.role.Title)
		if sl.respawn == nil {
			out.Problem = fmt.Sprintf("there is no %s process", sl.role.Title)
		}
		return out
	}
	out.PID, out.At, out.Problem, out.Report = c.pid, c.told.at, c.told.problem, c.told.report
	switch c.phase {
	case phaseStarting:
		out.Problem = fmt.Sprintf("process %d has just been started", c.pid)
	case phaseStopping:
		out.Problem = fmt.Sprintf("process %d is stopping", c.pid)
	}
	return out
}

// noteReload keeps what became of a reload, for those who ask.
func (s *Supervisor) noteReload(ok bool, reason string) {
	s.lastReload = state.Reload{At: time.Now(), OK: ok, Reason: reason}
}

// describe is the configuration without its text.
func (l *loaded) describe() state.Config {
	return state.Config{File: l.file, Generation: l.generation, Loaded: l.since}
}
