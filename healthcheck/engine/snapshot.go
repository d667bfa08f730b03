package engine

import (
	"time"

	"holdfast/healthcheck/lvs"
)

// publish makes a new snapshot if anything changed. What did not change is shared with
// the one before.
func (l *loop) publish(now time.Time) {
	if !l.everyone && len(l.changed) == 0 {
		return
	}
	old := map[lvs.ID]*lvs.VirtualStatus{}
	for _, s := range l.e.snapshot.Load().Services {
		old[s.ID] = s
	}
	ids := l.core.Services()
	next := &Snapshot{At: now, Global: l.global, Services: make([]*lvs.VirtualStatus, 0, len(ids))}
	for _, id := range ids {
		if s := old[id]; s != nil && !l.everyone && !l.changed[id] {
			next.Services = append(next.Services, s)
			continue
		}
		if s, ok := l.core.Status(id); ok {
			next.Services = append(next.Services, &s)
		}
	}
	clear(l.changed)
	l.everyone = false
	l.published = now
	l.e.snapshot.Store(next)
}
