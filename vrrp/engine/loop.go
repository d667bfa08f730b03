package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/netif"
	"holdfast/internal/track"
	"holdfast/vrrp"
)

// loop is the state of the event loop.
type loop struct {
	core      *vrrp.Core
	cfg       *config.Config
	routers   routing
	planned   *config.Config // prepared and not committed
	kernel    *netif.Kernel
	watcher   *netif.Watcher
	host      *host
	addrs     *addresses
	keepers   keepers
	obstacles obstacles
	vmacs     vmacs
	arp       announcer
	sources   sources
	watched   map[track.ID]string // the objects that sources were last given, by name
	sysctls   netif.Sysctls

	ports    *ports
	buffers  map[portKey]int // receive buffers that were asked for, in bytes
	receiver *receiver
	from     *port                // whose socket the receiver is reading
	received func(arrival)        // takes a datagram of that; made once, so that reading allocates nothing
	reported map[string]vrrp.Link // what the core knows, by interface
	owed     map[vip]owed         // announcements put off
	targets  []netif.Target       // scratch of burst
	wanted   []netif.Wanted       // scratch of announce

	ready    []*port // readable now
	now      time.Time
	repairAt time.Time // zero: nothing to repair
	stopping bool
}

// An announcer announces addresses: netif.Announcer.
type announcer interface {
	Announce(owner netif.Owner, targets []netif.Target, repeat int, pauses netif.Pauses)
	Cancel(owner netif.Owner)
	Next() (time.Time, bool)
	Send(now time.Time) bool
	SendFirst(now time.Time) bool
	SetGroups([]netif.Group)
	SetLink(netif.Link)
	RemoveLink(netif.Link)
	Close() error
}

// open opens the doors to the host and reads its state.
func (l *loop) open() error {
	k, err := netif.OpenKernel()
	if err != nil {
		return err
	}
	w, state, err := netif.Watch()
	if err != nil {
		return errors.Join(err, k.Close())
	}
	l.kernel, l.watcher = k, w
	l.host = newHost(state)
	l.addrs = newAddresses(netif.NewAddresses(k))
	l.host.mine, l.host.theirs = l.addrs.mine, l.addrs.theirs
	l.obstacles = newObstacles()
	l.vmacs.VMACs = netif.NewVMACs(k)
	l.reported = map[string]vrrp.Link{}
	l.owed = map[vip]owed{}
	l.receiver = newReceiver()
	l.cfg = &config.Config{}
	return nil
}

// Run is the event loop. It works until ctx ends, then stops all instances
// (semantics 1.26) and gives back what the role holds in the kernel.
func (e *Engine) Run(ctx context.Context) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	e.mu.Lock()
	if err := e.open(); err != nil {
		e.mu.Unlock()
		return permanent(err)
	}
	e.running = true
	e.mu.Unlock()
	defer close(e.ended)

	// By way of the inbox: post also wakes a loop that is waiting.
	cancel := context.AfterFunc(ctx, func() { e.post(func() { e.stopping = true }) })
	defer cancel()
	go e.forward()
	var err error
	for !e.stopping && err == nil {
		err = e.turn()
	}
	// After an error too: what a master has set must not stay behind.
	e.shutdown()
	return err
}

// forward brings interface events to the loop, a batch at a time: what it does not
// take waits in the kernel's buffer, which reports an overrun.
func (e *Engine) forward() {
	events := e.watcher.Events()
	for ev := range events {
		batch := []netif.Event{ev}
		// A batch ends at some length even while events keep coming.
		for more := true; more && len(batch) < cap(events); {
			select {
			case ev, ok := <-events:
				if ok {
					batch = append(batch, ev)
				}
				more = ok
			default:
				more = false
			}
		}
		// The only error without a deadline is that the loop has ended: nobody listens any more.
		if e.call(context.Background(), func() { e.hostChanged(batch) }) != nil {
			return
		}
	}
}

// patience is how long a flood of packets may put off timers.
const patience = 5 * time.Millisecond

// turn waits once and handles what there is: first everything that was received,
// then requests, then timers. A timer is run as of a moment at which, as a look at the
// sockets afterwards has shown, nothing was waiting: so it makes no difference
// where between two instructions the process was stopped.
func (e *Engine) turn() error {
	if err := e.look(e.timeout()); err != nil {
		return err
	}
	e.handle()
	var due time.Time // since when timers are put off by packets
	for {
		now := time.Now()
		if next, ok := e.next(); !ok || next.After(now) {
			break
		}
		if err := e.look(0); err != nil {
			return err
		}
		if due.IsZero() {
			due = now
		}
		// A flood puts timers off no longer than that: a dead master is noticed in it as well.
		if len(e.ready) > 0 && now.Sub(due) < patience {
			e.handle()
			continue
		}
		e.expire(now)
		break
	}
	e.sendAnnouncements()
	return nil
}

// look waits for at most timeout and notes which sockets are readable.
func (e *Engine) look(timeout time.Duration) error {
	e.ready = e.ready[:0]
	if err := e.poller.Wait(timeout, e.markReady); err != nil {
		return fmt.Errorf("wait for events: %w", err)
	}
	return nil
}

// handle takes what the last look has found, and requests.
func (e *Engine) handle() {
	e.now = time.Now()
	for _, p := range e.ready {
		// It may have been closed since it was found readable.
		if p.socket != nil {
			e.from = p
			// With an end: one port that is flooded does not keep the others from their turn.
			e.receiver.drain(p.socket.fd(), 4*burst, e.received)
		}
	}
	e.work()
}

func (e *Engine) markReady(fd int) {
	if p := e.ports.byFD[fd]; p != nil {
		e.ready = append(e.ready, p)
	}
}

// next is the earliest deadline.
func (e *Engine) next() (time.Time, bool) {
	next, ok := e.core.Next()
	if !e.repairAt.IsZero() && (!ok || e.repairAt.Before(next)) {
		next, ok = e.repairAt, true
	}
	at := earlier(earlier(e.obstacles.next(), e.ports.next()), earlier(e.keepers.next(), e.vmacs.retry.at))
	if !at.IsZero() && (!ok || at.Before(next)) {
		next, ok = at, true
	}
	return next, ok
}

func (e *Engine) timeout() time.Duration {
	next, ok := e.next()
	// Announcements are due after the timers of next: turn sends them when those have run.
	if e.arp != nil {
		if at, some := e.arp.Next(); some && (!ok || at.Before(next)) {
			next, ok = at, true
		}
	}
	if !ok {
		// Until a socket is readable or somebody wakes the poller.
		return -1
	}
	return max(time.Until(next), 0)
}

// work runs what others have sent.
func (e *Engine) work() {
	e.mu.Lock()
	todo := e.inbox
	e.inbox = nil
	e.mu.Unlock()
	// Not under the lock: what runs may post more.
	for _, f := range todo {
		f()
	}
}

func (e *Engine) expire(now time.Time) {
	e.now = now
	// The protocol first: repairs can wait, an election cannot.
	e.do(e.core.Expire(now))
	if !e.repairAt.IsZero() && !e.repairAt.After(e.now) {
		e.repair()
	}
	if e.vmacs.retry.due(e.now) {
		e.retryVMACs()
	}
	if at := e.ports.next(); !at.IsZero() && !at.After(e.now) {
		e.ports.attempt(e.now)
		e.answer()
	}
	if at := e.obstacles.next(); !at.IsZero() && !at.After(e.now) {
		e.retry()
	}
	e.keepers.expire(e.now)
}

// receive hands one datagram to the protocol.
func (e *Engine) receive(a arrival) {
	if d, ok := parse(e.from.key, a); ok && e.from.takes(d.Dst) {
		e.do(e.core.Receive(e.now, d))
	}
}

// closeTime is what notify scripts get to end after a stop (cli 4.3).
const closeTime = time.Second

func (e *Engine) shutdown() {
	e.now = time.Now()
	// First: what trackers report from here on would move instances that are about to stop.
	for _, s := range e.sources {
		s.Stop()
	}
	// Priority 0, then the addresses go (semantics 1.26).
	e.do(e.core.Stop(e.now))
	// What the host has from start to stop goes last (semantics 3.15).
	e.keepers.want(theHost, false)
	e.keepers.release()
	// Only now: until everything is removed, a crash needs the record.
	e.forget()
	if err := e.closeVMACs(); err != nil {
		e.log.Warn("cannot give up the virtual MAC interfaces", zap.Error(err))
	}
	if err := e.watcher.Close(); err != nil {
		e.log.Warn("cannot close the interface watcher", zap.Error(err))
	}
	if e.arp != nil {
		if err := e.arp.Close(); err != nil {
			e.log.Warn("cannot close the sockets of announcements", zap.Error(err))
		}
	}
	e.ports.closeFrames()
	e.ports.close()
	if err := errors.Join(e.sysctls.Restore(), e.kernel.Close()); err != nil {
		e.log.Warn("cannot restore the host's settings", zap.Error(err))
	}
	if e.opt.Notifier != nil {
		// STOP has started scripts when the addresses were gone (cli 9.4): they get their time
		// after everything else is given back.
		ctx, cancel := context.WithTimeout(context.Background(), closeTime)
		defer cancel()
		e.opt.Notifier.Close(ctx)
	}
	e.mu.Lock()
	// Under the lock: nobody who posts may wake a poller that is closed.
	defer e.mu.Unlock()
	e.closed, e.inbox = true, nil
	e.poller.Close()
}
