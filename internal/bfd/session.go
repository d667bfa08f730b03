package bfd

import (
	"fmt"
	"time"

	"holdfast/config"
	"holdfast/internal/deadline"
)

// session is one session. The names behind fields are those of RFC 5880 section 6.8.1.
type session struct {
	id  ID
	cfg *config.BFD

	state        State // bfd.SessionState
	remote       State // bfd.RemoteSessionState
	mine         uint32
	yours        uint32 // bfd.RemoteDiscr, 0 while nothing was heard
	former       uint32 // the discriminator before this one: the neighbour may still send it
	diag         Diag   // bfd.LocalDiag
	remoteDiag   Diag
	remoteMinTX  uint32
	remoteMinRX  uint32 // bfd.RemoteMinRxInterval
	remoteMult   uint8
	remoteDemand bool // bfd.RemoteDemandMode

	// What packets say, and what counts already: a change counts when a poll sequence has shown that the
	// neighbour knows of it, unless it makes us send more often or wait longer (section 6.8.3).
	minTX, minRX           uint32 // bfd.DesiredMinTxInterval, bfd.RequiredMinRxInterval
	minTXInUse, minRXInUse uint32
	polling, pollAgain     bool

	interval  time.Duration // between packets, without jitter; 0 = none are sent
	detection time.Duration // 0 = nothing was heard yet
	lastSent  time.Time
	lastSeen  time.Time

	told     Verdict
	changed  time.Time // when the state was entered
	counters Counters
	timers   [timerKinds]deadline.Timer[timer]
}

// Counters count since the session was configured.
type Counters struct {
	Sent, Received, Refused uint64
	Up, Down                uint64 // how often the state was entered
}

// wanted is the interval that packets are to announce in the state of s. Without a session they are slow, so
// that a neighbour that is not there costs little (section 6.8.3).
func (s *session) wanted() uint32 {
	if s.state == Up {
		return micros(s.cfg.MinTX)
	}
	return micros(max(s.cfg.IdleTX, time.Second))
}

// propose has packets announce other intervals, and begins a poll sequence if the neighbour has to know.
func (c *Core) propose(s *session, minTX, minRX uint32) {
	if minTX == s.minTX && minRX == s.minRX {
		return
	}
	s.minTX, s.minRX = minTX, minRX
	if s.state != Up {
		s.minTXInUse, s.minRXInUse = minTX, minRX
		return
	}
	s.minTXInUse, s.minRXInUse = min(s.minTXInUse, minTX), max(s.minRXInUse, minRX)
	c.poll(s)
}

// poll begins a poll sequence, or another one after that which is under way: a final that is
// coming would answer for packets that said something else.
func (c *Core) poll(s *session) {
	if s.polling {
		s.pollAgain = true
		return
	}
	s.polling = true
	c.log(s, "Starting poll sequence")
}

// polled ends the poll sequence: the neighbour knows our intervals.
func (c *Core) polled(s *session) {
	if s.pollAgain {
		s.pollAgain = false
		return // the packets from now on are the next sequence
	}
	s.polling = false
	s.minTXInUse, s.minRXInUse = s.minTX, s.minRX
}

// negotiate works out how often to send and how long to wait, from what both ends say, and brings the timers in
// line (sections 6.8.2 to 6.8.4).
func (c *Core) negotiate(now time.Time, s *session) {
	interval := duration(max(s.minTXInUse, s.remoteMinRX))
	if s.remoteMinRX == 0 || s.yours == 0 && s.cfg.Passive {
		interval = 0
	}
	if s.remoteDemand && s.state == Up && s.remote == Up && !s.polling {
		interval = 0
	}
	if s.yours != 0 {
		s.detection = time.Duration(s.remoteMult) * duration(max(s.minRXInUse, s.remoteMinTX))
	}
	before := s.interval
	s.interval = interval
	t := &s.timers[timerTransmit]
	switch {
	case interval == 0:
		c.timers.Cancel(t)
	case before == 0 || !t.IsSet() || interval < before:
		// A shorter interval counts for the packet that is due, too.
		at := s.lastSent.Add(c.jittered(interval))
		if at.Before(now) {
			at = now
		}
		if !t.IsSet() || at.Before(t.At) {
			c.timers.Set(t, at)
		}
	}
	c.watch(s)
}

// watch has the timer of detection run no later than the neighbour is overdue. It is not moved for every packet: when
// it expires early, it is set again.
func (c *Core) watch(s *session) {
	t := &s.timers[timerDetect]
	if s.yours == 0 {
		c.timers.Cancel(t)
		return
	}
	if at := s.lastSeen.Add(s.detection); !t.IsSet() || at.Before(t.At) {
		c.timers.Set(t, at)
	}
}

// jittered is an interval less 10 to 25 percent (section 6.8.7; 10 is what a multiplier of 1 needs).
func (c *Core) jittered(d time.Duration) time.Duration {
	return d*3/4 + time.Duration(c.rnd.Int64N(int64(d)*15/100+1))
}

// transmit sends the packet that is due, and sets the timer for the next one.
func (c *Core) transmit(now time.Time, s *session) {
	if s.interval == 0 {
		return
	}
	c.send(now, s, s.polling, false)
	c.timers.Set(&s.timers[timerTransmit], now.Add(c.jittered(s.interval)))
}

func (c *Core) send(now time.Time, s *session, poll, final bool) {
	s.counters.Sent++
	if !final { // an answer comes between the others, however often they are sent
		s.lastSent = now
	}
	c.out.Send = append(c.out.Send, Transmit{s.id, Packet{
		Diag: s.diag, State: s.state, Poll: poll, Final: final, Multiplier: s.cfg.Multiplier,
		Mine: s.mine, Yours: s.yours, MinTX: s.minTX, MinRX: s.minRX,
	}.Encode()})
}

// detect looks whether the neighbour is overdue (section 6.8.4).
func (c *Core) detect(now time.Time, s *session) {
	due := s.lastSeen.Add(s.detection)
	if due.After(now) {
		c.timers.Set(&s.timers[timerDetect], due)
		return
	}
	if s.state == Up {
		c.log(s, "Expired after %d ms (%d usec overdue)", now.Sub(s.lastSeen).Milliseconds(), now.Sub(due).Microseconds())
	}
	s.forgetNeighbor()
	if s.state != Down {
		c.enter(now, s, Down, DetectionExpired)
	}
	c.negotiate(now, s)
}

// forgetNeighbor takes everything back that packets have told: whoever is heard next may be another process.
func (s *session) forgetNeighbor() {
	s.yours, s.remote, s.remoteDemand = 0, Down, false
	s.remoteMinTX, s.remoteMinRX, s.remoteMult, s.detection = 0, 1, 0, 0
}

// enter changes the state. Who calls it works out the intervals afterwards.
func (c *Core) enter(now time.Time, s *session, to State, why Diag) {
	was := s.state
	s.state, s.changed = to, now
	switch to {
	case Up:
		s.diag = NoDiag
		s.counters.Up++
		c.log(s, "Entering Up state")
	case Down:
		s.diag = why
		s.polling, s.pollAgain = false, false
		if was == Up {
			s.counters.Down++
			c.log(s, "Entering Down state (Local diagnostic - %v, Remote diagnostic - %v)", s.diag, s.remoteDiag)
		}
		// What is still under way for this session must not count for the next one.
		s.former = s.mine
		c.identify(s)
	}
	if to == Up || was == Up {
		c.out.Transitions = append(c.out.Transitions,
			Transition{Session: s.cfg.Name, From: was, To: to, Diag: s.diag, Remote: s.remoteDiag})
	}
	c.propose(s, s.wanted(), micros(s.cfg.MinRX))
	switch {
	case to == Up:
		c.tell(s, IsUp)
	case was == Up && s.remote != AdminDown:
		c.tell(s, IsDown)
	}
}

// tell tells others what has become of a session, if they do not know.
func (c *Core) tell(s *session, v Verdict) {
	c.timers.Cancel(&s.timers[timerSettle])
	if s.told == v {
		return
	}
	s.told = v
	c.out.Changed = append(c.out.Changed, Change{Name: s.cfg.Name, Verdict: v})
}

// identify gives the session another discriminator.
func (c *Core) identify(s *session) {
	delete(c.byMine, s.mine)
	for {
		d := c.rnd.Uint32()
		if d != 0 && d != s.former && c.byMine[d] == nil {
			s.mine, c.byMine[d] = d, s
			return
		}
	}
}

func (c *Core) log(s *session, format string, args ...any) {
	c.out.Log = append(c.out.Log, Log{Session: s.cfg.Name, Text: "(" + s.cfg.Name + ") " + fmt.Sprintf(format, args...)})
}
