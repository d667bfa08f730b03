// Package engine is the checker role: it runs the checks of all real servers, and
// keeps the IPVS table as healthcheck/lvs wants it.
//
// One loop owns the decisions and the table. Attempts run in goroutines of their own,
// at most one per checker, so a target that hangs delays nothing but its own next
// check; how many may be under way at once is bounded by the file descriptors the
// process may open, and for scripts by maxScripts. Attempts that only connect are begun
// by one goroutine for many, and only one whose answer takes its time gets its own.
//
// The table is desired state. A change applies the difference between what a service
// is and what it should be; every second a fifth of the services is read back, so
// that within 5 seconds (with up to 1000 services; 200 services a second beyond) an
// entry of ours that somebody deleted or changed is put right, with a log line.
// Services that are not ours are never looked at, unless lvs_flush says so.
package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/healthcheck"
	"holdfast/healthcheck/attempt"
	"holdfast/internal/firewall"
	"holdfast/internal/metric"
	"holdfast/internal/notify"
	"holdfast/internal/report/services"
	"holdfast/internal/runas"
	"holdfast/internal/sockbuf"
	"holdfast/internal/state"
	"holdfast/internal/statefile"
	"holdfast/internal/super"
	"holdfast/internal/track"
	"holdfast/ipvs"
	"holdfast/ipvs/kernel"
)

// A Notifier tells others about real servers and quorums; notify.Notifier is one.
type Notifier interface {
	Configure(*config.Config)
	LVS(notify.LVSEvent) // must not block
	Close(context.Context)
}

// Programs resolves the scripts of MISC_CHECKs; runas.Runner is one.
type Programs interface {
	Configure(config.Global)
	Resolve(c config.Command, what string) (runas.Program, error)
}

// Table is the kernel's IPVS table; ipvs/kernel.Handle is one.
type Table interface {
	Read() (ipvs.Table, error)
	ReadService(ipvs.ServiceID) (ipvs.Service, error)
	Apply([]ipvs.Command) []error
	Flush() error
}

// Kernel is the table with its connection timeouts.
type Kernel interface {
	Table
	Timeouts() (ipvs.Timeouts, error)
	SetTimeouts(ipvs.Timeouts) error
	Switch(ipvs.Switch) (int, error)
	SetSwitch(ipvs.Switch, int) error
	SetReceiveBuffer(sockbuf.Size) error
	Close() error
}

// SyncDaemons keeps the synchronisation daemons of the kernel as they are wanted, without waiting; syncd.Keeper is one.
type SyncDaemons interface {
	Set(ipvs.Daemons)
	Close(time.Duration)
}

// A Recorder takes events; super.Recorder is one.
type Recorder interface {
	Record(state.Event) // must not block
}

// Options of an Engine.
type Options struct {
	Log *zap.Logger
	// Gen2brain has metrics under other names too (--metrics-compat).
	Gen2brain bool
	// Notifier is told every notification and closed when Run ends; nil tells nobody.
	Notifier Notifier
	// Programs resolves check scripts; nil disables MISC_CHECKs.
	Programs Programs
	// Scripts runs check scripts: healthcheck.Scripts.
	Scripts healthcheck.ScriptRunner
	// Sources make what watches the things that checkers of a kind follow; without one their servers stay as they are.
	Sources map[config.CheckKind]func(track.Report) Source
	// Probe makes one attempt; nil is a healthcheck.Prober's.
	Probe func(context.Context, healthcheck.Target) attempt.Outcome
	// OpenIPVS opens the kernel's table when there are virtual servers; nil is
	// ipvs/kernel.Open.
	OpenIPVS func() (Kernel, error)
	// List lists the kernel's table for those who ask how many connections there are, a service at a time, which is
	// not kept; nil leaves that unknown.
	List func(take func(*ipvs.ListedService)) error
	// OpenMarks opens what marks packets where the services are. Tables of these names are removed with the first Set:
	// a life before may have left them. tell must not be waited for. nil is firewall.New.
	OpenMarks func(stray []string, tell func(firewall.Report)) Marker
	// TryMarks asks whether packets can be marked there; nil is firewall.Try.
	TryMarks func(firewall.Marks) <-chan error
	// Addresses lists the addresses of the host, for ha_suspend; nil asks the kernel.
	Addresses func() (map[netip.Addr]bool, error)
	// State remembers which services are ours over a crash; nil remembers nothing.
	State *statefile.File
	// StateDirs are where files of other daemons may be that have their own services; nil is only where ours is.
	StateDirs func() []string
	// OldState is the path of the file in which earlier versions did; "" is none.
	OldState string
	// SyncDaemons keeps the daemons that share connections, where they follow no virtual router; it is closed when Run
	// ends. nil keeps none.
	SyncDaemons SyncDaemons
	// Announcer shows virtual servers to routing daemons while they can serve; it is closed when Run ends. nil shows
	// none.
	Announcer Announcer
	// Speaker is that for those that are shown by BGP; nil shows none of them.
	Speaker Speaker
	// KeepIPVS is -I: leave the table at stop.
	KeepIPVS bool
	// Recorder takes what happens; nil if nobody wants to know.
	Recorder Recorder
	// Late is told how late timers are met; it must not block. nil tells nobody.
	Late func(time.Duration)
	// Seed makes the random delays of first checks (warmup); 0 draws one.
	Seed uint64
	// MaxProbes bounds the attempts under way; 0 goes by the limit on open files.
	MaxProbes int

	begin func(*healthcheck.Target) (healthcheck.Begun, attempt.Outcome, bool) // goes with the usual Probe
}

// An Engine is the checker role (super.Engine).
type Engine struct {
	opt      Options
	log      *zap.Logger
	requests chan func()
	ended    chan struct{} // closed when Run has returned

	mu       sync.Mutex
	prepared *prepared
	kernel   Kernel // opened by the first Prepare that needs it
	active   config.Global
	live     bool // a configuration was committed
	// markable are kinds of ranges whose packets the kernel is known to mark.
	markable map[firewall.Marked]bool

	// counted is what the kernel has counted, as it was last asked for SNMP.
	counted struct {
		sync.Mutex
		services.Statistics
	}

	room []metric.Room // that Metrics took the last time

	loop loop // only Run touches it
	// former asks a predecessor for its handover; nil without one.
	former func() (super.Handover, error)
}

// New gives an Engine that does nothing yet.
func New(o Options) *Engine {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.MaxProbes == 0 {
		o.MaxProbes = maxProbes()
	}
	if o.Probe == nil {
		o.Probe = healthcheck.Prober{Scripts: o.Scripts, Room: healthcheck.NewRoom()}.Probe
		o.begin = healthcheck.Begin
	}
	if o.OpenIPVS == nil {
		o.OpenIPVS = openKernel
	}
	if o.OpenMarks == nil {
		o.OpenMarks = func(stray []string, tell func(firewall.Report)) Marker {
			return firewall.New(firewall.Options{Stray: stray, Tell: tell})
		}
	}
	if o.TryMarks == nil {
		o.TryMarks = func(w firewall.Marks) <-chan error { return firewall.Try(nil, w) }
	}
	if o.Addresses == nil {
		o.Addresses = hostAddresses
	}
	if o.Late == nil {
		o.Late = func(time.Duration) {}
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	e := &Engine{opt: o, log: o.Log, requests: make(chan func()), ended: make(chan struct{}),
		markable: map[firewall.Marked]bool{}}
	e.loop = newLoop(e)
	return e
}

func openKernel() (Kernel, error) {
	h, err := kernel.Open()
	if err != nil {
		return nil, err
	}
	return h, nil
}

var errEnded = errors.New("the checker role has ended")

// call runs f in the loop and waits for it.
func (e *Engine) call(ctx context.Context, f func()) error {
	done := make(chan struct{})
	select {
	case e.requests <- func() { defer close(done); f() }:
		// The loop has it: from here on ctx does not count, or nobody would know whether it was done.
		<-done
		return nil
	case <-e.ended:
		return errEnded
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Prepare compiles patterns, resolves scripts and opens IPVS. At start a kernel without
// IPVS is a *super.PermanentError with status 1 (semantics 8.1) and a regex that does not
// compile makes its checks fail; at a reload both refuse the configuration.
func (e *Engine) Prepare(ctx context.Context, cfg *config.Config) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	// It has the resolver go by the new settings; restore takes that back, for what runs.
	p, err := e.prepare(cfg)
	if err != nil {
		e.restore()
		return err
	}
	if len(cfg.VirtualServers) > 0 && e.kernel == nil {
		k, err := e.opt.OpenIPVS()
		if err != nil {
			e.restore()
			err = fmt.Errorf("cannot use IPVS, which %s at %s needs: %w",
				cfg.VirtualServers[0].Name(), cfg.VirtualServers[0].Pos, err)
			// A reload is refused and everything runs on; a start again and again would not help.
			if e.live {
				return err
			}
			return &super.PermanentError{Status: 1, Err: err}
		}
		e.kernel = k
	}
	e.prepared = p
	return nil
}

// restore makes the resolver go by the running configuration again; mu is held.
func (e *Engine) restore() {
	if e.opt.Programs != nil && e.live {
		e.opt.Programs.Configure(e.active)
	}
}

// Commit switches to the prepared configuration; at start it fills the table.
func (e *Engine) Commit(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := e.prepared
	if p == nil {
		return errors.New("no configuration was prepared")
	}
	table := e.kernel
	var failed error
	if err := e.call(ctx, func() { failed = e.loop.commit(p, table) }); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	e.prepared, e.live, e.active = nil, true, p.cfg.Global
	return nil
}

// Abort drops the prepared configuration.
func (e *Engine) Abort() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.prepared = nil
	e.restore()
}
