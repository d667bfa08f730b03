package firewall

import (
	"sync"
	"time"
)

// A Report is what a Filter has to tell.
type Report struct {
	// Err says why the kernel is not as wanted; nil when it is again, or something was restored.
	Err error
	// Restored is how often what somebody else had removed or changed was put back so far; 0 in other reports.
	Restored uint64
}

// A kernel is where the filter is: nft.
type kernel interface {
	apply(steps []step) error
	intact(tables []table, blocked Blocked) bool
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

// A Filter makes the kernel as wanted and keeps it so, in a goroutine of its own: a change waits for those of others in
// the kernel, and whoever wants something has other things to do meanwhile. Its methods may be called by one goroutine.
type Filter struct {
	kernel kernel
	watch  func(changed func(port uint32)) (watching, error)
	tell   func(Report)
	pauses pauses
	poke   chan struct{} // something is to be done
	ended  chan struct{}

	mu      sync.Mutex
	want    Want
	asked   []chan struct{} // closed when the kernel has been brought to want, or tried to
	foreign bool            // somebody else has changed something since the last look
	closing bool

	keeper
}

// keeper is what only the goroutine touches.
type keeper struct {
	state    state
	ears     watching // nil: nobody listens
	deaf     bool     // that it cannot watch was told
	lookAt   time.Time
	retryAt  time.Time // zero: nothing has failed
	pause    time.Duration
	failed   string // what was told last
	restored uint64
}

// New gives a Filter that wants nothing yet. Tables called as in stray are removed with the first Set: a life before
// may have left them. tell is called by another goroutine than the caller's, and must not wait for it.
func New(stray []string, tell func(Report)) *Filter {
	return start(newNFT(), func(changed func(uint32)) (watching, error) { return watch(changed) },
		stray, tell, pauses{retry: 2 * time.Second, retryMost: time.Minute, look: time.Second})
}

func start(k kernel, w func(func(uint32)) (watching, error), stray []string, tell func(Report),
	p pauses) *Filter {
	f := &Filter{kernel: k, watch: w, tell: tell, pauses: p, poke: make(chan struct{}, 1), ended: make(chan struct{}),
		keeper: keeper{state: state{stray: stray}}}
	go f.run()
	return f
}

// Set says what is wanted from now on. Nobody may change w.Blocked any more. The channel is closed when the kernel is
// so, or has refused it.
func (f *Filter) Set(w Want) <-chan struct{} {
	done := make(chan struct{})
	f.mu.Lock()
	f.want = w
	f.asked = append(f.asked, done)
	f.mu.Unlock()
	f.wake()
	return done
}

// Close removes what is there, waits for that at most as long as is said, and ends the Filter.
func (f *Filter) Close(wait time.Duration) {
	f.mu.Lock()
	f.want, f.closing = Want{}, true
	f.mu.Unlock()
	f.wake()
	select {
	case <-f.ended:
	case <-time.After(wait):
		// It ends when the kernel answers.
	}
}

func (f *Filter) wake() {
	select {
	case f.poke <- struct{}{}:
	default:
	}
}

// changed hears of a change of the kernel's ruleset.
func (f *Filter) changed(port uint32) {
	if f.kernel.own(port) {
		return
	}
	f.mu.Lock()
	f.foreign = true
	f.mu.Unlock()
	f.wake()
}

func (f *Filter) run() {
	defer close(f.ended)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-f.poke:
		case <-timer.C:
		}
		if f.turn(time.Now()) {
			break
		}
		timer.Reset(f.pauseUntilNext(time.Now()))
	}
	if f.ears != nil {
		_ = f.ears.close() // nobody listens any more
	}
	_ = f.kernel.close()
}

// turn does what there is to do, and reports whether that was the last.
func (f *Filter) turn(now time.Time) (last bool) {
	f.mu.Lock()
	want, asked, last := f.want, f.asked, f.closing
	f.asked = nil
	look := f.foreign && f.state.any() && !now.Before(f.lookAt)
	if look {
		f.foreign = false
	}
	f.mu.Unlock()
	damaged := look && !f.kernel.intact(f.state.tables(), f.state.blocked)
	if look {
		f.lookAt = now.Add(f.pauses.look)
	}
	if damaged {
		f.state = f.state.lost()
	}
	if want.On {
		f.listen()
	}
	// What has failed is not tried again before it is due, unless something else is wanted.
	if len(asked) > 0 || damaged || last || !f.retryAt.IsZero() && !now.Before(f.retryAt) {
		f.bring(now, want, damaged)
	}
	for _, done := range asked {
		close(done)
	}
	return last
}

// listen begins to watch.
func (f *Filter) listen() {
	if f.ears != nil && !f.ears.deaf() {
		return
	}
	if f.ears != nil {
		_ = f.ears.close() // it has failed before
		f.ears = nil
	}
	w, err := f.watch(f.changed)
	if err == nil {
		f.ears, f.deaf = w, false
		return
	}
	if !f.deaf {
		f.deaf = true
		f.tell(Report{Err: err})
	}
}

// bring makes the kernel as wanted. damaged says that somebody else was there.
func (f *Filter) bring(now time.Time, w Want, damaged bool) {
	steps, next := f.state.change(w)
	var err error
	if len(steps) > 0 {
		err = f.kernel.apply(steps)
	}
	if err != nil && f.state.any() {
		// Somebody has removed what was to be changed, perhaps: then all of it is made anew, and that is tried at once.
		damaged = true
		f.state = f.state.lost()
		steps, next = f.state.change(w)
		err = f.kernel.apply(steps)
	}
	if err != nil {
		f.fail(now, err)
		return
	}
	f.state = next
	f.retryAt, f.pause = time.Time{}, 0
	if f.failed != "" {
		f.failed = ""
		f.tell(Report{})
	}
	if damaged {
		f.restored++
		f.tell(Report{Restored: f.restored})
	}
}

// fail plans another attempt, and tells what is new of it.
func (f *Filter) fail(now time.Time, err error) {
	f.pause = min(max(2*f.pause, f.pauses.retry), f.pauses.retryMost)
	f.retryAt = now.Add(f.pause)
	if text := err.Error(); f.failed != text {
		f.failed = text
		f.tell(Report{Err: err})
	}
}

// pauseUntilNext is how long nothing has to be done unless somebody says so.
func (f *Filter) pauseUntilNext(now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	next := now.Add(time.Hour)
	if f.foreign && f.state.any() && f.lookAt.Before(next) {
		next = f.lookAt
	}
	if !f.retryAt.IsZero() && f.retryAt.Before(next) {
		next = f.retryAt
	}
	return max(next.Sub(now), 0)
}
