package healthcheck

import "context"

// probeTCP connects and closes; nothing is sent (semantics 10.1).
func probeTCP(ctx context.Context, t Target) Result {
	err := connect(ctx, &t.Checker)
	if err == nil {
		return Result{Verdict: Passed}
	}
	if note, ok := localFault(err); ok {
		return Result{Verdict: Local, Line: "TCP socket bind failed. Rescheduling.", Notes: []string{note}}
	}
	if timedOut(err) {
		return fail("TCP connection to " + t.Server + " timeout.")
	}
	return fail("TCP connection to " + t.Server + " failed.")
}
