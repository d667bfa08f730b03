package bfd

import (
	"time"

	"holdfast/config"
	"holdfast/internal/deadline"
)

// Setup is what the Core needs of a configuration.
type Setup struct {
	// Sessions are those to run. The Core keeps the slice and does not change it.
	Sessions []config.BFD
	// Former is what another Core has handed over (Core.Handover), of the moment Then, for the first Configure; nil
	// begins anew.
	Former *Handover
	Then   time.Time
}

// Configure makes s the configuration, the first time and at every reload, and gives the IDs of its sessions in
// their order. A session is the same if it has the same name and the same ends: then it keeps its state, and
// tells its neighbour of other intervals by a poll sequence. The first time sessions are unsettled until they
// are up, or would be with a neighbour that is there.
func (c *Core) Configure(now time.Time, s Setup) ([]ID, Output) {
	c.out.reset()
	old := c.byName
	c.byName = make(map[string]*session, len(s.Sessions))
	ids := make([]ID, len(s.Sessions))
	for i := range s.Sessions {
		cfg := &s.Sessions[i]
		is := old[cfg.Name]
		if is != nil && sameEnds(is.cfg, cfg) {
			delete(old, cfg.Name)
			c.byName[cfg.Name] = is
		}
	}
	for _, was := range c.sessions { // before others are made: an end is that of one session
		if old[was.cfg.Name] == was {
			c.drop(was)
		}
	}
	if s.Former != nil && !c.started {
		c.recall(s)
	}
	c.sessions = make([]*session, 0, len(s.Sessions))
	for i := range s.Sessions {
		cfg := &s.Sessions[i]
		is := c.byName[cfg.Name]
		switch {
		case is == nil:
			is = c.create(now, cfg)
			c.byName[cfg.Name] = is
		case c.started || s.Former == nil: // what was handed over is as it is
			c.change(now, is, cfg)
		}
		c.sessions = append(c.sessions, is)
		ids[i] = is.id
	}
	c.started = true
	return ids, c.out
}

// sameEnds reports whether two configurations are of one session.
func sameEnds(a, b *config.BFD) bool {
	return a.Neighbor == b.Neighbor && a.Source == b.Source && a.Multihop == b.Multihop
}

// settling is how long after its start the role must have heard of a neighbour that is there: as long as it
// may be silent while the session is not up.
func settling(b *config.BFD) time.Duration {
	return time.Duration(b.Multiplier) * max(b.IdleTX, b.MinRX, time.Second)
}

// firstPackets is the time in which the first packets of many sessions are sent.
const firstPackets = 100 * time.Millisecond

// add makes a session that is nothing yet.
func (c *Core) add(cfg *config.BFD) *session {
	c.lastID++
	s := &session{id: c.lastID, cfg: cfg}
	for k := range s.timers {
		s.timers[k] = deadline.Timer[timer]{Of: timer{s, timerKind(k)}}
	}
	c.byPeer[peer{cfg.Neighbor, cfg.Multihop}] = s
	return s
}

func (c *Core) create(now time.Time, cfg *config.BFD) *session {
	s := c.add(cfg)
	s.state, s.changed = Down, now
	s.forgetNeighbor()
	c.identify(s)
	c.propose(s, s.wanted(), micros(cfg.MinRX))
	c.negotiate(now, s)
	if s.interval > 0 {
		c.timers.Set(&s.timers[timerTransmit], now.Add(time.Duration(c.rnd.Int64N(int64(firstPackets)))))
	}
	s.told = IsDown
	if !c.started {
		s.told = Unsettled
		c.timers.Set(&s.timers[timerSettle], now.Add(settling(cfg)))
	}
	c.out.Changed = append(c.out.Changed, Change{Name: cfg.Name, Verdict: s.told})
	return s
}

// change works a new configuration into a session that stays.
func (c *Core) change(now time.Time, s *session, cfg *config.BFD) {
	s.cfg = cfg
	c.propose(s, s.wanted(), micros(cfg.MinRX))
	c.negotiate(now, s) // passive may have changed
}

// drop forgets a session. Nothing is sent: the neighbour finds out by its detection time, as of any that ends.
func (c *Core) drop(s *session) {
	for k := range s.timers {
		c.timers.Cancel(&s.timers[k])
	}
	delete(c.byMine, s.mine)
	delete(c.byPeer, peer{s.cfg.Neighbor, s.cfg.Multihop})
	c.out.Changed = append(c.out.Changed, Change{Name: s.cfg.Name, Verdict: IsGone})
}
