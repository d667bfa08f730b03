package healthcheck

import (
	"context"
	"net/netip"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// A Begun is an attempt that waits for its answer: a connection that is being made.
type Begun struct {
	fd int // -1 for one that has not been begun at all
}

// Begins reports whether the attempts of a kind can be begun without waiting for anything. Thousands of those are made
// by few goroutines: what one takes is little more than its system calls.
func Begins(k config.CheckKind) bool { return mustKind(k).begins }

// Begin begins an attempt of a kind that Begins. What is done already when it returns is not waited for: the answer of
// a host on the same machine is there at once.
func Begin(t *Target) (b Begun, o attempt.Outcome, done bool) {
	k := &t.Checker
	from, to := source(k), zoned(k.Connect.Addr(), k.BindIf)
	if from.Addr().Zone() != "" || to.Zone() != "" { // as in connect
		return Begun{-1}, attempt.Outcome{}, false
	}
	fd, err := begin(k, from, netip.AddrPortFrom(to, k.Connect.Port()))
	if err != nil {
		return Begun{-1}, tcpFault(t, err), true
	}
	b = Begun{fd}
	o, done = b.Look(t)
	return b, o, done
}

// Look looks whether the answer is there.
func (b Begun) Look(t *Target) (o attempt.Outcome, done bool) {
	if b.fd < 0 {
		return attempt.Outcome{}, false
	}
	done, err := established(b.fd, t.Checker.Connect.Port())
	if !done {
		return attempt.Outcome{}, false
	}
	swiftClose(b.fd)
	return tcpOutcome(t, err), true
}

// Wait waits for the answer, connect_timeout from now at most.
func (b Begun) Wait(ctx context.Context, t *Target) attempt.Outcome {
	if b.fd < 0 {
		return tcpOutcome(t, connect(ctx, &t.Checker))
	}
	return tcpOutcome(t, await(ctx, b.fd, &t.Checker))
}

// GiveUp ends it without an answer.
func (b Begun) GiveUp() {
	if b.fd >= 0 {
		swiftClose(b.fd)
	}
}
