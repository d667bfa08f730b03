package lvs

import (
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// This file is checkers that make no attempts: they follow something that others watch, and are told of it.

// Followed is what checkers of a kind follow, by its name.
type Followed struct {
	Kind config.CheckKind
	Name string
}

// Tell says whether what checkers follow is all right. What they know already changes nothing. After a Configure, and
// when Addresses has changed, everything is to be told again: checkers that are new or were suspended know nothing.
func (c *Core) Tell(now time.Time, what Followed, ok bool) Output {
	a := &pending{}
	o := attempt.Outcome{}
	if ok {
		o.Verdict = attempt.Passed
	}
	for _, k := range c.followers[what] {
		if !k.server.service.suspended && (!k.ran || k.up != ok) {
			k.started = now
			k.observe(a, now, c.setup, o)
		}
	}
	return a.done()
}

// Followed lists what is followed, in the order of the configuration.
func (c *Core) Followed() []Followed { return c.followed }

// findFollowers notes who follows what.
func (c *Core) findFollowers() {
	c.followed, c.followers = nil, map[Followed][]*check{}
	for _, v := range c.virtuals {
		for _, s := range v.servers {
			for _, k := range s.checks {
				if k.kind.follows == nil {
					continue
				}
				what := Followed{k.cfg.Kind, k.kind.follows(k.cfg)}
				if c.followers[what] == nil {
					c.followed = append(c.followed, what)
				}
				c.followers[what] = append(c.followers[what], k)
			}
		}
	}
}
