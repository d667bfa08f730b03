package super

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/config/syntax"
	"holdfast/internal/role"
	"holdfast/test/lab"
)

// What came in and nobody has taken is known, once.
func TestUndeliveredSignals(t *testing.T) {
	all := openInlets([]syscall.Signal{syscall.SIGHUP, syscall.Signal(61), syscall.Signal(62)})
	nobody := make(chan any)
	all.start(nobody)
	defer all.stop()
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.Signal(61), syscall.Signal(61)} {
		if err := syscall.Kill(os.Getpid(), s); err != nil {
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
	if err := syscall.Kill(os.Getpid(), 62); err != nil {
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

// What was on its way when no other program was executed after all is done, in its order; what asks for files goes to that
// program, and one that ends the daemon has none executed.
func TestSignalsWhenAnotherProgramIsExecuted(t *testing.T) {
	some := []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, sigJSON}
	s := NewSupervisor(Options{})
	s.inlets = openInlets(some)
	s.inlets.start(s.events)
	defer s.inlets.stop()
	s.events <- pidsDue{}
	s.events <- syscall.SIGUSR1
	s.events <- syscall.SIGHUP
	dumps, err := s.shutSignals()
	if err != nil || !slices.Equal(dumps, []syscall.Signal{syscall.SIGUSR1}) || len(s.events) > 0 ||
		!slices.Equal(s.backlog, []any{pidsDue{}, syscall.SIGUSR1, syscall.SIGHUP}) {
		t.Errorf("%v, %v, %v", err, dumps, s.backlog)
	}
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGUSR1, sigJSON} {
		if err := syscall.Kill(os.Getpid(), sig); err != nil { // it would end who does not ignore it
			t.Fatal(err)
		}
	}
	s.inlets.open()
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if e := <-s.events; e != any(syscall.SIGTERM) {
		t.Errorf("%v came", e)
	}
	s.backlog = []any{syscall.SIGTERM}
	if _, err := s.shutSignals(); err == nil {
		t.Error("another program is executed although the daemon is told to stop")
	}
	s.inlets.open()
}

// A signal that ends the daemon is on its way, or ends it: none is lost.
func TestTERMIsNotLost(t *testing.T) {
	for range 200 {
		s := NewSupervisor(Options{})
		s.inlets = openInlets([]syscall.Signal{syscall.SIGTERM})
		other := make(chan os.Signal, 1)
		signal.Notify(other, syscall.SIGTERM) // so that it does not end this test
		s.inlets.start(s.events)
		go func() { _ = syscall.Kill(os.Getpid(), syscall.SIGTERM) }()
		_, err := s.shutSignals()
		<-other
		// Either it came before, or where another process would have been ended by it.
		if told := slices.Contains(s.backlog, any(syscall.SIGTERM)); told != (err != nil) {
			t.Errorf("%v, and %v", err, s.backlog)
		}
		signal.Stop(other)
		s.inlets.stop()
	}
}

// A daemon that is being stopped executes nothing, whatever becomes of those it was to succeed.
func TestNobodyGoesBackInAStop(t *testing.T) {
	s := NewSupervisor(Options{})
	h := &heir{note: &Succession{}}
	s.heir, s.stopping, s.status = h, true, 3
	if got := s.fallBack(t.Context(), "it does not hand over"); got != 3 || s.heir != h {
		t.Errorf("status %d, and %v", got, s.heir)
	}
	if _, err := s.shutSignals(); err == nil {
		t.Error("another program is executed")
	}
}
