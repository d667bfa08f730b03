package super

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"holdfast/internal/state"
)

// planned asks what a reload with a text would do.
func (d *daemon) planned(conf string) (p state.Prospect) {
	d.t.Helper()
	file := filepath.Join(d.dir, "other")
	if err := os.WriteFile(file, []byte(conf), 0o644); err != nil {
		d.t.Fatal(err)
	}
	var failed any
	d.ask("plan "+file, &[]any{&p, &failed})
	if failed != nil {
		d.t.Fatal(failed)
	}
	if p.File != file {
		d.t.Errorf("told of %s", p.File)
	}
	return p
}

// Whatever refuses a reload refuses a plan in the same words, and neither it nor one that would succeed leaves a trace:
// the roles forget it, and the number of the next configuration is the next one.
func TestAPlanHasTheVerdictOfTheReload(t *testing.T) {
	t.Parallel()
	d := asked(t, "vrrp\nvrrp tag A")
	vrrp := d.pid("vrrp.pid")
	for _, conf := range []string{
		"fatal nonsense", "vrrp\nvrrp tag B\nerror something new", "vrrp\nvrrp refuse no room", "vrrp\nvrrp permanent 2",
		"vrrp\nchecker\nchecker refuse no table", "vrrp\nchecker\nchecker die-prepare", "vrrp\nsecret in /nothing/there",
		"vrrp\nnoigmp", "nothing to run",
	} {
		p := d.planned(conf)
		if p.Refused == "" || p.Generation != 1 {
			t.Errorf("%q: %+v", conf, p)
		}
		d.write(conf)
		var refused, failed any
		d.ask("reload", &[]any{&refused, &failed})
		want := strings.ReplaceAll(refused.(string), d.dir+"/conf", "")
		if got := strings.ReplaceAll(p.Refused, d.dir+"/other", ""); got != want {
			t.Errorf("%q: the plan says %q, the reload %q", conf, got, want)
		}
		eventually(t, "no checker is left", func() bool {
			_, err := os.Stat(d.dir + "/checkers.pid")
			return os.IsNotExist(err)
		})
	}
	before := d.state()
	if p := d.planned("vrrp\nvrrp tag C\nnote look here"); p.Refused != "" || len(p.Findings) != 1 || p.Findings[0].Line != 3 {
		t.Errorf("%+v", p)
	}
	if p := d.planned("vrrp\nchecker\nvrrp tag C"); p.Refused != "" || len(p.Findings) != 0 {
		t.Errorf("%+v", p)
	}
	after := d.state()
	if before.Config.Generation != after.Config.Generation || !before.Config.Loaded.Equal(after.Config.Loaded) ||
		!before.Config.LastReload.At.Equal(after.Config.LastReload.At) {
		t.Errorf("%+v became %+v", before.Config, after.Config)
	}
	if d.pid("vrrp.pid") != vrrp || !alive(vrrp) {
		t.Error("the vrrp process is another one")
	}
	d.write("vrrp\nvrrp tag D")
	d.signal(syscall.SIGHUP)
	d.expect("committed D")
	d.never("committed C")
	eventually(t, "the reload is over", func() bool { return d.state().Config.Generation != after.Config.Generation })
	if got, want := d.state().Config.Generation, uint64(11); got != want { // nine were refused
		t.Errorf("generation %d, want %d", got, want)
	}
}

// The file of the daemon itself, when none is named; one that is not there is a refusal.
func TestAPlanOfTheOwnFile(t *testing.T) {
	t.Parallel()
	d := asked(t, "vrrp\nvrrp tag A")
	d.write("vrrp\nvrrp refuse no room")
	plan := func() (p state.Prospect) {
		var failed any
		d.ask("plan", &[]any{&p, &failed})
		return p
	}
	if p := plan(); p.Refused != "no room" || p.File != filepath.Join(d.dir, "conf") {
		t.Errorf("%+v", p)
	}
	if err := os.Remove(filepath.Join(d.dir, "conf")); err != nil {
		t.Fatal(err)
	}
	if p := plan(); !strings.Contains(p.Refused, "Config files missing") {
		t.Errorf("%+v", p)
	}
}

// A plan waits for the reload under way, a reload for the plan, and both get their own answers; a process that was
// started for a plan and dies neither ends a daemon that starts nothing again nor is started again.
func TestPlansAndReloadsTakeTurns(t *testing.T) {
	t.Parallel()
	d := asked(t, "vrrp\nvrrp tag A")
	ask := func(conf string) <-chan state.Prospect {
		file := filepath.Join(t.TempDir(), "conf")
		if err := os.WriteFile(file, []byte(conf), 0o644); err != nil {
			t.Fatal(err)
		}
		answer := make(chan state.Prospect, 1)
		go func() {
			var p state.Prospect
			var failed any
			d.ask("plan "+file, &[]any{&p, &failed})
			answer <- p
		}()
		return answer
	}
	gate := filepath.Join(d.dir, "gate")
	first := ask("vrrp\nvrrp tag B\nvrrp wait-prepare " + gate)
	d.expect("vrrp waits")
	d.write("vrrp\nvrrp tag C")
	d.signal(syscall.SIGHUP)
	second := ask("vrrp\nvrrp refuse no room")
	if err := os.WriteFile(gate, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if p := <-first; p.Refused != "" || p.Generation != 1 {
		t.Errorf("%+v", p)
	}
	d.expect("committed C")
	if p := <-second; p.Refused != "no room" {
		t.Errorf("%+v", p)
	}
	d.never("committed B")
}

func TestAPlanDoesNotEndADaemonThatStartsNothingAgain(t *testing.T) {
	t.Parallel()
	d := asked(t, "vrrp\nvrrp tag A", "SUPER_TEST_NORESPAWN=1")
	if p := d.planned("vrrp\nchecker\nchecker die-prepare"); !strings.Contains(p.Refused, "died while preparing") {
		t.Errorf("%+v", p)
	}
	if d.state().Daemon.Stopping {
		t.Error("the daemon stops")
	}
	d.signal(syscall.SIGTERM)
	d.exit(0)
}

// Whoever has gone is not asked for.
func TestAPlanThatNobodyWaitsFor(t *testing.T) {
	s := NewSupervisor(Options{})
	ctx, gone := context.WithCancel(t.Context())
	gone()
	if _, err := s.Plan(ctx, "", false); err == nil {
		t.Error("an answer")
	}
	close(s.done)
	if _, err := s.Plan(t.Context(), "", false); err == nil {
		t.Error("an answer of a daemon that has ended")
	}
}
