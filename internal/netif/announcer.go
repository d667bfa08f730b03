package netif

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

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

// A Group is interfaces that share their pauses: between any two gratuitous ARPs, and any two
// neighbour advertisements, that are sent on one of them.
type Group struct {
	Devs   []string
	Pauses Pauses
}

// An Announcer tells the network where addresses are: by gratuitous ARP, and by unsolicited
// neighbour advertisements for IPv6. Interfaces without ARP are skipped.
//
// It has no goroutine and no lock: whoever calls it calls Send as well, when it has time for
// a frame. So after Cancel has returned no frame of that owner is sent, not even one that
// was under way: a router that is not master any more never announces. No method waits for
// the network. A frame for which an interface has no room stays owed, and the interface is
// left alone for a while; the others do not notice.
//
// What is kept is bounded by the number of addresses: each of an owner's is pending at most
// once, with the number of frames it is still owed.
type Announcer struct {
	report func(dev string, err error)
	sender sender
	clock  func() time.Time // nil in tests: no time passes while a frame is sent
	devs   map[string]*device
	// forwards reports whether the host is a router on an interface.
	forwards func(dev string) bool
	groups   map[string]*[2]gate // by the name of an interface, the gates of IPv4 and of IPv6
	turns    turns
	frames   [2]uint64 // sent, of IPv4 and of IPv6
}

// device is the sending side of one interface.
type device struct {
	name  string
	link  Link
	lines [2]line // of IPv4 and of IPv6, which do not wait for each other
	arp   []byte  // a gratuitous ARP of this link; the addresses are filled in

	router bool      // the host is one here
	asked  time.Time // when it was; zero if not yet

	full    bool          // reported as having no room
	fails   bool          // the last frame could not be sent for another reason
	refused time.Time     // when there was last no room
	wait    time.Duration // how long it is left alone after that
	until   time.Time     // not before
}

// How long an interface without room is left alone: at first, and at most, each time twice
// as long. A queue that drains slowly gives room again and again: that it works is said only
// when it had room for a while.
const (
	firstWait = 10 * time.Millisecond
	longWait  = time.Second
	lull      = 10 * time.Second
)

// NewAnnouncer gives an Announcer that has nothing open yet. report, if not nil, is told when
// sending on an interface begins to fail, and with a nil error when it works again.
func NewAnnouncer(report func(dev string, err error)) *Announcer {
	a := newAnnouncer(&sockets{}, report)
	a.clock = time.Now
	return a
}

func newAnnouncer(s sender, report func(dev string, err error)) *Announcer {
	if report == nil {
		report = func(string, error) {}
	}
	return &Announcer{report: report, sender: s, forwards: forwards, devs: map[string]*device{}, turns: newTurns()}
}

// Close drops what is owed and closes the sockets, which takes the kernel 10 ms and more.
func (a *Announcer) Close() error {
	a.turns = newTurns()
	a.devs = map[string]*device{}
	return a.sender.close()
}

// SetLink makes a link known, or its changes: frames carry its hardware address.
func (a *Announcer) SetLink(l Link) {
	d := a.device(l.Name)
	if d.link.Index != 0 && d.link.Index != l.Index {
		a.sender.forget(d.link.Index)
	}
	// Another link, or one that came up: what it had no room for before says nothing now.
	if d.link.Index != l.Index || d.link.Flags != l.Flags {
		d.wait, d.until = 0, time.Time{}
	}
	d.link, d.arp, d.asked = l, nil, time.Time{}
}

// RemoveLink forgets a link and what is owed on it. One that has got the name since, with another
// index, is not meant: that a link is gone is often heard of after its successor was made.
func (a *Announcer) RemoveLink(gone Link) {
	d := a.devs[gone.Name]
	// Index 0 is a device that only has debts so far: its link was never told.
	if d == nil || d.link.Index != 0 && d.link.Index != gone.Index {
		return
	}
	for i := range d.lines {
		a.turns.clear(&d.lines[i])
	}
	if d.link.Index != 0 {
		a.sender.forget(d.link.Index)
	}
	delete(a.devs, gone.Name)
}

// Announce makes sure that every target is owed repeat frames; one that is owed some already
// is owed no more than that. Targets of an owner are announced in this order, the repetition
// outermost, with the pauses given last. owner is named for Cancel.
func (a *Announcer) Announce(owner Owner, targets []Target, repeat int, pauses Pauses) {
	if repeat <= 0 {
		return
	}
	var touched []*account
	for place, t := range targets {
		l, pause := &a.device(t.Dev).lines[0], pauses.ARP
		if t.Addr.Is6() {
			l, pause = &a.device(t.Dev).lines[1], pauses.NA
		}
		of := a.turns.owe(owner, l, t, place, repeat, pause)
		if !slices.Contains(touched, of) {
			touched = append(touched, of)
		}
	}
	for _, of := range touched {
		of.reorder()
	}
}

// Cancel drops what owner is still owed. After it has returned no more of it is sent.
func (a *Announcer) Cancel(owner Owner) { a.turns.forget(owner) }

// Next is when Send will next have something to do, false if nothing is owed.
func (a *Announcer) Next() (at time.Time, ok bool) {
	for _, l := range a.turns.active {
		if due := l.due(); !ok || due.Before(at) {
			at, ok = due, true
		}
	}
	return at, ok
}

// Send sends one of the frames that are due at now, if there is one, and reports whether there
// was: whoever has had fewer goes first, then whoever has waited longest.
func (a *Announcer) Send(now time.Time) bool { return a.send(now, false) }

// SendFirst is Send for addresses that have not been announced at all since it was asked for.
func (a *Announcer) SendFirst(now time.Time) bool { return a.send(now, true) }

func (a *Announcer) send(now time.Time, first bool) bool {
	of := a.turns.turn(func(l *line) bool { return !l.due().After(now) })
	if of == nil || first && of.round > 0 {
		return false
	}
	dev, owed := of.line.dev, of.current()
	err := a.write(dev, owed.addr, now)
	// The frame stays owed, and keeps its turn.
	if noRoom(err) {
		a.refused(dev, now, err)
		return true
	}
	pause := of.line.gate.after(owed.pause)
	if !dev.speaks() {
		pause = 0 // no frame: the others of a group need not wait after it
	}
	if a.clock != nil && pause > 0 {
		now = a.clock() // a process that was kept waiting before it sent must not send the next too early
	}
	of.line.gate.next = now.Add(pause)
	a.turns.served(of)
	a.sent(dev, now, err)
	return true
}

// due is from when on the line may send.
func (l *line) due() time.Time {
	if l.dev.until.After(l.gate.next) {
		return l.dev.until
	}
	return l.gate.next
}

// refused leaves an interface alone that has no room.
func (a *Announcer) refused(d *device, now time.Time, err error) {
	d.refused = now
	d.wait = min(max(2*d.wait, firstWait), longWait)
	d.until = now.Add(d.wait)
	if !d.full && !d.fails {
		a.report(d.name, err)
	}
	d.full = true
}

// sent notes how a frame went that is not tried again. One that cannot be sent is lost: the
// refresh or the next transition sends new ones.
func (a *Announcer) sent(d *device, now time.Time, err error) {
	// Also after another error: only a lack of room is waited for.
	d.wait = 0
	failed := d.fails || d.full
	d.fails = err != nil
	if err == nil && now.Sub(d.refused) >= lull {
		d.full = false
	}
	switch {
	case err != nil && !failed:
		a.report(d.name, err)
	case failed && !d.fails && !d.full:
		a.report(d.name, nil)
	}
}

// speaks reports whether the interface is there and has somebody to tell.
func (d *device) speaks() bool { return d.link.Index != 0 && d.link.ARP() }

// freshness is how long a host is taken for what it was when it was last asked whether it is a router.
const freshness = 100 * time.Millisecond

// routes reports whether the host is a router on d. To ask costs more than to send a frame, and hundreds of
// addresses are announced at once, so it is not asked for each of them.
func (a *Announcer) routes(d *device, now time.Time) bool {
	if d.asked.IsZero() || now.Sub(d.asked) >= freshness {
		d.router, d.asked = a.forwards(d.name), now
	}
	return d.router
}

// write sends the announcement of addr on d at now.
func (a *Announcer) write(d *device, addr netip.Addr, now time.Time) error {
	if d.link.Index == 0 {
		return unix.ENODEV
	}
	// Counts as sent: there is nobody to tell on such a link (semantics 3.8).
	if !d.speaks() {
		return nil
	}
	frame, to, err := d.announcement(addr, addr.Is6() && a.routes(d, now))
	if err != nil {
		return fmt.Errorf("announce %v from %q: %w", addr, net.HardwareAddr(d.link.Hardware), err)
	}
	if err := a.sender.send(d.link.Index, to, frame); err != nil {
		return err
	}
	if addr.Is6() {
		a.frames[1]++
	} else {
		a.frames[0]++
	}
	return nil
}

// Sent is how many frames were sent, of IPv4 and of IPv6.
func (a *Announcer) Sent() [2]uint64 { return a.frames }

// SetGroups replaces the groups of interfaces; an interface is in one at most. On those of a
// group its pauses hold instead of what is asked for with Announce. One that was sent on just now
// keeps its pause: neither a group that is left nor one that is joined lets two frames follow closer.
func (a *Announcer) SetGroups(groups []Group) {
	a.groups = map[string]*[2]gate{}
	for _, g := range groups {
		gates := &[2]gate{{group: true, pause: g.Pauses.ARP}, {group: true, pause: g.Pauses.NA}}
		for _, name := range g.Devs {
			a.groups[name] = gates
		}
	}
	for name, d := range a.devs {
		d.through(a.groups[name])
	}
}

// through leads what is sent on d through the gates of its group, nil for its own.
func (d *device) through(gates *[2]gate) {
	for i := range d.lines {
		l, before := &d.lines[i], d.lines[i].gate
		if gates == nil {
			l.gate = &gate{}
		} else {
			l.gate = &gates[i]
		}
		if before != nil && before.next.After(l.gate.next) {
			l.gate.next = before.next
		}
	}
}

func (a *Announcer) device(name string) *device {
	d := a.devs[name]
	if d == nil {
		d = &device{name: name}
		d.lines[0].dev, d.lines[1].dev = d, d
		d.through(a.groups[name])
		a.devs[name] = d
	}
	return d
}
