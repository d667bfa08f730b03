package super

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap/zapcore"

	"holdfast/config"
	"holdfast/config/difference"
	"holdfast/config/finding"
	"holdfast/config/syntax"
)

// transaction brings one configuration into all role processes: first each
// prepares it, and only when all have done so each commits it. At a reload the first
// refusal ends it with nothing changed anywhere; at the first start a role that
// fails is left to the respawn logic and does not hold up the other.
type transaction struct {
	loaded
	start      bool // the first start, not a reload
	committing bool
	members    map[*child]bool // true: its answer is awaited
	spawned    []*child        // started for this reload
	failure    string
	deadline   *time.Timer
	brief      <-chan difference.Brief // of a reload: what it changes
}

// candidate is a configuration with its diagnostics.
type candidate struct {
	loaded
	main  string // the file it was read from
	diags []syntax.Diagnostic
}

func (s *Supervisor) load() (candidate, error) {
	snap, err := s.o.Load()
	if err != nil {
		return candidate{}, err
	}
	cfg, diags := s.o.Bind(snap)
	s.generation++
	return candidate{loaded{s.generation, cfg, config.ErrorTexts(diags)}, snap.Main, diags}, nil
}

// report logs the findings, each with its place, and returns the first that makes the configuration
// impossible to run, or what stands before it at the same place: what it comes of. Notes are for those
// who check a file.
func (s *Supervisor) report(diags []syntax.Diagnostic) (fatal string) {
	for _, d := range diags {
		level := zapcore.InfoLevel
		switch d.Severity {
		case syntax.Note:
			continue
		case syntax.Warning:
			level = zapcore.WarnLevel
		case syntax.Error, syntax.Fatal:
			level = zapcore.ErrorLevel
		}
		s.o.Log.Log(level, finding.Line(d))
		if d.Severity == syntax.Fatal && fatal == "" {
			cause := slices.IndexFunc(diags, func(o syntax.Diagnostic) bool { return o.Pos == d.Pos && o.Severity >= syntax.Error })
			fatal = finding.Line(diags[cause])
		}
	}
	return fatal
}

// startChildren starts every role that the current configuration needs.
func (s *Supervisor) startChildren() {
	t := &transaction{loaded: s.current, start: true, members: map[*child]bool{}}
	s.txn = t
	for _, sl := range s.slots {
		sl.wanted = sl.role.Wanted(t.config, s.o.All)
		if sl.wanted {
			if c := s.spawn(sl, t.loaded); c != nil {
				t.members[c] = true
			}
		}
	}
	if len(t.members) == 0 {
		s.o.Log.Warn("Warning - keepalived has no configuration to run")
	}
	s.arm(t)
	s.advance()
}

// reload starts a reload, or remembers that one is wanted.
func (s *Supervisor) reload() {
	if s.stopping {
		s.dismiss()
		return
	}
	if s.txn != nil || s.cancelScript != nil {
		s.queued = true
		return
	}
	s.waiting, s.asked = s.asked, nil
	s.o.Log.Info("Reloading ...")
	s.tell(s.o.Systemd.reloading())
	l, err := s.load()
	if err != nil {
		s.o.Log.Error(err.Error())
		s.keepOld(err.Error())
		return
	}
	if why := s.refusal(l); why != "" {
		s.keepOld(why)
		return
	}
	t := &transaction{loaded: l.loaded, members: map[*child]bool{}, brief: s.compare(l.config)}
	s.txn = t
	for _, sl := range s.slots {
		if sl.role.Wanted(t.config, s.o.All) && !s.enlist(t, sl) {
			break
		}
	}
	s.arm(t)
	s.advance()
}

// enlist makes a role part of a reload: it prepares the new configuration, in a new
// process if it has none. A process that waits to be respawned takes the
// new configuration when its time comes, if there is one by then.
func (s *Supervisor) enlist(t *transaction, sl *slot) bool {
	switch {
	case sl.child != nil && sl.child.phase == phaseRunning:
		sl.child.prepare(t.loaded)
		t.members[sl.child] = true
	case sl.child == nil && sl.respawn == nil:
		c, err := s.launch(sl, t.loaded)
		if err != nil {
			t.failure = err.Error()
			return false
		}
		t.spawned = append(t.spawned, c)
		t.members[c] = true
	}
	return true
}

func (s *Supervisor) arm(t *transaction) {
	if t.deadline != nil {
		t.deadline.Stop()
	}
	t.deadline = time.AfterFunc(s.o.AnswerTime, func() { s.deliver(answerLate{t}) })
}

// message handles what a child said.
func (s *Supervisor) message(ctx context.Context, c *child, m message) {
	switch m.Kind {
	case kindFailed:
		c.lastWords = &m
		return
	case kindReleased:
		s.released(ctx, c, m.Wait)
		return
	case kindNews:
		s.takeNews(c, m.News)
		return
	}
	if c.phase == phaseStopping || m.Generation != c.generation {
		return // an answer to a question that was withdrawn
	}
	member := s.txn != nil && s.txn.members[c] && s.txn.generation == m.Generation
	switch m.Kind {
	case kindPrepared:
		switch {
		case m.Err != "" && member && !s.txn.start:
			s.txn.failure = m.Err
			delete(s.txn.members, c) // it has nothing to abort
			c.generation = s.current.generation
			s.advance()
		case m.Err != "":
			s.refusedStart(ctx, c, m)
		case member:
			s.txn.members[c] = false
			s.advance()
		case m.Generation != s.current.generation:
			s.catchUp(c)
		default:
			c.out.send(message{Kind: kindCommit, Generation: m.Generation})
		}
	case kindCommitted:
		if m.Err != "" {
			// It may be half way between two configurations: only a fresh start is sure.
			s.o.Log.Error(fmt.Sprintf("%s process pid %d failed to switch: %s", c.role.Title, c.pid, m.Err))
			c.kill()
			return
		}
		c.phase = phaseRunning
		s.pass(s.board.Ready(string(c.role.Name))...) // what it has was told before this answer
		if member {
			s.txn.members[c] = false
			s.advance()
		} else if c.generation != s.current.generation {
			s.catchUp(c)
		}
	}
}

// refusedStart handles a role that cannot start with the current configuration.
func (s *Supervisor) refusedStart(ctx context.Context, c *child, m message) {
	s.o.Log.Error(m.Err)
	if m.Status != 0 {
		s.terminate(ctx, c, m.Status, m.Err)
		return
	}
	c.kill()
}

// advance moves the transaction on when nobody's answer is awaited any more.
func (s *Supervisor) advance() {
	t := s.txn
	if t == nil {
		return
	}
	// A refusal ends it at once: what the others would still answer changes nothing. When some
	// have been told to commit it is too late for that, and who fails then is started again.
	if t.failure != "" && !t.committing {
		s.rollBack()
		return
	}
	for _, awaited := range t.members {
		if awaited {
			return
		}
	}
	if !t.committing {
		s.commit(t)
		if len(t.members) > 0 {
			return
		}
	}
	s.complete()
}

// commit makes a configuration that all members have prepared the one in force.
func (s *Supervisor) commit(t *transaction) {
	t.committing = true
	for c := range t.members {
		t.members[c] = true
		c.out.send(message{Kind: kindCommit, Generation: t.generation})
	}
	// It is in force from here on, not when all have answered: a process that is started from now
	// on, in place of one that dies in its commit, must not begin with the former one.
	s.current = t.loaded
	for _, sl := range s.slots {
		sl.wanted = sl.role.Wanted(t.config, s.o.All)
		if _, member := t.members[sl.child]; sl.wanted && !member {
			s.followUp(sl)
		}
	}
	s.arm(t)
}

// followUp gives the configuration in force to a role that could not be a member of the transaction
// when that began.
func (s *Supervisor) followUp(sl *slot) {
	switch c := sl.child; {
	case c == nil && sl.respawn == nil: // its process was still stopping then
		s.spawn(sl, s.current)
	case c != nil && c.phase == phaseRunning: // its process was still starting then
		s.catchUp(c)
	}
	// One that waits to be respawned, or is still starting or stopping, gets it when that is over.
}

// catchUp gives the running configuration to a child that was starting while a reload went
// through without it.
func (s *Supervisor) catchUp(c *child) { c.prepare(s.current) }

// rollBack leaves everything as it was before the reload.
func (s *Supervisor) rollBack() {
	t := s.txn
	for c := range t.members {
		c.out.send(message{Kind: kindAbort, Generation: t.generation})
		c.generation = s.current.generation
	}
	for _, c := range t.spawned {
		c.phase = phaseStopping
		c.kill()
	}
	s.keepOld(t.failure)
	s.endTransaction()
}

// keepOld says that a reload changed nothing.
func (s *Supervisor) keepOld(why string) {
	s.o.Log.Error("Reload refused, the old configuration stays in force: " + why)
	s.tell(s.o.Systemd.ready("Reload refused, old configuration in force: " + why))
	s.answer(why)
}

// complete ends a transaction that every role has committed.
func (s *Supervisor) complete() {
	t := s.txn
	for _, sl := range s.slots {
		if !sl.wanted {
			s.retire(sl)
		}
	}
	if t.start {
		s.o.Log.Info("Startup complete")
	} else {
		if s.o.Loaded != nil {
			s.o.Loaded(t.config)
		}
		s.sayChanges(<-t.brief)
	}
	s.tell(s.o.Systemd.ready(s.summary()))
	s.answer(answerDone)
	s.started()
	s.endTransaction()
	tidy()
	s.settle.restart(false)
}

func (s *Supervisor) endTransaction() {
	s.txn.deadline.Stop()
	s.txn = nil
	if s.queued && !s.stopping {
		s.queued = false
		s.reload()
	}
}

// late ends the wait for a role that does not answer.
func (s *Supervisor) late() {
	t := s.txn
	for c, awaited := range t.members {
		if !awaited {
			continue
		}
		text := fmt.Sprintf("%s process pid %d did not answer within %v", c.role.Title, c.pid, s.o.AnswerTime)
		s.o.Log.Error(text)
		if t.start || t.committing {
			c.kill() // its death moves the transaction on
		} else {
			t.failure = text
		}
	}
	s.advance()
}

// summary is the STATUS of systemd.
func (s *Supervisor) summary() string {
	var parts []string
	for _, sl := range s.slots {
		parts = append(parts, counted(sl.role.Work.Count(s.current.config), sl.role.Work.Thing))
	}
	return "Running " + strings.Join(parts, ", ")
}

// counted is a number of things: "1 vrrp instance", "2 vrrp instances".
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
