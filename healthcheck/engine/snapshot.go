package engine

import (
	"context"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
)

// Snapshot is one moment of the role; it shares nothing that changes with it.
type Snapshot struct {
	At       time.Time
	Global   config.Global
	Services []lvs.VirtualStatus // order of the configuration
}

// Snapshot is made by the loop when somebody asks: few do, and what a check changes is
// then not described again and again for nobody.
func (e *Engine) Snapshot(ctx context.Context) (*Snapshot, error) {
	var s *Snapshot
	if err := e.call(ctx, func() { s = e.loop.snapshot(time.Now()) }); err != nil {
		return nil, err
	}
	return s, nil
}

func (l *loop) snapshot(now time.Time) *Snapshot {
	ids := l.core.Services()
	s := &Snapshot{At: now, Global: l.global, Services: make([]lvs.VirtualStatus, 0, len(ids))}
	for _, id := range ids {
		if v, ok := l.core.Status(id); ok {
			s.Services = append(s.Services, v)
		}
	}
	return s
}
