// Package linkstate is what is believed of links: a change counts when it has lasted (semantics 4.2), and what a
// poll has found counts instead of what the kernel says by itself (semantics 4.7). It is pure: it is told what
// happens, with the time, and asked.
package linkstate

import (
	"maps"
	"time"
)

// Delays are how long a link has to be down or up before it is believed to be; 0 is at once.
type Delays struct{ Down, Up time.Duration }

// of is the delay of a change to a state.
func (d Delays) of(up bool) time.Duration {
	if up {
		return d.Up
	}
	return d.Down
}

// A Settings is how the links with certain names are to be believed; the others are as the kernel says.
type Settings struct {
	Delays map[string]Delays
	Polled map[string]bool // by a poll alone, without a delay
}

// Beliefs are what is believed of all links, by their names. A link that takes the place of another
// is believed at once, and so is one that is seen for the first time.
type Beliefs struct {
	set   Settings
	links map[string]*belief
	// waiting are those with a change that is not believed yet: nearly always none.
	waiting map[string]*belief
}

// A belief is what is believed of one link, and what is heard of it.
type belief struct {
	index  int
	up     bool
	said   bool      // by the kernel
	since  time.Time // of a change that is not believed yet, zero if there is none
	polled bool      // up is the answer to a poll
}

// New gives beliefs without delays and polls.
func New() *Beliefs { return &Beliefs{links: map[string]*belief{}, waiting: map[string]*belief{}} }

// Configure replaces the settings. A change that waits has then waited since it happened, for what is set now; what
// a poll has found holds until the kernel says something else.
func (b *Beliefs) Configure(now time.Time, s Settings) {
	b.set = Settings{Delays: maps.Clone(s.Delays), Polled: maps.Clone(s.Polled)}
	for name, of := range b.links {
		if of.polled = of.polled && s.Polled[name]; !of.polled {
			b.hear(name, of, of.said, now)
		}
	}
	b.Expire(now)
}

// delays are those of a link that is not polled.
func (b *Beliefs) delays(name string) Delays {
	if b.set.Polled[name] {
		return Delays{}
	}
	return b.set.Delays[name]
}

// See takes what the kernel says of a link. It gives the delay of a change that begins to wait, and 0 if none does.
func (b *Beliefs) See(now time.Time, name string, index int, up bool) time.Duration {
	of := b.links[name]
	if of == nil || of.index != index {
		b.Gone(name)
		b.links[name] = &belief{index: index, up: up, said: up}
		return 0
	}
	of.said = up
	if of.polled {
		return 0
	}
	return b.hear(name, of, up, now)
}

// hear takes a state that is to be believed after a delay.
func (b *Beliefs) hear(name string, of *belief, up bool, now time.Time) time.Duration {
	switch delay := b.delays(name).of(up); {
	case up == of.up || delay == 0: // it is as it was before the delay was over, or counts at once
		b.settle(name, of, up)
	case of.since.IsZero():
		of.since, b.waiting[name] = now, of
		return delay
	}
	return 0
}

// settle believes a state.
func (b *Beliefs) settle(name string, of *belief, up bool) {
	of.up, of.since = up, time.Time{}
	delete(b.waiting, name)
}

// Answer takes what a poll has found of a link; one that is not polled or was not seen is left alone.
func (b *Beliefs) Answer(name string, up bool) {
	if of := b.links[name]; of != nil && b.set.Polled[name] {
		of.polled = true
		b.settle(name, of, up)
	}
}

// Gone forgets a link that is not there any more.
func (b *Beliefs) Gone(name string) {
	delete(b.links, name)
	delete(b.waiting, name)
}

// Up is what is believed of a link of which the kernel says said. One that was not seen yet, or has
// another index than the one that was, is believed at once.
func (b *Beliefs) Up(name string, index int, said bool) bool {
	if of := b.links[name]; of != nil && of.index == index {
		return of.up
	}
	return said
}

// Waiting reports whether a change of a link is not believed yet.
func (b *Beliefs) Waiting(name string) bool { return b.waiting[name] != nil }

// Delays are those of a link, as they are set.
func (b *Beliefs) Delays(name string) Delays { return b.set.Delays[name] }

// Polled reports whether a link is polled.
func (b *Beliefs) Polled(name string) bool { return b.set.Polled[name] }

// Next is when the next change will be believed, zero if none waits.
func (b *Beliefs) Next() (at time.Time) {
	for name, of := range b.waiting {
		if due := of.since.Add(b.delays(name).of(!of.up)); at.IsZero() || due.Before(at) {
			at = due
		}
	}
	return at
}

// Expire believes what has waited long enough, and reports whether there was anything.
func (b *Beliefs) Expire(now time.Time) (some bool) {
	for name, of := range b.waiting {
		if !of.since.Add(b.delays(name).of(!of.up)).After(now) {
			b.settle(name, of, !of.up)
			some = true
		}
	}
	return some
}
