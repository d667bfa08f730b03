package lvs

import (
	"cmp"
	"slices"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/reason"
	"holdfast/internal/moment"
)

// This file is how a Core goes on in another process, which nobody is to notice: no line is said again, no server is
// tried before its time, and the table is what it was. Attempts under way are made again at once.

// A Handover is what a Core knows, as plain values. Its moments count from when it was made.
type Handover struct {
	Services  []FormerService
	Durations map[config.CheckKind]Durations
}

// A FormerService is a virtual server as it was.
type FormerService struct {
	Name          string
	Quorum, Using uint8
	Plain         uint8
	Servers       []FormerServer
}

// A FormerServer is a real server as it was, with its slow start if there was one.
type FormerServer struct {
	Name                              string
	Up, Told, Fell, Resumed, Unproven bool
	Ramp                              bool
	RampBegun, RampNext               moment.Moment
	RampAge                           time.Duration
	Checks                            []FormerCheck
}

// A FormerCheck is a checker as it was: see check. Due is not set for one that follows something, and now for one
// whose attempt is under way.
type FormerCheck struct {
	Kind                   config.CheckKind
	Up, Ran, Patient, Walk bool
	Code                   uint8
	Tries, URL             int
	Points                 int64
	Changed, Due, Started  moment.Moment
	Turn                   int // among those that are due at one moment
	Pause, Lag             time.Duration
	Said                   reason.Reason
	History                History       // without its times
	Failed, Since          moment.Moment // which are these
	Runs                   Runs
}

// Handover writes down all that another Core needs to go on from here (Setup.Former). Nobody may call anything of this
// one from then on, unless the other one is given up.
func (c *Core) Handover(now time.Time) Handover {
	h := Handover{Services: make([]FormerService, 0, len(c.virtuals)), Durations: c.Durations()}
	turns := make(map[*check]int, c.due.Len())
	for i, t := range c.due.Sorted() {
		turns[t.Of] = i
	}
	for _, v := range c.virtuals {
		f := FormerService{Name: v.name, Quorum: uint8(v.quorum), Using: uint8(v.using), Plain: uint8(v.plain)}
		for _, s := range v.servers {
			f.Servers = append(f.Servers, s.handover(now, turns))
		}
		h.Services = append(h.Services, f)
	}
	return h
}

func (s *server) handover(now time.Time, turns map[*check]int) FormerServer {
	f := FormerServer{Name: s.name, Up: s.up, Told: s.told, Fell: s.fell, Resumed: s.resumed, Unproven: s.unproven}
	if r := s.ramp(); r != nil {
		f.Ramp, f.RampAge = true, r.age
		f.RampBegun, f.RampNext = moment.Of(now, r.begun), moment.Of(now, r.next.At)
	}
	for _, k := range s.checks {
		one := k.handover(now)
		one.Turn = turns[k]
		f.Checks = append(f.Checks, one)
	}
	return f
}

func (k *check) handover(now time.Time) FormerCheck {
	f := FormerCheck{
		Kind: k.cfg.Kind, Up: k.up, Ran: k.ran, Patient: k.patient, Walk: k.walk, Code: k.code, Tries: k.tries, URL: k.url,
		Points: k.points, Changed: moment.Of(now, k.changed), Started: moment.Of(now, k.started), Pause: k.pause, Lag: k.lag,
		Said: k.said, History: k.history, Failed: moment.Of(now, k.history.At), Since: moment.Of(now, k.history.Since),
		Runs: k.runs,
	}
	f.History.At, f.History.Since = time.Time{}, time.Time{}
	switch {
	case k.running:
		f.Due = moment.Of(now, now)
	case k.due.IsSet():
		f.Due = moment.Of(now, k.due.At)
	}
	return f
}

// byName are the services of a handover by their names, nil without one.
func (h *Handover) byName() map[string]*FormerService {
	if h == nil {
		return nil
	}
	all := make(map[string]*FormerService, len(h.Services))
	for i := range h.Services {
		all[h.Services[i].Name] = &h.Services[i]
	}
	return all
}

// recall has the servers of a virtual server go on from where they were, and gives the checkers that were not there.
func (c *Core) recall(a *pending, v *virtual, f *FormerService) (fresh []*check) {
	v.quorum, v.using, v.plain = quorum(f.Quorum), pool(f.Using), quorum(f.Plain)
	was := make(map[string]*FormerServer, len(f.Servers))
	for i := range f.Servers {
		was[f.Servers[i].Name] = &f.Servers[i]
	}
	for _, s := range v.servers {
		old := was[s.name]
		if old == nil {
			fresh = append(fresh, s.checks...)
			continue
		}
		s.told, s.fell, s.resumed, s.unproven = old.Told, old.Fell, old.Resumed, old.Unproven && s.unproven
		for i, k := range s.checks {
			if i < len(old.Checks) && old.Checks[i].Kind == k.cfg.Kind {
				c.recallCheck(k, &old.Checks[i])
			} else {
				k.up = old.Up || !k.cfg.Alpha
				fresh = append(fresh, k)
			}
		}
		s.up = !s.failed()
		if old.Ramp && s.up && s.cfg.SlowStart > 0 {
			s.startRamp(a, old.RampBegun.From(c.setup.Then))
			r := s.ramp()
			r.age = old.RampAge
			a.ramps.Set(&r.next, old.RampNext.From(c.setup.Then))
		}
	}
	return fresh
}

func (c *Core) recallCheck(k *check, f *FormerCheck) {
	then, known := c.setup.Then, k.known()
	if !known { // what is followed has been read just now
		k.up, k.ran, k.points = f.Up, f.Ran, f.Points
	}
	k.patient, k.walk, k.code, k.tries = f.Patient, f.Walk, f.Code, f.Tries
	if h := k.cfg.HTTP; h != nil && f.URL < len(h.URLs) {
		k.url = f.URL
	}
	k.changed, k.started, k.said = f.Changed.From(then), f.Started.From(then), f.Said
	k.history, k.runs = f.History, f.Runs
	k.history.At, k.history.Since = f.Failed.From(then), f.Since.From(then)
	if k.kind.follows == nil && f.Due.Is {
		c.work.turns = append(c.work.turns, turn{k, f.Due.From(then), f.Turn})
	}
	k.pause, k.lag = f.Pause, f.Lag
}

// A turn is when a checker that was handed over is due, and in which place among those of the same moment.
type turn struct {
	k     *check
	at    time.Time
	place int
}

// takeTurns has all checkers that were handed over due in the order in which they were.
func (c *Core) takeTurns() {
	slices.SortFunc(c.work.turns, func(a, b turn) int { return cmp.Compare(a.place, b.place) })
	for _, t := range c.work.turns {
		c.due.Set(&t.k.due, t.at)
	}
	c.work.turns = nil
}
