package runas

import (
	"errors"
	"maps"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// A warden starts programs and takes their exit status, on a thread of its own that
// lives as long as it does: the kernel sends the death signal of a program when the
// thread ends that started it. That one goroutine does both also means that a
// program is known before its end can be met, and that the number of a program is in
// nobody's hands when it is given away.
type warden struct {
	orders  chan func()
	ledger  *Ledger
	running map[int]*Process // by process id; the goroutine's own
}

// errEnded is the answer of a Runner that has ended its programs.
var errEnded = errors.New("the daemon is stopping")

func (w *warden) run() {
	runtime.LockOSThread() // for good: the thread ends with the goroutine
	exits := make(chan os.Signal, 1)
	signal.Notify(exits, syscall.SIGCHLD)
	defer signal.Stop(exits)
	for {
		select {
		case order, ok := <-w.orders:
			if !ok {
				return
			}
			order()
		case <-exits:
			w.reap()
		}
	}
}

// add takes charge of a program that was just started.
func (w *warden) add(p *Process) {
	p.entry = w.ledger.add(p.pid)
	w.running[p.pid] = p
}

// reap takes the status of the programs that have ended. One signal may stand for many,
// and for children of others, which are left to them.
func (w *warden) reap() {
	for {
		pid, ok := AnyExited()
		if !ok {
			return
		}
		if !w.takeStatus(w.running[pid]) {
			break
		}
	}
	// The kernel would name the child of somebody else again and again.
	for _, p := range w.running {
		w.takeStatus(p)
	}
}

// takeStatus takes the status of p, if it is ours and has ended.
func (w *warden) takeStatus(p *Process) bool {
	if p == nil || !p.reap() {
		return false
	}
	delete(w.running, p.pid)
	w.ledger.remove(p.entry)
	return true
}

// order has f done by the warden and waits for that; false if the Runner has ended.
func (r *Runner) order(f func(*warden)) bool {
	r.mu.Lock()
	if r.ended {
		r.mu.Unlock()
		return false
	}
	if r.warden == nil {
		r.warden = &warden{orders: make(chan func()), ledger: r.ledger, running: map[int]*Process{}}
		go r.warden.run()
	}
	w := r.warden
	r.pending.Add(1)
	r.mu.Unlock()
	defer r.pending.Done()
	done := make(chan struct{})
	w.orders <- func() { defer close(done); f(w) }
	<-done
	return true
}

// keep has a program started and takes charge of it.
func (r *Runner) keep(p *Process, start func() (int, error)) (err error) {
	ok := r.order(func(w *warden) {
		if p.pid, err = start(); err == nil {
			w.add(p)
		}
	})
	if !ok {
		return errEnded
	}
	return err
}

// killed is how long End waits for programs to be gone that it has sent KILL.
const killed = 200 * time.Millisecond

// End ends the programs that are running and starts no more: their groups get TERM,
// and those that are left after grace KILL. It takes no longer than grace and a moment.
func (r *Runner) End(grace time.Duration) {
	r.mu.Lock()
	w, again := r.warden, r.ended
	r.ended = true
	r.mu.Unlock()
	if w == nil || again {
		return
	}
	r.pending.Wait() // what is being started is among those that run then
	listed := make(chan []*Process)
	w.orders <- func() { listed <- slices.Collect(maps.Values(w.running)) }
	left := endAll(<-listed, syscall.SIGTERM, grace)
	left = endAll(left, syscall.SIGKILL, killed)
	if len(left) == 0 {
		close(w.orders)
	}
}

// endAll sends all of them sig and gives those that live after patience.
func endAll(all []*Process, sig syscall.Signal, patience time.Duration) (left []*Process) {
	for _, p := range all {
		p.signal(sig)
	}
	deadline := time.Now().Add(patience)
	for _, p := range all {
		if !p.within(max(time.Until(deadline), 0)) {
			left = append(left, p)
		}
	}
	return left
}
