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
	// batchSize is how many attempts one goroutine begins: a few milliseconds of work.
	batchSize = 64
	// nearby is how long answers of hosts in the same network take at most, as a rule.
	nearby = time.Millisecond
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
	// waiting is an attempt that has begun and has no outcome yet.
	waiting *request
	begun   healthcheck.Begun
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
	begin   func(*healthcheck.Target) (healthcheck.Begun, attempt.Outcome, bool) // nil: every attempt waits
	results chan []result
	running map[lvs.CheckID]*flight
	sockets lane
	scripts lane
	batch   []request // that flush has begun together
	wg      sync.WaitGroup
	stopped chan struct{}
}

type flight struct {
	cancel context.CancelFunc // nil while it does not wait
	gone   bool               // given up
	lane   *lane
}

func newProbes(o Options) *probes {
	return &probes{
		probe:   o.Probe,
		begin:   o.begin,
		results: make(chan []result, 256),
		running: map[lvs.CheckID]*flight{},
		sockets: lane{free: max(o.MaxProbes, 1)},
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

// start makes an attempt, now or as soon as its lane has room. Some are only made by the next flush.
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
	f := &flight{lane: l}
	p.running[a.id] = f
	if p.begin != nil && healthcheck.Begins(a.target.Checker.Kind) {
		p.batch = append(p.batch, a)
		return
	}
	p.wait(f, a.id, func(ctx context.Context) attempt.Outcome { return p.probe(ctx, a.target) })
}

// wait has a goroutine of its own make an attempt, or the rest of one.
func (p *probes) wait(f *flight, id lvs.CheckID, probe func(context.Context) attempt.Outcome) {
	// It belongs to nobody's request: only forget and stop end it.
	ctx, cancel := context.WithCancel(context.Background())
	f.cancel = cancel
	p.wg.Go(func() {
		defer cancel()
		p.report([]result{{id: id, outcome: probe(ctx)}})
	})
}

// report hands results over, and reports whether somebody took them.
func (p *probes) report(all []result) bool {
	select {
	case p.results <- all:
		return true
	case <-p.stopped:
		return false
	}
}

// flush has the attempts begun that need no goroutine each.
func (p *probes) flush() {
	for len(p.batch) > 0 {
		n := min(len(p.batch), batchSize)
		some := p.batch[:n:n]
		p.batch = p.batch[n:]
		p.wg.Go(func() { p.sweep(some) })
	}
	p.batch = nil
}

// sweep begins attempts one after the other. Those that have no answer after a moment are waited for singly.
func (p *probes) sweep(batch []request) {
	all, open := make([]result, len(batch)), 0
	for i := range batch {
		r := &all[i]
		r.id = batch[i].id
		var done bool
		if r.begun, r.outcome, done = p.begin(&batch[i].target); !done {
			r.waiting = &batch[i]
			open++
		}
	}
	if open > 0 {
		time.Sleep(nearby)
	}
	for i := range all {
		r := &all[i]
		if r.waiting == nil {
			continue
		}
		if o, done := r.begun.Look(&r.waiting.target); done {
			r.outcome, r.waiting = o, nil
		}
	}
	if !p.report(all) {
		for i := range all {
			if all[i].waiting != nil {
				all[i].begun.GiveUp()
			}
		}
	}
}

// ended is to be called for every result. It reports whether that is an outcome.
func (p *probes) ended(r result) bool {
	f, ok := p.running[r.id]
	if !ok {
		return false
	}
	if a := r.waiting; a != nil {
		if !f.gone {
			p.wait(f, r.id, func(ctx context.Context) attempt.Outcome { return r.begun.Wait(ctx, &a.target) })
			return false
		}
		r.begun.GiveUp()
	}
	delete(p.running, r.id)
	f.lane.free++
	if len(f.lane.waiting) > 0 {
		next := f.lane.waiting[0]
		f.lane.waiting = f.lane.waiting[1:]
		p.launch(f.lane, next)
	}
	return !f.gone
}

// forget gives up the attempt of a checker that is gone. Its result still comes.
func (p *probes) forget(id lvs.CheckID) {
	if f, ok := p.running[id]; ok {
		// It stays in running: its result frees the place (see ended).
		f.gone = true
		if f.cancel != nil {
			f.cancel()
		}
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
	p.sockets.waiting, p.scripts.waiting, p.batch = nil, nil, nil
	for _, f := range p.running {
		if f.cancel != nil {
			f.cancel()
		}
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
