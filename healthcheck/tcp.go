package healthcheck

import (
	"context"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

// tcpKind is TCP_CHECK.
func tcpKind() *Kind {
	return &Kind{
		Probe:  probeTCP,
		begins: true,
		Dump:   dumpMethod,
		// keepalived counts one retry at most.
		Iterations: func(k *config.Checker) int { return min(k.Retry, 1) },
		UsualDelay: time.Second,
	}
}

// probeTCP connects and closes; nothing is sent (semantics 10.1).
func probeTCP(ctx context.Context, _ Prober, t Target) attempt.Outcome {
	return tcpOutcome(&t, connect(ctx, &t.Checker))
}

// tcpOutcome is the outcome of a connect that has come to its end.
func tcpOutcome(t *Target, err error) attempt.Outcome {
	if err == nil {
		return attempt.Outcome{Verdict: attempt.Passed}
	}
	return tcpFault(t, err)
}

func tcpFault(t *Target, err error) attempt.Outcome {
	why, note := unconnected(err, t.Checker.ConnectTimeout)
	switch why.Code {
	case reason.NotTried:
		return untried("TCP socket bind failed. Rescheduling.", why, note)
	case reason.NoAnswer:
		return fail("TCP connection to "+t.Server+" timeout.", why)
	}
	return fail("TCP connection to "+t.Server+" failed.", why)
}
