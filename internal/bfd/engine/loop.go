package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"go.uber.org/zap/zapcore"

	"holdfast/config"
	"holdfast/internal/bfd"
	"holdfast/internal/epoll"
	"holdfast/internal/logging"
	"holdfast/internal/news"
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
	mark     func(fd int)
	ready    []*door // readable now
	now      time.Time
	stopping bool
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
func (e *Engine) Run(ctx context.Context) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	e.mu.Lock()
	if err := e.open(); err != nil {
		e.mu.Unlock()
		return err
	}
	e.running = true
	e.mu.Unlock()
	defer close(e.ended)

	e.received = func(a bfd.Arrival) { e.do(e.core.Receive(e.now, a)) }
	e.mark = func(fd int) {
		if d := e.doors.byFD[fd]; d != nil {
			e.ready = append(e.ready, d)
		}
	}
	// By way of the inbox: post also wakes a loop that is waiting.
	cancel := context.AfterFunc(ctx, func() { e.post(func() { e.stopping = true }) })
	defer cancel()
	var err error
	for !e.stopping && err == nil {
		err = e.turn()
	}
	e.shutdown()
	return err
}

// post gives f to the loop and does not wait.
func (e *Engine) post(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.inbox = append(e.inbox, f)
		e.poller.Wake()
	}
}

// patience is how long a flood of packets may put off timers.
const patience = 5 * time.Millisecond

// turn waits once and handles what there is: first everything that was received, then requests, then timers. A timer
// is run as of a moment at which, as a look at the sockets afterwards has shown, nothing was waiting: a process
// that was stopped does not take a neighbour for dead whose packets it has not read yet.
func (e *Engine) turn() error {
	if err := e.look(e.timeout()); err != nil {
		return err
	}
	e.handle()
	var due time.Time // since when timers are put off by packets
	for {
		now := time.Now()
		if next, ok := e.next(); !ok || next.After(now) {
			return nil
		}
		if err := e.look(0); err != nil {
			return err
		}
		if due.IsZero() {
			due = now
		}
		if len(e.ready) > 0 && now.Sub(due) < patience {
			e.handle()
			continue
		}
		e.expire(now)
		return nil
	}
}

// look waits for at most timeout and notes which sockets are readable.
func (e *Engine) look(timeout time.Duration) error {
	e.ready = e.ready[:0]
	if err := e.poller.Wait(timeout, e.mark); err != nil {
		return fmt.Errorf("wait for events: %w", err)
	}
	return nil
}

// handle takes what the last look has found, and requests.
func (e *Engine) handle() {
	e.now = time.Now()
	for _, d := range e.ready {
		if d.fd >= 0 {
			e.receiver.drain(d, 4*burst, e.received)
		}
	}
	// Not under the lock while they run: a request may post another.
	e.mu.Lock()
	todo := e.inbox
	e.inbox = nil
	e.mu.Unlock()
	for _, f := range todo {
		f()
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

func (e *Engine) timeout() time.Duration {
	next, ok := e.next()
	if !ok {
		return -1
	}
	return max(time.Until(next), 0)
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
	e.planned, e.cfg, e.now = nil, cfg, now
	// Before the sessions: the first packet of a neighbour finds an open door.
	e.doors.want(cfg.BFDs)
	e.openDoors()
	ids, out := e.core.Configure(now, bfd.Setup{Sessions: cfg.BFDs})
	former := e.senders
	e.senders = make(map[bfd.ID]*sender, len(ids))
	for i, id := range ids {
		s := former[id]
		if s == nil {
			// From the seed and the session: each draws its source ports from a row of its own.
			s = newSender(e.opt.Seed ^ uint64(id))
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
	// Under the lock: nobody who posts may wake a poller that is closed.
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed, e.inbox = true, nil
	e.poller.Close()
}
