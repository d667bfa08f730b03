package track

import (
	"context"
	"fmt"
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

	kick   chan struct{} // run now
	cancel context.CancelFunc
	done   chan struct{}

	state memory

	// For whoever describes the job.
	result  atomic.Int32
	running atomic.Bool
}

// memory is what a script's successor of the same name takes over (semantics 5.11). Only
// the goroutine of the job touches it until done is closed.
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
	// A ticker counts from start to start (semantics 5.4), and drops a tick that nobody has taken.
	tick := time.NewTicker(j.cfg.Interval)
	defer tick.Stop()
	// It may be over already: a second reload replaces a job that still waits for its predecessor.
	if ctx.Err() == nil {
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
			tick.Reset(j.cfg.Interval)
			if !running {
				start()
			}
		case <-tick.C:
			if !running {
				start()
				// After a timeout it is known that it is slow, and has been said.
			} else if !j.state.timedOut {
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
	j.state.timedOut = o.timedOut
	name := j.cfg.Name
	// A run that was killed has no status: the one before it stays the last.
	if o.exited && o.status != j.state.lastExit {
		j.state.lastExit = o.status
		j.log.Info(fmt.Sprintf("Script `%s` now returning %d", name, o.status), logging.Instance(name))
	}
	changed := j.state.counter.add(o.ok)
	// Also when nothing has changed: who describes the script sees how far its count has come.
	j.result.Store(int32(j.state.counter.value))
	if !changed {
		return
	}
	if o.ok {
		j.log.Info(fmt.Sprintf("VRRP_Script(%s) succeeded", name), logging.Instance(name))
	} else {
		j.log.Info(fmt.Sprintf("VRRP_Script(%s) %s", name, o.text), logging.Instance(name))
	}
	j.report(j, o.ok)
}
