package engine

import (
	"context"
	"slices"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/report/services"
	"holdfast/internal/state"
	"holdfast/ipvs"
)

// State is the snapshot for those who ask the daemon; the loop only makes the picture.
func (e *Engine) State(ctx context.Context) (state.Report, error) {
	s, err := e.Snapshot(ctx)
	if err != nil {
		return state.Report{}, err
	}
	return services.State(s, e.connections(s))
}

// Brief is State without the lists of servers and checks.
func (e *Engine) Brief(ctx context.Context) (state.Report, error) {
	s, err := e.Snapshot(ctx)
	if err != nil {
		return state.Report{}, err
	}
	return services.Brief(s, e.connections(s))
}

// Objects are what SNMP shows. What the kernel counts is kept for as long as the configuration says.
func (e *Engine) Objects(ctx context.Context) (state.Report, error) {
	s, err := e.Snapshot(ctx)
	if err != nil {
		return state.Report{}, err
	}
	every := s.Global.SNMP.VSInterval
	if of := s.Global.SNMP.RSInterval; of > 0 {
		every = min(every, of)
	}
	e.counted.Lock()
	defer e.counted.Unlock()
	now := time.Now()
	if of := &e.counted.Statistics; e.opt.List != nil && (of.At.IsZero() || now.Sub(of.At) >= every) {
		// Without an answer what was counted before stays: the rest is told all the same.
		if table, err := e.opt.List(); err == nil {
			*of = services.StatisticsOf(now, table)
		}
	}
	return services.Objects(s, e.counted.Statistics), nil
}

// connections are what the kernel has now, if something of ours is in its table. It is asked beside the loop, which has
// other questions to it.
func (e *Engine) connections(s *services.Snapshot) services.Connections {
	inTable := func(v lvs.VirtualStatus) bool { return v.InTable }
	if e.opt.List == nil || !slices.ContainsFunc(s.Services, inTable) {
		return nil
	}
	table, err := e.opt.List()
	if err != nil {
		return nil // without them the rest is told all the same
	}
	return services.ConnectionsOf(table)
}

// Metrics tells what is counted and measured. It takes no snapshot: of ten thousand servers that would be megabytes for
// each scrape.
func (e *Engine) Metrics(ctx context.Context) (state.Report, error) {
	table := e.listed(ctx)
	m := services.NewMeter(table)
	var t services.Tally
	err := e.call(ctx, func() {
		l := e.loop
		m.Digest = l.digest
		l.core.Measure(m)
		t = services.Tally{At: time.Now(), Durations: l.core.Durations(), Marks: l.marksState().Restored}
		if l.table != nil {
			for _, n := range l.table.meddled {
				t.Repaired += uint64(n)
			}
		}
	})
	if err != nil {
		return state.Report{}, err
	}
	r := m.Report(t)
	if e.opt.Gen2brain {
		r.Tables = append(r.Tables, services.Gen2brain(table)...)
	}
	return r, nil
}

// listed is the kernel's table, nil if nothing of ours is in it or the kernel does not tell.
func (e *Engine) listed(ctx context.Context) (table []ipvs.ListedService) {
	ours := false
	if err := e.call(ctx, func() { ours = e.loop.core.HasMembers() }); err != nil || !ours || e.opt.List == nil {
		return nil
	}
	table, _ = e.opt.List() // without it the rest is told all the same
	return table
}

// Snapshot is made by the loop when somebody asks: few do, and what a check changes is
// then not described again and again for nobody.
func (e *Engine) Snapshot(ctx context.Context) (*services.Snapshot, error) {
	var s *services.Snapshot
	if err := e.call(ctx, func() { s = e.loop.snapshot(time.Now()) }); err != nil {
		return nil, err
	}
	return s, nil
}

// files are the track_files that checkers follow, in the order of the configuration.
func (l *loop) files(cfg *config.Config) (files []services.File) {
	of := l.follows.kinds[config.CheckFile]
	if of == nil {
		return nil
	}
	for _, f := range cfg.TrackFiles {
		if value, known := of.values[f.Name]; known {
			files = append(files, services.File{Config: f, Value: value})
		}
	}
	return files
}

func (l *loop) snapshot(now time.Time) *services.Snapshot {
	ids := l.core.Services()
	s := &services.Snapshot{At: now, Global: l.global, Marks: l.marksState(), Unwritten: l.e.opt.State.Problem(),
		Slots: l.fingerprints(ids), Digests: l.digests(ids), Repaired: l.meddling(ids), Announced: l.announced(),
		Services: make([]lvs.VirtualStatus, 0, len(ids))}
	// Nothing is active before the first commit.
	if l.active != nil {
		s.SSL = services.SSLOf(l.active.cfg.SSL)
		s.Groups, s.Files = l.active.cfg.ServerGroups, l.files(l.active.cfg)
	}
	for _, id := range ids {
		if v, ok := l.core.Status(id); ok {
			s.Services = append(s.Services, v)
		}
	}
	return s
}
