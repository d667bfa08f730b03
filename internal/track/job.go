package track

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/logging"
	"holdfast/internal/runas"
)

// job runs one script for as long as its configuration stays the same.
type job struct {
	id     ID
	cfg    config.Script
	prog   runas.Program
	reader runas.Identity // of the file test

	runner *runas.Runner
	log    *zap.Logger
	report func(j *job, ok bool)

	held *atomic.Bool  // nothing is started
	wait time.Duration // before the first run

	kick   chan struct{} // run now
	cancel context.CancelFunc
	done   chan struct{}

	mu    sync.Mutex
	state memory
	due   time.Time // of the next run

	// For whoever describes the job.
	result  atomic.Int32
	running atomic.Bool
}

// memory is what a script's successor of the same name takes over (semantics 5.11). Only
// the goroutine of the job changes it until done is closed.
type memory struct {
	counter  counter
	lastExit int
	timedOut bool // how the last run ended
}

// outcome of one run.
type outcome struct {
	ok       bool
	exited   bool
	status   int
	timedOut bool
	text     string // why it failed, as the log words it
}

func (j *job) run(ctx context.Context) {
	defer close(j.done)
	// Room for one, so that a run which ends when nobody listens any more does not stay for ever.
	ended := make(chan outcome, 1)
	running := false
	start := func() {
		running = true
		j.running.Store(true)
		go func() { ended <- j.once(ctx) }()
	}
	turn := j.begin()
	defer turn.Stop()
	// It may be over already: a second reload replaces a job that still waits for its predecessor.
	if !turn.late && ctx.Err() == nil {
		start()
	}
	for {
		select {
		case <-ctx.Done():
			// done says that nothing of this job runs any more: the one in its place begins after it.
			if running {
				<-ended
			}
			return
		case <-j.kick:
			// A whole interval from here on, or two runs would follow close on one another.
			turn.late = true
			if turn.next(); !running && !j.held.Load() {
				start()
			}
		case <-turn.C:
			turn.next()
			switch {
			case j.held.Load():
			case !running:
				start()
				// After a timeout it is known that it is slow, and has been said.
			case !j.state.timedOut:
				j.log.Info(fmt.Sprintf("Track script %s is already running, expect idle - skipping run", j.cfg.Name),
					logging.Instance(j.cfg.Name))
			}
		case o := <-ended:
			running = false
			j.running.Store(false)
			// One that was ended by us failed for that alone.
			if ctx.Err() == nil {
				j.account(o)
			}
		}
	}
}

// A turn is when the runs of a job begin.
type turn struct {
	*time.Ticker // counts from start to start (semantics 5.4), and drops a tick that nobody has taken
	of           *job
	late         bool // it does not count the interval yet
}

// begin begins to count, from the run that is due now or after the wait.
func (j *job) begin() *turn {
	t := &turn{time.NewTicker(j.cfg.Interval), j, j.wait > 0}
	if t.late {
		t.Reset(j.wait)
		j.dueAfter(j.wait)
	} else {
		j.dueAfter(j.cfg.Interval)
	}
	return t
}

// next has a whole interval pass until the next run.
func (t *turn) next() {
	if t.late {
		t.late = false
		t.Reset(t.of.cfg.Interval)
	}
	t.of.dueAfter(t.of.cfg.Interval)
}

func (j *job) dueAfter(d time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.due = time.Now().Add(d)
}

// once runs the script to its end.
func (j *job) once(ctx context.Context) outcome {
	if j.cfg.FileTest != "" {
		// `script "</var/run/ok"` only asks whether the file can be read. It tells so in the words
		// of a script, as if a program had ended with 1.
		if err := j.reader.CanRead(j.cfg.FileTest); err != nil {
			return outcome{exited: true, status: 1, text: "failed (exited with status 1)"}
		}
		return outcome{ok: true, exited: true}
	}
	p, err := j.runner.Start(j.prog)
	if err != nil {
		return outcome{text: fmt.Sprintf("failed (%v)", err)}
	}
	r := p.Wait(ctx, j.cfg.Timeout)
	switch {
	case r.TimedOut:
		return outcome{timedOut: true, text: "timed_out"}
	case r.Err != nil:
		return outcome{text: fmt.Sprintf("failed (%v)", r.Err)}
	case !r.Exited:
		return outcome{text: fmt.Sprintf("failed (due to signal %d)", r.Signal)}
	case r.Status != 0:
		return outcome{exited: true, status: r.Status, text: fmt.Sprintf("failed (exited with status %d)", r.Status)}
	}
	return outcome{ok: true, exited: true}
}

// account counts a result, logs what changed and reports it.
func (j *job) account(o outcome) {
	j.mu.Lock()
	changed := j.count(o)
	j.mu.Unlock()
	if !changed {
		return
	}
	name := j.cfg.Name
	if o.ok {
		j.log.Info(fmt.Sprintf("VRRP_Script(%s) succeeded", name), logging.Instance(name))
	} else {
		j.log.Info(fmt.Sprintf("VRRP_Script(%s) %s", name, o.text), logging.Instance(name))
	}
	j.report(j, o.ok)
}

// count counts a result, and reports whether the state has changed; mu is held.
func (j *job) count(o outcome) (changed bool) {
	j.state.timedOut = o.timedOut
	name := j.cfg.Name
	// A run that was killed has no status: the one before it stays the last.
	if o.exited && o.status != j.state.lastExit {
		j.state.lastExit = o.status
		j.log.Info(fmt.Sprintf("Script `%s` now returning %d", name, o.status), logging.Instance(name))
	}
	changed = j.state.counter.add(o.ok)
	// Also when nothing has changed: who describes the script sees how far its count has come.
	j.result.Store(int32(j.state.counter.value))
	return changed
}

// again has the script run now.
func (j *job) again() {
	select {
	case j.kick <- struct{}{}:
	default: // it is about to run anyway
	}
}
