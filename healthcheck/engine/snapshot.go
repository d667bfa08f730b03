package engine

import (
	"context"
	"slices"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/metric"
	"holdfast/internal/report/services"
	"holdfast/internal/state"
	"holdfast/ipvs"
)

// State is the snapshot for those who ask the daemon; the loop only makes the picture.
func (e *Engine) State(ctx context.Context) (state.Report, error) {
	s, err := e.picture(ctx, (*loop).snapshot)
	if err != nil {
		return state.Report{}, err
	}
	return services.State(s, e.connections(s))
}

// Brief is State without the lists of servers and checks. Nothing is made for real servers of which there is nothing
// to say: ten thousand of them would be megabytes for each question.
func (e *Engine) Brief(ctx context.Context) (state.Report, error) {
	s, err := e.picture(ctx, (*loop).brief)
	if err != nil {
		return state.Report{}, err
	}
	return services.Brief(s, e.sums(s))
}

// Ready tells whether the role is ready, and nothing else.
func (e *Engine) Ready(ctx context.Context) (state.Report, error) {
	var w *services.Waiting
	at, err := e.measure(ctx, func() lvs.Meter {
		w = &services.Waiting{}
		return w
	}, func(*loop) {})
	if err != nil {
		return state.Report{}, err
	}
	return state.Report{At: at.UnixNano(), NotReady: w.Reasons()}, nil
}

// Objects are what SNMP shows. It takes no snapshot, as Metrics. What the kernel counts is kept for as long as the
// configuration says.
func (e *Engine) Objects(ctx context.Context) (state.Report, error) {
	var every time.Duration
	if err := e.call(ctx, func() {
		of := &e.loop.global.SNMP
		if every = of.VSInterval; of.RSInterval > 0 {
			every = min(every, of.RSInterval)
		}
	}); err != nil {
		return state.Report{}, err
	}
	e.counted.Lock()
	defer e.counted.Unlock()
	e.count(every)
	var o *services.Shown
	at, err := e.measure(ctx, func() lvs.Meter {
		o = services.NewShown(e.counted.Statistics)
		return o
	}, func(*loop) {})
	if err != nil {
		return state.Report{}, err
	}
	return o.Report(at), nil
}

// count asks the kernel what it has counted, if that was long ago.
func (e *Engine) count(every time.Duration) {
	now := time.Now()
	if of := &e.counted.Statistics; e.opt.List != nil && (of.At.IsZero() || now.Sub(of.At) >= every) {
		// Without an answer what was counted before stays: the rest is told all the same.
		table := services.NewStatistics(now)
		if err := e.opt.List(table.Add); err == nil {
			*of = table
		}
	}
}

// connections are what the kernel has now, if something of ours is in its table. It is asked beside the loop, which has
// other questions to it.
func (e *Engine) connections(s *services.Snapshot) services.Connections {
	return e.asked(s, services.Connections.Add)
}

// sums are the connections by virtual server alone.
func (e *Engine) sums(s *services.Snapshot) services.Connections {
	return e.asked(s, services.Connections.AddSum)
}

func (e *Engine) asked(s *services.Snapshot,
	add func(services.Connections, *ipvs.ListedService)) services.Connections {
	inTable := func(v lvs.VirtualStatus) bool { return v.InTable }
	if e.opt.List == nil || !slices.ContainsFunc(s.Services, inTable) {
		return nil
	}
	now := services.Connections{}
	if err := e.opt.List(func(v *ipvs.ListedService) { add(now, v) }); err != nil {
		return nil // without them the rest is told all the same
	}
	return now
}

// Metrics tells what is counted and measured. It takes no snapshot: of ten thousand servers that would be megabytes for
// each scrape.
func (e *Engine) Metrics(ctx context.Context) (state.Report, error) {
	counted, other := e.listed(ctx)
	var m *services.Meter
	var t services.Tally
	at, err := e.measure(ctx, func() lvs.Meter {
		m = services.NewMeter(counted)
		m.Reserve(e.room)
		m.Digest = e.loop.digest
		return m
	}, func(l *loop) {
		t = services.Tally{Durations: l.core.Durations(), Marks: l.marksState().Restored,
			Neighbors: l.neighbors()}
		if l.table != nil {
			for _, n := range l.table.meddled {
				t.Repaired += uint64(n)
			}
		}
	})
	if err != nil {
		return state.Report{}, err
	}
	t.At, e.room = at, m.Room()
	r := m.Report(t)
	r.Tables = append(r.Tables, other...)
	return r, nil
}

// atOnce is about how many real servers are looked at in one turn of the loop, which takes less than half a
// millisecond: checks are made between them, and on one processor each turn waits until those that were begun are over.
const atOnce = 1024

// measure has the loop tell a meter of all virtual servers, some at a time, and then tell the rest. begin gives the
// meter; it is called again when another configuration comes into force meanwhile. at is when the first were told.
func (e *Engine) measure(ctx context.Context, begin func() lvs.Meter, rest func(*loop)) (at time.Time, err error) {
	var of *prepared
	m, next := begin(), 0
	for more := true; more; {
		if err := e.call(ctx, func() {
			l := &e.loop
			if next == 0 || l.active != of {
				if next > 0 {
					m, next = begin(), 0
				}
				of, at = l.active, time.Now()
			}
			if next, more = l.core.MeasureSome(m, next, atOnce); !more {
				rest(l)
			}
		}); err != nil {
			return at, err
		}
	}
	return at, nil
}

// listed is what the kernel's table counts, nothing if nothing of ours is in it or the kernel does not tell; and the
// same as another exporter tells it, if that is wanted.
func (e *Engine) listed(ctx context.Context) (services.Counted, []metric.Table) {
	ours := false
	if err := e.call(ctx, func() { ours = e.loop.core.HasMembers() }); err != nil || !ours || e.opt.List == nil {
		return nil, nil
	}
	counted, other := services.Counted{}, services.NewGen2brain()
	add := counted.Add
	if e.opt.Gen2brain {
		add = func(v *ipvs.ListedService) {
			counted.Add(v)
			other.Add(v)
		}
	}
	if err := e.opt.List(add); err != nil {
		return nil, nil // without it the rest is told all the same
	}
	if !e.opt.Gen2brain {
		return counted, nil
	}
	return counted, other.Tables()
}

// Snapshot is made by the loop when somebody asks: few do, and what a check changes is
// then not described again and again for nobody.
func (e *Engine) Snapshot(ctx context.Context) (*services.Snapshot, error) {
	return e.picture(ctx, func(l *loop, now time.Time) *services.Snapshot {
		s := l.snapshot(now)
		s.Slots, s.Repaired = l.fingerprints(), l.meddling(l.core.Services())
		return s
	})
}

// picture has the loop make one.
func (e *Engine) picture(ctx context.Context,
	of func(*loop, time.Time) *services.Snapshot) (*services.Snapshot, error) {
	var s *services.Snapshot
	if err := e.call(ctx, func() { s = of(&e.loop, time.Now()) }); err != nil {
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

// snapshot has all virtual servers with all that is theirs.
func (l *loop) snapshot(now time.Time) *services.Snapshot {
	s := l.frame(now)
	for _, id := range l.core.Services() {
		if v, ok := l.core.Status(id); ok {
			s.Services = append(s.Services, v)
		}
	}
	s.Digests = l.digests(s.Services)
	return s
}

// brief has of real servers those alone of which there is something to say.
func (l *loop) brief(now time.Time) *services.Snapshot {
	s := l.frame(now)
	s.Tallies = []lvs.Tally{}
	for _, id := range l.core.Services() {
		if v, t, ok := l.core.Brief(id); ok {
			s.Services, s.Tallies = append(s.Services, v), append(s.Tallies, t)
		}
	}
	s.Digests = l.digests(s.Services)
	return s
}

// frame is a snapshot without virtual servers.
func (l *loop) frame(now time.Time) *services.Snapshot {
	s := &services.Snapshot{At: now, Global: l.global, Marks: l.marksState(), Unwritten: l.e.opt.State.Problem(),
		Announced: l.announced(), Neighbors: l.neighbors(), Services: []lvs.VirtualStatus{}}
	// Nothing is active before the first commit.
	if l.active != nil {
		s.SSL = services.SSLOf(l.active.cfg.SSL)
		s.Groups, s.Files = l.active.cfg.ServerGroups, l.files(l.active.cfg)
	}
	return s
}
