package super

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/config/syntax"
	"holdfast/internal/role"
	"holdfast/internal/signals"
	"holdfast/test/lab"
)

// What came in and nobody has taken is known, once; and HUP comes in under either name.
func TestUndeliveredSignals(t *testing.T) {
	all := openInlets([]syscall.Signal{syscall.SIGHUP, syscall.Signal(61), syscall.Signal(62)})
	nobody := make(chan any)
	all.start(nobody)
	defer all.stop()
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.Signal(61), syscall.Signal(61)} {
		if err := signals.Raise(s); err != nil {
			t.Fatal(err)
		}
	}
	var got []syscall.Signal
	err := lab.Eventually(10*time.Second, "two signals", func() (bool, string) {
		for _, s := range all.undelivered() {
			if !slices.Contains(got, s) { // one of the storm may have come in later
				got = append(got, s)
			}
		}
		slices.Sort(got)
		return slices.Equal(got, []syscall.Signal{syscall.SIGHUP, 61}), fmt.Sprint(got)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := signals.Raise(syscall.Signal(62)); err != nil {
		t.Fatal(err)
	}
	select {
	case e := <-nobody:
		if e != any(syscall.Signal(62)) && e != any(syscall.Signal(61)) {
			t.Errorf("delivered %v", e)
		}
	case <-time.After(10 * time.Second):
		t.Error("nothing is delivered any more")
	}
}

// Those that wait for another program are all that ask for something.
func TestHeldSignals(t *testing.T) {
	if got, want := fmt.Sprint(held()), fmt.Sprint([]syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1,
		syscall.SIGUSR2, sigStatsClear, sigJSON, syscall.SIGINT, syscall.SIGXCPU, sigThreadDump}); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A signal for all processes waits until all have taken over, once however often it comes.
func TestPostponedSignals(t *testing.T) {
	h := &heir{}
	for _, s := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGUSR1} {
		if !h.postpones(s) {
			t.Errorf("%v does not wait", s)
		}
	}
	if want := []syscall.Signal{syscall.SIGUSR1, syscall.SIGUSR2}; !slices.Equal(h.later, want) {
		t.Errorf("%v wait, want %v", h.later, want)
	}
	h.proving = true
	if h.postpones(syscall.SIGUSR1) {
		t.Error("it waits although all have taken over")
	}
}

// A file that is being written when another program begins is read again, until it has what runs.
func TestAFileThatIsBeingWritten(t *testing.T) {
	reads := 0
	o := Options{Roles: role.Table{role.VRRP(), role.Checker()},
		Load: func() (syntax.Snapshot, error) {
			if reads++; reads == 2 {
				return syntax.Snapshot{}, errors.New("it is not there")
			}
			return syntax.Snapshot{}, nil
		},
		Bind: func(syntax.Snapshot) (*config.Config, []syntax.Diagnostic) {
			c := &config.Config{}
			if reads >= 4 {
				c.Instances = []config.Instance{{Name: "VI"}}
			}
			return c, nil
		}}
	n := &Succession{Children: []Inherited{{Role: role.VRRP().Name}}}
	if l, err := NewSupervisor(o).loadWhole(n); err != nil || len(l.config.Instances) != 1 || reads != 4 {
		t.Errorf("%v after %d reads", err, reads)
	}
	reads = -1000
	if l, err := NewSupervisor(o).loadWhole(n); err != nil || len(l.config.Instances) != 0 || reads != -1000+wholeTries {
		t.Errorf("%v after %d reads", err, reads+1000)
	}
	reads = 10
	n.Children = nil
	if _, err := NewSupervisor(o).loadWhole(n); err != nil || reads != 11 {
		t.Errorf("%v after %d reads", err, reads-10)
	}
}

// What was on its way in the loop when no other program was executed after all is done there, in its order; signals wait
// for themselves.
func TestEventsOfAProgramThatIsNotExecuted(t *testing.T) {
	runtime.LockOSThread() // as Run does; for good, because its mask is another one then
	s := NewSupervisor(Options{})
	s.inlets = openInlets(held())
	s.inlets.start(s.events)
	defer s.inlets.stop()
	s.events <- dumpWanted{DumpStats}
	s.events <- syscall.SIGHUP
	s.events <- pidsDue{}
	release, err := s.holdSignals()
	if err != nil {
		t.Fatal(err)
	}
	if len(s.events) > 0 || len(s.backlog) != 2 || s.backlog[0] != any(dumpWanted{DumpStats}) {
		t.Errorf("%d events, and %v", len(s.events), s.backlog)
	}
	release()
	select {
	case e := <-s.events:
		if e != any(syscall.SIGHUP) {
			t.Errorf("%v came", e)
		}
	case <-time.After(10 * time.Second):
		t.Error("the signal is lost")
	}
}
