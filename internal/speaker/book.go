package speaker

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/announce"
	"holdfast/internal/speaker/talk"
)

// Session is what can be seen of a session with a neighbour.
type Session struct {
	Neighbor netip.Addr
	RemoteAS uint32
	State    talk.State
	Since    time.Time // of being established, or of the opposite
	Error    string    // what went wrong last, "" since it was established
	Told     int       // prefixes that it is told now
	Losses   uint64    // how often it was lost
	BFD      string    // the bfd_instance of the way to it, "" = none
	Way      Way       // what that says
	Program  string    // the version of the program that holds it, "" while none has said
	Outdated bool      // that is not the one that would be started now
}

// Change is that of a session that was established or was lost.
type Change struct {
	Neighbor netip.Addr
	Up       bool
	Reason   string // why it was lost
}

// book is what is known of all sessions.
type book struct {
	neighbors []config.BGPNeighbor
	sessions  map[netip.Addr]*Session
	prefixes  []netip.Prefix // that are told
	failure   string         // why there is no program, "" while there is one
}

// configure takes the neighbours of a configuration, nil without one.
func (b *book) configure(now time.Time, c *config.BGP) {
	old := b.sessions
	b.neighbors, b.sessions = nil, map[netip.Addr]*Session{}
	if c == nil {
		return
	}
	b.neighbors = c.Neighbors
	for _, n := range c.Neighbors {
		s := old[n.Addr]
		if s == nil {
			s = &Session{Neighbor: n.Addr, State: talk.Idle, Since: now}
		}
		s.RemoteAS, s.BFD = n.RemoteAS, n.BFD
		b.sessions[n.Addr] = s
	}
}

func (b *book) known(a netip.Addr) bool { return b.sessions[a] != nil }

// follow takes what BFD says of the ways to neighbours. A session does not outlive the way.
func (b *book) follow(now time.Time, ways map[string]Way) []Change {
	var changes []Change
	for _, n := range b.neighbors {
		s := b.sessions[n.Addr]
		before := s.Way
		s.Way = ways[n.BFD]
		switch {
		case s.Way == WayLost:
			if c, is := s.become(now, talk.Idle, lostWay(n.BFD)); is {
				changes = append(changes, c)
			}
		case before == WayLost:
			s.Error = "" // it was that
		}
	}
	return changes
}

// reachable are the neighbours that there may be sessions with.
func (b *book) reachable() []config.BGPNeighbor {
	return slices.DeleteFunc(slices.Clone(b.neighbors), func(n config.BGPNeighbor) bool {
		return b.sessions[n.Addr].Way == WayLost
	})
}

// hear takes what the program says of its sessions.
func (b *book) hear(now time.Time, all []talk.Session) []Change {
	var changes []Change
	for _, heard := range all {
		s := b.sessions[heard.Neighbor]
		if s == nil || s.Way == WayLost {
			continue
		}
		if c, is := s.become(now, heard.State, heard.Error); is {
			changes = append(changes, c)
		}
	}
	return changes
}

// lose is the end of the program: all sessions are gone with it.
func (b *book) lose(now time.Time, why string) []Change {
	b.failure = why
	var changes []Change
	for _, n := range b.neighbors {
		s := b.sessions[n.Addr]
		if s.Way == WayLost {
			continue // it has none to lose, and the way is what is wrong
		}
		if c, is := s.become(now, talk.Idle, why); is {
			changes = append(changes, c)
		}
	}
	return changes
}

func (s *Session) become(now time.Time, state talk.State, problem string) (Change, bool) {
	was, is := s.State == talk.Established, state == talk.Established
	s.State = state
	switch {
	case is:
		s.Error = ""
	case problem != "":
		s.Error = problem
	}
	if was == is {
		return Change{}, false
	}
	s.Since = now
	if !is {
		s.Losses++
	}
	return Change{Neighbor: s.Neighbor, Up: is, Reason: s.Error}, true
}

// all are the sessions in the order of the configuration.
func (b *book) all() []Session {
	var out []Session
	for _, n := range b.neighbors {
		s := *b.sessions[n.Addr]
		if s.State == talk.Established {
			s.Told = told(n, b.prefixes)
		}
		out = append(out, s)
	}
	return out
}

// problems are why places are not heard of that are to be.
func (b *book) problems(want []announce.Place) []announce.Problem {
	var out []announce.Problem
	for _, p := range want {
		if why := b.unheard(p.Prefix.Addr().Is6()); why != "" {
			out = append(out, announce.Problem{Place: p, Text: why})
		}
	}
	return out
}

// unheard is why no neighbour hears of prefixes of a family, "" if one does.
func (b *book) unheard(ipv6 bool) string {
	if b.failure != "" {
		return "no router hears of it: " + b.failure
	}
	why := "no router hears of it: no neighbor has such prefixes"
	for i := len(b.neighbors) - 1; i >= 0; i-- { // the first one is named
		n := b.neighbors[i]
		if !n.Carries(ipv6) {
			continue
		}
		s := b.sessions[n.Addr]
		if s.State == talk.Established {
			return ""
		}
		why = fmt.Sprintf("no router hears of it: the session with %s is %s", n.Addr, s.State)
		if s.Error != "" {
			why += ": " + s.Error
		}
	}
	return why
}
