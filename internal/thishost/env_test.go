package thishost

import (
	"testing"

	"holdfast/config"
)

func TestEnvAnswersForThisHost(t *testing.T) {
	e := Env()
	if e.HostName == "" || e.CPUs < 1 {
		t.Errorf("host name %q, %d processors", e.HostName, e.CPUs)
	}
	for _, tt := range []struct {
		name    string
		ask     func(string) bool
		yes, no string
	}{
		{"interface", e.Interface, "lo", "nosuch0"},
		{"foreign interface", e.Foreign, "lo", "nosuch0"},
		{"user", e.User, "root", "0"}, // names only, as keepalived
		{"group", e.Group, "root", "0"},
		{"table", func(n string) bool { _, ok := e.Named("rt_tables", n); return ok }, "main", "nosuchtable"},
	} {
		if !tt.ask(tt.yes) || tt.ask(tt.no) {
			t.Errorf("%s: %s is %v, %s is %v", tt.name, tt.yes, tt.ask(tt.yes), tt.no, tt.ask(tt.no))
		}
	}
	if e.VRF("lo") || e.Namespace("no such") {
		t.Error("lo is no VRF, and there is no namespace 'no such'")
	}
	if e.Script(config.Command{Argv: []string{"/nonexistent"}}) == "" {
		t.Error("a script that does not exist is fine")
	}
}
