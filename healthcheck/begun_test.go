package healthcheck

import (
	"context"
	"net/netip"
	"os"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// begun makes an attempt in parts, and tells whether it had to wait.
func begun(ctx context.Context, t Target) (o attempt.Outcome, waited bool) {
	b, o, done := Begin(&t)
	if done {
		return o, false
	}
	if o, done = b.Look(&t); done {
		return o, false
	}
	return b.Wait(ctx, &t), true
}

// TestAttemptsInParts: an attempt in parts comes to what an attempt as a whole comes to.
func TestAttemptsInParts(t *testing.T) {
	zoned := tcpTarget(netip.MustParseAddrPort("[fe80::1]:80"))
	zoned.Checker.BindIf = "lo"
	marked := tcpTarget(listening(t, "127.0.0.1:0"))
	marked.Checker.BindIf = "nowhere"
	for name, target := range map[string]Target{
		"taken":     tcpTarget(listening(t, "127.0.0.1:0")),
		"taken 6":   tcpTarget(listening(t, "[::1]:0")),
		"refused":   tcpTarget(closedPort(t, "127.0.0.1:0")),
		"silent":    tcpTarget(fullBacklog(t)),
		"zone":      zoned,
		"interface": marked,
	} {
		whole := probe(t, target)
		parts, waited := begun(t.Context(), target)
		if parts.Verdict != whole.Verdict || parts.Line != whole.Line || !parts.Reason.Same(whole.Reason) {
			t.Errorf("%s: %+v, as a whole %+v", name, parts, whole)
		}
		if mayWait := name == "silent" || name == "zone"; waited && !mayWait {
			t.Errorf("%s: waited, on the same host", name)
		}
	}
}

func TestAttemptsInPartsEndWithTheirContext(t *testing.T) {
	target := tcpTarget(fullBacklog(t))
	target.Checker.ConnectTimeout = time.Hour
	endsWithItsContext(t, func(ctx context.Context) attempt.Outcome {
		o, waited := begun(ctx, target)
		if !waited {
			t.Error("it did not wait")
		}
		return o
	})
}

// TestNothingIsLeftOfAttemptsInParts: each has closed its socket.
func TestNothingIsLeftOfAttemptsInParts(t *testing.T) {
	up, silent := tcpTarget(listening(t, "127.0.0.1:0")), tcpTarget(fullBacklog(t))
	silent.Checker.ConnectTimeout = time.Millisecond
	before := descriptors(t)
	for range 5 {
		begun(t.Context(), up)
		begun(t.Context(), silent)
		if b, _, done := Begin(&silent); !done {
			b.GiveUp()
		}
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors, before %d", after, before)
	}
}

func TestOnlyConnectionsBegin(t *testing.T) {
	for kind := range kinds {
		if k := config.CheckKind(kind); KindOf(k) != nil && Begins(k) != (k == config.CheckTCP) {
			t.Errorf("%v begins: %v", k, Begins(k))
		}
	}
}

// descriptors is how many files this process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(fds)
}
