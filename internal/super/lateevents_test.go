package super

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"holdfast/internal/role"
	"holdfast/internal/state"
)

// What a role has told while nobody listened comes with what it hands over, each event once; one that hands over to a
// supervisor that does not ask for events gives none.
func TestLateEventsComeWithTheHandover(t *testing.T) {
	control, theirs := net.Pipe()
	defer control.Close()
	go func() { _, _ = io.Copy(io.Discard, control) }() // a supervisor that understands nothing
	ours, hand := net.Pipe()
	r := NewRecorder()
	now := time.Now()
	for i, ago := range []time.Duration{time.Hour, 2 * time.Second, 0} {
		r.Record(state.Event{At: now.Add(-ago), Name: fmt.Sprint(i)})
	}
	r.take(2) // those before were sent already
	c := &roleChild{ChildOptions: ChildOptions{Engine: &mover{verdict: make(chan bool, 8)}, Hand: hand, Recorder: r,
		Control: struct {
			io.Reader
			io.Writer
		}{theirs, theirs}}}
	go c.handOver(t.Context())
	clock, err := bootTime()
	if err != nil {
		t.Fatal(err)
	}
	h := heir{note: &Succession{At: int64(clock)}}
	s := NewSupervisor(Options{})
	p := &predecessor{role: role.Role{Name: "vrrp"}, pid: 7}
	// One of them was heard after all.
	s.history.Add(state.Event{At: now.Add(-2 * time.Second), Role: "vrrp", PID: 7, Name: "1"})
	for range 2 {
		if err := sayHand(ours, handAsk, h.question()); err != nil {
			t.Fatal(err)
		}
		what, events, err := hearHand(ours)
		if err != nil || what != handEvents {
			t.Fatalf("%c, %v", what, err)
		}
		s.lateEvents(p, events.State)
		if what, _, err = hearHand(ours); err != nil || what != handIs {
			t.Fatalf("%c, %v", what, err)
		}
		if err := sayHand(ours, handStay, Handover{}); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for _, e := range s.history.Kept() {
		if names = append(names, e.Name); e.PID != 7 || e.Role != "vrrp" {
			t.Errorf("%+v", e)
		}
	}
	if !slices.Equal(names, []string{"1", "2"}) {
		t.Errorf("events %q", names)
	}
	if err := sayHand(ours, handAsk, Handover{}); err != nil {
		t.Fatal(err)
	}
	if what, _, err := hearHand(ours); err != nil || what != handIs {
		t.Errorf("%c, %v", what, err)
	}
	_ = ours.Close()
	s.lateEvents(p, []byte("{"))
}

// What is kept of what was sent has a bound.
func TestSentEventsHaveABound(t *testing.T) {
	r := NewRecorder()
	for i := range 3 * maxSent {
		r.Record(state.Event{Name: fmt.Sprint(i)})
		r.take(1)
	}
	all := r.since(time.Time{})
	if len(all) != maxSent || len(r.sent) != maxSent || all[maxSent-1].Name != fmt.Sprint(3*maxSent-1) {
		t.Errorf("%d are kept", len(all))
	}
	if text, err := json.Marshal(all); err != nil || len(text) > maxFrame {
		t.Error(err)
	}
}
