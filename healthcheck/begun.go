package healthcheck

import (
	"context"
	"net/netip"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// A Begun is an attempt that waits for its answer: a connection that is being made.
type Begun struct{ fd int }

// Begins reports whether the attempts of a kind can be begun without waiting for anything. Thousands of those are made
// by few goroutines: what one takes is little more than its system calls.
func Begins(k config.CheckKind) bool { return mustKind(k).begins }

// Begin begins an attempt of a kind that Begins. What is done already when it returns is not waited for: the answer of
// a host on the same machine is there at once, and nothing is left to wait for or to give up.
func Begin(t *Target) (b Begun, o attempt.Outcome, done bool) {
	k := &t.Checker
	from, to := source(k), zoned(k.Connect.Addr(), k.BindIf)
	fd, err := begin(k, from, netip.AddrPortFrom(to, k.Connect.Port()))
	if err != nil {
		return Begun{}, tcpFault(t, err), true
	}
	b = Begun{fd}
	o, done = b.Look(t)
	return b, o, done
}

// Look looks whether the answer is there.
func (b Begun) Look(t *Target) (o attempt.Outcome, done bool) {
	done, err := established(b.fd, t.Checker.Connect.Port())
	if !done {
		return attempt.Outcome{}, false
	}
	swiftClose(b.fd)
	return tcpOutcome(t, err), true
}

// Wait waits for the answer, connect_timeout from now at most.
func (b Begun) Wait(ctx context.Context, t *Target) attempt.Outcome {
	return tcpOutcome(t, await(ctx, b.fd, &t.Checker))
}

// GiveUp ends it without an answer.
func (b Begun) GiveUp() { swiftClose(b.fd) }
