package vrrp

import (
	"slices"
	"time"

	"holdfast/config"
)

// This file is what must hold on a lan: after every step, and when it has had time to come to rest. The rules are
// written down from the documents (semantics 1, 6) and ask the core for as little as possible: what a router should
// do is worked out from the configuration, the host and what it was sent.

// A view is what was seen of a router on a host.
type view struct {
	id    ID
	state State
	vips  bool
	// heard is the last advert of a master that the router has to respect, or the moment it began to wait; zero
	// tells that it was one that resigns.
	heard time.Time
	zero  bool
	every time.Duration // the interval of that master
	wait  time.Duration // the shortest that the router had to wait since
	// lower is the first advert in a row of a master that may be preempted, lowerLast the last, delay
	// the shortest preempt_delay since.
	lower, lowerLast time.Time
	delay            time.Duration
}

// hears notes an advert that a backup has accepted; own is the priority it had then, and timers is when those of its
// host ran last.
func (v *view) hears(l *lan, h *host, m *machine, own, prio uint8, timers time.Time) {
	every := m.masterInt
	if prio == 0 {
		v.lowerLast = time.Time{} // nobody is preempted
	}
	switch {
	case prio == 0 && l.now.Sub(v.heard) >= v.wait: // it waits for the others of its group alone
	case prio == 0:
		v.heard, v.zero, v.wait = l.now, true, time.Hour
	case prio >= own || m.cfg.NoPreempt || h.held:
		v.heard, v.zero, v.every, v.wait = l.now, false, every, time.Hour
		v.lower = time.Time{}
	default:
		if v.lower.IsZero() || v.delay == 0 {
			v.lower, v.delay = l.now, m.cfg.PreemptDelay
		}
		v.lowerLast = l.now
		if max(timers.Sub(v.lower), 0) < v.delay { // it is to be endured so long
			v.heard, v.zero, v.every, v.wait = l.now, false, every, time.Hour
		}
	}
}

// lanSkew is the skew time of RFC 3768 and RFC 9568 in other words than the core's.
func lanSkew(version int, prio uint8, every time.Duration) time.Duration {
	if version == 2 {
		every = time.Second
	}
	return (every*256 - every*time.Duration(prio)) / 256
}

// mustWait is how long a backup waits after what it heard last.
func (v *view) mustWait(m *machine) time.Duration {
	skew := lanSkew(m.cfg.Version, m.prio, v.every)
	if v.zero {
		return skew
	}
	return time.Duration(m.cfg.DownTimerAdverts)*v.every + skew
}

// look checks a host after something happened there.
func (l *lan) look(h *host) {
	timers := 0
	for _, m := range h.core.machines {
		v := l.viewOf(h, m)
		if was := v.state; was != m.state {
			v.state = m.state
			l.transition(h, m, v, was)
		}
		if m.state == Backup {
			v.wait = min(v.wait, v.mustWait(m))
			v.delay = min(v.delay, m.cfg.PreemptDelay)
		}
		if v.vips && m.state != Master && !m.trying || m.vipsOn != v.vips && !h.refuses[routerIndex(m)] {
			l.fault("host %d %s is %s, its addresses are there: %v, wanted: %v", h.n, m.cfg.Name, m.state, v.vips,
				m.vipsOn)
		}
		if h.held && (m.state == Master || m.vipsOn) {
			l.fault("host %d %s is %s in maintenance, with addresses: %v", h.n, m.cfg.Name, m.state, m.vipsOn)
		}
		timers += l.lookAtTimers(h, m)
	}
	for r := range h.views {
		v := &h.views[r]
		switch {
		case v.id == 0 || h.core.byID[v.id] != nil:
		case v.vips:
			l.fault("host %d: router %d is gone and has left its addresses", h.n, v.id)
		default:
			*v = view{}
		}
	}
	if n := h.core.timers.Len(); n != timers {
		l.fault("host %d has %d timers, its routers %d", h.n, n, timers)
	}
	l.lookAtGroups(h)
}

// lookAtTimers checks the timers of a router: none is lost, and none is left.
func (l *lan) lookAtTimers(h *host, m *machine) (set int) {
	for k := range m.timers {
		if !m.timers[k].IsSet() {
			continue
		}
		set++
		kind := timerKind(k)
		ok := m.state == Master || kind == timerMain && m.state != Fault
		ok = ok || kind == timerPreempt && m.state == Backup && m.preempt == preemptRunning
		ok = ok || kind == timerRival && m.state == Backup
		if !ok {
			l.fault("host %d %s is %s with timer %d", h.n, m.cfg.Name, m.state, k)
		}
	}
	if now := slices.ContainsFunc(m.rivals, func(r Rival) bool { return r.Now }); now != m.timers[timerRival].IsSet() {
		l.fault("host %d %s: a second master: %v, awaits its end: %v", h.n, m.cfg.Name, now, !now)
	}
	main := &m.timers[timerMain]
	if active := m.state == Master || m.state == Backup; active && !main.IsSet() {
		if m.group.next == nil { // that waits for an answer about addresses
			l.fault("host %d %s is %s without a timer", h.n, m.cfg.Name, m.state)
		}
	}
	if m.state == Master && main.At.After(l.now.Add(ownInterval(m.cfg))) {
		l.fault("host %d %s says nothing for %s", h.n, m.cfg.Name, main.At.Sub(l.now))
	}
	return set
}

// lookAtGroups: members of a group change together.
func (l *lan) lookAtGroups(h *host) {
	if l.regrouped {
		return
	}
	for _, g := range h.core.groups {
		for _, m := range g.members[1:] {
			first := g.members[0]
			if (m.state == Master) != (first.state == Master) && !m.trying && !first.trying {
				l.fault("host %d: %s is %s and %s is %s", h.n, first.cfg.Name, first.state, m.cfg.Name, m.state)
			}
		}
	}
}

// transition checks a change of state; what the view says of the former one is still there.
func (l *lan) transition(h *host, m *machine, v *view, was State) {
	if m.state == Backup {
		*v = view{id: v.id, state: v.state, vips: v.vips, heard: l.now, every: m.masterInt, wait: time.Hour, delay: time.Hour}
		return
	}
	if m.state != Master {
		return
	}
	if was != Backup {
		if !m.owner() {
			l.fault("host %d %s goes from %s to MASTER and owns nothing", h.n, m.cfg.Name, was)
		}
		return
	}
	wait := min(v.wait, v.mustWait(m))
	if took := l.now.Sub(v.heard); took < wait {
		l.fault("host %d %s takes over %s after its master was heard (zero: %v), and has to wait %s",
			h.n, m.cfg.Name, took, v.zero, wait)
	}
	patient := m.cfg.PreemptDelay > 0 && !m.cfg.NoPreempt && !v.lower.IsZero()
	if patient && l.now.Sub(v.lowerLast) < 2*v.every && l.now.Sub(v.lower) < v.delay {
		l.fault("host %d %s preempts after %s, preempt_delay is %s", h.n, m.cfg.Name, l.now.Sub(v.lower), v.delay)
	}
}

// present reports whether a host takes part in the network.
func (h *host) present() bool { return h.alive && !h.stalled }

// calm reports whether the network does what it should for those it connects.
func (l *lan) calm() bool { return l.loss == 0 && l.delay <= lanDelay }

// sideOf is the component of the network that a host is in.
func (l *lan) sideOf(h *host) int {
	if l.parted {
		return h.side
	}
	return 0
}

// masters are those of a router in a component.
func (l *lan) masters(router, side int) (all []*host) {
	for _, h := range l.hosts {
		if h.present() && l.sideOf(h) == side && h.views[router].state == Master {
			all = append(all, h)
		}
	}
	return all
}

// check is what a network that works bounds: of two masters that hear each other one yields within an
// advert interval and its skew time.
func (l *lan) check() {
	for r := range lanRouters {
		for side := range 2 {
			n := 0
			for _, h := range l.hosts {
				if h.views[r].state == Master && h.present() && l.sideOf(h) == side {
					n++
				}
			}
			since := &l.dualSince[r][side]
			switch {
			case n < 2 || !l.calm():
				*since = time.Time{}
			case since.IsZero():
				*since = l.now
			default:
				l.checkDual(r, side, *since)
			}
		}
	}
}

func (l *lan) checkDual(router, side int, since time.Time) {
	if since.Before(l.calmSince) {
		since = l.calmSince
	}
	bound := l.slowest + l.longestSkew() + 2*lanDelay
	if l.owners > 1 { // they find out who is wrong in some more adverts (semantics 1.19)
		bound += 4 * l.slowest
	}
	if l.ah { // masters do not hear each other before their numbers are in order
		bound += 4 * l.slowest
	}
	if took := l.now.Sub(since); took > bound {
		l.fault("%d masters of router %d in a component for %s", len(l.masters(router, side)), router, took)
	}
}

func (l *lan) longestSkew() time.Duration { return lanSkew(l.version, 1, l.slowest) }

// settling is how long the lan needs to come to rest, whatever has happened.
func (l *lan) settling() time.Duration {
	down := 4*l.slowest + l.longestSkew() // down_timer_adverts is 4 at most
	if l.owners > 1 {
		down += 4 * l.slowest
	}
	return 4*down + l.patience
}

// tracked is what the tracked things of a host do to a router.
func (l *lan) tracked(h *host, in *config.Instance) (points int, fault bool) {
	g := h.groupOf(in.Name)
	for _, t := range in.Tracks {
		if t.Kind == config.TrackedScript && t.Weight != 0 && g != nil && !g.TrackingWeight {
			continue // semantics 5.16
		}
		p, f := l.effectOf(h, in, t)
		points, fault = points+p, fault || f
	}
	if g == nil {
		return points, fault
	}
	for _, t := range g.Tracks {
		p, f := l.effectOf(h, in, t)
		points, fault = points+p, fault || f
	}
	return points, fault
}

func (l *lan) effectOf(h *host, in *config.Instance, t config.Track) (points int, fault bool) {
	well := h.script == 1
	switch t.Kind {
	case config.TrackedFile:
		return h.file * t.Weight, false
	case config.TrackedInterface:
		if t.Name == in.Interface {
			return 0, false
		}
		well = h.links[1]
	}
	switch {
	case t.Weight == 0:
		return 0, !well
	case t.Weight > 0 == well:
		return t.Weight, false
	}
	return 0, false
}

func (h *host) groupOf(name string) *config.SyncGroup {
	for i := range h.setup.Groups {
		for _, member := range h.setup.Groups[i].Members {
			if member == name {
				return &h.setup.Groups[i]
			}
		}
	}
	return nil
}

// instance is the configuration of a router on a host, nil without one.
func (h *host) instance(router int) *config.Instance {
	for i := range h.setup.Instances {
		if int(h.setup.Instances[i].VRID)-51 == router {
			return &h.setup.Instances[i]
		}
	}
	return nil
}

// mates are the routers of a host that change state with one: itself, and those of its group.
func (h *host) mates(router int) (all []int) {
	in := h.instance(router)
	g := h.groupOf(in.Name)
	for r := range lanRouters {
		if other := h.instance(r); other != nil && (r == router || g != nil && h.groupOf(other.Name) == g) {
			all = append(all, r)
		}
	}
	return all
}

// able reports whether a router of a host can be master, as far as the host and its operator are concerned.
func (l *lan) able(h *host, router int) bool { return !h.held && l.fit(h, router) }

// fit reports whether a router of a host takes part in the election.
func (l *lan) fit(h *host, router int) bool {
	if !h.present() || h.instance(router) == nil {
		return false
	}
	for _, r := range h.mates(router) {
		in := h.instance(r)
		if _, fault := l.tracked(h, in); fault || !h.links[l.linkOf(r)] || h.refuses[r] {
			return false
		}
	}
	return true
}

// priority is what a router of a host should have.
func (l *lan) priority(h *host, router int) uint8 {
	in := h.instance(router)
	if in.Priority == 255 {
		if l.owners > 1 && h.machineOf(router).reduced {
			return 254
		}
		return 255
	}
	points, _ := l.tracked(h, in)
	return uint8(min(max(int(in.Priority)+points, 1), 254))
}

// beats reports whether a router of h has to take over from m: it is better in all that its group is about, and
// preempts.
func (l *lan) beats(h, m *host, router int) bool {
	mates := h.mates(router)
	if l.regrouped && len(mates) > 1 { // the master of a mate may be another one
		return false
	}
	for _, r := range mates {
		in := h.instance(r)
		if in.NoPreempt || m.instance(r) == nil || l.priority(h, r) <= l.priority(m, r) || !l.able(m, r) {
			return false
		}
	}
	return true
}

// uneven reports whether of two hosts one is better in one member of a group, and the other in another. Both may
// become master at once then, and both yield, again and again: the protocol knows no groups, and has no answer.
func (l *lan) uneven() bool {
	for _, a := range l.hosts {
		for _, b := range l.hosts {
			if l.betterIn(a, b, 0) && l.betterIn(b, a, 1) {
				return true
			}
		}
	}
	return false
}

// betterIn reports whether a wins against b in a router that is in a group.
func (l *lan) betterIn(a, b *host, router int) bool {
	if !a.present() || !b.present() || len(a.setup.Groups)+len(b.setup.Groups) == 0 {
		return false
	}
	x, y := l.priority(a, router), l.priority(b, router)
	return x > y || x == y && a.n > b.n
}

// converged: exactly one master in each component, the right one, and all members of a group on the same host.
func (l *lan) converged() {
	sides := 1
	if l.parted {
		sides = 2
	}
	for r := range lanRouters {
		for side := range sides {
			l.convergedIn(r, side)
		}
	}
	for _, h := range l.hosts {
		if h.present() {
			l.settled(h)
		}
	}
}

func (l *lan) convergedIn(router, side int) {
	any, masters := false, l.masters(router, side)
	for _, h := range l.hosts {
		if l.sideOf(h) == side && l.able(h, router) {
			any = true
		}
	}
	if want := truth(any); len(masters) != want {
		// Where hosts have different groups, a member may wait for ever for the other one.
		if len(masters) > want || !l.regrouped {
			l.fault("%d masters of router %d on side %d, want %d", len(masters), router, side, want)
		}
		return
	}
	if !any {
		return
	}
	m := masters[0]
	if !l.able(m, router) {
		l.fault("host %d is master of router %d and cannot be", m.n, router)
	}
	for _, h := range l.hosts {
		if h != m && l.sideOf(h) == side && l.able(h, router) && l.beats(h, m, router) {
			l.fault("host %d is master of router %d with priority %d, host %d has %d", m.n, router,
				l.priority(m, router), h.n, l.priority(h, router))
		}
	}
}

// settled: what a router came to at rest is what its host says.
func (l *lan) settled(h *host) {
	for _, m := range h.core.machines {
		r := routerIndex(m)
		able := l.fit(h, r)
		if in := m.state == Master || m.state == Backup; in != able && !h.refuses[r] && !l.refusing {
			l.fault("host %d %s is %s, able: %v %s", h.n, m.cfg.Name, m.state, able, h.core.faults(m))
		}
		if want := l.priority(h, r); m.prio != want && !m.handicapped() {
			l.fault("host %d %s has priority %d, want %d", h.n, m.cfg.Name, m.prio, want)
		}
		for _, r := range m.rivals {
			if r.Now {
				l.fault("host %d %s: %s is still a second master", h.n, m.cfg.Name, r.Addr)
			}
		}
		for _, mate := range h.mates(r) {
			if other := h.machineOf(mate); (other.state == Master) != (m.state == Master) {
				l.fault("host %d: %s is %s and %s is %s", h.n, m.cfg.Name, m.state, other.cfg.Name, other.state)
			}
		}
	}
}
