package engine

import (
	"context"
	"slices"
	"time"

	"holdfast/internal/report/routers"
)

// Snapshot is made by the loop when somebody asks: few do, and what changes in between is
// not described for nobody.
func (e *Engine) Snapshot(ctx context.Context) (*routers.Snapshot, error) {
	var s *routers.Snapshot
	if err := e.call(ctx, func() { s = e.loop.snapshot(time.Now()) }); err != nil {
		return nil, err
	}
	return s, nil
}

func (l *loop) snapshot(now time.Time) *routers.Snapshot {
	s := &routers.Snapshot{
		At:        now,
		Global:    l.cfg.Global,
		Instances: l.core.Status(),
		Groups:    l.cfg.Groups,
		Scripts:   l.cfg.Scripts,
		Files:     l.cfg.TrackFiles,
		Processes: l.cfg.TrackProcesses,
		Running:   l.running(),
		Tracked:   l.core.TrackedValues(),
	}
	for name, known := range l.reported {
		if of, ok := l.host.link(name); ok {
			s.Links = append(s.Links, routers.Link{Link: of, Known: known})
		}
	}
	slices.SortFunc(s.Links, func(a, b routers.Link) int { return a.Index - b.Index })
	return s
}
