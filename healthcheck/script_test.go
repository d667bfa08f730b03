package healthcheck

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/internal/runas"
)

func TestSemantics10_8_ScriptVerdicts(t *testing.T) {
	program := runas.Program{Path: "/bin/check", Argv: []string{"/bin/check"}}
	for name, c := range map[string]struct {
		r             runas.Result
		want, dynamic attempt.Verdict
	}{
		"0":         {runas.Result{Exited: true}, attempt.Passed, attempt.Passed},
		"1":         {runas.Result{Exited: true, Status: 1}, attempt.Failed, attempt.Failed},
		"2":         {runas.Result{Exited: true, Status: 2}, attempt.Failed, attempt.Passed},
		"255":       {runas.Result{Exited: true, Status: 255}, attempt.Failed, attempt.Passed},
		"signal":    {runas.Result{Signal: syscall.SIGKILL}, attempt.Failed, attempt.Failed},
		"timeout":   {runas.Result{Signal: syscall.SIGTERM, TimedOut: true}, attempt.Failed, attempt.Failed},
		"timeout 3": {runas.Result{Exited: true, Status: 3, TimedOut: true}, attempt.Failed, attempt.Failed},
		"no start":  {runas.Result{Err: errors.New("no memory")}, attempt.Local, attempt.Local},
	} {
		for _, dynamic := range []bool{false, true} {
			p := Prober{Scripts: func(_ context.Context, got runas.Program, timeout time.Duration) runas.Result {
				if got.Path != program.Path || timeout != 3*time.Second {
					t.Errorf("ran %v with timeout %s", got, timeout)
				}
				return c.r
			}}
			r := p.Probe(t.Context(), Target{
				Checker: config.Checker{
					Kind: config.CheckMisc,
					Misc: &config.MiscCheck{Dynamic: dynamic, Timeout: 3 * time.Second},
				}, Parts: Parts{Program: program},
			})
			want := c.want
			if dynamic {
				want = c.dynamic
			}
			exit := attempt.Exit{TimedOut: c.r.TimedOut, Signal: int(c.r.Signal), Status: c.r.Status}
			if r.Verdict != want || r.Exit != exit {
				t.Errorf("%s, dynamic %v: %+v, want verdict %d", name, dynamic, r, want)
			}
		}
	}
	if r := (Prober{}).Probe(t.Context(), Target{Checker: config.Checker{Kind: config.CheckMisc}}); r.Verdict != attempt.Local {
		t.Errorf("without a program: %+v", r)
	}
}

// TestScriptsOfRunas runs a real script through a real Runner.
func TestScriptsOfRunas(t *testing.T) {
	script := filepath.Join(t.TempDir(), "check")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nexit $1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	runner := runas.New(runas.Options{Global: config.Global{ScriptUser: "root"}})
	for arg, want := range map[string]attempt.Verdict{"0": attempt.Passed, "1": attempt.Failed} {
		prog, err := runner.Resolve(config.Command{Argv: []string{script, arg}}, "misc check script")
		if err != nil {
			t.Fatal(err)
		}
		r := Prober{Scripts: Scripts(runner)}.Probe(t.Context(), Target{
			Checker: config.Checker{
				Kind: config.CheckMisc,
				Misc: &config.MiscCheck{Timeout: 10 * time.Second},
			}, Parts: Parts{Program: prog},
		})
		if r.Verdict != want {
			t.Errorf("exit %s: %+v", arg, r)
		}
	}
}

func TestScriptPathIsShownAsKeepalivedDoes(t *testing.T) {
	dir := t.TempDir()
	for name, to := range map[string]string{"bin": "usr", "usr/sh": "dash"} {
		if err := os.MkdirAll(filepath.Join(dir, "usr"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := shown(runas.Program{Path: dir + "/usr/dash", Argv: []string{dir + "/bin/sh", "-c"}})
	if want := real + "/usr/sh"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
