// Package syncd keeps the synchronisation daemons of the kernel as they are wanted: those threads by which
// directors tell each other of their IPVS connections.
//
// Like everything else in the kernel they are desired state: a first start, a change of the instance they follow, a
// reload, the repair of what somebody has stopped and the cleaning up after a crash are the same comparison, and a
// daemon that is as wanted is not touched. What is wanted takes the place of what somebody else has started for the
// same end; a daemon of the other end that we have not started is left alone.
package syncd

import (
	"maps"
	"sync"
	"time"

	"go.uber.org/zap"

	"holdfast/internal/statefile"
	"holdfast/ipvs"
)

// Kernel starts and stops daemons, and knows interfaces by their numbers, 0 for one that is not there; see In.
type Kernel interface {
	Daemons() (ipvs.Daemons, error)
	DoDaemon(ipvs.DaemonCommand) error
	Index(name string) int
	Close() error
}

// Options of a Keeper.
type Options struct {
	Log *zap.Logger
	// Open opens the kernel's IPVS when a daemon is wanted, or one of a former life may have been left.
	Open func() (Kernel, error)
	// State remembers over a crash which daemons are ours; nil remembers nothing.
	State *statefile.File
}

// A Keeper does its work in a goroutine of its own, because the kernel lets whoever stops a daemon wait for it to end.
// Its methods do not wait, but for Close, and may be called by one goroutine.
type Keeper struct {
	opt   Options
	poke  chan struct{} // something is to be done
	ended chan struct{} // nil until there is a goroutine

	mu      sync.Mutex
	want    ipvs.Daemons
	closing bool
}

// New gives a Keeper that wants nothing yet.
func New(o Options) *Keeper {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	return &Keeper{opt: o, poke: make(chan struct{}, 1)}
}

// Set says what is wanted from now on; the last word counts. The first one also has that removed which a former life
// has left.
func (k *Keeper) Set(want ipvs.Daemons) {
	k.mu.Lock()
	k.want = maps.Clone(want)
	k.mu.Unlock()
	k.wake()
}

// Close stops what is ours, waits for that at most as long as is said, and ends the Keeper.
func (k *Keeper) Close(wait time.Duration) {
	if k.ended == nil { // nobody has ever wanted anything
		return
	}
	k.mu.Lock()
	k.want, k.closing = nil, true
	k.mu.Unlock()
	k.wake()
	select {
	case <-k.ended:
	case <-time.After(wait):
		k.opt.Log.Warn("IPVS: the sync daemons are still there, the next start stops them")
	}
}

const (
	// leastPatience is enough where nobody else keeps the kernel busy: it takes a quarter of a second for each end.
	leastPatience = 3 * time.Second
	// restOfStop is what a stop has left for everything else.
	restOfStop = 2 * time.Second
)

// Patience is how long a stop that may take childWait (child_wait_time) gives Close: what the rest of the stop does not
// need, and three seconds at least.
func Patience(childWait time.Duration) time.Duration { return max(childWait-restOfStop, leastPatience) }

func (k *Keeper) wake() {
	if k.ended == nil {
		k.ended = make(chan struct{})
		go k.run()
	}
	select {
	case k.poke <- struct{}{}:
	default:
	}
}

const (
	// lookPause is how long it takes at most until something is noticed that somebody else has done.
	lookPause = time.Second
	// lastPause is between attempts to stop the daemons at the end.
	lastPause = 50 * time.Millisecond
)

func (k *Keeper) run() {
	defer close(k.ended)
	work := newWork(k.opt)
	defer work.close()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-k.poke:
		case <-timer.C:
		}
		k.mu.Lock()
		want, last := k.want, k.closing
		k.mu.Unlock()
		done := work.turn(time.Now(), want)
		switch {
		case last && done:
			return
		case last:
			timer.Reset(lastPause)
		case done && work.idle(): // until the next word
			timer.Stop()
		default:
			timer.Reset(lookPause)
		}
	}
}
