package super

import "time"

// respawnWindow is how long a child must live to be restarted without delay again
// (cli 4.2).
const respawnWindow = 60 * time.Second

// backoff gives the delays between restarts of one child: 0, 1, 2, 4 ... 60 s while
// it dies within respawnWindow of its start.
type backoff struct{ next time.Duration }

// died gives the delay before the restart of a child that lived for life.
func (b *backoff) died(life time.Duration) time.Duration {
	if life >= respawnWindow {
		b.next = 0
	}
	d := b.next
	switch {
	case d == 0:
		b.next = time.Second
	default:
		b.next = min(2*d, respawnWindow)
	}
	return d
}
