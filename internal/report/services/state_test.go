package services

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/golden"
	"holdfast/internal/state"
	"holdfast/ipvs"
)

func TestState(t *testing.T) {
	s := snapshot()
	web := &s.Services[0]
	server := ipvs.DestID{Addr: web.Servers[0].Config.Addr, Port: web.Servers[0].Config.Port}
	r, err := State(s, connectionsOf([]ipvs.ListedService{{ID: web.Members[0], Dests: []ipvs.ListedDest{
		{ID: server, Stats: ipvs.DestStats{Active: 3}}, {ID: ipvs.DestID{Port: 1}, Stats: ipvs.DestStats{Active: 4}},
	}}}))
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/state.json", r.Text())
}

func connectionsOf(table []ipvs.ListedService) Connections {
	all := Connections{}
	for n := range table {
		all.Add(&table[n])
	}
	return all
}

// A quorum of which nothing was said yet is not met, as 2.2.7 shows it by SNMP.
func TestQuorumAsAnObject(t *testing.T) {
	for quorum, met := range map[string]bool{"up": true, "down": false, "unknown": false} {
		shown := NewShown(Statistics{})
		shown.Virtual(&lvs.VirtualReading{Quorum: quorum})
		if o := shown.Report(time.Time{}).Objects; o.Services[0].Quorum != met {
			t.Errorf("%s is shown as %v", quorum, !met)
		}
	}
}

// The connections of a group are those of all its members, as far as the kernel has them; with DR a server is found
// at the port of each.
func TestConnectionsOfAGroup(t *testing.T) {
	s := snapshot()
	g := &s.Services[1]
	near, far := config.RealServer{Addr: netip.MustParseAddr("10.1.0.1"), Port: 8080, Method: config.DR},
		config.RealServer{Addr: netip.MustParseAddr("10.1.0.2"), Port: 8080, Method: config.NAT}
	g.Servers = []lvs.ServerStatus{{Config: &near, Up: true}, {Config: &far, Up: true}}
	member := func(addr string) ipvs.ServiceID {
		return ipvs.ServiceID{Family: ipvs.IPv4, Protocol: 17, Addr: netip.MustParseAddr(addr), Port: 80}
	}
	g.Members = []ipvs.ServiceID{member("10.0.0.5"), member("10.0.0.6"), member("10.0.0.8")}
	dests := func(one, two uint32) []ipvs.ListedDest {
		return []ipvs.ListedDest{{ID: ipvs.DestID{Addr: near.Addr, Port: 80}, Stats: ipvs.DestStats{Active: one}},
			{ID: ipvs.DestID{Addr: far.Addr, Port: 8080}, Stats: ipvs.DestStats{Active: two}}}
	}
	now := connectionsOf([]ipvs.ListedService{{ID: g.Members[0], Counters: ipvs.Counters{PacketsIn: 7}, Dests: dests(1, 2)}, {ID: g.Members[2], Dests: dests(3, 4)},
		{ID: member("10.0.0.9"), Dests: dests(50, 60)}})
	writer := func(now Connections) stateWriter {
		return stateWriter{of: s, now: now, servers: state.NewList[state.Server](2), checks: state.NewList[state.Check](2)}
	}
	servers := func(w stateWriter) (list []state.Server) {
		r, err := state.NewReport(s.At, map[string]any{state.Servers: w.servers}, nil)
		if err == nil {
			err = json.Unmarshal([]byte(r.Lists[state.Servers]), &list)
		}
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	w := writer(now)
	v := w.service(g, s.tally(1))
	if v.Connections == nil || *v.Connections != 10 || v.Packets == nil || *v.Packets != 7 {
		t.Errorf("%v, %v", v.Connections, v.Packets)
	}
	list := servers(w)
	for n, want := range []int64{4, 6} {
		if got := list[n].Connections; got == nil || *got != want {
			t.Errorf("server %d: %v", n, got)
		}
	}
	w = writer(nil)
	if v := w.service(g, s.tally(1)); v.Connections != nil || v.Packets != nil || servers(w)[0].Connections != nil {
		t.Errorf("the kernel was not asked: %v", v.Connections)
	}
}

// A service of a group that packets are marked for is found by its addresses and by the mark.
func TestEntriesOfAMarkedGroup(t *testing.T) {
	s := snapshot()
	v := lvs.VirtualStatus{Config: config.VirtualServer{Group: "mapped", Protocol: config.TCP}}
	nine := netip.MustParseAddr("10.0.0.9")
	w := stateWriter{of: s}
	if got := w.entries(&v); !slices.Equal(got, []state.Entry{{First: nine, Last: nine, Port: 80}, {Mark: 1000}}) {
		t.Errorf("%+v", got)
	}
	v.Config.Group = "gone"
	if got := w.entries(&v); got == nil || len(got) > 0 {
		t.Errorf("%+v", got)
	}
}

// A server has one warning, with the reasons: a check that says no, and one that cannot be made.
func TestOneWarningAServer(t *testing.T) {
	for _, up := range []bool{false, true} {
		s := snapshot()
		r := &s.Services[0].Servers[0]
		r.Up, r.Checkers[0].Up = up, up
		r.Checkers = append(r.Checkers, r.Checkers[0])
		w := stateWriter{of: s}
		w.server(&s.Services[0], r)
		undone := "TCP_CHECK could not be made 3 times in a row: no room"
		want := state.Warning{Severity: state.Caution, About: "check", Text: undone + "; " + undone}
		if !up {
			want = state.Warning{Severity: state.Error, About: "server", Since: at,
				Text: "down: TCP_CHECK: connection refused; " + undone + "; " + undone}
		}
		want.Name = "[10.0.0.1]:tcp:80 [10.1.0.1]:tcp:8080"
		if !slices.Equal(w.warnings, []state.Warning{want}) {
			t.Errorf("up %v: %+v, want %+v", up, w.warnings, want)
		}
	}
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
