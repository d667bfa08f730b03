package state

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTheHeadIsAsOldAsWhatIsOldest(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	a := Answer{Daemon: Daemon{PID: 7}, Sources: []Source{
		{Role: "vrrp", At: now.Add(-time.Second)}, {Role: "checker", At: now.Add(-3 * time.Second)}, {Role: "bfd"},
	}}
	h := a.Head(now)
	if h.PID != 7 || h.Age != 3000 || !h.At.Equal(now.Add(-3*time.Second)) {
		t.Errorf("%+v", h)
	}
	if h.Sources[0].Age != 1000 || h.Sources[1].Age != 3000 || h.Sources[2].Age != 0 {
		t.Errorf("%+v", h.Sources)
	}
	if a.Sources[0].Age != 0 {
		t.Error("what others read too was changed")
	}
	// A clock that was set back makes nothing younger than now.
	if h := a.Head(now.Add(-time.Hour)); h.Age != 0 || h.Sources[0].Age != 0 {
		t.Errorf("%+v", h)
	}
}

func TestWarningsOfTheDaemon(t *testing.T) {
	a := Answer{Daemon: Daemon{Complete: true}, Findings: []Warning{{Text: "found"}}}
	texts := func() (all []string) {
		for _, w := range a.Warnings() {
			all = append(all, w.Text)
		}
		return all
	}
	if got := texts(); !slices.Equal(got, []string{"found"}) || len(a.NotReady()) > 0 {
		t.Errorf("%q, %q", got, a.NotReady())
	}
	a.Problem = "busy"
	a.Sources = []Source{{Role: "vrrp", Problem: "hangs"}}
	a.Config.LastReload = &Reload{Reason: "broken"}
	if got := texts(); len(got) != 4 || got[0] != "busy" || got[1] != "hangs" || !strings.HasSuffix(got[2], ": broken") {
		t.Errorf("%q", got)
	}
	a.Config.LastReload.OK = true
	if got := texts(); len(got) != 3 {
		t.Errorf("%q", got)
	}
	a.Daemon.Stopping = true
	if got := a.NotReady(); !slices.Equal(got, []string{"busy", "vrrp: hangs", "the daemon is stopping"}) {
		t.Errorf("%q", got)
	}
}

func TestReportsAreText(t *testing.T) {
	r, err := NewReport(time.Unix(1, 2), map[string]any{Groups: []Group{}, Instances: []string{"a<b"}}, []string{"why"})
	if err != nil || r.At != 1_000_000_002 || r.Lists[Groups] != "[]" || r.Lists[Instances] != `["a<b"]` {
		t.Errorf("%+v, %v", r, err)
	}
	if got := r.Text(); got != "instances: [\n  \"a<b\"\n]\ngroups: []\nnot ready: why\n" {
		t.Errorf("%q", got)
	}
	if _, err := NewReport(time.Now(), map[string]any{Groups: make(chan int)}, nil); err == nil {
		t.Error("a channel was encoded")
	}
}
