package vrrp

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/vrrp/wire"
)

// A lan is hosts on one or two Ethernets, simulated from a seed: every host has a Core, the network loses, delays
// and parts, hosts crash, stop, stall, reload and lose their links. What must hold after every step is in
// lan_rules_test.go; what is done to it in history_test.go.
type lan struct {
	rng   *rand.Rand
	now   time.Time
	hosts []*host
	queue []delivery

	traits
	weather
	calmSince time.Time // since the weather, hosts and links are as they are
	dualSince [lanRouters][2]time.Time
	slowest   time.Duration    // advert interval that any router ever had
	patience  time.Duration    // longest preempt_delay and startup delay that any router ever had
	trace     *strings.Builder // nil: none
	// between is called between two things that happen, seen with what a host does; both may be nil.
	between func()
	seen    func(h *host, o Output)
}

// traits are what all routers of a lan have in common.
type traits struct {
	version   int
	six       bool // the routers are of IPv6
	unicast   bool
	ah        bool          // there are authentication headers
	signed    bool          // auth_hmac
	group     bool          // the first two are a sync group
	links     int           // the second router is on the last of them
	base      time.Duration // what advert intervals are multiples of
	owners    int           // hosts that own the addresses
	refusing  bool          // there are kernels that refuse addresses
	odd       bool          // the members of a group have priorities of their own
	regrouped bool          // a reload has changed a group while it ran
}

// weather is what the network does to packets.
type weather struct {
	loss   float64
	delay  time.Duration // the longest
	parted bool          // hosts of different sides do not hear each other
}

// lanRouters and lanHosts are how many virtual routers and hosts there are at most, lanDelay how long a packet takes
// on a good day.
const (
	lanRouters = 3
	lanHosts   = 5
	lanDelay   = 5 * time.Millisecond
)

type host struct {
	n       int
	core    *Core
	setup   Setup
	links   [2]bool
	script  int
	file    int
	alive   bool
	stalled bool      // the process is stopped: it neither hears nor acts
	since   time.Time // when it was stopped, until its timers run again; zero otherwise
	refuses [lanRouters]bool
	held    bool // an operator keeps all routers from being master, also over boots
	side    int
	inbox   []Datagram // while stalled
	views   [lanRouters]view
	sent    [lanRouters]time.Time // the last advert
	arrives [lanHosts]time.Time   // the last packet of each host
}

type delivery struct {
	at time.Time
	to *host
	d  Datagram
}

// violation is a rule that was broken; it is what lan panics with.
type violation string

func (l *lan) fault(format string, args ...any) {
	panic(violation(fmt.Sprintf("after %s: %s", l.now.Sub(epoch), fmt.Sprintf(format, args...))))
}

// note writes a line of the trace.
func (l *lan) note(format string, args ...any) {
	if l.trace != nil {
		fmt.Fprintf(l.trace, "%-14s %s\n", l.now.Sub(epoch), fmt.Sprintf(format, args...))
	}
}

func emptyLAN(seed uint64) *lan {
	l := &lan{rng: rand.New(rand.NewPCG(seed, 0)), now: epoch, calmSince: epoch}
	l.weather = weather{delay: lanDelay}
	l.traits = traits{version: 2, links: 1, base: time.Second}
	return l
}

// add makes a host with these instances and boots it.
func (l *lan) add(s Setup) *host {
	h := &host{n: len(l.hosts), setup: s, script: 1}
	l.hosts = append(l.hosts, h)
	l.remember(h)
	l.boot(h)
	return h
}

// remember notes how slow the routers of a host may be.
func (l *lan) remember(h *host) {
	for i := range h.setup.Instances {
		in := &h.setup.Instances[i]
		l.slowest = max(l.slowest, in.AdvertInt)
		l.patience = max(l.patience, in.PreemptDelay+h.setup.StartupDelay)
	}
}

// address is that of a host on a link.
func (l *lan) address(n, link int) netip.Addr {
	if l.six {
		return netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 14: byte(link), 15: byte(1 + n)})
	}
	return netip.AddrFrom4([4]byte{10, 0, byte(link), byte(1 + n)})
}

func linkName(link int) string { return [...]string{"eth0", "eth1"}[link] }

// linkOf is the link that a router is on.
func (l *lan) linkOf(router int) int {
	if router == 1 {
		return l.links - 1
	}
	return 0
}

func (l *lan) link(h *host, n int) Link {
	k := Link{Name: linkName(n), Index: 2 + n, Exists: true, Up: h.links[n], Multicast: true, MTU: 1500}
	a := l.address(h.n, n)
	if k.Addrs = []netip.Addr{a}; !l.six {
		k.Addr4 = a
	}
	return k
}

// boot starts the machine of a host anew.
func (l *lan) boot(h *host) {
	l.note("host %d boots", h.n)
	h.core, h.alive, h.stalled, h.since, h.inbox, h.links = New(), true, false, time.Time{}, nil, [2]bool{true, true}
	h.views, h.script, h.sent = [lanRouters]view{}, 1, [lanRouters]time.Time{}
	for n := range l.links {
		l.do(h, h.core.Link(l.now, l.link(h, n)))
	}
	l.remind(h)
	l.do(h, h.core.Configure(l.now, h.setup))
	l.report(h)
	l.moved()
}

// moved says that something has changed that routers need time for.
func (l *lan) moved() { l.calmSince = l.now }

// report tells a core what its host tracks.
func (l *lan) report(h *host) {
	if h.alive && !h.stalled {
		l.track(h, config.TrackedScript, h.script)
		l.track(h, config.TrackedFile, h.file)
	}
}

func (l *lan) track(h *host, kind config.TrackKind, value int) {
	if o := h.core.objects[Tracked{kind, "x"}]; o != nil {
		l.do(h, h.core.Track(l.now, o.id, value))
	}
}

// do carries out an output: adverts are put on the wire, addresses on the host.
func (l *lan) do(h *host, o Output) {
	if l.seen != nil {
		l.seen(h, o)
	}
	for _, t := range o.Send {
		l.transmit(h, t)
	}
	if l.trace != nil {
		for _, line := range o.Log {
			l.note("host %d %s", h.n, line.Text)
		}
	}
	wishes := o.Addresses
	for _, w := range wishes {
		l.carryOut(h, w)
	}
	if !l.refusing {
		l.look(h)
		return
	}
	wishes = slices.Clone(wishes) // the answers are calls of the core, after which what it has put out is gone
	l.look(h)
	for _, w := range wishes {
		l.answer(h, w)
	}
}

// carryOut does what one wish for addresses asks for.
func (l *lan) carryOut(h *host, w VIPs) {
	if m := h.core.byID[w.Router]; m != nil {
		l.viewOf(h, m).vips = w.On && !h.refuses[routerIndex(m)]
		return
	}
	if w.On {
		l.fault("host %d: addresses for router %d, which is none", h.n, w.Router)
	}
	for r := range h.views { // of an instance that was removed
		if h.views[r].id == w.Router {
			h.views[r].vips = false
		}
	}
}

// answer tells the core, as the engine does, whether a host could have the addresses.
func (l *lan) answer(h *host, w VIPs) {
	m := h.core.byID[w.Router]
	if !w.On || m == nil {
		return
	}
	var list []Obstacle
	if h.refuses[routerIndex(m)] {
		list = []Obstacle{{Kind: Refused, Device: m.cfg.Interface, Address: m.cfg.VIPs[0].Prefix, Cause: "no"}}
	}
	if w.Try {
		l.do(h, h.core.Tried(l.now, w.Router, list))
	} else {
		l.do(h, h.core.Obstruct(l.now, w.Router, list))
	}
}

// viewOf is what was seen of m.
func (l *lan) viewOf(h *host, m *machine) *view {
	v := &h.views[routerIndex(m)]
	if v.id != m.id {
		if v.vips {
			l.fault("host %d: router %d is gone and has left its addresses", h.n, v.id)
		}
		*v = view{id: m.id}
	}
	return v
}

func routerIndex(m *machine) int { return int(m.cfg.VRID) - 51 }

// machineOf is the machine of a router on a host, nil if it has none.
func (h *host) machineOf(router int) *machine {
	for _, m := range h.core.machines {
		if routerIndex(m) == router {
			return m
		}
	}
	return nil
}

func (l *lan) transmit(from *host, a Transmit) {
	link := 0
	if a.Interface == linkName(1) {
		link = 1
	}
	if !from.links[link] {
		return
	}
	d := Datagram{
		Interface: a.Interface, Src: a.Src, Dst: a.Dst, TTL: a.TTL,
		HeaderLen: 20, TotalLength: 20 + len(a.Payload), Payload: a.Payload,
	}
	if a.AH {
		h := wire.Header4{Src: a.Src, Dst: a.Dst, TTL: a.TTL, Protocol: wire.AHProtocol, ID: a.ID}
		d.Header = h.Append(nil, len(a.Payload))
		d.AH, d.Payload, _ = wire.SplitAH(a.Payload)
	}
	from.sent[int(d.Payload[1])-51] = l.now
	if l.six {
		d.HeaderLen, d.TotalLength = 40, 0 // as an IPv6 socket tells it
	}
	for _, to := range l.hosts {
		switch {
		case to == from, l.parted && to.side != from.side, l.loss > 0 && l.rng.Float64() < l.loss:
		case l.unicast && l.address(to.n, link) != a.Dst:
		default:
			at := l.now.Add(time.Duration(l.rng.Int64N(int64(l.delay))))
			if last := to.arrives[from.n]; l.calm() && at.Before(last) {
				at = last // an Ethernet keeps the order
			}
			to.arrives[from.n] = at
			l.enqueue(delivery{at, to, d})
		}
	}
}

// enqueue puts a delivery behind those that are earlier or of the same time.
func (l *lan) enqueue(d delivery) {
	i := len(l.queue)
	for i > 0 && l.queue[i-1].at.After(d.at) {
		i--
	}
	l.queue = slices.Insert(l.queue, i, d)
}

// run lets time pass, waking hosts for packets and timers in their order.
func (l *lan) run(d time.Duration) {
	end := l.now.Add(d)
	for {
		if l.between != nil {
			l.between()
		}
		next, h := end, (*host)(nil)
		for _, x := range l.hosts {
			if at, ok := x.core.Next(); x.alive && !x.stalled && ok && at.Before(next) {
				next, h = at, x
			}
		}
		switch {
		case len(l.queue) > 0 && !l.queue[0].at.After(next):
			p := l.queue[0]
			l.queue = l.queue[1:]
			l.now = p.at
			l.deliver(p)
		case h == nil:
			l.now = end
			l.check()
			return
		default:
			l.now = next
			l.do(h, h.core.Expire(l.now))
		}
		l.check()
	}
}

func (l *lan) deliver(p delivery) {
	link := 0
	if p.d.Interface == linkName(1) {
		link = 1
	}
	switch {
	case !p.to.alive || !p.to.links[link]:
	case p.to.stalled:
		p.to.inbox = append(p.to.inbox, p.d)
	default:
		l.receive(p.to, p.d)
	}
}

func (l *lan) receive(h *host, d Datagram) {
	m := h.machineOf(int(d.Payload[1]) - 51)
	var before uint64
	if m != nil {
		before = m.counters.AdvertReceived
		if l.trace != nil {
			l.note("host %d hears %s prio %d of %s", h.n, m.cfg.Name, d.Payload[2], d.Src)
		}
	}
	wasBackup := m != nil && m.state == Backup
	prio := uint8(0)
	if m != nil {
		prio = m.prio
	}
	o := h.core.Receive(l.now, d)
	if wasBackup && m.counters.AdvertReceived != before {
		timers := l.now
		if !h.since.IsZero() {
			timers = h.since
		}
		h.views[routerIndex(m)].hears(l, h, m, prio, d.Payload[2], timers)
	}
	l.do(h, o)
}

// stall stops the process of a host; what comes meanwhile waits in its sockets.
func (l *lan) stall(h *host) {
	l.note("host %d is stopped", h.n)
	h.stalled, h.since = true, l.now
	l.moved()
}

// wake lets it go on, in the order of the engine: all that has come, then the timers.
func (l *lan) wake(h *host) {
	l.note("host %d goes on", h.n)
	h.stalled = false
	for _, d := range h.inbox {
		l.receive(h, d)
	}
	h.inbox, h.since = nil, time.Time{}
	l.do(h, h.core.Expire(l.now))
	l.report(h)
	l.moved()
}

// crash ends a host with all that it has.
func (l *lan) crash(h *host) {
	l.note("host %d crashes", h.n)
	h.alive, h.stalled, h.since, h.inbox, h.views = false, false, time.Time{}, nil, [lanRouters]view{}
	l.moved()
}

// stop ends the program of a host.
func (l *lan) stop(h *host) {
	l.note("host %d is told to stop", h.n)
	o := h.core.Stop(l.now)
	for _, t := range o.Send {
		l.transmit(h, t)
	}
	for _, w := range o.Addresses {
		l.carryOut(h, w)
	}
	for r := range h.views {
		if h.views[r].vips {
			l.fault("host %d kept the addresses of router %d after Stop", h.n, r)
		}
	}
	if at, ok := h.core.Next(); ok {
		l.fault("host %d has a timer at %s after Stop", h.n, at.Sub(epoch))
	}
	l.crash(h)
}

// setLink takes a link of a host down or up.
func (l *lan) setLink(h *host, n int, up bool) {
	l.note("host %d %s up: %v", h.n, linkName(n), up)
	h.links[n] = up
	l.moved()
	l.do(h, h.core.Link(l.now, l.link(h, n)))
}
