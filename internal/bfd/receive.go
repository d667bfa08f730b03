package bfd

import (
	"fmt"
	"time"
)

// Receive takes a datagram (RFC 5880 section 6.8.6).
func (c *Core) Receive(now time.Time, a Arrival) Output {
	c.out.reset()
	p, refusal := Decode(a.Packet)
	if refusal.Reason != Accepted {
		c.refuse(now, a, refusal)
		return c.out
	}
	s := c.find(a, p)
	if s == nil {
		if of := c.byPeer[peer{a.From.Addr(), a.Multihop}]; of != nil && p.Yours == of.former {
			return c.out // it has not heard our next packet yet
		}
		c.refuse(now, a, Refusal{Reason: UnknownSession, Got: int(p.Yours)})
		return c.out
	}
	if least := int(s.cfg.TTL) - s.cfg.MaxHops; s.cfg.MaxHops >= 0 && a.TTL < least {
		s.counters.Refused++
		c.refuse(now, a, Refusal{Reason: TTLTooLow, Got: a.TTL, Want: least})
		return c.out
	}
	c.take(now, s, p)
	return c.out
}

// find is the session that a packet is for. A neighbour that knows our discriminator may send from any address
// (section 6.3).
func (c *Core) find(a Arrival, p Packet) *session {
	if p.Yours == 0 {
		return c.byPeer[peer{a.From.Addr(), a.Multihop}]
	}
	if s := c.byMine[p.Yours]; s != nil && s.cfg.Multihop == a.Multihop {
		return s
	}
	return nil
}

// take is what a packet does to its session.
func (c *Core) take(now time.Time, s *session, p Packet) {
	s.counters.Received++
	s.lastSeen = now
	same := s.learn(p)
	if p.Final && s.polling {
		c.polled(s)
		same = false
	}
	was := s.state
	c.follow(now, s, p.State)
	if s.state != was || !same {
		c.negotiate(now, s)
	} else {
		c.watch(s)
	}
	switch {
	case p.Poll:
		c.send(now, s, false, true) // at once, whatever the interval is
	case s.state != was && s.interval > 0:
		// Before its time: the neighbour waits for it (section 6.8.7). It begins the interval anew.
		c.transmit(now, s)
	case s.state != was:
		c.send(now, s, false, false) // it wants no packets but has to know
	}
}

// learn notes what a packet says, and reports whether that was known.
func (s *session) learn(p Packet) (same bool) {
	same = s.yours == p.Mine && s.remote == p.State && s.remoteDemand == p.Demand &&
		s.remoteMinTX == p.MinTX && s.remoteMinRX == p.MinRX && s.remoteMult == p.Multiplier
	s.yours, s.remote, s.remoteDiag, s.remoteDemand = p.Mine, p.State, p.Diag, p.Demand
	s.remoteMinTX, s.remoteMinRX, s.remoteMult = p.MinTX, p.MinRX, p.Multiplier
	return same
}

// follow is the state machine (section 6.2).
func (c *Core) follow(now time.Time, s *session, remote State) {
	switch {
	case remote == AdminDown:
		if s.state != Down {
			c.enter(now, s, Down, NeighborSignaledDown)
		}
	case s.state == Down && remote == Down:
		c.enter(now, s, Init, NoDiag)
	case s.state == Down && remote == Init, s.state == Init && remote >= Init:
		c.enter(now, s, Up, NoDiag)
	case s.state == Up && remote == Down:
		c.enter(now, s, Down, NeighborSignaledDown)
	}
}

// quiet is how long nothing more is said of packets that are refused for one reason: who floods us must not
// fill the log.
const quiet = 10 * time.Second

// refused is what has been said of packets that were refused.
type refused [reasons]struct {
	said     time.Time
	withheld uint64 // since then
	count    uint64
}

// refuse counts a packet that was refused, and tells of the first one in a while.
func (c *Core) refuse(now time.Time, a Arrival, why Refusal) {
	r := &c.refused[why.Reason]
	r.count++
	if !r.said.IsZero() && now.Sub(r.said) < quiet {
		r.withheld++
		return
	}
	more := ""
	if r.withheld > 0 {
		more = fmt.Sprintf(", and %d more for such a reason before", r.withheld)
	}
	r.said, r.withheld = now, 0
	from := fmt.Sprintf("[%v]:%d", a.From.Addr(), a.From.Port())
	var text string
	switch why.Reason {
	case TTLTooLow:
		text = fmt.Sprintf("%v - discarding, from %s%s", why, from, more)
	case Authenticated, UnknownSession:
		text = fmt.Sprintf("Discarding packet from %s (%v)%s", from, why, more)
	default:
		text = fmt.Sprintf("Discarding bogus packet from %s (%v)%s", from, why, more)
	}
	c.out.Log = append(c.out.Log, Log{Warning: true, Text: text})
}
