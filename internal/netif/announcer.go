package netif

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"
)

// A Target is one address to announce on one interface.
type Target struct {
	Dev  string
	Addr netip.Addr
}

// Pauses are the least times between two frames on an interface: between two
// gratuitous ARPs, and between two neighbour advertisements.
type Pauses struct{ ARP, NA time.Duration }

// An Announcer tells the network where addresses are (semantics 3.8): by gratuitous
// ARP, and by unsolicited neighbour advertisements for IPv6. One packet socket serves all
// interfaces, because the kernel takes 10 ms and more to close one; interfaces without
// ARP are skipped. Its methods never wait for the network.
type Announcer struct {
	report func(dev string, err error)
	wake   chan struct{}
	done   chan struct{}
	idle   sync.WaitGroup

	mu    sync.Mutex
	conn  *packet.Conn // nil until something is sent
	raw   syscall.RawConn
	devs  map[string]*device
	asked uint64
	sent  uint64
}

// device is the sending side of one interface.
type device struct {
	link  Link
	lines [2]line // of IPv4 and of IPv6, which do not wait for each other
	fails bool    // the last frame could not be sent
}

// line is what waits to be sent.
type line struct {
	queue []announcement
	next  time.Time // not before
}

type announcement struct {
	seq   uint64 // in the order they were asked for
	owner string
	addr  netip.Addr
	pause time.Duration
}

// NewAnnouncer starts an Announcer. report, if not nil, is told when sending on an interface
// begins to fail, and with a nil error when it works again.
func NewAnnouncer(report func(dev string, err error)) *Announcer {
	if report == nil {
		report = func(string, error) {}
	}
	a := &Announcer{report: report, wake: make(chan struct{}, 1), done: make(chan struct{}), devs: map[string]*device{}}
	a.idle.Add(1)
	go a.run()
	return a
}

// Close drops what is queued and closes the socket.
func (a *Announcer) Close() error {
	close(a.done)
	a.idle.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.conn == nil {
		return nil
	}
	return a.conn.Close()
}

// SetLink makes a link known, or its changes: frames carry its hardware address.
func (a *Announcer) SetLink(l Link) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.device(l.Name).link = l
}

// RemoveLink forgets a link and what is queued on it.
func (a *Announcer) RemoveLink(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.devs, name)
}

// Announce queues repeat announcements of all targets, the repetition outermost
// (semantics 3.9). owner is a name for Cancel.
func (a *Announcer) Announce(owner string, targets []Target, repeat int, pauses Pauses) {
	a.mu.Lock()
	for range repeat {
		for _, t := range targets {
			l, pause := &a.device(t.Dev).lines[0], pauses.ARP
			if t.Addr.Is6() {
				l, pause = &a.device(t.Dev).lines[1], pauses.NA
			}
			a.asked++
			l.queue = append(l.queue, announcement{a.asked, owner, t.Addr, pause})
		}
	}
	a.mu.Unlock()
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// Cancel drops what owner still has in the queue. After it has returned no more
// of it is sent.
func (a *Announcer) Cancel(owner string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, d := range a.devs {
		for i := range d.lines {
			l := &d.lines[i]
			l.queue = slices.DeleteFunc(l.queue, func(q announcement) bool { return q.owner == owner })
		}
	}
}

// Sent is the number of frames sent so far.
func (a *Announcer) Sent() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sent
}

func (a *Announcer) device(name string) *device {
	d := a.devs[name]
	if d == nil {
		d = &device{}
		a.devs[name] = d
	}
	return d
}

func (a *Announcer) run() {
	defer a.idle.Done()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		wait, more := a.sendDue(time.Now())
		if !more {
			wait = time.Hour
		}
		if more && wait <= 0 {
			select {
			case <-a.done:
				return
			default:
				continue
			}
		}
		timer.Reset(wait)
		select {
		case <-a.done:
			return
		case <-a.wake:
		case <-timer.C:
		}
	}
}

// sendDue sends the frame that has waited longest, of those whose pause is over, and tells
// how long to wait for the next. Callers wait for one frame at most.
func (a *Announcer) sendDue(now time.Time) (wait time.Duration, more bool) {
	a.mu.Lock()
	var changed bool
	name, d, l := a.due(now)
	var err error
	if l != nil {
		if err = a.send(d.link, l.first(now)); err == nil {
			a.sent++
		}
		changed = (err != nil) != d.fails
		d.fails = err != nil
	}
	for _, d := range a.devs {
		for _, l := range d.lines {
			if w := l.next.Sub(now); len(l.queue) > 0 && (!more || w < wait) {
				wait, more = w, true
			}
		}
	}
	a.mu.Unlock()
	if changed {
		a.report(name, err)
	}
	return wait, more
}

// due is the line with the oldest announcement whose pause is over, nil if there is none.
func (a *Announcer) due(now time.Time) (dev string, d *device, oldest *line) {
	for name, of := range a.devs {
		for i := range of.lines {
			l := &of.lines[i]
			if len(l.queue) > 0 && !l.next.After(now) && (oldest == nil || l.queue[0].seq < oldest.queue[0].seq) {
				dev, d, oldest = name, of, l
			}
		}
	}
	return dev, d, oldest
}

// first takes the first announcement off the queue.
func (l *line) first(now time.Time) announcement {
	q := l.queue[0]
	l.queue = l.queue[1:]
	if len(l.queue) == 0 {
		l.queue = nil
	}
	l.next = now.Add(q.pause)
	return q
}

// send sends one announcement. A frame that cannot be sent is lost: the refresh or the
// next transition sends new ones.
func (a *Announcer) send(l Link, q announcement) error {
	if l.Index == 0 {
		return unix.ENODEV
	}
	if !l.ARP() {
		return nil
	}
	frame, to, err := l.announcement(q.addr)
	if err != nil {
		return fmt.Errorf("announce %v from %q: %w", q.addr, net.HardwareAddr(l.Hardware), err)
	}
	if err := a.open(); err != nil {
		return err
	}
	addr := &unix.SockaddrLinklayer{Ifindex: l.Index, Halen: uint8(len(to))}
	copy(addr.Addr[:], to)
	return a.write(frame, addr)
}

// write sends one frame. A full transmit queue must not stop the daemon; but where the
// process had to wait for a processor while the deadline passed, the queue has not
// been tried yet, hence the second attempt.
func (a *Announcer) write(frame []byte, to unix.Sockaddr) (err error) {
	const patience = 10 * time.Millisecond
	for range 2 {
		if err := a.conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
			return err
		}
		var failed error
		err = a.raw.Write(func(fd uintptr) (done bool) {
			failed = unix.Sendto(int(fd), frame, 0, to)
			return failed != unix.EAGAIN
		})
		if err == nil {
			return os.NewSyscallError("sendto", failed)
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
	return err
}

func (a *Announcer) open() error {
	if a.conn != nil {
		return nil
	}
	// Protocol 0: the socket is for sending and receives nothing. Interface 0: each frame
	// says which.
	conn, err := packet.Listen(&net.Interface{}, packet.Raw, 0, nil)
	if err != nil {
		return fmt.Errorf("open packet socket: %w", err)
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return errors.Join(fmt.Errorf("open packet socket: %w", err), conn.Close())
	}
	a.conn, a.raw = conn, raw
	return nil
}
