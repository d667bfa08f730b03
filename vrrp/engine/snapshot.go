package engine

import (
	"context"
	"maps"
	"slices"
	"time"

	"holdfast/config"
	"holdfast/internal/netif"
	"holdfast/internal/track"
	"holdfast/vrrp"
)

// Snapshot is one moment of the role. It shares the configuration with the role, which does
// not change it, and nothing else.
type Snapshot struct {
	At        time.Time
	Global    config.Global
	Instances []vrrp.Status
	Groups    []config.SyncGroup
	Scripts   []config.Script
	Files     []config.TrackFile
	Processes []config.TrackProcess
	Running   map[string]track.Count // by their names
	Tracked   map[vrrp.Tracked]vrrp.Value
	Links     []netif.Link // of the interfaces used

	reported map[string]vrrp.Link // what the protocol knows of them
}

// Snapshot is made by the loop when somebody asks: few do, and what changes in between is
// not described for nobody.
func (e *Engine) Snapshot(ctx context.Context) (*Snapshot, error) {
	var s *Snapshot
	if err := e.call(ctx, func() { s = e.loop.snapshot(time.Now()) }); err != nil {
		return nil, err
	}
	return s, nil
}

func (l *loop) snapshot(now time.Time) *Snapshot {
	s := &Snapshot{
		At:        now,
		Global:    l.cfg.Global,
		Instances: l.core.Status(),
		Groups:    l.cfg.Groups,
		Scripts:   l.cfg.Scripts,
		Files:     l.cfg.TrackFiles,
		Processes: l.cfg.TrackProcesses,
		Running:   l.running(),
		Tracked:   l.core.TrackedValues(),
		reported:  maps.Clone(l.reported),
	}
	for name := range l.reported {
		if of, ok := l.host.link(name); ok {
			s.Links = append(s.Links, of)
		}
	}
	slices.SortFunc(s.Links, func(a, b netif.Link) int { return a.Index - b.Index })
	return s
}
