package services

import (
	"strings"
	"testing"

	"holdfast/internal/golden"
	"holdfast/internal/state"
)

func TestState(t *testing.T) {
	r, err := State(snapshot())
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/state.json", r.Text())
}

// Checks that have not run are a reason not to be ready, unless their service is suspended.
func TestChecksThatHaveNotRun(t *testing.T) {
	s := snapshot()
	v := &s.Services[0]
	v.Servers[0].Checkers[0].Ran = false
	v.Suspended = false
	r, err := State(s)
	if err != nil || len(r.NotReady) != 1 || !strings.Contains(r.NotReady[0], "have not run yet, TCP_CHECK of "+v.Servers[0].Name) {
		t.Errorf("%q, %v", r.NotReady, err)
	}
	for n := range s.Services {
		s.Services[n].Suspended = true
	}
	r, err = State(s)
	if err != nil || len(r.NotReady) != 0 || strings.Contains(r.Lists[state.Warnings], `"about":"server"`) {
		t.Errorf("suspended: %q, %s, %v", r.NotReady, r.Lists[state.Warnings], err)
	}
}
