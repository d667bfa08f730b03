package services

import (
	"strings"
	"testing"

	"holdfast/internal/golden"
	"holdfast/internal/state"
	"holdfast/ipvs"
)

func TestState(t *testing.T) {
	s := snapshot()
	web := &s.Services[0]
	server := ipvs.DestID{Addr: web.Servers[0].Config.Addr, Port: web.Servers[0].Config.Port}
	r, err := State(s, ConnectionsOf([]ipvs.ListedService{{ID: web.ID.Service, Dests: []ipvs.ListedDest{
		{ID: server, Stats: ipvs.DestStats{Active: 3}}, {ID: ipvs.DestID{Port: 1}, Stats: ipvs.DestStats{Active: 4}},
	}}}))
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
	r, err := State(s, nil)
	if err != nil || len(r.NotReady) != 1 || !strings.Contains(r.NotReady[0], "have not run yet, TCP_CHECK of "+v.Servers[0].Name) {
		t.Errorf("%q, %v", r.NotReady, err)
	}
	for n := range s.Services {
		s.Services[n].Suspended = true
	}
	r, err = State(s, nil)
	if err != nil || len(r.NotReady) != 0 || strings.Contains(r.Lists[state.Warnings], `"about":"server"`) {
		t.Errorf("suspended: %q, %s, %v", r.NotReady, r.Lists[state.Warnings], err)
	}
}
