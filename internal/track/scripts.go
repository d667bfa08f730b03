package track

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/config/syntax"
	"holdfast/internal/logging"
	"holdfast/internal/runas"
)

// Scripts runs the vrrp_scripts of a configuration, each at once and then every interval,
// never overlapped, and counts rise and fall (semantics 5.4-5.12). The value of a script is 1 or 0.
type Scripts struct {
	runner *runas.Runner
	log    *zap.Logger
	tell   teller

	mu     sync.Mutex
	jobs   map[ID]*job
	known  map[ID]bool // last states
	closed bool
	held   atomic.Bool // none is started
	// what another process has handed over at then, for the first Configure
	former map[string]FormerScript
	then   time.Time
}

// NewScripts gives a Scripts that runs nothing yet.
func NewScripts(runner *runas.Runner, log *zap.Logger, reports Report) *Scripts {
	if log == nil {
		log = zap.NewNop()
	}
	return &Scripts{runner: runner, log: log, tell: teller{reports: reports}, jobs: map[ID]*job{}, known: map[ID]bool{}}
}

// Configure replaces the set of scripts. Only those asked for are run (semantics 5.12), at once. The results
// of those that were asked for before are kept. Disabled are scripts that cannot be run (not
// found, not executable, unsafe; cli 8.7).
func (s *Scripts) Configure(cfg *config.Config, objects []Object) Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Outcome{Values: map[ID]int{}}
	old, former := s.jobs, s.former
	s.jobs, s.former = map[ID]*job{}, nil
	if s.closed {
		return out
	}
	ids := make(map[string]ID, len(objects))
	for _, o := range objects {
		ids[o.Name] = o.ID
	}
	for _, script := range cfg.Scripts {
		id := ids[script.Name]
		if id == 0 {
			continue
		}
		delete(ids, script.Name) // a second script of a name is never looked up (grammar 6.10)
		j, err := s.prepare(id, script)
		if err != nil {
			if script.Command.Problem == "" { // else a finding about the configuration says it
				s.log.Warn(fmt.Sprintf("Disabling track script %s since not found/accessible", script.Name),
					logging.Instance(script.Name))
			}
			out.Disabled = append(out.Disabled, id)
			continue
		}
		if f, was := former[script.Name]; was {
			if j.recall(f, s.then); f.Known {
				s.known[id], out.Values[id] = f.Up, truth(f.Up)
			}
			s.jobs[id] = s.install(j, nil)
			continue
		}
		// A script that goes on has its state at once: else its routers would be without an answer, and
		// wait, for as long as a run takes.
		if ok, known := s.known[id]; known {
			out.Values[id] = truth(ok)
			s.log.Info(fmt.Sprintf("VRRP_Script(%s) considered %s on reload", script.Name,
				[...]string{"unsuccessful", "successful"}[truth(ok)]), logging.Instance(script.Name))
		}
		s.jobs[id] = s.install(j, old[id])
		delete(old, id)
	}
	// What is left in old is not asked for any more; nobody waits for its end.
	for id, j := range old {
		j.cancel()
		delete(s.known, id)
	}
	return out
}

// prepare resolves the script of cfg.
func (s *Scripts) prepare(id ID, cfg config.Script) (*job, error) {
	j := &job{id: id, cfg: cfg, runner: s.runner, log: s.log, report: s.report, held: &s.held}
	j.state.counter = newCounter(cfg.Rise, cfg.Fall)
	j.cfg.Pos, j.cfg.Command.Pos = syntax.Pos{}, syntax.Pos{} // moving a script in the file does not change it
	if j.cfg.Interval <= 0 {
		j.cfg.Interval = time.Second
	}
	// semantics 5.8: the interval unless set.
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
	if old != nil && reflect.DeepEqual(old.cfg, j.cfg) && reflect.DeepEqual(old.prog, j.prog) &&
		reflect.DeepEqual(old.reader, j.reader) {
		// What it looks at may be why somebody reloads.
		old.again()
		return old
	}
	j.kick, j.done = make(chan struct{}, 1), make(chan struct{})
	if ok, known := s.known[j.id]; known && !j.state.counter.known {
		// It goes on from there and not from nothing (semantics 5.11).
		j.state.counter.set(ok)
	}
	j.result.Store(int32(j.state.counter.value))
	var ctx context.Context
	ctx, j.cancel = context.WithCancel(context.Background())
	if old == nil {
		go j.run(ctx)
		return j
	}
	old.cancel()
	// Never two at a time, also over a reload: many scripts take a lock or a port.
	go func() {
		<-old.done
		j.mu.Lock()
		j.state.lastExit, j.state.timedOut = old.state.lastExit, old.state.timedOut
		j.mu.Unlock()
		j.run(ctx)
	}()
	return j
}

// report notes a state and passes it on. A run that a reload has overtaken is not heard: the job in its place has
// begun with the state of before and counts on from there, so it would not tell when it finds that state again.
func (s *Scripts) report(j *job, ok bool) {
	s.mu.Lock()
	// By the job and not by its name: a reload may have put another in its place.
	current := s.jobs[j.id] == j
	if current {
		s.known[j.id] = ok
	}
	s.mu.Unlock()
	if current {
		s.tell.tell(j.id, s.value)
	}
}

func (s *Scripts) value(id ID) (v int, watched bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ok, known := s.known[id]
	return truth(ok), known && s.jobs[id] != nil
}

// Run is what is known of the runs of a script.
type Run struct {
	// Result counts what agrees with a script being all right: from 0 to rise+fall-1, good from rise on.
	Result  int
	Running bool // now
}

// Describe tells of all objects what there is behind their values.
func (s *Scripts) Describe() map[ID]Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[ID]Run, len(s.jobs))
	for id, j := range s.jobs {
		all[id] = Run{Result: int(j.result.Load()), Running: j.running.Load()}
	}
	return all
}

// stopTime is how long Stop waits for scripts to end after TERM.
const stopTime = 500 * time.Millisecond

// Stop ends all scripts that are running (TERM to their groups) and starts no more. It
// waits for at most half a second.
func (s *Scripts) Stop() {
	s.mu.Lock()
	s.closed = true
	jobs := s.jobs
	s.jobs = map[ID]*job{}
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
