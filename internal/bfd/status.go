package bfd

import (
	"time"

	"holdfast/config"
)

// Status is one session at one moment, for people.
type Status struct {
	Session ID
	Config  *config.BFD // which nobody changes

	State, Remote    State
	Mine, Yours      uint32 // discriminators
	Diag, RemoteDiag Diag
	RemoteMinTX      time.Duration
	RemoteMinRX      time.Duration
	RemoteDemand     bool
	RemoteMultiplier uint8
	Polling          bool
	Interval         time.Duration // between packets sent, without jitter; 0 = none are sent
	RemoteInterval   time.Duration // at which packets come
	Detection        time.Duration // after which the neighbour is taken for dead
	RemoteDetection  time.Duration // after which it takes us for dead
	LastSeen         time.Time     // zero: never
	Since            time.Time     // when State was entered
	Verdict          Verdict       // what others know
	Counters
}

// Status is what there is to know of all sessions, in the order of the configuration.
func (c *Core) Status() []Status {
	all := make([]Status, len(c.sessions))
	for i, s := range c.sessions {
		all[i] = Status{
			Session: s.id, Config: s.cfg, State: s.state, Remote: s.remote, Mine: s.mine, Yours: s.yours,
			Diag: s.diag, RemoteDiag: s.remoteDiag, RemoteMinTX: duration(s.remoteMinTX),
			RemoteMinRX: duration(s.remoteMinRX), RemoteDemand: s.remoteDemand, RemoteMultiplier: s.remoteMult,
			Polling: s.polling, Interval: s.interval, Detection: s.detection, LastSeen: s.lastSeen,
			Since: s.changed, Verdict: s.told, Counters: s.counters,
		}
		if s.yours == 0 {
			all[i].RemoteMinRX = 0 // it has said nothing
		} else {
			all[i].RemoteInterval = duration(max(s.minRXInUse, s.remoteMinTX))
			all[i].RemoteDetection = time.Duration(s.cfg.Multiplier) * s.interval
		}
	}
	return all
}

// Refused is how many packets were refused, by their reasons.
func (c *Core) Refused() map[Reason]uint64 {
	all := map[Reason]uint64{}
	for r, n := range c.refused {
		if n.count > 0 {
			all[Reason(r)] = n.count
		}
	}
	return all
}
