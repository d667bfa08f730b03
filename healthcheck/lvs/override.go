package lvs

import (
	"time"

	"holdfast/internal/override"
)

// This file is what an operator says of real servers beside the configuration. It changes what is written and counted,
// and nothing that checkers find out: when it is over, all is as if it had never been. A quorum that was lost with a
// drain is no exception, whatever the hysteresis: that is against servers that come and go, and here somebody has said
// what is to be.

// Override puts an override of a real server into force, or ends the one that the target has with the zero Override.
// It counts whether the server is there already or comes with a Configure, and over every Configure.
func (c *Core) Override(now time.Time, t override.Target, o override.Override) Output {
	if t.Kind != override.Server {
		return Output{}
	}
	of := ServerOf{t.Service, t.Name}
	if o == (override.Override{}) {
		delete(c.overrides, of)
	} else {
		if c.overrides == nil {
			c.overrides = map[ServerOf]override.Override{}
		}
		c.overrides[of] = o
	}
	a := c.pend(now)
	for _, v := range c.virtuals {
		if v.name != of.Service {
			continue
		}
		for _, s := range v.servers {
			if s.name == of.Server {
				s.overridden(a, o)
			}
		}
	}
	return a.done()
}

// overridden has a server go by an override.
func (s *server) overridden(a *pending, o override.Override) {
	before := s.effective()
	s.setOverride(o)
	a.table(s.service)
	s.weightChanged(a, before)
}

// setOverride notes the override of a server without acting on it.
func (s *server) setOverride(o override.Override) {
	v := s.service
	if o == (override.Override{}) {
		delete(v.overrides, s)
		return
	}
	if v.overrides == nil {
		v.overrides = map[*server]override.Override{}
	}
	if len(v.overrides) == 0 {
		v.plain = v.quorum
	}
	v.overrides[s] = o
}

// settlePlain notes what the quorum would be if there were no overrides, while there are some.
func (v *virtual) settlePlain() {
	if len(v.overrides) == 0 {
		return
	}
	var live int64
	for _, s := range v.servers {
		if s.up && !s.cfg.Backup {
			live += int64(clampWeight(s.sum()))
		}
	}
	switch {
	case v.reached(live):
		v.plain = quorumUp
	case v.lost(live):
		v.plain = quorumDown
	}
}

// restored reports whether a quorum that is not up is so because of overrides alone, and there is what keeps one up.
func (v *virtual) restored(live int64) bool { return v.plain == quorumUp && !v.lost(live) }

// drained reports whether the server stays in the table with weight 0, whatever its checkers say.
func (s *server) drained() bool { return s.service.overrides[s].Action == override.Drain }

// away reports whether the server is kept out of the table.
func (s *server) away() bool { return s.service.overrides[s].Action == override.Maint }

// overrule is the weight that an override gives the server; false without one.
func (s *server) overrule() (weight int32, is bool) {
	switch o := s.service.overrides[s]; o.Action {
	case override.Drain, override.Maint:
		return 0, true
	case override.Weight:
		return clampWeight(int64(o.Value)), true
	}
	return 0, false
}

// Hasten makes the next attempts due at now of the checkers of a real server of a virtual server, by their names; an
// empty name is that of each. What is followed makes none, and one that is under way is not made twice.
func (c *Core) Hasten(now time.Time, service, server string) {
	for _, v := range c.virtuals {
		if service != "" && v.name != service {
			continue
		}
		for _, s := range v.servers {
			if server != "" && s.name != server {
				continue
			}
			for _, k := range s.checks {
				if k.kind.follows == nil && !k.running && now.Before(k.due.At) {
					c.planAt(k, now)
				}
			}
		}
	}
}
