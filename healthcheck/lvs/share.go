package lvs

import (
	"encoding/binary"
	"iter"
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

// aim is the same for attempts that go to the same address and port, and for hardly any others: it is short, because
// most servers are of one virtual server alone.
type aim uint64

func aimOf(k *check) aim {
	at := k.cfg.Connect
	a := at.Addr().As16()
	const odd = 0x9e3779b97f4a7c15
	high, low := binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(a[8:])
	return aim((high*odd+low)*odd + uint64(at.Port()))
}

// shares reports whether attempts of a kind may be those of several checkers.
func (k *kind) shares() bool { return k.follows == nil && !k.runs }

// meet finds out which checkers are alike: to be called when the configuration has changed.
func (c *Core) meet() {
	c.alike = make(map[aim]*check, len(c.checks))
	class := 0
	// Backwards: the first of a row is then the first in the configuration.
	for _, v := range slices.Backward(c.virtuals) {
		for _, s := range v.servers {
			for _, k := range s.checks {
				k.class, k.sibling = 0, nil
				if !k.kind.shares() {
					continue
				}
				to := aimOf(k)
				for o := c.alike[to]; o != nil && k.class == 0; o = o.sibling {
					if c.asksAs(k, o) {
						k.class = o.class
					}
				}
				if k.class == 0 {
					class++
					k.class = class
				}
				k.sibling, c.alike[to] = c.alike[to], k
			}
		}
	}
	for _, k := range c.orphans {
		if c.checks[k.id] == k && k.running {
			k.running = false
			c.plan(k, c.configured, 0)
		}
	}
	c.orphans = nil
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
		k.Pos, k.Alpha, k.LogAllFailures, k.Warmup = config.Checker{}.Pos, false, false, 0
	}
	return reflect.DeepEqual(&same[0], &same[1])
}

// likes are the checkers that are like k, without k itself.
func (c *Core) likes(k *check) iter.Seq[*check] {
	return func(yield func(*check) bool) {
		if k.class == 0 {
			return
		}
		for o := c.alike[aimOf(k)]; o != nil; o = o.sibling {
			if o.class == k.class && o != k && !yield(o) {
				return
			}
		}
	}
}

// firstWith is when a new checker, which would have its first attempt at a time of its own, has it with one that is
// like it: there is one within the time it has for that.
func (c *Core) firstWith(k *check, own, from, to time.Time) time.Time {
	for o := range c.likes(k) {
		if o.due.IsSet() && !o.due.At.Before(from) && !o.due.At.After(to) {
			return o.due.At
		}
	}
	return own
}

// join has the attempt of k, which is due at now, be that of others too: of those that are due as well, and of those
// that wait for as long as k did. They come to it early this once, and are due together from then on.
func (c *Core) join(k *check, now time.Time) {
	for o := range c.likes(k) {
		early := o.due.At.After(now)
		if !o.due.IsSet() || o.server.service.suspended || o.url != k.url ||
			early && (o.pause == 0 || o.pause != k.pause) {
			continue
		}
		c.due.Cancel(&o.due)
		o.running, o.started, o.lag = true, now, k.lag
		k.joined = append(k.joined, o)
	}
}

// leave takes a checker that is gone out of what it has in common with others: those that wait for the outcome of its
// attempt have to have another one.
func (c *Core) leave(k *check) {
	if k.running {
		c.orphans = append(c.orphans, k.joined...)
	}
	k.joined = nil
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
