package lvs

import (
	"cmp"
	"encoding/binary"
	"reflect"
	"slices"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// This file is attempts that several checkers have in common. A real server of many virtual servers has a checker in
// each; those that ask the same thing in the same way, as often, are asked by one attempt, whose outcome all of them
// take. What they make of it is their own: verdict, retries, lines. Programs are not shared: one may count its calls.

// aim is the same for attempts that go to the same address and port, and for hardly any others.
func (k *check) aim() uint64 {
	at := k.cfg.Connect
	a := at.Addr().As16()
	const odd = 0x9e3779b97f4a7c15
	high, low := binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(a[8:])
	return (high*odd+low)*odd + uint64(at.Port())
}

// shares reports whether attempts of a kind may be those of several checkers.
func (k *kind) shares() bool { return k.follows == nil && !k.runs }

// meet finds out which checkers are alike, and has them form a ring: to be called when the configuration has changed.
func (c *Core) meet() {
	all := make([]*check, 0, len(c.checks))
	for _, v := range c.virtuals {
		for _, s := range v.servers {
			for _, k := range s.checks {
				k.like = nil
				if k.kind.shares() {
					all = append(all, k)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *check) int { return cmp.Compare(a.aim(), b.aim()) })
	for len(all) > 0 {
		n, aim := 1, all[0].aim()
		for n < len(all) && all[n].aim() == aim {
			n++
		}
		c.findAlike(all[:n])
		all = all[n:]
	}
	for _, k := range c.orphans {
		if c.checks[k.id] == k && k.running {
			k.running = false
			c.plan(k, c.configured, 0)
		}
	}
	c.orphans = nil
}

// findAlike makes rings of checkers with one aim: most servers are of one virtual server alone, and have none.
func (c *Core) findAlike(all []*check) {
	var last []*check // of each ring
	for i, k := range all {
		found := slices.IndexFunc(last, func(o *check) bool { return c.asksAs(k, o) })
		switch {
		case found >= 0:
			o := last[found]
			if o.like == nil {
				o.like = o
			}
			k.like, o.like, last[found] = o.like, k, k
		case i < len(all)-1 || len(last) > 0:
			last = append(last, k)
		}
	}
}

// asksAs reports whether two checkers ask the same thing in the same way, as often, and call the server the same.
func (c *Core) asksAs(a, b *check) bool {
	if a.server.name != b.server.name {
		return false
	}
	same := &c.work.same
	defer clear(same[:])
	same[0], same[1] = *a.cfg, *b.cfg
	for i := range same {
		k := &same[i]
		// These concern what becomes of an outcome, or only the first attempt.
		k.Own, k.Pos, k.Alpha, k.LogAllFailures, k.Warmup = false, config.Checker{}.Pos, false, false, 0
	}
	return reflect.DeepEqual(&same[0], &same[1])
}

// likes are the checkers that are like k, without k itself.
func (k *check) likes(yield func(*check) bool) {
	for o := k.like; o != nil && o != k; o = o.like {
		if !yield(o) {
			return
		}
	}
}

// firstWith is when a new checker, which would have its first attempt at a time of its own, has it with one that is
// like it: there is one within the time it has for that.
func (k *check) firstWith(own, from, to time.Time) time.Time {
	for o := range k.likes {
		if o.due.IsSet() && !o.due.At.Before(from) && !o.due.At.After(to) {
			return o.due.At
		}
	}
	return own
}

// join has the attempt of k, which is due at now, be that of others too: of those that are due as well, and of those
// that wait for as long as k did. They come to it early this once, and are due together from then on.
func (c *Core) join(k *check, now time.Time) {
	last := k
	for o := range k.likes {
		early := o.due.At.After(now)
		if !o.due.IsSet() || o.server.service.suspended || o.url != k.url ||
			early && (o.pause == 0 || o.pause != k.pause) {
			continue
		}
		c.due.Cancel(&o.due)
		o.running, o.started, o.lag = true, now, k.lag
		last.with, last = o, o
	}
}

// leave takes a checker that is gone out of what it has in common with others: those that wait for the outcome of its
// attempt have to have another one.
func (c *Core) leave(k *check) {
	for o := k.parted(); o != nil; o = o.parted() {
		c.orphans = append(c.orphans, o)
	}
}

// parted ends what a checker has in common with the next one that takes the same outcome, and gives that.
func (k *check) parted() (next *check) {
	next, k.with = k.with, nil
	return next
}

// asSaidOf is an outcome as an attempt for another virtual server would have told it.
func asSaidOf(o attempt.Outcome, made, other *check) attempt.Outcome {
	if len(o.Notes) == 0 || made == other {
		return o
	}
	notes := make([]string, len(o.Notes))
	for i, n := range o.Notes {
		notes[i] = strings.ReplaceAll(n, " VS "+made.server.service.name+" ", " VS "+other.server.service.name+" ")
	}
	o.Notes = notes
	return o
}
