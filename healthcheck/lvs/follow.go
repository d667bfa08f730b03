package lvs

import (
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

// This file is checkers that make no attempts: they follow something that others watch, and are told of it.

// Followed is what checkers of a kind follow, by its name.
type Followed struct {
	Kind config.CheckKind
	Name string
}

// Followed lists what the checkers of s follow, in the order of the configuration.
func (s Setup) Followed() []Followed {
	var all []Followed
	seen := map[Followed]bool{}
	for i := range s.VirtualServers {
		for j := range s.VirtualServers[i].RealServers {
			checkers := s.VirtualServers[i].RealServers[j].Checkers
			for c := range checkers {
				if what, ok := followedBy(&checkers[c]); ok && !seen[what] {
					seen[what] = true
					all = append(all, what)
				}
			}
		}
	}
	return all
}

// followedBy is what a checker follows, if it follows anything.
func followedBy(k *config.Checker) (what Followed, ok bool) {
	of := kindOf(k.Kind)
	if of.follows == nil {
		return Followed{}, false
	}
	return Followed{k.Kind, of.follows(k)}, true
}

// Tell says what the value of something is that checkers follow. What they know already changes nothing. After a
// Configure, and when Addresses has changed, everything is to be told again: checkers that are new or were suspended
// know nothing.
func (c *Core) Tell(now time.Time, what Followed, value int) Output {
	a := c.pend(now)
	for _, k := range c.followers[what] {
		if !k.server.service.suspended {
			c.tell(a, now, k, value)
		}
	}
	return a.done()
}

// tell says it to one checker.
func (c *Core) tell(a *pending, now time.Time, k *check, value int) {
	if k.kind.effect != nil {
		points, fault := k.kind.effect(c, k.cfg, value)
		k.take(a, now, value, points, fault)
		return
	}
	o := attempt.Outcome{}
	if value != 0 {
		o.Verdict = attempt.Passed
	}
	if !k.ran || k.up != (value != 0) {
		k.started = now
		k.observe(a, now, c.setup, o)
	}
}

// take carries on what a value does. A fault, and its end, bring their weight along without a word of it.
func (k *check) take(a *pending, now time.Time, value int, points int64, fault bool) {
	before, was := k.server.effective(), k.up
	k.points, k.up, k.ran = points, !fault, true
	switch {
	case fault && was:
		k.history.failed(now, attempt.Outcome{Reason: reason.Reason{Code: reason.FileNumber, Number: value}}, 0)
		k.sayFault(a)
		k.server.follow(a)
	case !fault && !was:
		k.history.passed(attempt.Outcome{})
		a.log(Info, k.server.service.name, k.kind.success(k))
		k.server.follow(a)
	case !fault:
		k.server.weightChanged(a, before)
	}
}

// learn gives a new checker what is known of what it follows, without a word: its server begins with that.
func (c *Core) learn(k *check) {
	if k.kind.effect == nil {
		return
	}
	what, _ := followedBy(k.cfg)
	if value, known := c.setup.Values[what]; known {
		points, fault := k.kind.effect(c, k.cfg, value)
		k.points, k.up, k.ran = points, !fault, true
	}
}

// known reports whether a checker goes by something that is known without an attempt.
func (k *check) known() bool { return k.kind.effect != nil && k.ran }

// sayFault says that what a checker follows takes its server out, if it does.
func (k *check) sayFault(a *pending) {
	if !k.up {
		a.log(Info, k.server.service.name, k.kind.failure(k, attempt.Outcome{}))
	}
}

// findFollowers notes who follows what.
func (c *Core) findFollowers() {
	c.followers = map[Followed][]*check{}
	for _, v := range c.virtuals {
		for _, s := range v.servers {
			for _, k := range s.checks {
				if what, ok := followedBy(k.cfg); ok {
					c.followers[what] = append(c.followers[what], k)
				}
			}
		}
	}
}

// filesOf are the track_files of a configuration by their names, nil if there are none.
func filesOf(s Setup) map[string]*config.TrackFile {
	if len(s.Files) == 0 {
		return nil
	}
	files := make(map[string]*config.TrackFile, len(s.Files))
	for i := range s.Files {
		files[s.Files[i].Name] = &s.Files[i]
	}
	return files
}
