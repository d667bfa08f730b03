package healthcheck

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

func tcpTarget(at netip.AddrPort) Target {
	return Target{
		Checker: config.Checker{Kind: config.CheckTCP, Connect: at, ConnectTimeout: 250 * time.Millisecond},
		Service: vs, Server: rs,
	}
}

func TestSemantics10_1_TCPConnectsClosesAndSendsNothing(t *testing.T) {
	var got atomic.Int64
	closed := make(chan struct{})
	s := lie(t, "127.0.0.1:0", func(_ *target, c net.Conn) {
		n, _ := c.Read(make([]byte, 10))
		got.Store(int64(n))
		close(closed)
	})
	wantResult(t, probe(t, tcpTarget(s.at)), attempt.Passed, "")
	select {
	case <-closed:
	case <-time.After(5 * time.Second):
		t.Fatal("the connection was not closed")
	}
	if n := got.Load(); n != 0 {
		t.Errorf("%d bytes were sent", n)
	}
}

// closedPort is a port nobody listens on.
func closedPort(t *testing.T, addr string) netip.AddrPort {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return netip.MustParseAddrPort(l.Addr().String())
}

func TestSemantics9_11_TCPRefusalAndTimeout(t *testing.T) {
	wantResult(t, probe(t, tcpTarget(closedPort(t, "127.0.0.1:0"))), attempt.Failed, "TCP connection to "+rs+" failed.")
	full := fullBacklog(t)
	begin := time.Now()
	wantResult(t, probe(t, tcpTarget(full)), attempt.Failed, "TCP connection to "+rs+" timeout.")
	if d := time.Since(begin); d < 250*time.Millisecond || d > 15*time.Second {
		t.Errorf("connect_timeout of 250 ms took %s", d)
	}
}

// fullBacklog is a listener that takes no more connections, so that SYNs are dropped.
func fullBacklog(t *testing.T) netip.AddrPort {
	t.Helper()
	at := silentListener(t)
	for range 8 {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		var d net.Dialer
		c, err := d.DialContext(ctx, "tcp", at.String())
		cancel()
		if err != nil {
			return at
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Fatal("the backlog does not fill up")
	return at
}

func TestSemantics9_8_LocalProblemsAreNotFailures(t *testing.T) {
	s := lie(t, "127.0.0.1:0", func(*target, net.Conn) {})
	for name, c := range map[string]struct {
		change func(*config.Checker)
		note   string
	}{
		"address that is not ours": {
			func(k *config.Checker) { k.BindAddr = netip.MustParseAddr("192.0.2.1") },
			"Checker bind failed: Cannot assign requested address",
		},
		"interface that is not there": {
			func(k *config.Checker) { k.BindIf = "nosuch0" },
			"Checker can't bind to device nosuch0: No such device",
		},
		"port in use": {
			func(k *config.Checker) { k.BindAddr, k.BindPort = s.at.Addr(), s.at.Port() },
			"Checker bind failed: Address already in use",
		},
	} {
		t.Run(name, func(t *testing.T) {
			target := tcpTarget(s.at)
			c.change(&target.Checker)
			r := probe(t, target)
			wantResult(t, r, attempt.Local, "TCP socket bind failed. Rescheduling.")
			if strings.Join(r.Notes, "|") != c.note {
				t.Errorf("notes %q, want %q", r.Notes, c.note)
			}
			target.Checker.Kind = config.CheckHTTP
			target.Checker.HTTP = &config.HTTPCheck{URLs: []config.URL{{Path: "/"}}}
			wantResult(t, probe(t, target), attempt.Local, "WEB socket bind failed. Rescheduling")
		})
	}
}

func TestSemantics10_15_SourceOfTheConnection(t *testing.T) {
	from := make(chan netip.AddrPort, 4)
	s := lie(t, "127.0.0.1:0", func(_ *target, c net.Conn) {
		from <- netip.MustParseAddrPort(c.RemoteAddr().String())
	})
	port := closedPort(t, "127.0.0.9:0").Port()
	target := tcpTarget(s.at)
	target.Checker.BindAddr, target.Checker.BindPort = netip.MustParseAddr("127.0.0.9"), port
	target.Checker.BindIf = "lo"
	target.Checker.FWMark = 7
	wantResult(t, probe(t, target), attempt.Passed, "")
	if got := <-from; got != netip.AddrPortFrom(netip.MustParseAddr("127.0.0.9"), port) {
		t.Errorf("came from %s", got)
	}
}

func TestProbeEndsWithItsContext(t *testing.T) {
	s := lie(t, "127.0.0.1:0", func(_ *target, c net.Conn) { hangs(c) })
	target := s.aim(config.CheckHTTP, config.URL{})
	target.Checker.ConnectTimeout = time.Hour
	endsWithItsContext(t, func(ctx context.Context) attempt.Outcome { return Prober{}.Probe(ctx, target) })
}

// endsWithItsContext fails t unless an attempt ends when its context does, and fails then.
func endsWithItsContext(t *testing.T, try func(context.Context) attempt.Outcome) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	done := make(chan attempt.Outcome, 1)
	go func() { done <- try(ctx) }()
	select {
	case r := <-done:
		if r.Verdict == attempt.Passed {
			t.Error("passed")
		}
	case <-time.After(5 * time.Second):
		t.Fatal("goes on after its context")
	}
}
