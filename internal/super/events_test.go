package super

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/internal/chronicle"
	"holdfast/internal/state"
)

// record records the events of an order, numbered from 1.
func (r *fakeEngine) record() {
	t, _ := order(r.prepared, r.name, "records")
	n, _ := strconv.Atoi(t)
	for i := range n {
		r.recorder.Record(state.Event{About: state.AboutInstance, Name: fmt.Sprint(i + 1), Role: "nobody", PID: 1})
	}
}

// events are those that the daemon keeps; first is the serial of the first of them.
func (d *daemon) events() (events []state.Event, first uint64) {
	d.t.Helper()
	var e state.Events
	d.ask("events", &e)
	return e.Events, e.First
}

// happened waits until an event fits, and gives it.
func (d *daemon) happened(what string, fits func(state.Event) bool) (found state.Event) {
	d.t.Helper()
	eventually(d.t, what, func() bool {
		events, _ := d.events()
		for _, e := range events {
			if fits(e) {
				found = e
				return true
			}
		}
		return false
	})
	return found
}

func about(about, name, to string) func(state.Event) bool {
	return func(e state.Event) bool { return e.About == about && e.Name == name && e.To == to }
}

func TestEventsOfRolesAndOfTheDaemon(t *testing.T) {
	d := asked(t, "vrrp\nvrrp records 2\nchecker\nchecker records 1")
	vrrp, checker := d.pid("vrrp.pid"), d.pid("checkers.pid")
	d.happened("the checker has recorded", func(e state.Event) bool { return e.Role == "checker" })
	d.write("vrrp\nvrrp records 2\nchecker\nchecker records 1\nerror bad")
	d.signal(syscall.SIGHUP)
	d.happened("a reload was refused", func(e state.Event) bool {
		return about(state.AboutReload, "", reloadRefused)(e) && strings.Contains(e.Reason, "bad")
	})
	if err := syscall.Kill(vrrp, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	died := d.happened("a role died", about(state.AboutDaemon, "vrrp", roleDied))
	if died.Reason != "signal: killed" || !strings.Contains(died.Text, fmt.Sprint(vrrp)) {
		t.Errorf("%+v", died)
	}
	again := d.happened("it was started again and records", func(e state.Event) bool {
		return e.Role == "vrrp" && e.Serial > died.Serial && e.Name == "2"
	})
	// The checker goes: what it records while it stops is told as well.
	d.write("vrrp")
	d.signal(syscall.SIGHUP)
	d.happened("a reload is done", about(state.AboutReload, "", reloadDone))
	d.happened("the checker has stopped", about(state.AboutInstance, "checker", "stopped"))

	events, first := d.events()
	names := map[int][]string{}
	for i, e := range events {
		if e.Serial != first+uint64(i) || e.Text == "" && e.Role == chronicle.RoleOfDaemon || time.Since(e.At) > time.Hour {
			t.Errorf("%d: %+v", i, e)
		}
		if e.About == state.AboutInstance {
			names[e.PID] = append(names[e.PID], e.Role+" "+e.Name)
		}
	}
	for pid, want := range map[int]string{
		vrrp: "[vrrp 1 vrrp 2]", checker: "[checker 1 checker checker]", again.PID: "[vrrp 1 vrrp 2]",
	} {
		if got := fmt.Sprint(names[pid]); got != want {
			t.Errorf("process %d: %s, want %s", pid, got, want)
		}
	}
	if first != 1 || events[0].To != daemonStarted || events[1].Name != "vrrp" || events[1].To != roleStarted {
		t.Errorf("the first ones: %+v", events[:2])
	}
}

// A role that has much to tell loses some of it, says how much, and nobody waits.
func TestAFloodOfEventsIsCounted(t *testing.T) {
	const many = 200_000
	d := asked(t, fmt.Sprintf("vrrp\nvrrp records %d", many))
	eventually(t, "all are told or counted", func() bool {
		events, _ := d.events()
		last := 0
		for _, e := range events {
			switch n, _ := strconv.Atoi(e.Name); {
			case e.Role != "vrrp":
			case e.Missed > 0:
				last += int(e.Missed)
			case last > 0 && n != last+1:
				t.Fatalf("event %d behind %d", n, last)
			default:
				last = n
			}
		}
		return last == many
	})
}

func TestARecorderWaitsForNobody(t *testing.T) {
	r := NewRecorder()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 100_000 {
			r.Record(state.Event{Text: "nobody takes it"})
		}
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("it waits")
	}
	given := 0
	for {
		events := r.take(eventBatch)
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			given += 1 + int(e.Missed)
			if e.Missed > 0 {
				given--
			}
			if e.At.IsZero() {
				t.Fatalf("%+v", e)
			}
		}
	}
	if given != 100_000 {
		t.Errorf("%d given or counted", given)
	}
}
