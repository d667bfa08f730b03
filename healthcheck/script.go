package healthcheck

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/lvs"
	"holdfast/healthcheck/reason"
	"holdfast/internal/report"
	"holdfast/internal/runas"
)

// Scripts gives the ScriptRunner that starts programs through r.
func Scripts(r *runas.Runner) ScriptRunner {
	return func(ctx context.Context, p runas.Program, timeout time.Duration) runas.Result {
		proc, err := r.Start(p)
		if err != nil {
			return runas.Result{Err: err}
		}
		return proc.Wait(ctx, timeout)
	}
}

// scriptKind is MISC_CHECK.
func scriptKind() *Kind {
	return &Kind{Probe: probeScript, Prepare: prepareScript, Program: true, Dump: dumpScript, UsualDelay: time.Second}
}

// prepareScript resolves the script of k and puts its path into k as keepalived shows it.
// Without its script the checker is as if it were not there (semantics 10.8).
func prepareScript(p *Preparer, k *config.Checker) (Parts, error) {
	if p.Resolve == nil {
		return Parts{}, ErrNotMade
	}
	prog, err := p.Resolve(k.Misc.Command, "misc check script")
	if err != nil {
		return Parts{}, ErrNotMade // the resolver has said why
	}
	misc := *k.Misc // the configuration keeps its own
	misc.Argv = slices.Clone(misc.Argv)
	misc.Argv[0] = shown(prog)
	k.Misc = &misc
	return Parts{Program: prog}, nil
}

// shown is the path of a script in log lines: its folder without symbolic links.
func shown(p runas.Program) string {
	if len(p.Argv) == 0 {
		return p.Path
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(p.Argv[0]))
	if err != nil {
		return p.Argv[0]
	}
	return filepath.Join(dir, filepath.Base(p.Argv[0]))
}

// probeScript runs the script of a MISC_CHECK to its end: exit status 0 is a success,
// with misc_dynamic everything but 1 is (semantics 10.8).
func probeScript(ctx context.Context, p Prober, t Target) attempt.Outcome {
	if !t.Program.IsSet() || p.Scripts == nil {
		return attempt.Outcome{
			Verdict: attempt.Local, Line: "Misc check for [" + t.Server + " VS " + t.Service + "] has no script. Rescheduling.",
			Reason: reason.Reason{Code: reason.NotRun, Text: "there is no script"},
		}
	}
	r := p.Scripts(ctx, t.Program, t.Checker.Misc.Timeout)
	res := attempt.Outcome{Exit: attempt.Exit{TimedOut: r.TimedOut, Signal: int(r.Signal), Status: r.Status}}
	switch {
	case r.Err != nil:
		res.Verdict = attempt.Local
		res.Line = "Misc check for [" + t.Server + " VS " + t.Service + "] by [" + t.Program.Path + "] could not be run."
		res.Reason = reason.Reason{Code: reason.NotRun, Text: r.Err.Error()}
	case r.OK():
		res.Verdict = attempt.Passed
	case t.Checker.Misc.Dynamic && r.Exited && !r.TimedOut && r.Status >= 2 && r.Status <= 255:
		// `misc_dynamic`: the core makes a weight of the status (semantics 10.8).
		res.Verdict = attempt.Passed
	default:
		res.Reason = ended(r, t.Checker.Misc.Timeout)
	}
	return res
}

// ended words the end of a script that failed; limit is the time it had.
func ended(r runas.Result, limit time.Duration) reason.Reason {
	switch {
	case r.TimedOut:
		return reason.Reason{Code: reason.ScriptTime, Limit: limit}
	case r.Signal != 0:
		return reason.Reason{Code: reason.Killed, Number: int(r.Signal)}
	}
	return reason.Reason{Code: reason.Exited, Number: r.Status}
}

// dumpScript writes the script with who it runs as, and its last run.
func dumpScript(d *report.Page, s lvs.CheckerStatus, g config.Global) {
	m := s.Config.Misc
	dumpMethod(d, s, g)
	d.Command(3, "script", m.Command)
	d.Line(3, "timeout", report.Whole(m.Timeout))
	d.Line(3, "dynamic", report.Word(m.Dynamic, "YES", "NO"))
	d.Line(3, "uid:gid", d.Owner(m.Command, g))
	if t := s.Started; !t.IsZero() {
		d.Line(3, "Last ran", report.Moment(t))
	}
	d.Line(3, "Last status", s.History.Status)
}
