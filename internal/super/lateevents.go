package super

import (
	"encoding/json"
	"slices"
	"time"

	"holdfast/internal/state"
)

// This file is for events that a role has told while one supervisor became another: nobody has heard them. They come
// with what is handed over.

// A handQuestion is what a supervisor says that asks for a handover.
type handQuestion struct {
	Since int64 // of events, in nanoseconds of the clock that neither stops nor is set
}

// overlap is how long before the other program began events may not have been heard: they were on their way.
const overlap = 5 * time.Second

// question asks for a handover, and for what was not heard.
func (h *heir) question() Handover {
	text, _ := json.Marshal(handQuestion{h.note.At - int64(overlap)}) // plain values: it cannot fail
	return Handover{State: text}
}

// handEvents gives the supervisor that asks the events that it may not have heard.
func (c *roleChild) handEvents(asked []byte) {
	var q handQuestion
	if c.Recorder == nil || json.Unmarshal(asked, &q) != nil {
		return // it does not want any
	}
	for c.sendEvents() { // so that they are among those that were sent
	}
	clock, here, err := bothTimes()
	if err != nil {
		return
	}
	events := c.Recorder.since(here.Add(time.Duration(q.Since) - clock))
	if text, err := json.Marshal(events); err == nil && len(events) > 0 {
		_ = sayHand(c.Hand, handEvents, Handover{State: text}) // whoever does not hear it does not hear the rest either
	}
}

// since are the events that were sent and have happened since then, as far as they are kept.
func (r *Recorder) since(then time.Time) []state.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := slices.Clone(r.sent)
	return slices.DeleteFunc(all, func(e state.Event) bool { return e.At.Before(then) })
}

// lateEvents takes the events of a process of before that nobody has heard.
func (s *Supervisor) lateEvents(p *predecessor, text []byte) {
	var events []state.Event
	if json.Unmarshal(text, &events) != nil {
		return
	}
	kept := s.history.Kept()
	for _, e := range events {
		e.Role, e.PID = string(p.role.Name), p.pid
		heard := func(k state.Event) bool {
			return k.PID == e.PID && k.At.Equal(e.At) && k.Name == e.Name && k.Text == e.Text
		}
		if !slices.ContainsFunc(kept, heard) {
			s.history.Add(e)
		}
	}
}
