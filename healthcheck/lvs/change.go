package lvs

import (
	"fmt"

	"holdfast/healthcheck/reason"
)

// This file is what changed and why, for those who want to hear of it.

// change tells that the server is not as it was any more.
func (s *server) change(a *pending, from string) {
	c := Change{Service: s.service.name, Server: s.name, From: from, To: upDown(s.up), Reason: "all its checkers say yes"}
	if !s.up {
		c.Reason, c.Code = s.why()
	}
	c.Up = s.service.count()
	a.Changes = append(a.Changes, c)
}

// changeFirst tells of a server that was down from its start when that is known for the first time.
func (s *server) changeFirst(a *pending) {
	for _, k := range s.checks {
		if k.ran && !k.up { // it was told then
			return
		}
	}
	s.change(a, quorumUnknown.String())
}

// Why something is not there any more.
const (
	removedText = "removed by a reload"
	removedCode = "removed"
)

// changeRemoved tells that a server that was up is there no more.
func (s *server) changeRemoved(a *pending) {
	s.up = false
	a.Changes = append(a.Changes, Change{Service: s.service.name, Server: s.name, From: upDown(true), To: upDown(false),
		Reason: removedText, Code: removedCode, Up: s.service.count()})
}

// why is what the first checker says that says no.
func (s *server) why() (text, code string) {
	for _, k := range s.checks {
		if k.up {
			continue
		}
		if k.history.Failures == 0 {
			return k.cfg.Kind.String() + " failed", ""
		}
		if k.history.Last.Code == reason.None {
			return k.cfg.Kind.String() + " failed", k.history.Last.Code.String()
		}
		return k.cfg.Kind.String() + ": " + k.where() + k.history.Last.String(), k.history.Last.Code.String()
	}
	return "a checker cannot be made", ""
}

// change tells that the quorum is not as it was any more.
func (v *virtual) change(a *pending, from quorum, live int64) {
	if from == v.quorum {
		return
	}
	c := Change{Service: v.name, From: from.String(), To: v.quorum.String(), Code: "quorum"}
	c.Reason = fmt.Sprintf("servers that are up weigh %d, quorum %d", live, v.cfg.Quorum)
	if h := v.cfg.Hysteresis; h > 0 {
		c.Reason += fmt.Sprintf(", hysteresis %d", h)
	}
	c.Up = v.count()
	a.Changes = append(a.Changes, c)
}

// count is how many real servers are up.
func (v *virtual) count() (up int) {
	for _, s := range v.servers {
		if s.up {
			up++
		}
	}
	return up
}

// String is the quorum as the API has it.
func (q quorum) String() string { return [...]string{"unknown", "up", "down"}[q] }

func upDown(up bool) string { return pick(up, "up", "down") }
