package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/bfd"
	"holdfast/internal/epoll"
	"holdfast/internal/news"
	"holdfast/internal/super"
)

// A Teller takes what other roles are told; super.Teller is one.
type Teller interface {
	Tell(news.Item) // must not block
}

// Options of an Engine.
type Options struct {
	Log *zap.Logger
	// Teller is told the state of every session whenever it changes; nil tells nobody.
	Teller Teller
	// Seed is where discriminators, source ports and jitter come from.
	Seed uint64
}

// An Engine is the bfd role (super.Engine).
type Engine struct {
	opt Options
	log *zap.Logger

	// mu guards what callers and the loop share; whoever holds it while no loop is running is the loop.
	mu      sync.Mutex
	running bool
	closed  bool
	ended   chan struct{} // closed when Run has returned
	inbox   []func()
	poller  *epoll.Poller // nil until open

	loop // only the loop touches these
}

// New gives an Engine that does nothing yet.
func New(o Options) *Engine {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	e := &Engine{opt: o, log: o.Log, ended: make(chan struct{})}
	e.core = bfd.New(o.Seed)
	return e
}

// errEnded is the answer to a request after Run has returned.
var errEnded = errors.New("the bfd role has ended")

// open makes what cannot be made in New because it can fail; the caller holds mu.
func (e *Engine) open() error {
	if e.closed {
		return errEnded
	}
	// A call before Run has made it.
	if e.poller != nil {
		return nil
	}
	form, err := news.FormOf[news.Session]()
	if err != nil {
		return err
	}
	p, err := epoll.New()
	if err != nil {
		return err
	}
	e.poller = p
	e.loop.open(e.opt, form, p)
	return nil
}

// call runs f in the loop and waits for it. While no loop is running the caller takes its place.
func (e *Engine) call(ctx context.Context, f func()) error {
	e.mu.Lock()
	if err := e.open(); err != nil {
		e.mu.Unlock()
		return err
	}
	if !e.running {
		defer e.mu.Unlock()
		f()
		return nil
	}
	done := make(chan struct{})
	e.inbox = append(e.inbox, func() { defer close(done); f() })
	e.poller.Wake()
	e.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-e.ended:
		return errEnded
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Prepare notes the configuration. Nothing about it can fail: a socket that cannot be had is tried again and again, and
// sessions that need it are down meanwhile.
func (e *Engine) Prepare(ctx context.Context, cfg *config.Config) error {
	return e.call(ctx, func() { e.planned = cfg })
}

// Commit switches to the prepared configuration. What did not change keeps its state and its timers. All
// sessions have been told when it returns.
func (e *Engine) Commit(ctx context.Context) error {
	var err error
	if cerr := e.call(ctx, func() { err = e.commit(time.Now()) }); cerr != nil {
		return cerr
	}
	return err
}

// Abort drops the prepared configuration.
func (e *Engine) Abort() {
	_ = e.call(context.Background(), func() { e.planned = nil }) // an engine that has ended has nothing to drop
}

var _ super.Engine = (*Engine)(nil)
