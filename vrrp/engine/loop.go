package engine

import (
	"context"
	"errors"
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
	gate      gate
	following following
	obstacles obstacles
	vmacs     vmacs
	arp       announcer
	sources   sources
	watched   map[track.ID]string // the objects that sources were last given, by name
	sysctls   netif.Sysctls
	silenced  bool // disable_local_igmp was looked at

	ports    *ports
	buffers  map[portKey]int // receive buffers that were asked for, in bytes
	receiver *receiver
	from     *port                       // whose socket the receiver is reading
	received func(arrival)               // takes a datagram of that; made once, so that reading allocates nothing
	reported map[string]vrrp.Link        // what the core knows, by interface
	beats    *netif.Linkbeat             // nil until something is polled
	methods  map[string]netif.BeatMethod // by which a link was polled last
	owed     map[vip]owed                // announcements put off
	targets  []netif.Target              // scratch of burst
	wanted   []netif.Wanted              // scratch of announce

	recalled *handover // what the first configuration goes on from; nil without a predecessor
	then     time.Time // when that was

	now      time.Time
	repairAt time.Time // zero: nothing to repair
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
	Sent() [2]uint64
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
	l.gate = newGate()
	l.vmacs.VMACs = netif.NewVMACs(k)
	l.reported = map[string]vrrp.Link{}
	l.owed = map[vip]owed{}
	l.receiver = newReceiver()
	l.cfg = &config.Config{}
	return nil
}

// Run is the event loop. It works until ctx ends, then stops all instances
// (semantics 1.26) and gives back what the role holds in the kernel.
func (e *Engine) Run(ctx context.Context) error { return permanent(e.events.Run(ctx)) }

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

// tick makes a moment that of what is done next. As one of this process's clock it tells both times.
func (e *Engine) tick(now time.Time) {
	e.now = now
	e.core.Clock(now, now.Round(0)) // without the monotonic reading
}

// receiveAll takes what the sockets have received.
func (e *Engine) receiveAll(now time.Time, ready []int) {
	e.tick(now)
	for _, fd := range ready {
		// It may have been closed since it was found readable.
		if p := e.ports.byFD[fd]; p != nil {
			e.from = p
			// With an end: one port that is flooded does not keep the others from their turn.
			e.receiver.drain(fd, 4*burst, e.received)
		}
	}
}

// next is the earliest deadline.
func (e *Engine) next() (time.Time, bool) {
	next, ok := e.core.Next()
	if !e.repairAt.IsZero() && (!ok || e.repairAt.Before(next)) {
		next, ok = e.repairAt, true
	}
	at := earlier(earlier(e.obstacles.next(), e.ports.next()), earlier(e.keepers.next(), e.vmacs.retry.at))
	at = earlier(at, e.host.beliefs.Next())
	if !at.IsZero() && (!ok || at.Before(next)) {
		next, ok = at, true
	}
	return next, ok
}

// nextAnnouncement is when the next announcement is due.
func (e *Engine) nextAnnouncement() (time.Time, bool) {
	if e.arp == nil {
		return time.Time{}, false
	}
	return e.arp.Next()
}

func (e *Engine) expire(now time.Time) {
	e.tick(now)
	// The protocol first: repairs can wait, an election cannot.
	e.do(e.core.Expire(now))
	if e.host.beliefs.Expire(e.now) {
		e.tellLinks(everyLink)
	}
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
	e.tick(time.Now())
	// First: what trackers report from here on would move instances that are about to stop.
	for _, s := range e.sources {
		s.Stop()
	}
	if e.beats != nil {
		if err := e.beats.Close(); err != nil {
			e.log.Warn("cannot end the polls of links", zap.Error(err))
		}
	}
	e.following.router = 0 // nobody has the daemon of a backup started that is to end at once
	// Priority 0, then the addresses go (semantics 1.26).
	e.do(e.core.Stop(e.now))
	e.closeSync()
	// What the host has from start to stop goes last (semantics 3.15).
	e.keepers.want(theHost, false)
	e.keepers.release()
	e.insist()
	e.closeGate()
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
}
