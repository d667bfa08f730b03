// Package track runs the vrrp_scripts: each at once and then every interval,
// never overlapped, and counts rise and fall (semantics 5.4-5.12).
package track

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/config/syntax"
	"holdfast/internal/logging"
	"holdfast/internal/runas"
)

// Scripts runs the vrrp_scripts of a configuration.
type Scripts struct {
	runner *runas.Runner
	log    *zap.Logger
	events func(name string, ok bool)

	mu     sync.Mutex
	jobs   map[string]*job
	known  map[string]bool // last state by name
	closed bool
}

// Outcome is what Configure found.
type Outcome struct {
	// Disabled scripts cannot be run (not found, not executable, unsafe); they are
	// to be treated as if no instance tracked them (cli 8.7).
	Disabled []string
	// Known are results kept from before the reload, by script name (semantics
	// 5.11).
	Known map[string]bool
}

// NewScripts gives a Scripts that runs nothing yet. events is called, from a
// goroutine of Scripts and never from within its methods, with the first result of
// a script and then with every change; it may block.
func NewScripts(runner *runas.Runner, log *zap.Logger, events func(name string, ok bool)) *Scripts {
	if log == nil {
		log = zap.NewNop()
	}
	return &Scripts{runner: runner, log: log, events: events, jobs: map[string]*job{}, known: map[string]bool{}}
}

// Configure replaces the set of scripts. Only those in used are run (semantics
// 5.12). Results of scripts of the same name are kept; all are run at once.
func (s *Scripts) Configure(scripts []config.Script, used map[string]bool) Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Outcome{Known: map[string]bool{}}
	old := s.jobs
	s.jobs = map[string]*job{}
	if s.closed {
		return out
	}
	for _, cfg := range scripts {
		if !used[cfg.Name] || s.jobs[cfg.Name] != nil {
			continue // a second script of a name is never looked up (grammar 6.10)
		}
		j, err := s.prepare(cfg)
		if err != nil {
			if cfg.Command.Problem == "" { // else a finding about the configuration says it
				s.log.Warn(fmt.Sprintf("Disabling track script %s since not found/accessible", cfg.Name), logging.Instance(cfg.Name))
			}
			out.Disabled = append(out.Disabled, cfg.Name)
			continue
		}
		if ok, known := s.known[cfg.Name]; known {
			out.Known[cfg.Name] = ok
			word := "unsuccessful"
			if ok {
				word = "successful"
			}
			s.log.Info(fmt.Sprintf("VRRP_Script(%s) considered %s on reload", cfg.Name, word), logging.Instance(cfg.Name))
		}
		s.jobs[cfg.Name] = s.install(j, old[cfg.Name])
		delete(old, cfg.Name)
	}
	for name, j := range old {
		j.cancel()
		delete(s.known, name)
	}
	return out
}

// prepare resolves the script of cfg.
func (s *Scripts) prepare(cfg config.Script) (*job, error) {
	j := &job{cfg: cfg, runner: s.runner, log: s.log, report: s.report}
	j.cfg.Pos, j.cfg.Command.Pos = syntax.Pos{}, syntax.Pos{} // moving a script in the file does not change it
	if j.cfg.Interval <= 0 {
		j.cfg.Interval = time.Second
	}
	if j.cfg.Timeout <= 0 {
		j.cfg.Timeout = j.cfg.Interval
	}
	var err error
	if cfg.FileTest != "" {
		j.reader, err = s.runner.Identify(cfg.Command, "vrrp script "+cfg.Name)
	} else {
		j.prog, err = s.runner.Resolve(cfg.Command, "vrrp script "+cfg.Name)
	}
	return j, err
}

// install starts j in the place of old (may be nil), or lets old go on when nothing has
// changed.
func (s *Scripts) install(j, old *job) *job {
	if old != nil && reflect.DeepEqual(old.cfg, j.cfg) && reflect.DeepEqual(old.prog, j.prog) && reflect.DeepEqual(old.reader, j.reader) {
		select {
		case old.kick <- struct{}{}:
		default: // it is about to run anyway
		}
		return old
	}
	j.kick, j.done = make(chan struct{}, 1), make(chan struct{})
	j.state.counter = newCounter(j.cfg.Rise, j.cfg.Fall)
	if ok, known := s.known[j.cfg.Name]; known {
		j.state.counter.set(ok)
	}
	var ctx context.Context
	ctx, j.cancel = context.WithCancel(context.Background())
	if old == nil {
		go j.run(ctx)
		return j
	}
	old.cancel()
	go func() {
		<-old.done
		j.state.lastExit, j.state.timedOut = old.state.lastExit, old.state.timedOut
		j.run(ctx)
	}()
	return j
}

// report notes a state by name and passes it on.
func (s *Scripts) report(name string, ok bool) {
	s.mu.Lock()
	s.known[name] = ok
	s.mu.Unlock()
	s.events(name, ok)
}

// stopTime is how long Stop waits for scripts to end after TERM.
const stopTime = 500 * time.Millisecond

// Stop ends all scripts that are running (TERM to their groups) and starts no more. It
// waits for at most half a second.
func (s *Scripts) Stop() {
	s.mu.Lock()
	s.closed = true
	jobs := s.jobs
	s.jobs = map[string]*job{}
	s.mu.Unlock()
	for _, j := range jobs {
		j.cancel()
	}
	deadline := time.NewTimer(stopTime)
	defer deadline.Stop()
	for _, j := range jobs {
		select {
		case <-j.done:
		case <-deadline.C:
			return
		}
	}
}
