package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap/zapcore"

	"holdfast/config"
	"holdfast/internal/bfd"
	"holdfast/internal/epoll"
	"holdfast/internal/logging"
	"holdfast/internal/news"
	"holdfast/internal/state"
)

// loop is the state of the event loop.
type loop struct {
	core    *bfd.Core
	cfg     *config.Config
	planned *config.Config // prepared and not committed
	doors   doors
	senders map[bfd.ID]*sender
	form    news.Form[news.Session]
	teller  Teller

	receiver *receiver
	received func(bfd.Arrival) // takes a datagram; made once, so that reading allocates nothing
	now      time.Time
}

func (l *loop) open(o Options, form news.Form[news.Session], p *epoll.Poller) {
	l.cfg = &config.Config{}
	l.form, l.teller = form, o.Teller
	l.doors = newDoors(p)
	l.senders = map[bfd.ID]*sender{}
	l.receiver = newReceiver()
}

// Run is the event loop. It works until ctx ends. Nothing is sent then: neighbours find out by their detection
// time (semantics 11.8).
func (e *Engine) Run(ctx context.Context) error { return e.events.Run(ctx) }

// receiveAll takes what the sockets have received.
func (e *Engine) receiveAll(now time.Time, ready []int) {
	e.now = now
	for _, fd := range ready {
		// It may have been closed since it was found readable.
		if d := e.doors.byFD[fd]; d != nil {
			e.receiver.drain(d, 4*burst, e.received)
		}
	}
}

// next is the earliest deadline.
func (e *Engine) next() (time.Time, bool) {
	next, ok := e.core.Next()
	if at := e.doors.again; !at.IsZero() && (!ok || at.Before(next)) {
		next, ok = at, true
	}
	return next, ok
}

func (e *Engine) expire(now time.Time) {
	e.now = now
	if at := e.doors.again; !at.IsZero() && !at.After(now) {
		e.openDoors()
	}
	e.do(e.core.Expire(now))
}

// do carries out what the core asks for, plane by plane.
func (e *Engine) do(o bfd.Output) {
	// Packets first: a neighbour measures when they come.
	for i := range o.Send {
		e.send(&o.Send[i])
	}
	for _, c := range o.Changed {
		e.tell(c)
	}
	for _, l := range o.Log {
		level := zapcore.InfoLevel
		if l.Warning {
			level = zapcore.WarnLevel
		}
		logging.Line(e.log, level, l.Session, l.Text)
	}
	for _, t := range o.Transitions {
		e.record(t)
	}
}

// record records that a session went up or down.
func (e *Engine) record(t bfd.Transition) {
	if e.opt.Recorder == nil {
		return
	}
	ev := state.Event{At: e.now, About: state.AboutSession, Name: t.Session, From: t.From.String(), To: t.To.String(),
		Reason: "the neighbour answers"}
	if t.To != bfd.Up {
		ev.Reason, ev.Code = fmt.Sprintf("%v, neighbour: %v", t.Diag, t.Remote), t.Diag.Word()
	}
	ev.Text = fmt.Sprintf("(%s) %v -> %v: %s", t.Session, t.From, t.To, ev.Reason)
	e.opt.Recorder.Record(ev)
}

// tell tells the other roles of a session.
func (e *Engine) tell(c bfd.Change) {
	if e.teller == nil {
		return
	}
	if c.Verdict == bfd.IsGone {
		e.teller.Tell(e.form.Gone(c.Name))
		return
	}
	state := [...]news.SessionState{
		bfd.Unsettled: news.SessionUnsettled, bfd.IsDown: news.SessionDown, bfd.IsUp: news.SessionUp,
	}[c.Verdict]
	it, err := e.form.Item(c.Name, news.Session{State: state, Since: e.now.UnixMicro()})
	if err != nil {
		logging.Line(e.log, zapcore.ErrorLevel, c.Name, fmt.Sprintf("(%s) %v", c.Name, err))
		return
	}
	e.teller.Tell(it)
}

// send sends a packet. What cannot be sent is lost like any that the network loses; that is logged once until
// one could be sent.
func (e *Engine) send(t *bfd.Transmit) {
	s := e.senders[t.Session]
	if s == nil {
		return
	}
	err := s.send(t.Packet[:])
	switch {
	case err != nil && !s.failing:
		s.failing = true
		logging.Line(e.log, zapcore.WarnLevel, s.cfg.Name, fmt.Sprintf("(%s) Error sending packet: %v", s.cfg.Name, err))
	case err == nil && s.failing:
		s.failing = false
		logging.Line(e.log, zapcore.InfoLevel, s.cfg.Name, fmt.Sprintf("(%s) Sending packets works again", s.cfg.Name))
	}
}

// commit makes the plan the running configuration.
func (e *Engine) commit(now time.Time) error {
	cfg := e.planned
	if cfg == nil {
		return errors.New("nothing was prepared")
	}
	h, then, err := e.recall(cfg)
	if err != nil {
		return err
	}
	if h != nil {
		now = time.Now()
	}
	e.planned, e.cfg, e.now = nil, cfg, now
	// Before the sessions: the first packet of a neighbour finds an open door.
	e.doors.want(cfg.BFDs)
	e.openDoors()
	setup, ports := bfd.Setup{Sessions: cfg.BFDs}, map[string]formerSender{}
	if h != nil {
		setup.Former, setup.Then = &h.Core, then
		for _, s := range h.Senders {
			ports[s.Name] = s
		}
	}
	ids, out := e.core.Configure(now, setup)
	former := e.senders
	e.senders = make(map[bfd.ID]*sender, len(ids))
	for i, id := range ids {
		s := former[id]
		if s == nil {
			// From the seed and the session: each draws its source ports from a row of its own.
			s = newSender(e.opt.Seed ^ uint64(id))
			s.inherit(ports[cfg.BFDs[i].Name])
		}
		delete(former, id)
		s.configure(&cfg.BFDs[i])
		e.senders[id] = s
	}
	// Those that are left have no session any more.
	for _, s := range former {
		s.close()
	}
	e.do(out)
	return nil
}

// openDoors opens what is not open yet, and says what cannot be.
func (e *Engine) openDoors() {
	for _, f := range e.doors.open(e.now) {
		level := zapcore.ErrorLevel
		if f.err == nil {
			level = zapcore.InfoLevel
		}
		logging.Line(e.log, level, "", f.String())
	}
}

func (e *Engine) shutdown() {
	e.doors.want(nil)
	for _, s := range e.senders {
		s.close()
	}
}
