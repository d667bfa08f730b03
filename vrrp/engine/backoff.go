package engine

import "time"

// A backoff spaces the attempts at something that keeps failing.
type backoff struct {
	failed, at time.Time // at is zero while nothing is to be tried
	pause      time.Duration
	// patient attempts cost something: those of a backup to have all its addresses, which takes part
	// with the lowest priority until then, and has to take part with its own to find out.
	patient bool
}

const (
	firstRetry   = 2 * time.Second
	lastRetry    = time.Minute
	patientRetry = 10 * time.Minute // without any news
	soonest      = time.Second      // after a failure, whatever has happened since
)

// fail plans the attempt after one that has just failed.
func (b *backoff) fail(now time.Time) {
	switch {
	case b.pause == 0:
		b.pause = firstRetry
	case b.patient || now.Sub(b.failed) >= b.pause: // an attempt that an event brought forward does not count
		b.pause = min(2*b.pause, lastRetry)
	}
	b.failed = now
	b.setPatient(false)
}

// setPatient makes the next attempt one that costs something, or one that does not.
func (b *backoff) setPatient(patient bool) {
	// Counted from the failure and not from now: who becomes patient and impatient by turns must not put off
	// the attempt each time.
	b.patient = patient
	if b.at = b.failed.Add(b.pause); patient {
		b.at = b.failed.Add(patientRetry)
	}
}

// hasten brings the next attempt forward: something has changed.
func (b *backoff) hasten(now time.Time) {
	at := b.failed.Add(soonest)
	if b.patient {
		// It costs something, so that news brings it no nearer than the ordinary pause.
		at = b.failed.Add(b.pause)
	}
	if at.Before(now) {
		at = now
	}
	if b.planned() && at.Before(b.at) {
		b.at = at
	}
}

func (b *backoff) planned() bool { return !b.at.IsZero() }

func (b *backoff) due(now time.Time) bool { return b.planned() && !b.at.After(now) }

// earlier is the earlier of two moments; a zero one is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
