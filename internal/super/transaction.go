package super

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"time"

	"holdfast/config"
	"holdfast/config/difference"
	"holdfast/internal/state"
)

// transaction brings one configuration into all role processes: first each
// prepares it, and only when all have done so each commits it. At a reload the first
// refusal ends it with nothing changed anywhere; at the first start, where there is nothing to go
// back to, a role that fails is left to the respawn logic and does not hold up the others.
type transaction struct {
	loaded
	start      bool // the first start, not a reload
	committing bool
	members    map[*child]bool // true: its answer is awaited
	spawned    []*child        // started for this reload
	failure    string
	deadline   *time.Timer
	brief      <-chan difference.Brief // of a reload: what it changes
	asked      *planWanted             // whoever only wants to know how a reload would end; nil of a reload
	withdrawn  bool                    // it has come to nothing, and ends with the processes that were started for it
}

// startChildren starts every role that the current configuration needs.
func (s *Supervisor) startChildren(ctx context.Context) {
	if err := s.secrets(s.current.config); err != nil {
		s.o.Log.Error("The configuration cannot be run: " + err.Error())
		s.tell(s.o.Systemd.failed(err.Error(), int(syscall.EINVAL)))
		s.status = statusConfig
		s.stop(ctx)
		return
	}
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

// secrets completes a configuration.
func (s *Supervisor) secrets(c *config.Config) error {
	if s.o.Secrets == nil {
		return nil
	}
	return s.o.Secrets(c)
}

// reload starts a reload, or remembers that one is wanted.
func (s *Supervisor) reload() {
	if s.stopping {
		s.dismiss()
		return
	}
	if s.occupied() {
		s.queued = true
		return
	}
	// Whoever asks from here on gets the answer of the next reload: this one may read the file as it
	// was before their change.
	s.waiting, s.asked = s.asked, nil
	s.reloaded = time.Now()
	s.o.Log.Info("Reloading ...")
	s.tell(s.o.Systemd.reloading())
	s.settle.Begin()
	read := s.reading()
	l, err := s.load()
	read()
	if err != nil {
		s.o.Log.Error(err.Error())
		s.keepOld(err.Error())
		return
	}
	s.report(l.diags)
	// `holdfast reload --allow-empty`: whoever asked means it.
	allowEmpty := slices.ContainsFunc(s.waiting, func(r request) bool { return r.allowEmpty })
	if why := s.refusal(l, allowEmpty); why != "" {
		s.keepOld(why)
		return
	}
	if fixed := s.fixed(l.config); fixed != "" {
		s.o.Log.Warn(fixed)
	}
	if err := s.secrets(l.config); err != nil {
		s.keepOld(err.Error())
		return
	}
	s.prepare(&transaction{loaded: l.loaded, members: map[*child]bool{}, brief: s.compare(l.config)})
}

// prepare begins a transaction beside what runs: every role that its configuration needs gets ready.
func (s *Supervisor) prepare(t *transaction) {
	s.txn = t
	for _, sl := range s.slots {
		if sl.role.Wanted(t.config, s.o.All) && !s.enlist(t, sl) {
			break // it is rolled back: no use in asking the others
		}
		// One that is not wanted any more goes on until the others have switched (see complete).
	}
	s.arm(t)
	s.advance()
}

// enlist makes a role part of a reload: it prepares the new configuration, in a new
// process if it has none. A role without a process that could answer now, because it is starting,
// stopping or waits to be respawned, does not hold up the reload: it gets what is in force then.
func (s *Supervisor) enlist(t *transaction, sl *slot) bool {
	switch {
	case sl.child != nil && sl.child.phase == phaseRunning:
		sl.child.prepare(t.loaded, false)
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

// arm gives the members AnswerTime for the phase that begins.
func (s *Supervisor) arm(t *transaction) {
	if t.deadline != nil {
		t.deadline.Stop()
	}
	limit := s.o.AnswerTime
	if s.heir != nil {
		limit = min(limit, heirTime)
	}
	t.deadline = time.AfterFunc(limit, func() { s.deliver(answerLate{t}) })
}

// message handles what a child said.
func (s *Supervisor) message(ctx context.Context, c *child, m message) {
	switch m.Kind {
	case kindFailed:
		c.lastWords = &m // acted on when it has ended, which may be for another reason
	case kindReleased:
		s.released(ctx, c, m.Wait)
	case kindNews:
		s.takeNews(c, m.News)
	case kindState:
		s.takeState(c, m)
	case kindTake:
		s.takenOver(ctx, c)
	case kindPrepared, kindCommitted:
		if c.phase == phaseStopping || m.Generation != c.generation {
			return // the question was withdrawn, or a later one asked, while the answer was under way
		}
		member := s.txn != nil && s.txn.members[c] && s.txn.generation == m.Generation
		if m.Kind == kindPrepared {
			s.prepared(ctx, c, m, member)
		} else {
			s.committed(ctx, c, m, member)
		}
	}
}

// prepared handles whether a child can run a configuration; member says that a transaction waits
// for that.
func (s *Supervisor) prepared(ctx context.Context, c *child, m message, member bool) {
	switch {
	case m.Err != "" && s.heir != nil:
		s.fallBack(ctx, m.Err)
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
		s.catchUp(c) // a reload came between
	default:
		s.sendCommit(c, m.Generation)
	}
}

// committed handles that a child has switched to a configuration, or could not.
func (s *Supervisor) committed(ctx context.Context, c *child, m message, member bool) {
	if m.Err != "" && s.heir != nil {
		s.fallBack(ctx, m.Err)
		return
	}
	if m.Err != "" {
		// It may be half way between two configurations: only a fresh start is sure.
		s.o.Log.Error(fmt.Sprintf("%s process pid %d failed to switch: %s", c.role.Title, c.pid, m.Err))
		c.kill()
		return
	}
	c.phase = phaseRunning
	if sl := s.slotOf(c); sl != nil {
		sl.ran = true
		s.succeeded(sl)
	}
	s.pass(s.board.Ready(string(c.role.Name))...) // what it has was told before this answer
	if member {
		s.txn.members[c] = false
		s.advance()
	} else if c.generation != s.current.generation {
		s.catchUp(c)
	}
}

// refusedStart handles a role that cannot start with the current configuration.
func (s *Supervisor) refusedStart(ctx context.Context, c *child, m message) {
	s.o.Log.Error(m.Err)
	if m.Status != 0 {
		s.terminate(ctx, c, m.Status, m.Err)
		return
	}
	c.kill() // its death has it tried again, later and later
}

// advance moves the transaction on when nobody's answer is awaited any more.
func (s *Supervisor) advance() {
	t := s.txn
	if t == nil || t.withdrawn {
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
	if t.asked != nil {
		s.endPlan("")
		return
	}
	if !t.committing {
		s.commit(t)
		// Without members there is no answer that would bring us here again.
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
		s.sendCommit(c, t.generation)
	}
	// It is in force from here on, not when all have answered: a process that is started from now
	// on, in place of one that dies in its commit, must not begin with the former one.
	s.inForce(t.loaded)
	s.reloadedOverrides()
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
func (s *Supervisor) catchUp(c *child) { c.prepare(s.current, false) }

// rollBack leaves everything as it was before the reload.
func (s *Supervisor) rollBack() {
	t := s.txn
	if t.asked != nil {
		s.endPlan(t.failure)
		return
	}
	s.withdraw(t)
	s.keepOld(t.failure)
	s.dissolve()
}

// withdraw has all members forget what they have prepared.
func (s *Supervisor) withdraw(t *transaction) {
	for c := range t.members {
		c.out.send(message{Kind: kindAbort, Generation: t.generation})
		c.generation = s.current.generation // an answer that is under way is to nothing then
	}
	for _, c := range t.spawned {
		c.phase = phaseStopping // so that it is not respawned
		c.kill()                // it has committed nothing: there is nothing to give back
	}
	t.withdrawn, t.members = true, nil
	s.arm(t)
}

// dissolve ends a transaction that was withdrawn once nothing of it is left. A reload before that would find processes
// in the places of roles that cannot answer it, and go on without what they would say.
func (s *Supervisor) dissolve() {
	t := s.txn
	if t == nil || !t.withdrawn || slices.ContainsFunc(t.spawned, func(c *child) bool { return s.slotOf(c) != nil }) {
		return
	}
	s.endWithdrawn()
}

func (s *Supervisor) endWithdrawn() {
	if a := s.txn.asked; a != nil {
		a.answer <- a.plan
	}
	s.endTransaction()
}

// keepOld says that a reload changed nothing.
func (s *Supervisor) keepOld(why string) {
	s.o.Log.Error("Reload refused, the old configuration stays in force: " + why)
	s.noteReload(false, why)
	s.note(state.Event{About: state.AboutReload, To: reloadRefused, Reason: why,
		Text: "reload refused, the old configuration stays in force: " + why})
	s.tell(s.o.Systemd.ready("Reload refused, old configuration in force: " + why))
	s.answer(why)
	s.settle.Restart()
}

// complete ends a transaction that every role has committed.
func (s *Supervisor) complete() {
	t := s.txn
	for _, sl := range s.slots {
		if !sl.wanted {
			// Not before the others have switched: until then the reload could fail, and this
			// role would have given up for nothing what it runs.
			s.retire(sl)
		}
	}
	switch {
	case t.start && s.heir != nil:
		s.heir.complete(s)
	case t.start:
		s.o.Log.Info("Startup complete")
		s.note(state.Event{About: state.AboutDaemon, To: daemonComplete, Text: "startup complete"})
	default:
		if s.o.Loaded != nil {
			s.o.Loaded(t.config)
		}
		brief := <-t.brief
		s.sayChanges(brief)
		s.noteReload(true, brief.Changes)
		s.note(state.Event{About: state.AboutReload, To: reloadDone, Reason: brief.Changes,
			Text: "reload complete: " + brief.Changes})
	}
	s.tell(s.o.Systemd.ready(s.summary()))
	s.answer(answerDone)
	s.started()
	s.endTransaction()
	s.settle.CollectBeside() // while what was read is still in use, see there
	s.settle.Restart()
}

func (s *Supervisor) endTransaction() {
	s.txn.deadline.Stop()
	s.txn = nil
	s.doQueued()
}

// occupied reports whether a reload has to wait: for another one, for the startup script, before which there is nothing
// to reload, or for an upgrade to prove well.
func (s *Supervisor) occupied() bool { return s.txn != nil || s.cancelScript != nil || s.heir != nil }

// doQueued begins what has had to wait.
func (s *Supervisor) doQueued() {
	if s.queued && !s.stopping && !s.occupied() {
		s.queued = false
		s.reload()
	}
	s.nextPlan()
}

// late ends the wait for a role that does not answer.
func (s *Supervisor) late(ctx context.Context) {
	t := s.txn
	if t.withdrawn { // a process that the kernel does not let go of is in nobody's way for longer
		s.endWithdrawn()
		return
	}
	for c, awaited := range t.members {
		if !awaited {
			continue
		}
		if s.heir != nil {
			if s.heir.works(c) {
				s.arm(t)
				return
			}
			s.fallBack(ctx, fmt.Sprintf("the %s process did not answer within %v", c.role.Title, min(s.o.AnswerTime, heirTime)))
			return
		}
		text := fmt.Sprintf("%s process pid %d did not answer within %v", c.role.Title, c.pid, s.o.AnswerTime)
		s.o.Log.Error(text)
		if t.start || t.committing {
			c.kill() // its death moves the transaction on
		} else {
			t.failure = text // it goes on with what it has
		}
	}
	s.advance()
}
