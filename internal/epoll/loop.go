package epoll

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// Work is what a Loop does. All of it is called by one goroutine at a time; what is nil is left out, but Next,
// Receive and Expire are needed.
type Work struct {
	// Open makes what cannot be made before because it can fail. It is called before everything else, again after
	// it has failed; the poller is the loop's.
	Open func(*Poller) error
	// Begin is called when the loop begins to run.
	Begin func()
	// Receive takes what was received by the sockets that are ready. One may be in the list that was closed since.
	Receive func(now time.Time, ready []int)
	// Next is the earliest deadline.
	Next func() (time.Time, bool)
	// Expire does what is due.
	Expire func(now time.Time)
	// Slack is when Relax is to be called though nothing else happens.
	Slack func() (time.Time, bool)
	// Relax does at the end of every turn what can wait for everything else.
	Relax func()
	// Late is told how late a deadline was met, whenever one was.
	Late func(time.Duration)
	// Close is called when the loop has ended, for whatever reason.
	Close func()
}

// A Loop is the life of a role that is one thread: sockets, timers, and a mailbox for what others want done. Before
// the loop runs, whoever calls takes its place.
type Loop struct {
	work  Work
	ended error // the answer to a request after Run has returned

	// mu guards what callers and the loop share; whoever holds it while no loop is
	// running is the loop.
	mu      sync.Mutex
	running bool
	closed  bool
	over    chan struct{} // closed when Run has returned
	inbox   []func()
	poller  *Poller // nil until open

	// Only the loop touches these.
	stopping bool
	left     bool         // the end of the loop is not that of what it does
	ready    []int        // readable now
	mark     func(fd int) // notes one; made once, so that waiting allocates nothing
}

// NewLoop gives a Loop that does nothing yet. Requests are answered with ended when it has ended.
func NewLoop(w Work, ended error) *Loop {
	l := &Loop{work: w, ended: ended, over: make(chan struct{})}
	l.mark = func(fd int) { l.ready = append(l.ready, fd) }
	return l
}

// open has everything opened; the caller holds mu.
func (l *Loop) open() error {
	if l.closed {
		return l.ended
	}
	// A call before Run has made it.
	if l.poller != nil {
		return nil
	}
	p, err := New()
	if err != nil {
		return err
	}
	if l.work.Open != nil {
		// If this fails poller stays nil, and the next call tries again.
		if err := l.work.Open(p); err != nil {
			p.Close()
			return err
		}
	}
	l.poller = p
	// What was posted before woke nobody.
	if len(l.inbox) > 0 {
		p.Wake()
	}
	return nil
}

// Call runs f in the loop and waits for it. While no loop is running the caller takes its place; f must not call or
// post then. An error says that f was not run, or for an error of ctx, that nobody waits for it any more.
func (l *Loop) Call(ctx context.Context, f func()) error {
	l.mu.Lock()
	if err := l.open(); err != nil {
		l.mu.Unlock()
		return err
	}
	if !l.running {
		// No loop is running, and mu keeps one from beginning before f is done.
		defer l.mu.Unlock()
		f()
		return nil
	}
	done := make(chan struct{})
	l.inbox = append(l.inbox, func() { defer close(done); f() })
	l.poller.Wake()
	l.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-l.over:
		return l.ended
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Post gives f to the loop and does not wait. After the end nothing is done with it.
func (l *Loop) Post(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.inbox = append(l.inbox, f)
	if l.poller != nil {
		l.poller.Wake()
	}
}

// Run is the event loop, on a thread of its own. It works until ctx ends or something fails.
func (l *Loop) Run(ctx context.Context) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	l.mu.Lock()
	if err := l.open(); err != nil {
		l.mu.Unlock()
		return err
	}
	l.running = true
	l.mu.Unlock()
	defer close(l.over)

	// By way of the inbox: Post also wakes a loop that is waiting.
	cancel := context.AfterFunc(ctx, func() { l.Post(func() { l.stopping = true }) })
	defer cancel()
	if l.work.Begin != nil {
		l.work.Begin()
	}
	var err error
	for !l.stopping && err == nil {
		err = l.Turn()
	}
	// After an error too: what the role holds in the kernel must not stay behind.
	if l.work.Close != nil && !l.left {
		l.work.Close()
	}
	l.mu.Lock()
	// Under the lock: nobody who posts may wake a poller that is closed.
	defer l.mu.Unlock()
	l.closed, l.inbox = true, nil
	l.poller.Close()
	return err
}

// Leave ends the loop, of whose turn it is a part, at once and without Close: another process goes on.
func (l *Loop) Leave() { l.stopping, l.left = true, true }

// patience is how long a flood of packets may put off timers.
const patience = 5 * time.Millisecond

// Turn waits once and handles what there is: first everything that was received, then requests, then timers. A timer
// is run as of a moment at which, as a look at the sockets afterwards has shown, nothing was waiting: so it makes
// no difference where between two instructions the process was stopped. Run calls it; it is for tests and
// benchmarks that are the loop themselves.
func (l *Loop) Turn() error {
	if err := l.look(l.timeout()); err != nil {
		return err
	}
	l.handle()
	if l.left { // what is due now is done elsewhere
		return nil
	}
	var due time.Time // since when timers are put off by packets
	for {
		now := time.Now()
		next, ok := l.work.Next()
		if !ok || next.After(now) {
			break
		}
		if err := l.look(0); err != nil {
			return err
		}
		if due.IsZero() {
			due = now
		}
		// A flood puts timers off no longer than that: a dead master is noticed in it as well.
		if len(l.ready) > 0 && now.Sub(due) < patience {
			l.handle()
			continue
		}
		if l.work.Late != nil {
			l.work.Late(now.Sub(next))
		}
		l.work.Expire(now)
		break
	}
	if l.work.Relax != nil {
		l.work.Relax()
	}
	return nil
}

// look waits for at most timeout and notes which sockets are readable.
func (l *Loop) look(timeout time.Duration) error {
	l.ready = l.ready[:0]
	if err := l.poller.Wait(timeout, l.mark); err != nil {
		return fmt.Errorf("wait for events: %w", err)
	}
	return nil
}

// handle takes what the last look has found, and requests.
func (l *Loop) handle() {
	l.work.Receive(time.Now(), l.ready)
	l.mu.Lock()
	todo := l.inbox
	l.inbox = nil
	l.mu.Unlock()
	// Not under the lock: what runs may post more.
	for _, f := range todo {
		if l.left {
			return
		}
		f()
	}
}

func (l *Loop) timeout() time.Duration {
	next, ok := l.work.Next()
	// What can wait is due after the timers of next: Turn does it when those have run.
	if l.work.Slack != nil {
		if at, some := l.work.Slack(); some && (!ok || at.Before(next)) {
			next, ok = at, true
		}
	}
	if !ok {
		// Until a socket is readable or somebody wakes the poller.
		return -1
	}
	return max(time.Until(next), 0)
}
