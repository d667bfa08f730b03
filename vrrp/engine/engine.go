package engine

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/epoll"
	"holdfast/internal/netif"
	"holdfast/internal/notify"
	"holdfast/internal/report/routers"
	"holdfast/internal/state"
	"holdfast/internal/statefile"
	"holdfast/internal/super"
	"holdfast/internal/track"
	"holdfast/vrrp"
)

// A Notifier tells others about state changes; notify.Notifier is one.
type Notifier interface {
	Configure(*config.Config)
	VRRP(notify.VRRPEvent) // must not block
	Close(context.Context)
}

// A Recorder takes events; super.Recorder is one.
type Recorder interface {
	Record(state.Event) // must not block
}

// Options of an Engine.
type Options struct {
	Log *zap.Logger
	// Notifier is told every notification and closed when Run ends; nil tells nobody.
	Notifier Notifier
	// Sources make what watches the tracked objects of a kind; those of other kinds are never heard of.
	Sources map[config.TrackKind]func(track.Report) Source

	Gen2brain bool // --metrics-compat: counters under other names too
	Detail    bool // -D
	KeepVIPs  bool // -V, --dont-release-vrrp: leave addresses at stop
	// SyncDaemons keeps the daemons that share IPVS connections; it is closed when Run ends. nil keeps none.
	SyncDaemons SyncDaemons
	// Recorder takes what happens; nil if nobody wants to know.
	Recorder Recorder
	// Late is told how late timers are met; it must not block. nil tells nobody.
	Late func(time.Duration)
	// State is where the role writes down which addresses may be its own, for the life after a
	// crash; nil nowhere.
	State *statefile.File
	// FormerKeepalived is the pid file of a keepalived that has died without removing its
	// addresses, "" if there is none.
	FormerKeepalived string
}

// An Engine is the vrrp role (super.Engine).
type Engine struct {
	opt    Options
	log    *zap.Logger
	detail bool // -D, or as an operator wants it

	events *epoll.Loop
	loop   // only the loop touches these

	meter    *routers.Meter // of Metrics; nil before the first
	surveyor surveyor       // of Metrics

	// former asks a predecessor for its handover; nil without one.
	former func() (super.Handover, error)
}

// New gives an Engine that does nothing yet.
func New(o Options) *Engine {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	e := &Engine{opt: o, log: o.Log, detail: o.Detail}
	e.core = vrrp.New()
	e.events = epoll.NewLoop(epoll.Work{
		Open: e.open, Begin: func() { go e.forward() },
		Receive: e.receiveAll, Next: e.next, Expire: e.expire,
		Slack: e.nextAnnouncement, Relax: e.sendAnnouncements,
		Late: o.Late, Close: e.shutdown,
	}, errEnded)
	return e
}

// errEnded is the answer to a request after Run has returned.
var errEnded = errors.New("the vrrp role has ended")

// open makes what cannot be made in New because it can fail.
func (e *Engine) open(p *epoll.Poller) error {
	if err := e.loop.open(); err != nil {
		return err
	}
	e.keepers = e.newKeepers(e.logLine)
	open := func(k portKey, l netif.Link) (socket, error) {
		s, err := openSocket(k, l)
		if err == nil {
			s.resize(e.bufferOf(k))
		}
		return s, err
	}
	e.ports = newPorts(open, p, func(name string) (netif.Link, bool) { return e.host.link(name) }, e.portSays)
	e.received = e.receive
	return nil
}

// call runs f in the loop and waits for it. While no loop is running the caller takes
// its place.
func (e *Engine) call(ctx context.Context, f func()) error { return permanent(e.events.Call(ctx, f)) }

// Prepare checks that cfg can run on this host and opens the sockets it needs and the
// running configuration does not have.
func (e *Engine) Prepare(ctx context.Context, cfg *config.Config) error {
	return e.ready(ctx, cfg, false)
}

// Resume is Prepare after a crash: an interface that is not there any more keeps none of the others from running.
func (e *Engine) Resume(ctx context.Context, cfg *config.Config) error {
	return e.ready(ctx, cfg, true)
}

func (e *Engine) ready(ctx context.Context, cfg *config.Config, again bool) error {
	var err error
	if cerr := e.call(ctx, func() { err = e.prepare(cfg, again) }); cerr != nil {
		return cerr
	}
	return err
}

// Commit switches to the prepared configuration: what did not change keeps its
// state and its timers (semantics 7).
func (e *Engine) Commit(ctx context.Context) error {
	var err error
	if cerr := e.call(ctx, func() { err = e.commit(time.Now()) }); cerr != nil {
		return cerr
	}
	return err
}

// Abort closes what Prepare opened.
func (e *Engine) Abort() {
	_ = e.call(context.Background(), e.abort) // an engine that has ended has nothing to drop
}

var _ interface {
	super.Engine
	super.Resumer
	super.Announcer
	super.Successor
} = (*Engine)(nil)
