package lvs

import (
	"time"

	"holdfast/internal/deadline"
	"holdfast/ipvs"
)

// rampSteps is the largest number of steps in which a weight grows; none is shorter than rampPause.
const (
	rampSteps = 20
	rampPause = time.Second
)

// A ramp is a slow start: the time in which the weight of a server that came back grows from 1 to what it is. What is
// counted for the quorum is the weight as a whole all the while: whether enough servers work is not a question of
// how much they are given.
type ramp struct {
	next  deadline.Timer[*server]
	begun time.Time
	age   time.Duration // as of the last step
}

// ramp is that of the server, nil if its weight is what it is.
func (s *server) ramp() *ramp { return s.service.ramps[s] }

// written is the weight in the table.
func (s *server) written() int32 {
	w := s.effective()
	r := s.ramp()
	if r == nil || w == 0 {
		return w
	}
	share := int64(w) * r.age.Milliseconds() / max(s.cfg.SlowStart.Milliseconds(), 1)
	return int32(min(max(share, 1), int64(w)))
}

// grow begins the slow start of a server that was down and comes up.
func (s *server) grow(a *pending) {
	if s.cfg.SlowStart == 0 || !s.fell {
		return
	}
	s.fell = false
	s.startRamp(a, a.now)
	v := s.service
	a.log(Info, v.name, "Slow start of service "+s.name+" of VS "+v.name+": weight "+itoa(s.written())+" grows to "+
		itoa(s.effective())+" in "+s.cfg.SlowStart.String())
}

func (s *server) startRamp(a *pending, begun time.Time) {
	r := &ramp{begun: begun, age: a.now.Sub(begun)}
	r.next.Of = s
	if s.service.ramps == nil {
		s.service.ramps = map[*server]*ramp{}
	}
	s.service.ramps[s] = r
	a.ramps.Set(&r.next, s.nextStep(a.now))
}

// nextStep is when the weight grows again: at times that are the same for all servers, so that the table of a service
// with thousands of them is made once for all.
func (s *server) nextStep(now time.Time) time.Time {
	pause := max(s.cfg.SlowStart/rampSteps, rampPause).Truncate(rampPause)
	// Not Truncate, which would have the time of day decide, and that may jump.
	next := now.Add(pause - time.Duration(now.UnixNano()%int64(pause)))
	if end := s.ramp().begun.Add(s.cfg.SlowStart); end.Before(next) && end.After(now) {
		return end
	}
	return next
}

// step makes the weight grow as of now.
func (s *server) step(a *pending) {
	before, r := s.written(), s.ramp()
	r.age = a.now.Sub(r.begun)
	v := s.service
	if r.age >= s.cfg.SlowStart {
		s.stopRamp(a.ramps)
		a.log(Info, v.name, "Slow start of service "+s.name+" of VS "+v.name+" is complete: weight "+itoa(s.effective()))
	} else {
		a.ramps.Set(&r.next, s.nextStep(a.now))
	}
	if s.written() != before && s.up && s.used() {
		a.table(v)
	}
}

// stopRamp ends a slow start, if there is one.
func (s *server) stopRamp(ramps *deadline.Heap[*server]) {
	if r := s.ramp(); r != nil {
		ramps.Cancel(&r.next)
		delete(s.service.ramps, s)
	}
}

// changeRamp has a slow start that is under way go on with the slow_start of a reload, which was another one before.
func (s *server) changeRamp(a *pending, before time.Duration) {
	r := s.ramp()
	switch {
	case r == nil || s.cfg.SlowStart == before:
	case a.now.Sub(r.begun) >= s.cfg.SlowStart:
		s.stopRamp(a.ramps)
	default:
		r.age = a.now.Sub(r.begun)
		a.ramps.Set(&r.next, s.nextStep(a.now))
	}
}

// resumeRamp goes on with the slow start that a predecessor had begun: how far it was is in the table.
func (s *server) resumeRamp(a *pending, left ipvs.DestSettings) {
	full := s.effective()
	if s.cfg.SlowStart == 0 || left.Weight <= 0 || left.Weight >= full {
		return
	}
	age := time.Duration(float64(s.cfg.SlowStart) * float64(left.Weight) / float64(full))
	s.startRamp(a, a.now.Add(-age))
}

// grown is when the weight is what it is to be, zero if it is.
func (s *server) grown() time.Time {
	if r := s.ramp(); r != nil {
		return r.begun.Add(s.cfg.SlowStart)
	}
	return time.Time{}
}
