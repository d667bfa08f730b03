package super

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"syscall"
	"time"

	"holdfast/config"
	"holdfast/internal/role"
	"holdfast/internal/state"
)

// This file is the part of an upgrade after the exec. The processes of before go on until others are ready to go on
// from where they are; each then stands still for as long as that takes. If anything goes wrong the program of before
// is executed again, and goes on with whoever is there, in the same way: it is an upgrade to what was.

const (
	// standTime is how long a process may stand still, and again so long for standRounds times while its successor works
	// or wants to: where that takes so long, going back would take longer.
	standTime   = 3 * time.Second
	standRounds = 4
	// heirTime is how long one may take to get ready, and again so long for heirRounds times if it has used heirEffort
	// of a processor in it or wants one: those of before go on meanwhile, but whoever has asked waits.
	heirTime   = 15 * time.Second
	heirRounds = 12
	heirEffort = 100 * time.Millisecond
	// proveTime is how long the processes have to live before nobody wants to go back any more.
	proveTime = 3 * time.Second
)

// An heir is what a supervisor is that another one has become.
type heir struct {
	note    *Succession
	asker   net.Conn         // whoever waits for the answer; nil = nobody
	proving bool             // all have taken over
	later   []syscall.Signal // that ask all for something

	rounds int // of heirTime
	used   map[*child]time.Duration
}

type (
	standLate struct {
		p      *predecessor
		c      *child // its successor
		used   time.Duration
		rounds int
	}
	proved     struct{ h *heir }
	handedOver struct {
		sl *slot
		c  *child
		Handover
		err error
	}
)

// inherit goes on from what the program of before has noted.
func (s *Supervisor) inherit(ctx context.Context, n *Succession) int {
	h := &heir{note: n, used: map[*child]time.Duration{}, later: n.Signals}
	s.heir, s.former = h, inherited(n.Former, "program")
	s.generation, s.born, s.reloads, s.announced = n.Generation, n.Born, n.Reloads, true
	s.queued = n.Queued
	s.board.Inherit(n.items())
	n.News, n.Events = nil, nil // they may be long, and are where they belong
	if f := inherited(n.Asker, "asker"); f != nil {
		if c, err := net.FileConn(f); err == nil {
			h.asker = c
		}
		_ = f.Close()
	}
	for _, sl := range s.slots {
		sl.ran = true // whoever is not there has died
	}
	for _, in := range n.Children {
		for _, sl := range s.slots {
			if sl.role.Name != in.Role {
				continue
			}
			p, err := s.predecessorOf(sl.role, in)
			if err != nil {
				s.o.Log.Error(fmt.Sprintf("cannot take over the %s process %d: %v", sl.role.Title, in.PID, err))
				continue
			}
			sl.before = p
		}
	}
	if n.Back != "" {
		s.o.Log.Error("Not upgraded, the program of before goes on: " + n.Back)
	}
	l, err := s.loadWhole(n)
	if err == nil {
		if fatal := s.report(l.diags); fatal != "" {
			err = fmt.Errorf("the configuration cannot be run: %s", fatal)
		}
	}
	if err != nil {
		return s.fallBack(ctx, err.Error())
	}
	s.firstInForce(l.loaded)
	for _, sl := range s.slots {
		sl.owes = sl.before != nil || sl.role.Wanted(l.config, s.o.All)
	}
	s.startChildren(ctx)
	return s.status
}

const (
	// wholeTries is how often files are read that lack what runs, and wholePause how long apart.
	wholeTries = 20
	wholePause = 50 * time.Millisecond
)

// loadWhole is load for files that had what runs a moment ago, when the other program compared them. One that somebody
// is writing has nothing in it for a moment, or a part of it: it is read again then.
func (s *Supervisor) loadWhole(n *Succession) (l candidate, err error) {
	for try := 1; ; try++ {
		if l, err = s.load(); err == nil && !s.lacks(l.config, n.Children) || try == wholeTries {
			return l, err
		}
		time.Sleep(wholePause)
	}
}

// lacks reports whether a configuration has nothing for one of the processes that run.
func (s *Supervisor) lacks(c *config.Config, all []Inherited) bool {
	return slices.ContainsFunc(s.o.Roles, func(r role.Role) bool {
		runs := slices.ContainsFunc(all, func(in Inherited) bool { return in.Role == r.Name })
		return runs && !s.o.All && !r.Work.In(c)
	})
}

// takenOver is for a process that is ready to go on: its predecessor is asked to hand over.
func (s *Supervisor) takenOver(ctx context.Context, c *child) {
	sl := s.slotOf(c)
	if sl == nil || sl.before == nil {
		c.out.send(message{Kind: kindNotGiven, Err: "there is nobody that could hand over"})
		return
	}
	p := sl.before
	replied := make(chan struct{})
	p.replied = replied
	used, _ := c.work()
	s.awaitSuccession(standLate{p: p, c: c, used: used})
	if err := sayHand(p.ends.hand, handAsk, s.heir.question()); err != nil {
		s.fallBack(ctx, fmt.Sprintf("cannot ask the %s process to hand over: %v", p.role.Title, err))
		return
	}
	go func() {
		what, h, err := hearHand(p.ends.hand)
		for err == nil && what == handEvents {
			s.lateEvents(p, h.State)
			what, h, err = hearHand(p.ends.hand)
		}
		close(replied)
		if err == nil && what != handIs {
			err = fmt.Errorf("%s", h.State)
		}
		s.deliver(handedOver{sl, c, h, err})
	}()
}

// awaitSuccession looks in a while whether a process still stands still.
func (s *Supervisor) awaitSuccession(e standLate) {
	time.AfterFunc(standTime, func() { s.deliver(e) })
}

// stillStanding goes back if a process has stood still for too long.
func (s *Supervisor) stillStanding(ctx context.Context, e standLate) {
	waits := slices.ContainsFunc(s.slots, func(sl *slot) bool { return sl.before == e.p })
	if s.heir == nil || e.p.replied == nil || !waits {
		return
	}
	used, wants := e.c.work()
	if e.rounds < standRounds && (wants || used-e.used >= heirEffort) {
		e.used, e.rounds = used, e.rounds+1
		s.awaitSuccession(e)
		return
	}
	s.fallBack(ctx, fmt.Sprintf("the %s process was not succeeded within %v", e.p.role.Title, standTime))
}

// work is that of the process: see there.
func (c *child) work() (used time.Duration, wants bool) { return work(fmt.Sprintf("/proc/%d", c.pid)) }

// handedOver passes on what a process has handed over.
func (s *Supervisor) handedOver(ctx context.Context, e handedOver) {
	switch {
	case s.heir == nil || e.sl.child != e.c: // it has been given up meanwhile
		e.Close()
	case e.err != nil:
		e.Close()
		s.fallBack(ctx, fmt.Sprintf("the %s process does not hand over: %v", e.sl.role.Title, e.err))
	default:
		go func() {
			defer e.Close()
			_ = sayHand(e.c.ends.hand, handGiven, e.Handover) // one that does not hear it has died, or is late
		}()
	}
}

// succeeded has the predecessor of a process that goes on leave.
func (s *Supervisor) succeeded(sl *slot) {
	p := sl.before
	if p == nil {
		return
	}
	sl.before = nil
	if err := sayHand(p.ends.hand, handLeave, Handover{}); err != nil {
		_ = p.process.Kill() // it would go on beside the other one
	}
	s.departing = append(s.departing, p)
}

// predecessorGone notes the end of a process of before.
func (s *Supervisor) predecessorGone(ctx context.Context, p *predecessor) {
	for i, d := range s.departing {
		if d == p {
			s.departing = append(s.departing[:i], s.departing[i+1:]...)
			return
		}
	}
	for _, sl := range s.slots {
		if sl.before != p {
			continue
		}
		sl.before = nil
		if s.stopping {
			sl.owes = !p.orderly
			s.clear(sl)
			s.stopped(ctx)
			return
		}
		// It has died before another one could go on from it. That one is as one that is started again.
		s.o.Log.Error(fmt.Sprintf("%s child process(%d) died: the next one goes on without it", p.role.Title, p.pid))
		if sl.child != nil && p.replied != nil {
			sl.child.out.send(message{Kind: kindNotGiven, Err: "it has died"})
		}
	}
}

// works reports whether a process that has not answered in time gets anywhere.
func (h *heir) works(c *child) bool {
	used, wants := c.work()
	before := h.used[c]
	h.used[c] = used
	h.rounds++
	return h.rounds < heirRounds && (wants || used-before >= heirEffort)
}

// postpones reports whether a signal is for all processes when they have taken over, and keeps it then.
func (h *heir) postpones(sig syscall.Signal) bool {
	if !h.proving && !slices.Contains(h.later, sig) {
		h.later = append(h.later, sig)
	}
	return !h.proving
}

// complete goes on when all processes have taken over: they have to live for a moment before that counts.
func (h *heir) complete(s *Supervisor) {
	h.proving = true
	for _, sig := range h.later {
		s.dump(dumpOf(sig))
	}
	h.later = nil
	time.AfterFunc(proveTime, func() { s.deliver(proved{h}) })
}

// proved ends an upgrade.
func (s *Supervisor) proved(h *heir) {
	if s.heir != h {
		return
	}
	s.heir = nil
	if s.former != nil {
		_ = s.former.Close()
		s.former = nil
	}
	defer s.doQueued()
	if h.note.Back != "" {
		h.tell("not upgraded, the program of before goes on: " + h.note.Back)
		return
	}
	text := fmt.Sprintf("Upgraded from version %s to version %s", h.note.Version, s.o.Version)
	s.o.Log.Info(text)
	s.note(state.Event{About: state.AboutDaemon, To: daemonUpgraded, Text: text})
	h.tell(answerDone + " " + s.o.Version)
}

// fallBack executes the program of before, with the processes that are there. If it cannot, or this is that program,
// the daemon goes on as after a crash of those that are in trouble. It gives the exit status for a daemon that
// cannot.
func (s *Supervisor) fallBack(ctx context.Context, why string) int {
	if s.stopping { // what is in trouble was told to end, and all others
		return s.status
	}
	h := s.heir
	for _, sl := range s.slots {
		if sl.before == nil {
			continue
		}
		if sl.child != nil {
			sl.child.end()
			s.leaveTransaction(sl.child)
		}
		sl.before.stay()
	}
	if h.note.Back == "" && s.former != nil {
		s.o.Log.Error("The upgrade fails: " + why)
		var asker *os.File
		if c, ok := h.asker.(*net.UnixConn); ok {
			asker, _ = c.File()
		}
		err := s.become(s.former, Succession{Back: why, HTTP: h.note.HTTP}, asker)
		s.o.Log.Error("The program of before cannot be executed: " + err.Error())
	} else {
		s.o.Log.Error("The upgrade has failed: " + why)
	}
	h.tell(why)
	s.heir = nil
	for _, sig := range h.later {
		s.backlog = append(s.backlog, sig)
	}
	if s.current.config == nil { // nothing can be started: those that run give back what they have
		for _, sl := range s.slots {
			if sl.before != nil {
				_ = sl.before.process.Signal(syscall.SIGTERM)
			}
		}
		return statusFatal
	}
	for _, sl := range s.slots {
		if sl.before != nil {
			_ = sl.before.process.Kill()
			_, _ = sl.before.process.Wait()
			sl.before = nil
		}
		if sl.child == nil && sl.respawn == nil && sl.wanted {
			s.scheduleRespawn(sl, 0)
		}
	}
	s.advance()
	s.doQueued()
	return statusOK
}

// end kills the process and waits until it has ended: another one is about to go on.
func (c *child) end() {
	c.phase = phaseStopping
	c.kill()
	select {
	case <-c.over:
	case <-time.After(standTime):
	}
}
