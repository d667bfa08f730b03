package vrrp

import (
	"fmt"
	"slices"
	"time"

	"holdfast/config"
)

// This file is reloads in a history.

// reload gives a host another configuration; what is the same in both must not notice.
func (l *lan) reload(h *host) {
	s := h.setup
	s.Instances, s.Groups = slices.Clone(s.Instances), slices.Clone(s.Groups)
	what := l.change(&s, h)
	l.note("host %d reloads: %s", h.n, what)
	if slices.EqualFunc(s.Groups, h.setup.Groups, config.Equal[config.SyncGroup]) == false {
		l.regrouped = true
	}
	before := stillnessOf(h)
	old := h.setup
	h.setup = s
	l.remember(h)
	l.moved()
	s.Obstacles = map[ID][]Obstacle{}
	for _, m := range h.core.machines { // that are known go on to be, as the engine has it
		if len(m.obstacles) > 0 {
			s.Obstacles[m.id] = m.obstacles
		}
	}
	o := h.core.Configure(l.now, s)
	l.untouched(h, before, &old, o)
	l.do(h, o)
	l.report(h) // the engine starts scripts that are new
}

// change makes one change to a setup and says which.
func (l *lan) change(s *Setup, h *host) string {
	in := &s.Instances[l.rng.IntN(len(s.Instances))]
	switch l.rng.IntN(11) {
	case 0:
		l.changePriority(s, h)
		return "priority"
	case 1:
		for i := range s.Instances {
			s.Instances[i].VIPs = l.makeVIPs(routerOf(&s.Instances[i]))
		}
		return "addresses"
	case 2:
		in.VIPs = l.makeVIPs(routerOf(in))
		return "addresses of one"
	case 3:
		l.makePreempt(s)
		return "preemption"
	case 4:
		every := l.makeInterval()
		for i := range s.Instances {
			s.Instances[i].AdvertInt = every
		}
		return "interval"
	case 5:
		l.makeTracks(s)
		return "trackers"
	case 6:
		if l.signed && l.chance(2) {
			for i := range s.Instances {
				s.Instances[i].HMAC = l.makeHMAC()
			}
			return "key"
		}
		slices.Reverse(s.Instances)
		return "order"
	case 7:
		return l.changeThird(s)
	case 8:
		if l.chance(2) {
			return l.changeGroup(s)
		}
		fallthrough
	case 9:
		in.GARPRefresh, in.GARPRepeat = time.Duration(l.rng.IntN(3))*time.Second, l.rng.IntN(3)
		return "announcements"
	}
	return "nothing"
}

func routerOf(in *config.Instance) int { return int(in.VRID) - 51 }

func (l *lan) changePriority(s *Setup, h *host) {
	if h.n < l.owners {
		return
	}
	prio := l.makePriority()
	for i := range s.Instances {
		s.Instances[i].Priority = prio
	}
}

// changeThird adds or removes the router that is in no group.
func (l *lan) changeThird(s *Setup) string {
	third := func(in config.Instance) bool { return in.VRID == 53 }
	if slices.ContainsFunc(s.Instances, third) {
		s.Instances = slices.DeleteFunc(s.Instances, third)
		return "without the third"
	}
	i := slices.IndexFunc(s.Instances, isFirst)
	in := s.Instances[i]
	in.Name, in.VRID, in.VIPs, in.Tracks = "VI_2", 53, l.makeVIPs(2), nil
	s.Instances = append(s.Instances, in)
	return "with a third"
}

func (l *lan) changeGroup(s *Setup) string {
	if len(s.Groups) > 0 {
		s.Groups = nil
		return "without a group"
	}
	s.Groups = []config.SyncGroup{{Name: fmt.Sprintf("G%d", l.rng.IntN(2)), Members: []string{"VI_0", "VI_1"}}}
	return "with a group"
}

// stillness is what a reload must not change in a router that it does not concern.
type stillness struct {
	cfg    *config.Instance
	group  config.SyncGroup
	state  State
	since  time.Time
	prio   uint8
	timers [timerKinds]time.Time
	counts Counters
}

func stillnessOf(h *host) map[ID]stillness {
	all := map[ID]stillness{}
	for _, m := range h.core.machines {
		all[m.id] = stillOf(m)
	}
	return all
}

func stillOf(m *machine) stillness {
	s := stillness{cfg: m.cfg, group: *m.group.cfg, state: m.state, since: m.since, prio: m.prio, counts: m.counters}
	for k := range m.timers {
		s.timers[k] = m.due(timerKind(k))
	}
	return s
}

func (s stillness) String() string {
	return fmt.Sprintf("%s since %s, priority %d, timers %v, %+v", s.state, s.since.Sub(epoch), s.prio, s.timers, s.counts)
}

// untouched checks that a router whose configuration, and that of its group and its mates, is the same went on as if
// nothing had happened: no state, timer or counter of it has changed, and nothing was asked of the host for it.
func (l *lan) untouched(h *host, before map[ID]stillness, old *Setup, o Output) {
	for _, m := range h.core.machines {
		was, there := before[m.id]
		if !there || !l.same(h, m, old) {
			continue
		}
		is := stillOf(m)
		if was.state != is.state || was.since != is.since || was.prio != is.prio || was.timers != is.timers ||
			was.counts != is.counts {
			l.fault("host %d %s was not changed by a reload:\n%s\n%s", h.n, m.cfg.Name, was, is)
		}
		if o.concerns(m.id) {
			l.fault("host %d %s was not changed by a reload, and something was done for it: %+v", h.n, m.cfg.Name, o)
		}
	}
}

// same reports whether a router, its group and all members of that are the same as in another setup.
func (l *lan) same(h *host, m *machine, old *Setup) bool {
	was := host{setup: *old}
	for _, r := range h.mates(routerIndex(m)) {
		a, b := h.instance(r), was.instance(r)
		if b == nil || !config.Equal(*a, *b) {
			return false
		}
	}
	a, b := h.groupOf(m.cfg.Name), was.groupOf(m.cfg.Name)
	return a == nil && b == nil || a != nil && b != nil && config.Equal(*a, *b)
}
