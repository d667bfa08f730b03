package bfd

import (
	"slices"
	"time"

	"holdfast/internal/moment"
)

// This file is how a Core goes on in another process, which no neighbour is to notice: sessions keep their
// discriminators, what was agreed on, and the times at which they send and wait.

// A Handover is what a Core knows, as plain values. Its moments count from when it was made.
type Handover struct {
	Sessions []FormerSession
	// Timers are those that run, in their order.
	Timers  []FormerTimer
	Refused []FormerRefusal // by Reason
}

// A FormerSession is a session as it was: see session.
type FormerSession struct {
	Name                                  string
	State, Remote                         State
	Mine, Yours, Former                   uint32
	Diag, RemoteDiag                      Diag
	RemoteMinTX, RemoteMinRX              uint32
	RemoteMult                            uint8
	RemoteDemand                          bool
	MinTX, MinRX, MinTXInUse, MinRXInUse  uint32
	Polling, PollAgain                    bool
	Interval, Detection                   time.Duration
	LastSent, LastSeen, Changed           moment.Moment
	Told                                  Verdict
	Sent, Received, RefusedOf, Ups, Downs uint64
}

// A FormerTimer is one of a session, by its place in Handover.Sessions.
type FormerTimer struct {
	Session int
	Kind    uint8
	At      moment.Moment
}

// A FormerRefusal is what has been said of packets that were refused for one reason: see refused.
type FormerRefusal struct {
	Said            moment.Moment
	Withheld, Count uint64
}

// Handover writes down all that another Core needs to go on from here (Setup.Former). Nobody may call anything of this
// one from then on, unless the other one is given up.
func (c *Core) Handover(now time.Time) Handover {
	var h Handover
	index := make(map[*session]int, len(c.sessions))
	for i, s := range c.sessions {
		index[s] = i
		h.Sessions = append(h.Sessions, s.handover(now))
	}
	for _, t := range c.timers.Sorted() {
		h.Timers = append(h.Timers, FormerTimer{index[t.Of.of], uint8(t.Of.kind), moment.Of(now, t.At)})
	}
	for _, r := range c.refused {
		h.Refused = append(h.Refused, FormerRefusal{moment.Of(now, r.said), r.withheld, r.count})
	}
	return h
}

func (s *session) handover(now time.Time) FormerSession {
	return FormerSession{
		Name: s.cfg.Name, State: s.state, Remote: s.remote, Mine: s.mine, Yours: s.yours, Former: s.former,
		Diag: s.diag, RemoteDiag: s.remoteDiag, RemoteMinTX: s.remoteMinTX, RemoteMinRX: s.remoteMinRX,
		RemoteMult: s.remoteMult, RemoteDemand: s.remoteDemand,
		MinTX: s.minTX, MinRX: s.minRX, MinTXInUse: s.minTXInUse, MinRXInUse: s.minRXInUse,
		Polling: s.polling, PollAgain: s.pollAgain, Interval: s.interval, Detection: s.detection,
		LastSent: moment.Of(now, s.lastSent), LastSeen: moment.Of(now, s.lastSeen), Changed: moment.Of(now, s.changed),
		Told: s.told, Sent: s.counters.Sent, Received: s.counters.Received, RefusedOf: s.counters.Refused,
		Ups: s.counters.Up, Downs: s.counters.Down,
	}
}

// recall makes the sessions of a configuration go on from where they were, and tells what they are.
func (c *Core) recall(s Setup) {
	h := s.Former
	former := make([]*session, len(h.Sessions))
	for i := range s.Sessions {
		cfg := &s.Sessions[i]
		was := slices.IndexFunc(h.Sessions, func(f FormerSession) bool { return f.Name == cfg.Name })
		if was < 0 || h.Sessions[was].Mine == 0 || c.byMine[h.Sessions[was].Mine] != nil {
			continue // it is begun anew
		}
		is := c.add(cfg)
		is.recall(&h.Sessions[was], s.Then)
		c.byMine[is.mine] = is
		c.byName[cfg.Name], former[was] = is, is
		c.out.Changed = append(c.out.Changed, Change{Name: cfg.Name, Verdict: is.told})
	}
	for _, f := range h.Timers { // in their order, which is that in which those of one moment run out
		if f.Session < len(former) && former[f.Session] != nil && f.Kind < uint8(timerKinds) {
			c.timers.Set(&former[f.Session].timers[f.Kind], f.At.From(s.Then))
		}
	}
	for r, f := range h.Refused {
		if r < len(c.refused) {
			c.refused[r].said, c.refused[r].withheld, c.refused[r].count = f.Said.From(s.Then), f.Withheld, f.Count
		}
	}
}

func (s *session) recall(f *FormerSession, then time.Time) {
	s.state, s.remote, s.mine, s.yours, s.former = f.State, f.Remote, f.Mine, f.Yours, f.Former
	s.diag, s.remoteDiag = f.Diag, f.RemoteDiag
	s.remoteMinTX, s.remoteMinRX, s.remoteMult, s.remoteDemand = f.RemoteMinTX, f.RemoteMinRX, f.RemoteMult, f.RemoteDemand
	s.minTX, s.minRX, s.minTXInUse, s.minRXInUse = f.MinTX, f.MinRX, f.MinTXInUse, f.MinRXInUse
	s.polling, s.pollAgain, s.interval, s.detection = f.Polling, f.PollAgain, f.Interval, f.Detection
	s.lastSent, s.lastSeen, s.changed = f.LastSent.From(then), f.LastSeen.From(then), f.Changed.From(then)
	s.told = f.Told
	s.counters = Counters{Sent: f.Sent, Received: f.Received, Refused: f.RefusedOf, Up: f.Ups, Down: f.Downs}
}
