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

// answers keeps what the loop said last to a question.
type answers struct {
	mu     sync.Mutex
	last   state.Answer
	at     time.Time     // when it came; zero before
	asking chan struct{} // closed when the question under way is answered; nil = none is

	outdated chan struct{} // of asking, when something has been changed since it was asked
}

// State tells what there is to see of the daemon. It may be called by many goroutines, before Run too.
func (s *Supervisor) State(ctx context.Context) state.Answer { return s.answered(ctx, state.AskLists) }

// Brief tells what there is to see of the daemon but the lists that are long (see state.Long), as State does.
func (s *Supervisor) Brief(ctx context.Context) state.Answer { return s.answered(ctx, state.AskBrief) }

// Ready tells of each role whether it answers and is ready, as State does.
func (s *Supervisor) Ready(ctx context.Context) state.Answer { return s.answered(ctx, state.AskReady) }

// Metrics tells what is counted and measured in the daemon, as State does.
func (s *Supervisor) Metrics(ctx context.Context) state.Answer {
	return s.answered(ctx, state.AskMetrics)
}

// Objects tells what SNMP shows of the daemon, as State does.
func (s *Supervisor) Objects(ctx context.Context) state.Answer {
	return s.answered(ctx, state.AskObjects)
}

func (s *Supervisor) answered(ctx context.Context, q state.Question) state.Answer {
	late := time.NewTimer(busyTime)
	defer late.Stop()
	for {
		answer, outdated := s.answeredOnce(ctx, q, late.C)
		if !outdated {
			return answer
		}
	}
}

// answeredOnce is answered; outdated says that something was changed after it was asked, so that it may tell what was.
func (s *Supervisor) answeredOnce(ctx context.Context, q state.Question, late <-chan time.Time) (
	last state.Answer, outdated bool,
) {
	a := &s.answers[q]
	a.mu.Lock()
	if !a.at.IsZero() && time.Since(a.at) < stateKept {
		defer a.mu.Unlock()
		return a.last, false
	}
	if a.asking == nil {
		a.asking = make(chan struct{})
		go s.ask(q, a.asking)
	}
	answered, outdated := a.asking, a.asking == a.outdated
	a.mu.Unlock()

	problem := ""
	select {
	case <-answered:
		if outdated {
			return last, true
		}
	case <-s.done:
		problem = "the daemon has stopped"
	case <-late:
		problem = "the supervisor does not answer: it may be reading a configuration"
	case <-ctx.Done():
		problem = ctx.Err().Error()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	last = a.last
	if last.Problem = problem; a.at.IsZero() {
		last.Daemon = s.daemon()
	}
	return last, false
}

// ask has the loop ask all roles.
func (s *Supervisor) ask(q state.Question, asking chan struct{}) {
	to := make(chan state.Answer, 1)
	s.deliver(surveyWanted{q, to})
	select {
	case answer := <-to:
		a := &s.answers[q]
		a.mu.Lock()
		defer a.mu.Unlock()
		a.last, a.at = answer, time.Now()
		if a.asking == a.outdated { // whoever asks now is told what is now
			a.at = a.at.Add(-stateKept)
		}
		a.asking, a.outdated = nil, nil
		close(asking)
	case <-s.done: // whoever waits sees that as well
	}
}

// A survey is one round of asking all roles.
type survey struct {
	q        state.Question
	to       chan<- state.Answer
	awaited  []*child
	deadline *time.Timer
}

type (
	surveyWanted struct {
		q  state.Question
		to chan<- state.Answer
	}
	surveyLate struct{ v *survey }
)

// A told is what a role process answered last to a question.
type told struct {
	asked   bool // and has not answered: it is not asked again, or its questions would pile up
	report  state.Report
	at      time.Time // of what is described; zero before
	problem string
}

func (s *Supervisor) beginSurvey(q state.Question, to chan<- state.Answer) {
	v := &survey{q: q, to: to}
	s.surveys[q] = v
	for _, sl := range s.slots {
		c := sl.child
		if c == nil || c.phase != phaseRunning {
			continue
		}
		v.awaited = append(v.awaited, c)
		if told := &c.told[q]; !told.asked {
			told.asked = true
			c.out.send(message{Kind: kindAsk, Question: q})
		}
	}
	v.deadline = time.AfterFunc(stateTime, func() { s.deliver(surveyLate{v}) })
	s.surveyed(q, nil)
}

// unanswered goes on with what a process will not answer any more.
func (s *Supervisor) unanswered(c *child) {
	for q := range state.Questions {
		s.surveyed(q, c)
	}
}

// surveyed goes on with a survey when a process has answered, or will not.
func (s *Supervisor) surveyed(q state.Question, c *child) {
	v := s.surveys[q]
	if v == nil {
		return
	}
	v.awaited = slices.DeleteFunc(v.awaited, func(a *child) bool { return a == c })
	if len(v.awaited) == 0 {
		s.endSurvey(q)
	}
}

func (s *Supervisor) endSurvey(q state.Question) {
	v := s.surveys[q]
	v.deadline.Stop()
	for _, c := range v.awaited {
		c.told[q].problem = fmt.Sprintf("process %d does not answer", c.pid)
	}
	s.surveys[q] = nil
	v.to <- s.describe(q) // it has room
	s.settle.Answered()
}

// takeState takes what a role process said of itself.
func (s *Supervisor) takeState(c *child, m message) {
	if m.Question >= state.Questions {
		return
	}
	told := &c.told[m.Question]
	told.asked = false
	switch {
	case m.Err != "":
		told.problem = fmt.Sprintf("process %d: %s", c.pid, m.Err)
	case m.State != nil:
		if err := c.complete(m.State); err != nil {
			told.problem = fmt.Sprintf("process %d: %v", c.pid, err)
			break
		}
		told.report, told.at, told.problem = *m.State, time.Unix(0, m.State.At), ""
	}
	s.surveyed(m.Question, c)
}

// complete puts the tables of a report together: of what has not changed only that was sent.
func (c *child) complete(r *state.Report) (err error) {
	if len(r.Tables) > 0 {
		r.Tables, err = c.metrics.Whole(r.Tables)
	}
	return err
}

// describe puts together what is known.
func (s *Supervisor) describe(q state.Question) state.Answer {
	a := state.Answer{
		Daemon: s.daemon(), Config: s.current.describe(), Findings: s.current.findings, Running: s.current.config,
		Overrides: s.describeOverrides(),
	}
	a.Daemon.Complete, a.Daemon.Stopping = s.announced, s.stopping
	a.Config.LastReload, a.Config.Reloads, a.Config.Refusals = s.reloads.LastReload, s.reloads.Reloads, s.reloads.Refusals
	for _, sl := range s.slots {
		if sl.wanted || sl.child != nil {
			a.Sources = append(a.Sources, sl.source(q))
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
func (sl *slot) source(q state.Question) state.Source {
	out := state.Source{Role: string(sl.role.Name), Deaths: sl.deaths}
	c := sl.child
	if c == nil {
		out.Problem = fmt.Sprintf("there is no %s process: it has died and is started again soon", sl.role.Title)
		if sl.respawn == nil {
			out.Problem = fmt.Sprintf("there is no %s process", sl.role.Title)
		}
		return out
	}
	told := &c.told[q]
	out.PID, out.At, out.Problem, out.Report = c.pid, told.at, told.problem, told.report
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
	now := time.Now()
	s.reloads.LastReload = &state.Reload{At: now, Took: now.Sub(s.reloaded).Milliseconds(), OK: ok, Reason: reason}
	if ok {
		s.reloads.Reloads++
	} else {
		s.reloads.Refusals++
	}
}

// describe is the configuration without its text.
func (l *loaded) describe() state.Config {
	return state.Config{File: l.file, Generation: l.generation, Loaded: l.since, Written: l.written}
}
