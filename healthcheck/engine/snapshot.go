package engine

import (
	"context"
	"time"

	"holdfast/healthcheck/lvs"
	"holdfast/internal/report/services"
)

// Snapshot is made by the loop when somebody asks: few do, and what a check changes is
// then not described again and again for nobody.
func (e *Engine) Snapshot(ctx context.Context) (*services.Snapshot, error) {
	var s *services.Snapshot
	if err := e.call(ctx, func() { s = e.loop.snapshot(time.Now()) }); err != nil {
		return nil, err
	}
	return s, nil
}

func (l *loop) snapshot(now time.Time) *services.Snapshot {
	ids := l.core.Services()
	s := &services.Snapshot{At: now, Global: l.global, Services: make([]lvs.VirtualStatus, 0, len(ids))}
	// Nothing is active before the first commit.
	if l.active != nil {
		s.Groups = l.active.cfg.ServerGroups
	}
	for _, id := range ids {
		if v, ok := l.core.Status(id); ok {
			s.Services = append(s.Services, v)
		}
	}
	return s
}
