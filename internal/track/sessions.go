package track

import (
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"holdfast/config"
	"holdfast/internal/logging"
	"holdfast/internal/news"
)

// trust is how long a session stays as it was when the process that runs it has died: a new process is there in a
// second, and needs some more to hear of the neighbour. Going to FAULT for that time would serve nobody.
const trust = 30 * time.Second

// Sessions follows BFD sessions, which another role runs and tells of. The value of one is 1 while it is up; of one
// that nothing was heard of it is 0.
type Sessions struct {
	log    *zap.Logger
	detail bool
	hears  func(config.BFD) bool
	form   news.Form[news.Session]
	tell   teller

	mu      sync.Mutex
	known   map[string]*known
	objects map[ID]string
	stopped bool
}

// known is what was heard of a session.
type known struct {
	up      bool
	settled bool        // it was up or down, and not only on its way
	told    bool        // what it is was logged, with detail
	gone    bool        // nobody runs it; that counts from the next configuration on, which may not have it either
	trusted *time.Timer // until when up is trusted that nobody confirms; nil while somebody does
}

// NewSessions gives a Sessions that hears of the sessions of a configuration that hears reports. With detail
// each delivery is logged.
func NewSessions(log *zap.Logger, detail bool, hears func(config.BFD) bool) (*Sessions, error) {
	if log == nil {
		log = zap.NewNop()
	}
	form, err := news.FormOf[news.Session]()
	return &Sessions{log: log, detail: detail, hears: hears, form: form,
		known: map[string]*known{}, objects: map[ID]string{}}, err
}

// To has changes reported. It is to be called before the first Configure.
func (s *Sessions) To(reports Report) *Sessions {
	s.tell.reports = reports
	return s
}

// Configure follows the sessions asked for. Disabled are those that are not for this role.
func (s *Sessions) Configure(cfg *config.Config, objects []Object) Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	told := map[string]bool{}
	for _, b := range cfg.Sessions() {
		told[b.Name] = s.hears(b)
	}
	// Only now: until there was a configuration without it, its routers needed its last value.
	for name, k := range s.known {
		if k.gone {
			k.trustNoMore()
			delete(s.known, name)
		}
	}
	out := Outcome{Values: map[ID]int{}}
	s.objects = map[ID]string{}
	for _, o := range objects {
		if !told[o.Name] {
			out.Disabled = append(out.Disabled, o.ID)
			continue
		}
		s.objects[o.ID] = o.Name
		out.Values[o.ID] = s.valueOf(o.Name)
	}
	return out
}

func (s *Sessions) valueOf(name string) int {
	k := s.known[name]
	return truth(k != nil && k.up)
}

// Hear takes what the bfd role tells (super.Listener).
func (s *Sessions) Hear(it news.Item) {
	if it.Topic != news.Sessions {
		return
	}
	s.mu.Lock()
	// Compared around note: most of what is told changes nothing that counts.
	before := s.valueOf(it.Name)
	err := s.note(it)
	changed := s.valueOf(it.Name) != before
	s.mu.Unlock()
	if err != nil {
		s.log.Error(err.Error(), logging.Instance(it.Name))
	}
	if changed {
		s.report(it.Name)
	}
}

// note takes an item down; mu is held.
func (s *Sessions) note(it news.Item) error {
	k := s.known[it.Name]
	if k == nil {
		k = &known{}
	}
	if it.Standing == news.Gone {
		// Of one that was never known there is nothing to note: this k is dropped.
		k.gone = true
		return nil
	}
	state, err := s.form.Read(it)
	if err != nil {
		return err // what is known stays: nobody can say that it is otherwise
	}
	s.known[it.Name], k.gone = k, false
	before := k.up
	switch {
	case it.Standing == news.Stale || state.State == news.SessionUnsettled && k.settled:
		k.up = k.up || !k.settled && state.State == news.SessionUp // heard by a process that is new itself
		k.settled = k.settled || k.up
		s.doubt(it.Name, k)
		return nil
	case state.State == news.SessionUnsettled:
		// It was never settled: on its way is as good as down.
		k.up = false
	default:
		k.up, k.settled = state.State == news.SessionUp, true
	}
	k.trustNoMore()
	// Down is told again when it is settled; a keepalived hears of it once.
	if s.detail && (!k.told || k.up != before) {
		k.told = true
		s.line(it.Name, "Received BFD event: instance %s is in state %s (delivered in %d usec)", it.Name,
			map[bool]string{false: "Down", true: "Up"}[k.up], time.Since(time.UnixMicro(state.Since)).Microseconds())
	}
	return nil
}

// doubt begins to count how long a session is trusted that nobody confirms.
func (s *Sessions) doubt(name string, k *known) {
	if k.trusted != nil || !k.up || s.stopped {
		return
	}
	k.trusted = time.AfterFunc(trust, func() { s.lose(name, k) })
}

func (k *known) trustNoMore() {
	if k.trusted != nil {
		k.trusted.Stop()
		k.trusted = nil
	}
}

// lose takes a session for down that nobody has confirmed for too long.
func (s *Sessions) lose(name string, k *known) {
	s.mu.Lock()
	// The timer may have fired while the lock was held by somebody who confirmed the session.
	lost := s.known[name] == k && k.trusted != nil && !s.stopped
	if lost {
		k.trusted, k.up = nil, false
	}
	s.mu.Unlock()
	if lost {
		s.line(name, "BFD instance %s is taken for down: nothing was heard of it for %v", name, trust)
		s.report(name)
	}
}

func (s *Sessions) line(name, format string, args ...any) {
	logging.Line(s.log, zapcore.InfoLevel, name, fmt.Sprintf(format, args...))
}

// report tells the value of a session to whoever follows it.
func (s *Sessions) report(name string) {
	s.mu.Lock()
	// Collected under the lock and told without it: tell asks for the value, which takes the lock.
	var ids []ID
	for id, of := range s.objects {
		if of == name {
			ids = append(ids, id)
		}
	}
	s.mu.Unlock()
	for _, id := range ids {
		s.tell.tell(id, s.value)
	}
}

func (s *Sessions) value(id ID) (v int, watched bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, watched := s.objects[id]
	return s.valueOf(name), watched && !s.stopped
}

// Stop ends all reports.
func (s *Sessions) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	for _, k := range s.known {
		k.trustNoMore()
	}
}
