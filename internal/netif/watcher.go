package netif

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"holdfast/internal/sockbuf"
)

// An Event is a change of the host: LinkChanged, LinkRemoved, AddressAdded, AddressRemoved, Deaf or Resync; and of
// what was asked for with Follow, RouteLost or RuleLost.
type Event interface{ isEvent() }

// LinkChanged tells about a link that is new or changed; it carries all of it.
type LinkChanged struct{ Link Link }

// LinkRemoved tells that a link is gone.
type LinkRemoved struct{ Link Link }

// AddressAdded tells about an address that is new or changed.
type AddressAdded struct{ Address Address }

// AddressRemoved tells that an address is gone.
type AddressRemoved struct{ Address Address }

// Deaf tells that events are lost and the state cannot be read for the reason Cause. A Resync follows when it can.
type Deaf struct{ Cause error }

// Resync replaces everything told before: events were lost for the reason Cause and
// the state was read again.
type Resync struct {
	State State
	Cause error
}

func (LinkChanged) isEvent()    {}
func (LinkRemoved) isEvent()    {}
func (AddressAdded) isEvent()   {}
func (AddressRemoved) isEvent() {}
func (Deaf) isEvent()           {}
func (Resync) isEvent()         {}

// watchGroups are the multicast groups of rtnetlink a Watcher listens to at first.
func watchGroups() []uint {
	return []uint{unix.RTNLGRP_LINK, unix.RTNLGRP_IPV4_IFADDR, unix.RTNLGRP_IPV6_IFADDR}
}

// Groups are multicast groups of rtnetlink: RouteGroups, RuleGroups.
type Groups []uint

// watchBuffer is the receive buffer in bytes: room for some thousand address changes
// while the reader of Events is busy.
const watchBuffer = 2 << 20

// retry is the pause before a socket that cannot be opened is tried again.
const retry = 100 * time.Millisecond

// A Watcher tells what changes on the host's interfaces. Whatever is lost on the way
// (a full buffer, a socket that breaks) ends in a Resync, never in silence.
type Watcher struct {
	events chan Event
	done   chan struct{}
	ns     netns.NsHandle
	kernel *Kernel
	join   func(fd int, group uint) error

	mu     sync.Mutex // guards sock against Close, and what it is to be like
	sock   *nl.NetlinkSocket
	groups []uint
	size   sockbuf.Size
}

// Watch starts watching the interfaces of the current thread's network namespace and
// returns their state at that moment; every later change becomes an event, some
// earlier ones may too.
func Watch() (*Watcher, State, error) {
	ns, err := netns.Get()
	if err != nil {
		return nil, State{}, fmt.Errorf("open network namespace: %w", err)
	}
	w := &Watcher{events: make(chan Event, 64), done: make(chan struct{}), ns: ns, groups: watchGroups(),
		join: join}
	if w.kernel, err = OpenKernel(); err != nil {
		ns.Close()
		return nil, State{}, err
	}
	// Before the state is read: what changes in between is told twice, and not never.
	if err = w.subscribe(nl.Subscribe(unix.NETLINK_ROUTE, w.groups...)); err != nil {
		return nil, State{}, errors.Join(err, w.kernel.Close(), ns.Close())
	}
	s, err := w.kernel.State()
	if err != nil {
		return nil, State{}, errors.Join(err, w.sock.Close(), w.kernel.Close(), ns.Close())
	}
	go w.run()
	return w, s, nil
}

// Events is where the changes arrive, in order. It is closed after Close.
func (w *Watcher) Events() <-chan Event { return w.events }

// Follow makes changes of more than interfaces events, from now on: a router may have thousands of them a second, so
// whoever sets none of these things does not ask. What the kernel has no room for now is asked for again, on another
// socket; the error is for what it does not have.
func (w *Watcher) Follow(groups Groups) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, g := range groups {
		if slices.Contains(w.groups, g) {
			continue
		}
		err := w.join(w.sock.GetFd(), g)
		if err != nil && !passes(err) {
			return fmt.Errorf("subscribe to changes of routing: %w", os.NewSyscallError("setsockopt", err))
		}
		// Remembered, because a socket that replaces this one has to follow the same.
		w.groups = append(w.groups, g)
		if err != nil {
			_ = w.sock.Close() // which has run replace it
		}
	}
	return nil
}

func join(fd int, g uint) error {
	return unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_ADD_MEMBERSHIP, int(g))
}

// passes reports whether an error is one of a moment, or of the socket: another attempt may do better.
func passes(err error) bool {
	for _, e := range []error{unix.ENOBUFS, unix.ENOMEM, unix.EINTR, unix.EAGAIN, unix.EPERM, unix.EBADF} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func (w *Watcher) followed() []uint {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.groups)
}

// Close stops watching.
func (w *Watcher) Close() error {
	// First, so that run knows why its socket breaks.
	close(w.done)
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sock.Close()
}

func (w *Watcher) subscribe(s *nl.NetlinkSocket, err error) error {
	if err != nil {
		return fmt.Errorf("subscribe to interface changes: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sock = s
	_ = w.resize() // a buffer of another size is not worse than no watcher
	return nil
}

// SetReceiveBuffers sizes the buffers of events (vrrp_netlink_monitor_rcv_bufs; 0 = 2 MiB) and of the answers to the
// questions after events were lost (vrrp_netlink_cmd_rcv_bufs). A socket that replaces one has the same.
func (w *Watcher) SetReceiveBuffers(events, answers sockbuf.Size) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.size = events
	return errors.Join(w.resize(), w.kernel.SetReceiveBuffer(answers))
}

// resize gives sock its receive buffer; the caller holds mu.
func (w *Watcher) resize() error { return sockbuf.SetOr(w.sock.GetFd(), w.size, watchBuffer) }

func (w *Watcher) run() {
	defer close(w.events)
	defer w.ns.Close()
	defer w.kernel.Close()
	for {
		msgs, from, err := w.sock.Receive()
		if w.closed() {
			return
		}
		if errors.Is(err, unix.EINTR) {
			continue // nothing is lost
		}
		if err != nil {
			if !w.recover(err) {
				return
			}
			continue
		}
		// Netlink sockets can hear from other processes, too.
		if from.Pid != nl.PidKernel {
			continue // only the kernel knows
		}
		for _, m := range msgs {
			if e := event(m.Header.Type, m.Header.Flags, m.Data); e != nil && !w.tell(e) {
				return
			}
		}
	}
}

func (w *Watcher) closed() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

func (w *Watcher) tell(e Event) bool {
	select {
	case w.events <- e:
		return true
	case <-w.done:
		return false
	}
}

// recover gets a working subscription again and tells the state; false means
// closed.
func (w *Watcher) recover(cause error) bool {
	for told := false; ; told = true {
		err := w.resync(cause)
		if err == nil {
			return true
		}
		if w.closed() || !told && !w.tell(Deaf{errors.Join(cause, err)}) {
			return false
		}
		select {
		case <-w.done:
			return false
		case <-time.After(retry):
		}
	}
}

func (w *Watcher) resync(cause error) error {
	// Also after an overrun the socket is replaced: until the old one has been read
	// empty, the kernel drops further events without saying so again.
	w.sock.Close()
	if err := w.subscribe(w.again()); err != nil {
		return err
	}
	if w.closed() {
		return w.sock.Close()
	}
	s, err := w.kernel.State()
	if err != nil {
		return err
	}
	w.tell(Resync{State: s, Cause: cause})
	return nil
}

// again is another socket in the namespace of the first one, whichever thread this goroutine is on by now. A process
// all of whose threads are there has no right to go anywhere, and needs none.
func (w *Watcher) again() (*nl.NetlinkSocket, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	here, err := netns.Get()
	if err != nil {
		return nil, err
	}
	defer here.Close()
	if here.Equal(w.ns) {
		return nl.Subscribe(unix.NETLINK_ROUTE, w.followed()...)
	}
	return nl.SubscribeAt(w.ns, here, unix.NETLINK_ROUTE, w.followed()...)
}

func event(typ, flags uint16, b []byte) Event {
	switch typ {
	case unix.RTM_NEWLINK, unix.RTM_DELLINK:
		l, ok := parseLink(b)
		if !ok || b[0] == unix.AF_BRIDGE { // a port's state in its bridge, not the link
			return nil
		}
		if typ == unix.RTM_DELLINK {
			return LinkRemoved{l}
		}
		return LinkChanged{l}
	case unix.RTM_NEWADDR, unix.RTM_DELADDR:
		a, ok := parseAddress(b)
		if !ok {
			return nil
		}
		if typ == unix.RTM_DELADDR {
			return AddressRemoved{a}
		}
		return AddressAdded{a}
	case unix.RTM_NEWROUTE, unix.RTM_DELROUTE:
		return routeEvent(typ, flags, b)
	case unix.RTM_DELRULE:
		return ruleEvent(b)
	}
	return nil
}
