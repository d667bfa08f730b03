package super

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"holdfast/internal/chronicle"
	"holdfast/internal/state"
)

// eventBatch is how many events are in one message.
const eventBatch = 256

// lastEvents is how long a role process that ends waits until what it has recorded is sent.
const lastEvents = 500 * time.Millisecond

// A Recorder takes the events of an engine.
type Recorder struct {
	mu    sync.Mutex
	queue chronicle.Queue
	more  chan struct{} // has one when something may be in the queue
	sent  []state.Event // the latest of them, for a supervisor that has not heard them
}

// maxSent is how many events are kept that were sent.
const maxSent = 256

// NewRecorder gives a Recorder for ChildOptions and the engine.
func NewRecorder() *Recorder { return &Recorder{more: make(chan struct{}, 1)} }

// Record notes something that has happened; without a time it was now. It never waits: of events that cannot be sent
// as fast as they come some are dropped, and their number is told. Serial, Role and PID come from the supervisor.
func (r *Recorder) Record(e state.Event) {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	r.mu.Lock()
	r.queue.Put(e)
	r.mu.Unlock()
	select {
	case r.more <- struct{}{}:
	default: // whoever takes has not looked yet
	}
}

func (r *Recorder) take(n int) []state.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := r.queue.Take(n)
	r.sent = append(r.sent, events...)
	if more := len(r.sent) - maxSent; more > 0 {
		r.sent = slices.Clone(r.sent[more:])
	}
	return events
}

// record sends what the engine records, as long as the process lives: what happens while it stops is told as well.
func (c *roleChild) record() {
	for range c.Recorder.more {
		for c.sendEvents() {
		}
	}
}

// sendEvents sends a message of events, and reports whether there were any.
func (c *roleChild) sendEvents() bool {
	c.writes.Lock()
	defer c.writes.Unlock()
	// Taken while nobody else can write: two who take and then write could swap events.
	events := c.Recorder.take(eventBatch)
	if len(events) == 0 {
		return false
	}
	c.write(message{Kind: kindEvents, Events: events})
	return true
}

// recordedAll sends what the engine has recorded, if the supervisor takes it.
func (c *roleChild) recordedAll() {
	if c.Recorder == nil || c.orphan.Load() {
		return
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for c.sendEvents() {
		}
	}()
	select {
	case <-sent:
	case <-time.After(lastEvents): // the supervisor hangs, and this process is to end all the same
	}
}

// receive takes what a child says. Its events do not wait for the loop, which may be reading a configuration.
func (s *Supervisor) receive(e any) {
	if m, is := e.(childMessage); is && m.m.Kind == kindEvents {
		for i := range m.m.Events {
			// By whose socket they came, whatever they say of themselves.
			m.m.Events[i].Role, m.m.Events[i].PID = string(m.c.role.Name), m.c.pid
		}
		s.history.Add(m.m.Events...)
		return
	}
	s.deliver(e)
}

// States of the daemon and its processes in events.
const (
	daemonStarted  = "started"
	daemonComplete = "complete"
	daemonUpgraded = "upgraded"
	daemonStopping = "stopping"
	roleStarted    = "started"
	roleDied       = "died"
	reloadDone     = "done"
	reloadRefused  = "refused"
)

// note records an event of the supervisor itself.
func (s *Supervisor) note(e state.Event) {
	e.At, e.Role, e.PID = time.Now(), chronicle.RoleOfDaemon, os.Getpid()
	s.history.Add(e)
}

// noteRole records what becomes of the process of a role.
func (s *Supervisor) noteRole(c *child, to, why string) {
	text := fmt.Sprintf("%s process %d %s", c.role.Title, c.pid, to)
	if why != "" {
		text += ": " + why
	}
	s.note(state.Event{About: state.AboutDaemon, Name: string(c.role.Name), To: to, Reason: why, Text: text})
}

// Events gives up to limit of the events behind a serial, the oldest first, and how many there were behind it that are
// not kept any more. A serial that has not been yet is one of another daemon: behind it comes everything. It may be
// called by many goroutines, before Run too, and waits for nobody.
func (s *Supervisor) Events(after uint64, limit int) (events []state.Event, missed uint64) {
	events, missed, _ = s.history.After(after, limit)
	return events, missed
}

// EventBounds are the serials of the oldest event that is kept and of the latest one; 0 before the first one.
func (s *Supervisor) EventBounds() (first, last uint64) { return s.history.Bounds() }

// Follow gives all events behind a serial as they come, until ctx ends; chronicle.FromNow begins with the next one. A
// follower that takes its time costs nothing: it gets an event with Missed in place of those not kept any more.
func (s *Supervisor) Follow(ctx context.Context, after uint64) <-chan state.Event {
	return s.history.Follow(ctx, after)
}
