package vrrp

import (
	"net/netip"
	"time"

	"holdfast/vrrp/wire"
)

// This file is two masters of one virtual router: it says when that begins and when it is over, with whom, and
// counts it for each other router. A master sees it by an advert that does not make it give way; a
// backup by two others that speak in turn. A master that gives way cannot tell a router that comes back, and
// preempts, from one that was master all along on the other side of a parted network: that is told once, and is no
// episode.

// A Rival is another router that was heard as a master while there was one already.
type Rival struct {
	Addr     netip.Addr
	Priority uint8  // of its last advert
	Adverts  uint64 // heard in episodes
	Episodes uint64
	GaveWay  uint64 // how often we gave way to it
	// Now is whether an episode goes on, Beside who else is master then, and First and Last its first and its
	// last advert in that episode, or in the last one.
	Now         bool
	Beside      netip.Addr
	First, Last time.Time
	every       time.Duration // between its adverts
	adverts     uint64        // in this episode
}

const (
	// maxRivals is how many are known of one virtual router: whoever forges senders gets no more of our memory.
	maxRivals = 16
	// rivalKept is how long one is known at least, so that whoever forges senders gets few lines.
	rivalKept = 10 * time.Second
	// maxVoices is how many masters a backup tells apart.
	maxVoices = 4
	// returns is how often a second master must have spoken again for a backup to believe it: one that is
	// preempted may have sent an advert just before it heard of that.
	returns = 2
)

// A voice is a master as a backup hears it.
type voice struct {
	addr    netip.Addr
	prio    uint8
	says    time.Duration // the interval it announces
	every   time.Duration // that, or ours if it is longer
	at      time.Time     // last heard
	returns int           // how often it spoke again after another one, without a pause
}

// late is when an advert of somebody is overdue: a quarter of its interval is for the way and a busy host.
func late(last time.Time, every time.Duration) time.Time { return last.Add(every * 5 / 4) }

// met is an advert of another master in an episode; beside is who else is one, with which priority.
func (c *Core) met(now time.Time, m *machine, a wire.Advert, src, beside netip.Addr, prio uint8) {
	m.counters.SecondMaster++
	r := m.rival(now, src)
	if r == nil {
		return
	}
	r.Priority, r.Last, r.Beside = a.Priority, now, beside
	// Not what it says alone: with a short interval it could begin an episode with each advert.
	r.every = max(a.Interval, m.expect.Interval)
	if !r.Now {
		r.Now, r.First, r.adverts = true, now, 0
		r.Episodes++
		who := "we (" + beside.String() + ") are"
		if m.state != Master {
			who = beside.String() + " is"
		}
		c.log(Warning, m, "two masters: %s with priority %d is master while %s with priority %d", src, a.Priority, who, prio)
		c.notifyRival(m, r, NotifyTwoMasters)
		c.changeRival(m, "two masters", Cause{Code: CauseMeets, Addr: src, Priority: a.Priority, Ours: prio})
	}
	r.Adverts++
	r.adverts++
	c.watchRivals(m)
}

// rival finds what is known of another router, or makes room for it; nil if there is none.
func (m *machine) rival(now time.Time, addr netip.Addr) *Rival {
	oldest := -1
	for i := range m.rivals {
		r := &m.rivals[i]
		if r.Addr == addr {
			return r
		}
		if !r.Now && now.Sub(r.Last) >= rivalKept && (oldest < 0 || r.Last.Before(m.rivals[oldest].Last)) {
			oldest = i
		}
	}
	switch {
	case len(m.rivals) < maxRivals:
		m.rivals = append(m.rivals, Rival{Addr: addr})
		return &m.rivals[len(m.rivals)-1]
	case oldest >= 0:
		m.rivals[oldest] = Rival{Addr: addr}
		return &m.rivals[oldest]
	}
	return nil
}

// watchRivals sets the timer for the first of them whose advert is overdue.
func (c *Core) watchRivals(m *machine) {
	c.cancel(m, timerRival)
	for i := range m.rivals {
		r := &m.rivals[i]
		if at := late(r.Last, r.every); r.Now && (!m.timers[timerRival].IsSet() || at.Before(m.timers[timerRival].At)) {
			c.set(m, timerRival, at)
		}
	}
}

// rivalTimeout ends the episodes with those that are not heard any more.
func (c *Core) rivalTimeout(now time.Time, m *machine) {
	for i := range m.rivals {
		if r := &m.rivals[i]; r.Now && !late(r.Last, r.every).After(now) {
			c.endRival(m, r, "is not heard as master any more")
		}
	}
	c.watchRivals(m)
}

// endRival tells that an episode is over, and why.
func (c *Core) endRival(m *machine, r *Rival, why string) {
	r.Now = false
	c.log(Info, m, "two masters no more: %s with priority %d %s, it was beside %s for %s (adverts: %d)",
		r.Addr, r.Priority, why, r.Beside, r.Last.Sub(r.First).Round(time.Millisecond), r.adverts)
	c.notifyRival(m, r, NotifyTwoMastersOver)
	c.changeRival(m, "one master", Cause{Code: CauseMeetsNoMore, Addr: r.Addr, Priority: r.Priority, Text: why,
		For: r.Last.Sub(r.First)})
}

// leave ends what holds for a state only: who is master beside whom is another question in the next one.
func (c *Core) leave(m *machine) {
	c.cancel(m, timerRival)
	m.voices = m.voices[:0]
	for i := range m.rivals {
		if m.rivals[i].Now {
			c.endRival(m, &m.rivals[i], "is none beside us now")
		}
	}
}

// gaveWay is that we leave MASTER to another one, which may have been master beside us for as long as we were.
func (c *Core) gaveWay(now time.Time, m *machine, prio uint8, src netip.Addr) {
	if r := m.rival(now, src); r != nil {
		r.Priority, r.Last = prio, now
		if r.First.IsZero() {
			r.First = now
		}
		r.GaveWay++
	}
	most := now.Sub(m.since)
	c.log(Info, m, "gives way to %s with priority %d, which was master beside it for %s at most", src, prio,
		most.Round(time.Millisecond))
	c.notifyPeer(m, NotifyGaveWay, src, prio, most)
}

// witness notes who speaks as master to a backup, and finds two that do.
func (c *Core) witness(now time.Time, m *machine, a wire.Advert, src netip.Addr) {
	i := 0
	for i < len(m.voices) && m.voices[i].addr != src {
		i++
	}
	if a.Priority == 0 { // it says itself that it is none any more
		if i < len(m.voices) {
			m.voices = append(m.voices[:i], m.voices[i+1:]...)
		}
		return
	}
	v := voice{addr: src}
	if i < len(m.voices) {
		v = m.voices[i]
	}
	switch {
	case i == len(m.voices) && i < maxVoices:
		m.voices = append(m.voices, voice{})
	case i == len(m.voices):
		i--
	case now.After(late(v.at, v.every)):
		v.returns = 0
	case i > 0:
		v.returns++
	}
	v.prio, v.says, v.every, v.at = a.Priority, a.Interval, max(a.Interval, m.expect.Interval), now
	copy(m.voices[1:i+1], m.voices[:i]) // the latest is the first
	m.voices[0] = v
	if v.returns < returns {
		return
	}
	for _, o := range m.voices[1:] {
		if o.better(v) && !now.After(late(o.at, o.every)) {
			c.met(now, m, a, src, o.addr, o.prio)
			return
		}
	}
}

// outvoiced reports whether the one that was heard last is to give way to another, whose next advert is not due yet.
func (m *machine) outvoiced(now time.Time) bool {
	for _, o := range m.voices[1:] {
		if o.better(m.voices[0]) && now.Before(o.at.Add(o.says)) {
			return true
		}
	}
	return false
}

// better reports whether o stays master where both are.
func (o voice) better(v voice) bool {
	return o.prio > v.prio || o.prio == v.prio && v.addr.Less(o.addr)
}

func (c *Core) notifyRival(m *machine, r *Rival, s NotifyState) {
	lasted := time.Duration(0)
	if s == NotifyTwoMastersOver {
		lasted = r.Last.Sub(r.First)
	}
	c.notifyPeer(m, s, r.Addr, r.Priority, lasted)
}

func (c *Core) notifyPeer(m *machine, s NotifyState, peer netip.Addr, prio uint8, lasted time.Duration) {
	c.out.Notify = append(c.out.Notify, Notify{Router: m.id, Name: m.cfg.Name, State: s, Priority: int(m.prio),
		Config: &m.cfg.Notify, Peer: peer, PeerPriority: int(prio), Lasted: lasted})
}
