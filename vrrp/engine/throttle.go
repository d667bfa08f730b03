package engine

import "time"

// A throttle spaces repairs when somebody keeps removing what we put back: as long as no
// thing has been put back too often repairs are done at once, then once a second.
type throttle[K comparable] struct {
	last  time.Time
	count map[K]int // how often each was put back since the last quiet time
	// worst is the highest of the counts: one thing that is fought over slows down all repairs.
	worst int
	total uint64 // put back, ever
}

const (
	repairsAtOnce = 20
	repairPause   = time.Second
	repairQuiet   = 10 * time.Second // after this without a repair all is forgotten
)

// next is when a repair that was found necessary at now may be done.
func (t *throttle[K]) next(now time.Time) time.Time {
	if now.Sub(t.last) > repairQuiet {
		t.count, t.worst = nil, 0
	}
	if t.worst < repairsAtOnce {
		return now
	}
	return t.last.Add(repairPause)
}

// done notes that v was put back and reports whether repairs are spaced from now on.
func (t *throttle[K]) done(now time.Time, v K) (spaced bool) {
	t.last = now
	t.total++
	if t.count == nil {
		t.count = map[K]int{}
	}
	t.count[v]++
	if t.count[v] <= t.worst {
		return false
	}
	t.worst = t.count[v]
	// Only at the moment when the limit is reached: it is logged once.
	return t.worst == repairsAtOnce
}
