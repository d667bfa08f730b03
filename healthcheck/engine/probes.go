package engine

import (
	"context"
	"sync"
	"syscall"
	"time"

	"holdfast/config"
	"holdfast/healthcheck"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/lvs"
)

const (
	// maxScripts is how many check scripts run at once; more wait for their turn.
	maxScripts = 512
	// spareFiles are the file descriptors left to everything but attempts; of a small limit
	// half is.
	spareFiles = 128
	// mostProbes are under way at once, however many files may be open.
	mostProbes = 100_000
	// stopTime is what attempts under way get to notice that they are given up.
	stopTime = 200 * time.Millisecond
)

// maxProbes is how many connections the process may have open.
func maxProbes() int {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		return 512
	}
	return slots(r.Cur)
}

// slots is how many connections there is room for with a limit on open files. What has no
// room waits; an attempt that finds no descriptor is none, and its server stays as it was.
func slots(limit uint64) int {
	return int(min(limit-min(spareFiles, limit/2), mostProbes))
}

// result is the outcome of the attempt of one checker.
type result struct {
	id      lvs.CheckID
	outcome attempt.Outcome
}

// request is an attempt that was asked for.
type request struct {
	id     lvs.CheckID
	target healthcheck.Target
}

// lane bounds the attempts of one kind.
type lane struct {
	free    int
	waiting []request // in order
}

// probes runs attempts. The loop uses it; only results is for everyone.
type probes struct {
	// running has also those that were given up, until their result is there. stopped is closed
	// when nobody takes results any more.
	probe   func(context.Context, healthcheck.Target) attempt.Outcome
	results chan result
	running map[lvs.CheckID]flight
	sockets lane
	scripts lane
	wg      sync.WaitGroup
	stopped chan struct{}
}

type flight struct {
	cancel context.CancelFunc
	lane   *lane
}

func newProbes(probe func(context.Context, healthcheck.Target) attempt.Outcome, limit int) *probes {
	return &probes{
		probe:   probe,
		results: make(chan result, 256),
		running: map[lvs.CheckID]flight{},
		sockets: lane{free: max(limit, 1)},
		scripts: lane{free: maxScripts},
		stopped: make(chan struct{}),
	}
}

func (p *probes) lane(k config.CheckKind) *lane {
	if healthcheck.KindOf(k).Program {
		return &p.scripts
	}
	return &p.sockets
}

// start makes an attempt, now or as soon as its lane has room.
func (p *probes) start(a request) {
	l := p.lane(a.target.Checker.Kind)
	if l.free == 0 {
		l.waiting = append(l.waiting, a)
		return
	}
	p.launch(l, a)
}

func (p *probes) launch(l *lane, a request) {
	l.free--
	// It belongs to nobody's request: only forget and stop end it.
	ctx, cancel := context.WithCancel(context.Background())
	p.running[a.id] = flight{cancel: cancel, lane: l}
	p.wg.Go(func() {
		defer cancel()
		r := result{id: a.id, outcome: p.probe(ctx, a.target)}
		select {
		case p.results <- r:
		case <-p.stopped:
		}
	})
}

// ended is to be called for every result.
func (p *probes) ended(id lvs.CheckID) {
	f, ok := p.running[id]
	if !ok {
		return
	}
	delete(p.running, id)
	f.lane.free++
	if len(f.lane.waiting) > 0 {
		next := f.lane.waiting[0]
		f.lane.waiting = f.lane.waiting[1:]
		p.launch(f.lane, next)
	}
}

// forget gives up the attempt of a checker that is gone. Its result still comes.
func (p *probes) forget(id lvs.CheckID) {
	if f, ok := p.running[id]; ok {
		// It stays in running: its result frees the place (see ended).
		f.cancel()
		return
	}
	for _, l := range []*lane{&p.sockets, &p.scripts} {
		for i, a := range l.waiting {
			if a.id == id {
				l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
				return
			}
		}
	}
}

// stop gives up all attempts and waits a moment for them to notice.
func (p *probes) stop() {
	// What waits must not begin when the others end.
	p.sockets.waiting, p.scripts.waiting = nil, nil
	for _, f := range p.running {
		f.cancel()
	}
	close(p.stopped)
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.wg.Wait()
	}()
	// An attempt may be in a call that does not hear of the end of its context.
	select {
	case <-done:
	case <-time.After(stopTime):
	}
}

// start begins the attempt that the core asks for.
func (l *loop) start(a lvs.Probe) {
	t := healthcheck.Target{
		Checker: *a.Checker, Parts: l.active.parts[a.Checker],
		URL: a.URL, Service: a.Service, Server: a.Server,
	}
	l.probes.start(request{id: a.ID, target: t})
}
