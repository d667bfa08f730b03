package overview

import (
	"strings"
	"testing"

	"holdfast/internal/golden"
	"holdfast/internal/state"
)

// A plan with everything there can be, as people read it.
func TestPlan(t *testing.T) {
	share, seven := 0.104, int64(7)
	p := state.Plan{File: "/etc/f", Generation: 3, Changes: true, Summary: "vrrp_instance VI_1 changed",
		Gone: []string{"all virtual servers: [192.0.2.1]:tcp:80"}, Fixed: []string{"use_pid_dir was changed"},
		Moves:    []string{"VI_1: is MASTER: resigns"},
		Findings: []state.Warning{{Severity: state.Caution, Text: "odd", File: "/etc/f", Line: 3, Column: 5}, {Severity: state.Error, Text: "bad"}},
		Routers: []state.PlannedRouter{{Name: "VI_1", Kind: state.Restart, State: "MASTER", Effect: []string{"resigns", "starts"}},
			{Name: "VI_2", Kind: state.Added}},
		Addresses: []state.PlannedAddress{
			{Address: "192.0.2.1/24", Kind: state.Added, Interface: "eth0", Instance: "VI_1", Now: true},
			{Address: "192.0.2.2/24", Kind: state.Removed, Interface: "eth0", Instance: "VI_1"},
			{Address: "192.0.2.3/24", Kind: state.Moved, Interface: "eth1", From: "192.0.2.3/24 on eth0, static", Now: true}},
		Services: []state.PlannedService{{Name: "[192.0.2.1]:tcp:80", Kind: state.Changed, Moved: &share, Servers: []state.PlannedServer{
			{Name: "a", Kind: state.Added, Weight: 1}, {Name: "b", Kind: state.Removed, Was: 2, Connections: &seven},
			{Name: "c", Kind: state.Changed, Was: 1, Weight: 3}, {Name: "d", Kind: state.Changed, Was: 1, Weight: 1}}}},
		Statements: []state.PlannedObject{{Class: "vrrp_instance", Name: "VI_1", Kind: "changed", Lines: []string{"priority 100 -> 90"}},
			{Class: "ssl", Kind: "added"}},
	}
	var b strings.Builder
	Plan(&b, &p, Style{})
	p.Refused = "f:1:1: error: bad"
	Plan(&b, &p, Style{})
	Plan(&b, &state.Plan{File: "/etc/f"}, Style{Color: true})
	Plan(&b, &state.Plan{File: "/etc/f", Refused: "no"}, Style{Color: true})
	golden.Equal(t, "testdata/plan.txt", b.String())
}
