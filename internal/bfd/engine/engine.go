package engine

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/bfd"
	"holdfast/internal/epoll"
	"holdfast/internal/news"
	"holdfast/internal/state"
	"holdfast/internal/super"
)

// A Teller takes what other roles are told; super.Teller is one.
type Teller interface {
	Tell(news.Item) // must not block
}

// A Recorder takes events; super.Recorder is one.
type Recorder interface {
	Record(state.Event) // must not block
}

// Options of an Engine.
type Options struct {
	Log *zap.Logger
	// Teller is told the state of every session whenever it changes; nil tells nobody.
	Teller Teller
	// Recorder takes what happens; nil if nobody wants to know.
	Recorder Recorder
	// Late is told how late timers are met; it must not block. nil tells nobody.
	Late func(time.Duration)
	// Seed is where discriminators, source ports and jitter come from.
	Seed uint64
}

// An Engine is the bfd role (super.Engine).
type Engine struct {
	opt Options
	log *zap.Logger

	events *epoll.Loop
	loop   // only the loop touches these
	// former asks a predecessor for its handover; nil without one.
	former func() (super.Handover, error)
}

// New gives an Engine that does nothing yet.
func New(o Options) *Engine {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	e := &Engine{opt: o, log: o.Log}
	e.core = bfd.New(o.Seed)
	e.events = epoll.NewLoop(epoll.Work{
		Open: e.open, Receive: e.receiveAll, Next: e.next, Expire: e.expire, Late: o.Late, Close: e.shutdown,
	}, errEnded)
	return e
}

// errEnded is the answer to a request after Run has returned.
var errEnded = errors.New("the bfd role has ended")

// open makes what cannot be made in New because it can fail.
func (e *Engine) open(p *epoll.Poller) error {
	form, err := news.FormOf[news.Session]()
	if err != nil {
		return err
	}
	e.loop.open(e.opt, form, p)
	e.received = func(a bfd.Arrival) { e.do(e.core.Receive(e.now, a)) }
	return nil
}

// Prepare notes the configuration. Nothing about it can fail: a socket that cannot be had is tried again and again, and
// sessions that need it are down meanwhile.
func (e *Engine) Prepare(ctx context.Context, cfg *config.Config) error {
	return e.events.Call(ctx, func() { e.planned = cfg })
}

// Commit switches to the prepared configuration. What did not change keeps its state and its timers. All
// sessions have been told when it returns.
func (e *Engine) Commit(ctx context.Context) error {
	var err error
	if cerr := e.events.Call(ctx, func() { err = e.commit(time.Now()) }); cerr != nil {
		return cerr
	}
	return err
}

// Abort drops the prepared configuration.
func (e *Engine) Abort() {
	_ = e.events.Call(context.Background(), func() { e.planned = nil }) // an engine that has ended has nothing to drop
}

var _ super.Engine = (*Engine)(nil)
