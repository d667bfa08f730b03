// Package announcer has places shown in the kernel, where a routing daemon of this host finds them: addresses on an
// interface, and routes in a table.
//
// Whoever shows an address says that packets may come. When nobody is left who could take it back, it has to go by
// itself: an address is set for a few seconds only and confirmed each second, and routes lead into a device that the
// kernel removes, and they with it, when the process that opened it ends, however it does.
package announcer

import (
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"holdfast/healthcheck/announce"
	"holdfast/internal/netif"
	"holdfast/internal/netspace"
)

// Kernel is what a Keeper changes; netif.Kernel with a Device is one, see Open.
type Kernel interface {
	Index(dev string) (int, error)
	Addresses() ([]netif.Address, error)
	ChangeAddresses([]netif.Change[netif.Address]) []error
	Routes(protos []uint8) ([]netif.Route, error)
	ChangeRoutes([]netif.Change[netif.Route]) []error
	// Device gives the device that routes lead into, and makes it if it is not there.
	Device() (name string, index int, err error)
	// Lend gives that device and its descriptor, -1 without one; it stays until both have closed it.
	Lend() (name string, index, fd int)
	// Adopt takes over the device of another process.
	Adopt(name string, index, fd int)
	Close() error
}

// Options of a Keeper.
type Options struct {
	Log *zap.Logger
	// Open opens the kernel when there is something to show; nil is Open.
	Open func() (Kernel, error)
	// Space is the network namespace to work in; nil is that of the process.
	Space *os.File
}

// A Keeper does its work in a goroutine of its own. Its methods do not wait, but for Close.
type Keeper struct {
	opt   Options
	poke  chan struct{}
	ended chan struct{} // nil until there is a goroutine

	former *Former // to go on from; nil = none
	device int     // its descriptor

	turn sync.Mutex // whoever has it is the goroutine
	work *work      // nil until there is one

	mu       sync.Mutex
	want     []announce.Place
	yields   bool
	closing  bool
	problems []announce.Problem
	repairs  uint64
}

// New gives a Keeper that shows nothing.
func New(o Options) *Keeper {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Open == nil {
		o.Open = Open
	}
	return &Keeper{opt: o, poke: make(chan struct{}, 1)}
}

// Set says what is shown from now on.
func (k *Keeper) Set(want []announce.Place) {
	k.mu.Lock()
	k.want = slices.Clone(want)
	k.mu.Unlock()
	if k.ended == nil {
		if len(want) == 0 && k.former == nil {
			return
		}
		k.ended = make(chan struct{})
		go k.begin()
	}
	k.wake()
}

// Yield gives routes a metric from now on that says that others are better, for routing daemons that pass it on, or
// takes it away. It says how long it takes until routers have heard of it: 0 where only addresses are shown, which have
// none.
func (k *Keeper) Yield(on bool) time.Duration {
	k.mu.Lock()
	k.yields = on
	routes := slices.ContainsFunc(k.want, func(p announce.Place) bool { return p.Dev == "" })
	k.mu.Unlock()
	if k.ended != nil {
		k.wake()
	}
	if on && routes {
		return hearing
	}
	return 0
}

// Report is what is not as wanted in the kernel, and how often something had to be put right there.
func (k *Keeper) Report() ([]announce.Problem, uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.problems), k.repairs
}

// Close takes back what is shown, waits for that at most as long as is said, and ends the Keeper. It reports whether
// anything was shown.
func (k *Keeper) Close(wait time.Duration) bool {
	if k.ended == nil {
		return false
	}
	k.mu.Lock()
	shown := len(k.want) > 0
	k.want, k.closing = nil, true
	k.mu.Unlock()
	k.wake()
	select {
	case <-k.ended:
	case <-time.After(wait):
		k.opt.Log.Warn("Announcing: the kernel does not answer; what is shown goes by itself within " + lease.String())
	}
	return shown
}

func (k *Keeper) wake() {
	select {
	case k.poke <- struct{}{}:
	default:
	}
}

const (
	// lease is for how long an address is set, and confirm how often it is confirmed: a process that had no processor
	// for four seconds is one that makes no checks either.
	lease   = 5 * time.Second
	confirm = time.Second
	// lastChoice is the metric of routes that are to be taken when there is no other, and hearing how long routing daemons
	// take to read the table and to tell others of it.
	lastChoice = 10000
	hearing    = 5 * time.Second
)

func (k *Keeper) begin() {
	defer close(k.ended)
	if k.opt.Space == nil {
		k.run()
		return
	}
	err := netspace.Do(k.opt.Space, func() error { k.run(); return nil })
	if err != nil {
		k.opt.Log.Error("Announcing: nothing is shown: " + err.Error())
	}
}

func (k *Keeper) run() {
	w := &work{log: k.opt.Log, open: k.opt.Open, mine: map[place]bool{}}
	k.turn.Lock()
	if k.work = w; k.former != nil {
		w.inherit(k.former, k.device)
	}
	k.turn.Unlock()
	defer w.close()
	timer := time.NewTimer(confirm)
	defer timer.Stop()
	for {
		k.turn.Lock()
		k.mu.Lock()
		want, last := k.want, k.closing
		w.metric = 0
		if k.yields {
			w.metric = lastChoice
		}
		k.mu.Unlock()
		w.turn(want)
		k.turn.Unlock()
		k.mu.Lock()
		k.problems, k.repairs = w.problems, w.repairs
		k.mu.Unlock()
		if last {
			return
		}
		timer.Reset(confirm)
		select {
		case <-k.poke:
		case <-timer.C:
		}
	}
}

// place is one that is shown, as the kernel knows it.
type place struct {
	prefix netip.Prefix
	index  int    // of the interface of an address, 0 for a route
	table  uint32 // of a route
	metric uint32 // of a route, 0 without one
}
