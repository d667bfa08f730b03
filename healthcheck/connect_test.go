package healthcheck

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// listening is a listener that accepts nothing: the kernel takes connections for it.
func listening(t testing.TB, addr string) netip.AddrPort {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return netip.MustParseAddrPort(l.Addr().String())
}

func TestTCPOverBothFamilies(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
		at := listening(t, addr)
		wantResult(t, probe(t, tcpTarget(at)), attempt.Passed, "")
		mapped := tcpTarget(netip.AddrPortFrom(netip.AddrFrom16(at.Addr().As16()), at.Port()))
		wantResult(t, probe(t, mapped), attempt.Passed, "")
	}
	wantResult(t, probe(t, tcpTarget(closedPort(t, "[::1]:0"))), attempt.Failed, "TCP connection to "+rs+" failed.")
}

// The port range of this host goes far down: a check may get the very port it connects
// to, and TCP then connects the socket to itself.
func TestTCPToItselfIsNoConnection(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
		at := closedPort(t, addr)
		target := tcpTarget(at)
		target.Checker.BindAddr, target.Checker.BindPort = at.Addr(), at.Port()
		wantResult(t, probe(t, target), attempt.Failed, "TCP connection to "+rs+" failed.")
	}
}

func TestTCPEndsWithItsContext(t *testing.T) {
	target := tcpTarget(fullBacklog(t))
	target.Checker.ConnectTimeout = time.Hour
	endsWithItsContext(t, func(ctx context.Context) attempt.Outcome { return probeTCP(ctx, Prober{}, target) })
}

// There are thousands of these checks: what one takes counts.
func TestTCPTakesLittle(t *testing.T) {
	target := tcpTarget(listening(t, "127.0.0.1:0"))
	target.Checker.ConnectTimeout = time.Second
	var r attempt.Outcome
	allocs := testing.AllocsPerRun(50, func() { r = probeTCP(t.Context(), Prober{}, target) })
	wantResult(t, r, attempt.Passed, "")
	if allocs > 12 {
		t.Errorf("%.0f allocations for a check, want at most 12", allocs)
	}
}

func BenchmarkTCP(b *testing.B) {
	target := tcpTarget(accepting(b))
	b.ReportAllocs()
	for b.Loop() {
		if r := probeTCP(b.Context(), Prober{}, target); r.Verdict != attempt.Passed {
			b.Fatal(r)
		}
	}
}

// accepting is a target that accepts and closes.
func accepting(b *testing.B) netip.AddrPort {
	b.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	return netip.MustParseAddrPort(l.Addr().String())
}

// An answer that is there when the time is over counts: a process that stood still sees the deadline first.
func TestAnAnswerBeforeTheDeadlineIsSeen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	k := &config.Checker{Connect: netip.MustParseAddrPort(l.Addr().String()), ConnectTimeout: -time.Second}
	begun := func() int {
		fd, err := begin(k, source(k), k.Connect)
		if err != nil {
			t.Fatal(err)
		}
		return fd
	}
	if err := await(t.Context(), begun(), k); err != nil {
		t.Errorf("connected before the deadline was looked at: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := await(ctx, begun(), k); err == nil {
		t.Error("an attempt that was given up has an outcome")
	}
}
