package overview

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"holdfast/internal/golden"
	"holdfast/internal/state"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func earlier(d time.Duration) time.Time { return now.Add(-d) }

// at is the entry of one address.
func at(addr string, port uint16) state.Entry {
	a := netip.MustParseAddr(addr)
	return state.Entry{First: a, Last: a, Port: port}
}

// sample has something of everything.
func sample() *state.All {
	addr := netip.MustParseAddr
	five := int64(5)
	return &state.All{
		Head: state.Head{PID: 7, At: now, Sources: []state.Source{{Role: "vrrp", PID: 8, At: now}}},
		Daemon: state.Daemon{PID: 7, Version: "0.1.0", Started: earlier(50 * time.Hour), Complete: true, Instance: "east",
			Namespace: "blue"},
		Config: state.Config{File: "/etc/k.conf", Loaded: earlier(90 * time.Minute),
			LastReload: &state.Reload{At: earlier(61 * time.Second), Reason: "k.conf:1:1: Unknown keyword"}},
		Instances: []state.Instance{
			{Name: "VI_1", State: "MASTER", Since: earlier(3 * time.Hour), Priority: 100, EffectivePriority: 100, Group: "G",
				Master: addr("10.0.0.2"), Reasons: []string{}, Addresses: []state.Address{
					{Address: "10.0.0.9/24", Interface: "eth0", Wanted: true, Present: true},
					{Address: "10.0.0.10/24", Interface: "eth0", Wanted: true, Present: true},
					{Address: "10.0.0.11/24", Interface: "eth0", Wanted: true}},
				OtherMasters: []state.Rival{{Address: addr("10.0.0.4"), Priority: 9, Now: true, First: earlier(2 * time.Second)},
					{Address: addr("10.0.0.5"), Priority: 8, Last: earlier(time.Hour)}},
				Lacks: []string{"cannot set 10.0.0.11/24 on eth0: no"},
				LastTransition: &state.Transition{At: earlier(3 * time.Hour), From: "BACKUP", To: "MASTER",
					Reason: "master 10.0.0.2 silent for 3.609s", Code: "master_silent"}},
			{Name: "longer_name", State: "BACKUP", Since: earlier(2 * time.Minute), Priority: 150, EffectivePriority: 130,
				Master: addr("10.0.0.3"), MasterPriority: 120, MasterDown: 3609, Awaited: 1,
				Reasons: []string{"10.0.0.3 is master with priority 120"}},
			{Name: "VI_3", State: "FAULT", Since: earlier(time.Second), Priority: 90, EffectivePriority: 90,
				Master: addr("10.0.0.3"), Reasons: []string{"interface eth9 does not exist", "script chk failed"}},
		},
		Groups: []state.Group{{Name: "G", State: "mixed", Members: []string{"VI_1", "VI_3"}}},
		Trackers: []state.Tracker{
			{Kind: "script", Name: "chk", Status: "down", Users: []state.User{{Instance: "VI_3"},
				{Instance: "longer_name", Weight: -20, Reverse: true}}},
			{Kind: "file", Name: "load", Status: "value", Value: 7, Users: []state.User{{Instance: "VI_1", Weight: 2}}},
		},
		Services: []state.Service{
			{Name: "[10.0.0.9]:tcp:80", Quorum: "up", QuorumWanted: 1, Weight: 2, Servers: 2, ServersUp: 1,
				Serving: "real servers", Connections: &five, Protocol: "tcp", Entries: []state.Entry{at("10.0.0.9", 80)}},
			{Name: "FWM 9", Quorum: "unknown", QuorumWanted: 1, Suspended: true, Serving: "sorry server", Protocol: "none",
				Entries: []state.Entry{{Mark: 9}}, Announced: []state.Place{
					{Prefix: "192.0.2.0/28", Interface: "lo", Shown: true, Since: now.Add(-time.Hour)},
					{Prefix: "2001:db8::/48", Table: 100, Reason: "FWM 9: it is suspended", Problem: "no room"},
				}},
			{Name: "[web]:0", Quorum: "up", QuorumWanted: 1, Weight: 7, Servers: 2, ServersUp: 2, Backups: 1, BackupsUp: 1,
				Serving: "real servers", Protocol: "udp", Group: "web", Method: "DR", Entries: []state.Entry{
					{First: addr("10.0.0.20"), Last: addr("10.0.0.29"), Port: 53}, {Mark: 7}}},
			{Name: "[web]:1", Quorum: "down", QuorumWanted: 1, Servers: 3, ServersUp: 1, Backups: 2, BackupsUp: 1, Serving: "backup servers",
				Protocol: "tcp", Group: "web", Method: "NAT", Entries: []state.Entry{
					{First: addr("10.0.0.20"), Last: addr("10.0.0.29"), Port: 53}, {Mark: 7}}},
		},
		Servers: []state.Server{
			{Service: "[10.0.0.9]:tcp:80", Name: "[10.1.0.1]:tcp:8080", Address: addr("10.1.0.1"), Port: 8080, Up: true,
				Effective: 2, Checks: 1},
			{Service: "[10.0.0.9]:tcp:80", Name: "[10.1.0.2]:tcp:8080", Address: addr("10.1.0.2"), Port: 8080, Checks: 2,
				ChecksFailed: 1, Reason: "TCP_CHECK: connection refused", Since: earlier(30 * time.Second)},
			{Service: "FWM 9", Name: "[fd00::1]:none:0", Address: addr("fd00::1"), Up: true},
			{Service: "[web]:0", Name: "[10.1.0.3]:udp:0", Address: addr("10.1.0.3"), Up: true, Effective: 7},
			{Service: "[web]:0", Name: "[10.1.0.4]:udp:0", Address: addr("10.1.0.4"), Up: true, Effective: 5, Backup: true},
			{Service: "[web]:1", Name: "[10.1.0.3]:tcp:54", Address: addr("10.1.0.3"), Port: 54, Checks: 1, ChecksFailed: 1,
				Reason: "TCP_CHECK: connection refused", Since: earlier(time.Minute)},
			{Service: "[web]:1", Name: "[10.1.0.4]:tcp:54", Address: addr("10.1.0.4"), Port: 54, Up: true, Effective: 5,
				Backup: true},
			{Service: "[web]:1", Name: "[10.1.0.5]:tcp:54", Address: addr("10.1.0.5"), Port: 54, Effective: 5, Backup: true},
		},
		Checks: []state.Check{
			{Service: "[10.0.0.9]:tcp:80", Server: "[10.1.0.1]:tcp:8080", Kind: "TCP_CHECK", Target: "10.1.0.1:8080", Up: true,
				Ran: true, Enabled: true, Started: earlier(time.Second), Next: now.Add(9 * time.Second)},
			{Service: "[10.0.0.9]:tcp:80", Server: "[10.1.0.2]:tcp:8080", Kind: "TCP_CHECK", Target: "10.1.0.2:8080", Ran: true,
				Enabled: true, Started: earlier(2 * time.Second), Failures: 4, Since: earlier(30 * time.Second),
				Error: "connection refused", Running: true},
			{Service: "[10.0.0.9]:tcp:80", Server: "[10.1.0.2]:tcp:8080", Kind: "MISC_CHECK", Target: "/bin/x", Up: true,
				Enabled: true, Undone: 3, UndoneError: "no such file"},
		},
		Sessions: []state.Session{{Name: "peer", State: "Down", Since: earlier(time.Minute), RemoteState: "AdminDown",
			Neighbor: addr("10.0.0.3"), Diagnostic: "Control Detection Time Expired"}},
		Neighbors: []state.Neighbor{
			{Address: addr("10.0.0.66"), AS: 65066, State: "established", Since: earlier(time.Hour), Prefixes: 3, Lost: 1},
			{Address: addr("fd00::66"), AS: 4200000000, State: "active", Since: earlier(time.Second), Error: "connection refused",
				BFD: "peer"},
		},
		Warnings: []state.Warning{
			{Severity: state.Error, About: "instance", Name: "VI_3", Text: "FAULT: script chk failed", Since: earlier(time.Second)},
			{Severity: state.Caution, About: "config", Text: "beware", File: "k.conf", Line: 3, Column: 4},
		},
	}
}

// What is written of a daemon with everything, and of one that does not answer as a whole.
func TestStatus(t *testing.T) {
	var b bytes.Buffer
	Status(&b, sample(), Style{Now: now})
	golden.Equal(t, "testdata/status.txt", b.String())
	b.Reset()
	Status(&b, sample(), Style{Now: now, Wide: true})
	golden.Equal(t, "testdata/wide.txt", b.String())
	a := sample()
	a.Problem = "the supervisor does not answer"
	a.Sources = append(a.Sources, state.Source{Role: "checker", At: earlier(time.Second), Age: 1000, Problem: "hangs"},
		state.Source{Role: "bfd", Problem: "has died"})
	a.Daemon.Stopping = true
	b.Reset()
	Status(&b, a, Style{Now: now})
	for _, want := range []string{"NOT UP TO DATE: the supervisor does not answer\n", "it is stopping\n",
		"NOT UP TO DATE: checker: hangs; what is shown of it is 1000 ms old\n", "NOT UP TO DATE: bfd: has died\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
}

func TestColours(t *testing.T) {
	var plain, painted bytes.Buffer
	Status(&plain, sample(), Style{Now: now, Wide: true})
	Status(&painted, sample(), Style{Now: now, Wide: true, Color: true})
	if strings.Contains(plain.String(), "\x1b") || !strings.Contains(painted.String(), "\x1b[32mMASTER\x1b[0m") ||
		!strings.Contains(painted.String(), "\x1b[31mFAULT\x1b[0m") {
		t.Errorf("%q", painted.String())
	}
	// They change nothing but the colour: what stands in columns stays there.
	bare := strings.NewReplacer("\x1b[31m", "", "\x1b[32m", "", "\x1b[33m", "", "\x1b[0m", "").Replace(painted.String())
	if bare != plain.String() {
		t.Errorf("%s\n%s", bare, plain.String())
	}
}

func TestWhy(t *testing.T) {
	var all strings.Builder
	for _, name := range []string{"VI_1", "longer_name", "VI_3", "[10.0.0.9]:tcp:80", "FWM 9", "10.1.0.2:8080", "10.1.0.1",
		"[10.1.0.1]:tcp:8080", "fd00::1", "peer", "G", "web", "10.1.0.4", "10.0.0.66",
		"fd00::66"} {
		all.WriteString("# " + name + "\n")
		if !Why(&all, sample(), name, Style{Now: now}) {
			t.Errorf("nothing is found of %s", name)
		}
	}
	golden.Equal(t, "testdata/why.txt", all.String())
	for _, name := range []string{"", "VI", "10.0.0.99", "80"} {
		var b strings.Builder
		if Why(&b, sample(), name, Style{Now: now}) || b.Len() > 0 {
			t.Errorf("%q: %s", name, b.String())
		}
	}
}

// What is told as JSON is what belongs to the name, and nothing else.
func TestSelect(t *testing.T) {
	for name, want := range map[string]string{
		"VI_3":              "instances 1, trackers 1, warnings 1",
		"G":                 "instances 2, groups 1, trackers 2, warnings 1",
		"[10.0.0.9]:tcp:80": "services 1",
		"10.1.0.1":          "servers 1, checks 1",
		"VI":                "",
	} {
		some, found := Select(sample(), name)
		var got []string
		for _, l := range []struct {
			name string
			n    int
		}{
			{"instances", len(some.Instances)}, {"groups", len(some.Groups)}, {"trackers", len(some.Trackers)},
			{"services", len(some.Services)}, {"servers", len(some.Servers)}, {"checks", len(some.Checks)},
			{"sessions", len(some.Sessions)}, {"neighbors", len(some.Neighbors)}, {"warnings", len(some.Warnings)},
		} {
			if l.n > 0 {
				got = append(got, fmt.Sprintf("%s %d", l.name, l.n))
			}
		}
		if s := strings.Join(got, ", "); s != want || found != (want != "") || some.PID != 7 || some.Checks == nil {
			t.Errorf("%s: %t, %s; want %s", name, found, s, want)
		}
	}
}

func TestWarnings(t *testing.T) {
	var b strings.Builder
	Warnings(&b, sample().Warnings, Style{Now: now})
	if want := "error: instance VI_3: FAULT: script chk failed (for 1s)\nk.conf:3:4: warning: config: beware\n"; b.String() != want {
		t.Errorf("%s", b.String())
	}
}

func TestSpans(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 0: "0s", 59 * time.Second: "59s", 61 * time.Second: "1m01s", time.Hour: "1h00m",
		47 * time.Hour: "47h00m", 50 * time.Hour: "2d2h",
	} {
		if got := span(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}
