package engine

import (
	"context"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/track"
)

// A Source watches what checkers follow; track.Sessions is one.
type Source interface {
	Configure(cfg *config.Config, objects []track.Object) track.Outcome
	Stop()
}

// sessions are the BFD sessions that checkers follow.
type sessions struct {
	source Source // nil before the first are followed
	ids    map[string]track.ID
	names  map[track.ID]string
	up     map[string]bool
}

// followSessions has the sessions watched that the configuration follows, and tells the checkers of them.
func (l *loop) followSessions(now time.Time, cfg *config.Config) lvs.Output {
	if l.e.opt.Sessions == nil {
		return lvs.Output{}
	}
	s := &l.sessions
	var objects []track.Object
	for _, f := range l.core.Followed() {
		if f.Kind == config.CheckBFD {
			objects = append(objects, track.Object{ID: s.identify(f.Name), Name: f.Name})
		}
	}
	if s.source == nil {
		// Without a BFD_CHECK so far nothing is watched.
		if len(objects) == 0 {
			return lvs.Output{}
		}
		s.source = l.e.opt.Sessions(l.e.sessionChanged)
	}
	// Made anew: what nobody follows any more is not known.
	s.up = map[string]bool{}
	for id, value := range s.source.Configure(cfg, objects).Values {
		s.up[s.names[id]] = value != 0
	}
	return l.tellSessions(now)
}

// identify gives a session a number that no other one ever has: a report may be under way during a reload.
func (s *sessions) identify(name string) track.ID {
	id, known := s.ids[name]
	if !known {
		if s.ids == nil {
			s.ids, s.names = map[string]track.ID{}, map[track.ID]string{}
		}
		id = track.ID(len(s.ids) + 1)
		s.ids[name], s.names[id] = id, name
	}
	return id
}

// tellSessions tells the checkers how all sessions fare.
func (l *loop) tellSessions(now time.Time) (out lvs.Output) {
	for _, f := range l.core.Followed() {
		if up, known := l.sessions.up[f.Name]; known && f.Kind == config.CheckBFD {
			out.Append(l.core.Tell(now, f, up))
		}
	}
	return out
}

// sessionChanged takes what the source says to the loop.
func (e *Engine) sessionChanged(id track.ID, value int) {
	l := &e.loop
	_ = e.call(context.Background(), func() { // an engine that has ended follows nothing
		name := l.sessions.names[id]
		// A report about a session that a reload has dropped may have been under way.
		if _, known := l.sessions.up[name]; known {
			l.sessions.up[name] = value != 0
			l.do(l.core.Tell(time.Now(), lvs.Followed{Kind: config.CheckBFD, Name: name}, value != 0))
		}
	})
}
