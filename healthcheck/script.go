package healthcheck

import (
	"context"
	"time"

	"holdfast/healthcheck/reason"
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

// probeScript runs the script of a MISC_CHECK to its end: exit status 0 is a success,
// with misc_dynamic everything but 1 is (semantics 10.8).
func (p Prober) probeScript(ctx context.Context, t Target) Result {
	if !t.Program.IsSet() || p.Scripts == nil {
		return Result{
			Verdict: Local, Line: "Misc check for [" + t.Server + " VS " + t.Service + "] has no script. Rescheduling.",
			Reason: reason.Reason{Code: reason.NotRun, Text: "there is no script"},
		}
	}
	r := p.Scripts(ctx, t.Program, t.Checker.Misc.Timeout)
	res := Result{Script: r}
	switch {
	case r.Err != nil:
		res.Verdict = Local
		res.Line = "Misc check for [" + t.Server + " VS " + t.Service + "] by [" + t.Program.Path + "] could not be run."
		res.Reason = reason.Reason{Code: reason.NotRun, Text: r.Err.Error()}
	case r.OK():
		res.Verdict = Passed
	case t.Checker.Misc.Dynamic && r.Exited && !r.TimedOut && r.Status >= 2 && r.Status <= 255:
		res.Verdict = Passed
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
