// Package moment tells another process when something is: as its distance from a moment that both know. A time.Time
// with a monotonic reading means nothing outside of its process, and one without moves when the clock is set.
package moment

import "time"

// A Moment is a distance from the moment at which it was written down; the zero Moment is no time at all.
type Moment struct {
	Is    bool
	After time.Duration // negative for what is past
}

// Of writes t down at now.
func Of(now, t time.Time) Moment {
	if t.IsZero() {
		return Moment{}
	}
	return Moment{true, t.Sub(now)}
}

// From reads it, where then is the moment at which it was written down.
func (m Moment) From(then time.Time) time.Time {
	if !m.Is {
		return time.Time{}
	}
	return then.Add(m.After)
}
