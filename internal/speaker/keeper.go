// Package speaker has routers hear by BGP of what a director can serve, through a program of its own: what reads bytes
// of strangers is another process, without rights, and its library is in no binary but its.
//
// Whoever announces a route says that packets may come. When nobody is left who could take it back it has to go by
// itself: the program ends when its end of a pair of sockets does, and closes its sessions, at which routers drop what
// they heard; if it is killed the kernel closes them.
package speaker

import (
	"maps"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/healthcheck/announce"
	"holdfast/internal/news"
)

// Options of a Keeper.
type Options struct {
	Log *zap.Logger
	// Space is the network namespace of the sessions; nil is that of the process.
	Space *os.File
	// Tell hears of sessions that are established or lost; it must not block. nil tells nobody.
	Tell func(Change)
	// Answer is how long the program may take to answer, and First that for the first time; 0 is as usual.
	Answer, First time.Duration
}

// A Keeper has the program run while there is a configuration for it. Its methods do not wait, but for Close.
type Keeper struct {
	opt   Options
	poke  chan struct{}
	ended chan struct{} // nil until there is a goroutine
	form  news.Form[news.Session]
	stand chan standing // asks the goroutine to stand still
	lent  *standing     // while it does

	former *former // to go on from; nil = none

	mu       sync.Mutex
	config   *config.BGP
	want     []announce.Place
	yields   bool
	closing  bool
	ways     map[string]Way // by the names of BFD sessions
	sessions []Session
	problems []announce.Problem
}

// New gives a Keeper without a program.
func New(o Options) *Keeper {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Tell == nil {
		o.Tell = func(Change) {}
	}
	if o.Answer == 0 {
		o.Answer, o.First = answerTime, firstTime
	}
	form, err := news.FormOf[news.Session]()
	if err != nil {
		o.Log.Error("BGP: " + err.Error()) // the type of the news has no form: a test of it fails
	}
	return &Keeper{opt: o, poke: make(chan struct{}, 1), stand: make(chan standing), form: form, ways: map[string]Way{}}
}

// Configure says with whom to speak from now on; nil is with nobody.
func (k *Keeper) Configure(b *config.BGP) {
	k.mu.Lock()
	k.config = b
	k.mu.Unlock()
	if k.ended == nil {
		if b == nil && k.former == nil {
			return
		}
		k.ended = make(chan struct{})
		go k.run()
	}
	k.wake()
}

// Set says what routers are told from now on.
func (k *Keeper) Set(want []announce.Place) {
	k.mu.Lock()
	k.want = slices.Clone(want)
	k.mu.Unlock()
	k.wake()
}

// Yield has routes told with GRACEFUL_SHUTDOWN from now on, or not any more, and says how long routers are given to
// look for other ways; 0 if nothing is told.
func (k *Keeper) Yield(on bool) time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.yields = on
	k.wake()
	if !on || k.config == nil || len(k.want) == 0 {
		return 0
	}
	return k.config.Farewell
}

// Report is what no router hears of although it is wanted.
func (k *Keeper) Report() []announce.Problem {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.problems)
}

// Sessions are all there are, in the order of the configuration.
func (k *Keeper) Sessions() []Session {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.sessions)
}

// Close has routes told with GRACEFUL_SHUTDOWN for as long as the configuration says, withdraws them and closes the
// sessions; each of these steps takes wait at most. It reports whether anything was told.
func (k *Keeper) Close(wait time.Duration) bool {
	if k.ended == nil {
		return false
	}
	k.mu.Lock()
	told := k.config != nil && len(k.want) > 0
	k.closing = true
	limit := 3 * wait
	if k.config != nil {
		limit += k.config.Farewell
	}
	k.mu.Unlock()
	k.wake()
	select {
	case <-k.ended:
	case <-time.After(limit):
		k.opt.Log.Warn("BGP: " + name + " does not end; its sessions do when this process has ended")
	}
	return told
}

func (k *Keeper) wake() {
	select {
	case k.poke <- struct{}{}:
	default:
	}
}

// A wish is what was said last.
type wish struct {
	config          *config.BGP
	places          []announce.Place
	yields, closing bool
	ways            map[string]Way
}

func (k *Keeper) wish() wish {
	k.mu.Lock()
	defer k.mu.Unlock()
	return wish{k.config, k.want, k.yields, k.closing, maps.Clone(k.ways)}
}

// show has others see how things are.
func (k *Keeper) show(w *work, want []announce.Place) {
	sessions, problems := w.book.all(), w.book.problems(want)
	for i := range sessions {
		sessions[i].Program, sessions[i].Outdated = w.version, w.outdated
	}
	k.mu.Lock()
	k.sessions, k.problems = sessions, problems
	k.mu.Unlock()
}

func prefixesOf(want []announce.Place) []netip.Prefix {
	all := make([]netip.Prefix, len(want))
	for i, p := range want {
		all[i] = p.Prefix
	}
	return all
}
