package firewall

import (
	"os"
	"sync"
	"time"
)

// A Report is what a Keeper has to tell.
type Report struct {
	// Err says why the kernel is not as wanted; nil when it is again, or something was restored.
	Err error
	// Restored is how often what somebody else had removed or changed was put back so far; 0 in other reports.
	Restored uint64
}

// Wanted are tables: Blocks or Marks.
type Wanted interface {
	tables() []table
}

// A kernel is where the tables are: nft.
type kernel interface {
	apply(steps []step) error
	intact(tables []table) (bool, error)
	own(port uint32) bool
	close() error
}

// A watching goes on until it is closed, or cannot: watcher.
type watching interface {
	deaf() bool
	close() error
}

// pauses are how long is waited before something is done again.
type pauses struct {
	retry, retryMost time.Duration // after a failure, twice as long each time
	look             time.Duration // from one look at the tables to the next
}

// A Keeper makes the kernel as wanted and keeps it so, in a goroutine of its own: a change waits for those of others in
// the kernel, and whoever wants something has other things to do meanwhile. Its methods may be called by one goroutine.
type Keeper struct {
	kernel kernel
	watch  func(changed func(port uint32)) (watching, error)
	tell   func(Report)
	pauses pauses
	poke   chan struct{} // something is to be done
	ended  chan struct{}

	mu      sync.Mutex
	want    Wanted
	asked   []chan error // told what became of want, and closed
	foreign bool         // somebody else has changed something since the last look
	closing bool
	leaving bool // what is there stays

	progress
}

// progress is what only the goroutine touches.
type progress struct {
	tables   []table // wanted
	state    state
	ears     watching  // nil: nobody listens
	deaf     bool      // that it cannot watch was told
	missed   bool      // something may have been, between one that watched and the next
	listenAt time.Time // not before it is tried again
	unread   int       // looks in a row that have failed
	lookAt   time.Time
	retryAt  time.Time // zero: nothing has failed
	pause    time.Duration
	failed   string // what was told last
	restored uint64
}

// Options of a Keeper.
type Options struct {
	// Stray are names of tables that are removed with the first Set: a life before may have left them.
	Stray []string
	// Tell is called by another goroutine than the caller's, and must not wait for it.
	Tell func(Report)
	// Space is the network namespace, and has to stay open; nil is that of the process. Another one takes
	// CAP_SYS_ADMIN.
	Space *os.File
}

// New gives a Keeper that wants nothing yet.
func New(o Options) *Keeper {
	return start(newNFT(o.Space), func(changed func(uint32)) (watching, error) { return watch(o.Space, changed) },
		o.Stray, o.Tell, pauses{retry: 2 * time.Second, retryMost: time.Minute, look: time.Second})
}

func start(to kernel, w func(func(uint32)) (watching, error), stray []string, tell func(Report),
	p pauses) *Keeper {
	k := &Keeper{kernel: to, watch: w, tell: tell, pauses: p, poke: make(chan struct{}, 1), ended: make(chan struct{}),
		progress: progress{state: state{stray: stray}}}
	go k.run()
	return k
}

// Set says what is wanted from now on, nil for nothing. Nobody may change it any more. The channel says why the kernel
// has refused it, nil if it has not, and is closed.
func (k *Keeper) Set(w Wanted) <-chan error {
	done := make(chan error, 1)
	k.mu.Lock()
	k.want = w
	k.asked = append(k.asked, done)
	k.mu.Unlock()
	k.wake()
	return done
}

// Close removes what is there, waits for that at most as long as is said, and ends the Keeper.
func (k *Keeper) Close(wait time.Duration) {
	k.mu.Lock()
	k.want, k.closing = nil, true
	k.mu.Unlock()
	k.wake()
	select {
	case <-k.ended:
	case <-time.After(wait):
		// It ends when the kernel answers.
	}
}

// Leave ends the Keeper when what it does just now is done, and leaves what is there.
func (k *Keeper) Leave() {
	k.mu.Lock()
	k.leaving = true
	k.mu.Unlock()
	k.wake()
	<-k.ended
}

func (k *Keeper) wake() {
	select {
	case k.poke <- struct{}{}:
	default:
	}
}

// changed hears of a change of the kernel's ruleset.
func (k *Keeper) changed(port uint32) {
	if k.kernel.own(port) {
		return
	}
	k.mu.Lock()
	k.foreign = true
	k.mu.Unlock()
	k.wake()
}

func (k *Keeper) run() {
	defer close(k.ended)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-k.poke:
		case <-timer.C:
		}
		if k.turn(time.Now()) {
			break
		}
		timer.Reset(k.pauseUntilNext(time.Now()))
	}
	if k.ears != nil {
		_ = k.ears.close() // nobody listens any more
	}
	_ = k.kernel.close()
}

// turn does what there is to do, and reports whether that was the last.
func (k *Keeper) turn(now time.Time) (last bool) {
	k.mu.Lock()
	want, asked, last := k.want, k.asked, k.closing
	if k.leaving {
		defer k.mu.Unlock()
		return true
	}
	k.asked = nil
	look := k.foreign && k.state.any() && !now.Before(k.lookAt)
	if look {
		k.foreign = false
	}
	k.mu.Unlock()
	damaged := look && k.damaged(now)
	if damaged {
		k.state = k.state.lost()
	}
	if len(asked) > 0 || last {
		k.tables = nil
		if want != nil {
			k.tables = want.tables()
		}
	}
	if len(k.tables) > 0 {
		k.listen(now)
	}
	// What has failed is not tried again before it is due, unless something else is wanted.
	var err error
	if len(asked) > 0 || damaged || last || !k.retryAt.IsZero() && !now.Before(k.retryAt) {
		err = k.bring(now, damaged)
	}
	for _, done := range asked {
		done <- err // there is room
		close(done)
	}
	return last
}

// mostUnread is how often in a row tables may not be read before they are taken for damaged: the kernel's answer to a
// question about what is not there is an error too.
const mostUnread = 3

// damaged looks at the tables. What cannot be read is looked at again: it may be as it was.
func (k *Keeper) damaged(now time.Time) bool {
	k.lookAt = now.Add(k.pauses.look)
	ok, err := k.kernel.intact(k.state.tables)
	if err == nil {
		k.unread = 0
		return !ok
	}
	if k.unread++; k.unread >= mostUnread {
		k.unread = 0
		return true
	}
	k.mu.Lock()
	k.foreign = true
	k.mu.Unlock()
	return false
}

// listen begins to watch. Where that fails it is tried again after a while, and nobody knows what has changed
// meanwhile.
func (k *Keeper) listen(now time.Time) {
	if k.ears != nil && !k.ears.deaf() {
		return
	}
	if k.ears != nil {
		_ = k.ears.close() // it has failed before
		k.ears, k.missed = nil, true
	}
	if now.Before(k.listenAt) {
		return
	}
	w, err := k.watch(k.changed)
	if err != nil {
		k.listenAt = now.Add(k.pauses.retry)
		if !k.deaf {
			k.deaf = true
			k.tell(Report{Err: err})
		}
		return
	}
	k.ears, k.listenAt = w, time.Time{}
	if k.missed || k.deaf {
		k.mu.Lock()
		k.foreign = true
		k.mu.Unlock()
	}
	if k.deaf && k.failed == "" {
		k.tell(Report{})
	}
	k.missed, k.deaf = false, false
}

// bring makes the kernel as wanted. damaged says that somebody else was there.
func (k *Keeper) bring(now time.Time, damaged bool) error {
	steps, next := k.state.change(k.tables)
	var err error
	if len(steps) > 0 {
		err = k.kernel.apply(steps)
	}
	if err != nil && k.state.any() {
		// Somebody has removed what was to be changed, perhaps: then all of it is made anew, and that is tried at once.
		damaged = true
		k.state = k.state.lost()
		steps, next = k.state.change(k.tables)
		err = k.kernel.apply(steps)
	}
	if err != nil {
		k.fail(now, err)
		return err
	}
	k.state = next
	k.retryAt, k.pause = time.Time{}, 0
	if k.failed != "" {
		k.failed = ""
		k.tell(Report{})
	}
	if damaged {
		k.restored++
		k.tell(Report{Restored: k.restored})
	}
	return nil
}

// fail plans another attempt, and tells what is new of it.
func (k *Keeper) fail(now time.Time, err error) {
	k.pause = min(max(2*k.pause, k.pauses.retry), k.pauses.retryMost)
	k.retryAt = now.Add(k.pause)
	if text := err.Error(); k.failed != text {
		k.failed = text
		k.tell(Report{Err: err})
	}
}

// pauseUntilNext is how long nothing has to be done unless somebody says so.
func (k *Keeper) pauseUntilNext(now time.Time) time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	next := now.Add(time.Hour)
	if k.foreign && k.state.any() && k.lookAt.Before(next) {
		next = k.lookAt
	}
	for _, at := range []time.Time{k.retryAt, k.listenAt} {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return max(next.Sub(now), 0)
}
