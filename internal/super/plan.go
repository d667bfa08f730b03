package super

import (
	"context"
	"errors"
	"slices"

	"holdfast/config/syntax"
	"holdfast/internal/state"
)

// This file is how the daemon is asked what a reload would do. It does what a reload does up to the point where that
// would begin to change something: it reads the file, judges it, and has every role prepare it; then it has all of them
// forget it. Whatever would keep a reload from taking place is met that way, and not foretold.

// planning marks the numbers of configurations that nobody means to run: those of the others do not depend on who asks.
const planning = 1 << 63

// A planWanted is somebody who wants to know how a reload would end.
type planWanted struct {
	ctx        context.Context
	file       string // "" = that of the daemon
	allowEmpty bool
	plan       state.Prospect
	answer     chan<- state.Prospect // has room for it
}

// errPlanStopping is the answer of a daemon that will not reload any more.
var errPlanStopping = errors.New(answerStopping)

// Plan tells what a reload with a file would meet, "" for the file of the daemon; with allowEmpty one that has nothing
// to run is meant. Nothing is changed. An error says why it cannot be told.
func (s *Supervisor) Plan(ctx context.Context, file string, allowEmpty bool) (state.Prospect, error) {
	answer := make(chan state.Prospect, 1)
	s.deliver(&planWanted{ctx: ctx, file: file, allowEmpty: allowEmpty, answer: answer})
	select {
	case p := <-answer:
		return p, nil
	case <-s.done:
		return state.Prospect{}, errPlanStopping
	case <-ctx.Done():
		return state.Prospect{}, ctx.Err()
	}
}

// enqueue has somebody wait for an answer.
func (s *Supervisor) enqueue(p *planWanted) {
	s.plans = append(s.plans, p)
	s.nextPlan()
}

// nextPlan begins with those who wait for an answer, one after the other and behind whatever changes something.
func (s *Supervisor) nextPlan() {
	for len(s.plans) > 0 && !s.occupied() && !s.stopping {
		p := s.plans[0]
		s.plans = s.plans[1:]
		if p.ctx.Err() == nil { // else nobody waits for it any more
			s.plan(p)
		}
	}
}

// plan judges a file as a reload does, and has the roles prepare it.
func (s *Supervisor) plan(p *planWanted) {
	s.settle.Begin()
	l, err := s.readOther(p.file)
	p.plan = state.Prospect{File: l.file, Generation: s.current.generation, Running: s.o.Roles.Running(s.current.config)}
	defer s.settle.Restart()
	if err != nil {
		p.refuse(err.Error())
		return
	}
	p.plan.Next, p.plan.Findings = s.o.Roles.Running(l.config), newFindings(s.current.findings, l.findings)
	p.plan.Fixed = s.fixed(l.config)
	if why := s.refusal(l, p.allowEmpty); why != "" {
		p.refuse(why)
		return
	}
	if err := s.secrets(l.config); err != nil {
		p.refuse(err.Error())
		return
	}
	s.prepare(&transaction{loaded: l.loaded, members: map[*child]bool{}, asked: p})
}

// readOther reads a file, "" for that of the daemon, and notes nothing.
func (s *Supervisor) readOther(file string) (candidate, error) {
	read := s.o.Load
	if file != "" {
		read = func() (syntax.Snapshot, error) { return s.o.LoadOther(file) }
	}
	snap, err := read()
	if err != nil {
		return candidate{loaded: loaded{file: file}}, err
	}
	s.planned++
	return s.bind(snap, planning|s.planned), nil
}

// endPlan has the roles forget what they were asked about, and answers.
func (s *Supervisor) endPlan(refused string) {
	t := s.txn
	s.withdraw(t)
	t.asked.plan.Refused = refused
	s.dissolve() // the answer comes when nothing is left of it
}

func (p *planWanted) refuse(why string) {
	p.plan.Refused = why
	p.answer <- p.plan
}

// onlyAsked reports whether a process was started for an answer alone.
func (s *Supervisor) onlyAsked(c *child) bool {
	return s.txn != nil && s.txn.asked != nil && slices.Contains(s.txn.spawned, c)
}

// newFindings are those that the running configuration does not have, wherever they stand.
func newFindings(running, next []state.Warning) []state.Warning {
	type finding struct{ severity, name, text string }
	known := map[finding]bool{}
	for _, f := range running {
		known[finding{f.Severity, f.Name, f.Text}] = true
	}
	all := []state.Warning{}
	for _, f := range next {
		if !known[finding{f.Severity, f.Name, f.Text}] {
			all = append(all, f)
		}
	}
	return all
}
