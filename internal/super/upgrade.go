package super

import (
	"context"
	"fmt"
	"net"
	"os"

	"holdfast/config/difference"
	"holdfast/internal/role"
)

// This file is the part of an upgrade before the exec: until then nothing has been touched, and whatever is in the
// way is a refusal. What comes after it is in heir.go.

// A wish is an upgrade that somebody asks for.
type wish struct {
	path  string // of the program; "" is the one that the daemon was started from
	check bool   // whether it could be, and no more
	http  bool   // is how the program that goes on answers
}

// An upgrade is one that is being looked at.
type upgrade struct {
	request
	program *os.File
	verdict Verdict
	err     error
}

type upgradeTried struct{ u *upgrade }

// upgradeAsked begins to look whether a program can take over.
func (s *Supervisor) upgradeAsked(ctx context.Context, r request) {
	why := s.unfit()
	if s.upgrading != nil {
		why = "another upgrade is under way"
	}
	path := r.wish.path
	if path == "" && why == "" {
		var err error
		if path, err = own(); err != nil {
			why = err.Error()
		}
	}
	if why != "" {
		r.answer(why)
		return
	}
	u := &upgrade{request: r}
	s.upgrading = u
	t := Trial{Form: successionForm, Args: s.o.Args, Forms: map[role.Name]int{}}
	for _, sl := range s.slots {
		if sl.child != nil {
			t.Forms[sl.role.Name] = sl.role.Handover
		}
	}
	environ := s.o.Place.environ(0)
	go func() {
		u.program, u.verdict, u.err = try(context.WithoutCancel(ctx), path, t, environ)
		s.deliver(upgradeTried{u})
	}()
}

// handleUpgrade is the part of handle for upgrades.
func (s *Supervisor) handleUpgrade(ctx context.Context, e any) {
	switch e := e.(type) {
	case upgradeTried:
		s.upgradeTried(e.u)
	case handedOver:
		s.handedOver(ctx, e)
	case standLate:
		s.stillStanding(ctx, e)
	case predecessorGone:
		s.predecessorGone(ctx, e.p)
	case proved:
		s.proved(e.h)
	}
}

// unfit says why the daemon cannot be upgraded now, "" if it can.
func (s *Supervisor) unfit() string {
	switch {
	case s.stopping:
		return answerStopping
	case s.occupied() || s.queued:
		return "the daemon is being started, reloaded or upgraded: try again when that is over"
	}
	for _, sl := range s.slots {
		switch {
		case !sl.wanted && sl.child == nil:
		case sl.child == nil || sl.child.phase != phaseRunning || !sl.wanted:
			return fmt.Sprintf("the %s process is not ready: try again in a moment", sl.role.Title)
		case sl.role.Handover == 0:
			return fmt.Sprintf("the %s process cannot hand over to another one: restart the daemon", sl.role.Title)
		}
	}
	return ""
}

// upgradeTried goes on with an upgrade whose program has answered.
func (s *Supervisor) upgradeTried(u *upgrade) {
	s.upgrading = nil
	if u.err != nil {
		s.notUpgraded(u, u.err.Error())
		return
	}
	defer u.program.Close()
	why := s.unfit() // it took a moment
	if why == "" {
		why = s.drifted()
	}
	if why != "" {
		s.notUpgraded(u, why)
		return
	}
	if u.wish.check {
		u.answer(answerDone + " " + u.verdict.Version)
		return
	}
	s.o.Log.Info(fmt.Sprintf("Upgrading from version %s to version %s", s.o.Version, u.verdict.Version))
	var asker *os.File
	if u.conn != nil {
		var err error
		if asker, err = u.conn.File(); err != nil {
			s.notUpgraded(u, err.Error())
			return
		}
		defer asker.Close()
	}
	s.former = nil
	s.notUpgraded(u, s.become(u.program, Succession{HTTP: u.wish.http}, asker).Error())
}

func (s *Supervisor) notUpgraded(u *upgrade, why string) {
	s.o.Log.Error("Not upgraded, the running program stays: " + why)
	u.answer(why)
}

// drifted says that the files are no longer what runs: with an upgrade they would be, at once and untold.
func (s *Supervisor) drifted() string {
	snap, err := s.o.Load()
	if err != nil {
		return err.Error()
	}
	next, _ := s.o.Bind(snap)
	if err := s.secrets(next); err != nil {
		return err.Error()
	}
	changes := difference.Briefly(s.o.Roles.Running(s.current.config), s.o.Roles.Running(next))
	if changes.Changes != unchanged {
		return "the files say something else than what runs (" + changes.Changes + "): reload first"
	}
	return ""
}

// unchanged is what a difference is called that is none.
const unchanged = "nothing changes"

// processes are those that a program which goes on here finds.
func (s *Supervisor) processes() (all []*predecessor) {
	for _, sl := range s.slots {
		switch {
		case sl.before != nil:
			all = append(all, sl.before)
		case sl.child != nil:
			c := sl.child
			all = append(all, &predecessor{role: c.role, pid: c.pid, started: c.started, process: c.process, ends: c.ends})
		}
	}
	return all
}

// processesBefore are those that another program has started and nobody has succeeded.
func (s *Supervisor) processesBefore() (all []*predecessor) {
	for _, sl := range s.slots {
		if sl.before != nil {
			all = append(all, sl.before)
		}
	}
	return all
}

// answerOf is a request of somebody at the other end of a connection.
func answerOf(c net.Conn) request {
	unix, _ := c.(*net.UnixConn)
	return request{answer: func(text string) { answerTo(c, text) }, conn: unix}
}
