//go:build e2e

package engine

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/healthcheck"
	"holdfast/healthcheck/attempt"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
	"holdfast/test/lab"
)

// These tests take a minute each: "make proof" runs them.

const (
	dieServers = 10_000
	dieLoop    = 10 * time.Second
	dieTimeout = time.Second
	diePause   = time.Second // before the one retry
)

// A graveyard is an engine with real sockets and ten thousand real servers, which are one port of this host.
type graveyard struct {
	*lab.Trial
	*fake.Kernel

	mu     sync.Mutex
	began  map[netip.Addr]time.Time // the first attempt since the last turn of fate
	in     map[netip.Addr]bool
	moved  map[netip.Addr]time.Time // when it left the table or came back
	latest time.Duration            // how late the engine has met a timer
}

func (g *graveyard) Apply(cmds []ipvs.Command) []error {
	now := time.Now()
	g.mu.Lock()
	for _, c := range cmds {
		switch c.Op {
		case ipvs.AddDest, ipvs.DeleteDest:
			g.in[c.Dest.Addr], g.moved[c.Dest.Addr] = c.Op == ipvs.AddDest, now
		}
	}
	g.mu.Unlock()
	return g.Kernel.Apply(cmds)
}

func (g *graveyard) begin(t *healthcheck.Target) (healthcheck.Begun, attempt.Outcome, bool) {
	g.mu.Lock()
	if at := t.Checker.Connect.Addr(); g.began[at].IsZero() {
		g.began[at] = time.Now()
	}
	g.mu.Unlock()
	return healthcheck.Begin(t)
}

func (g *graveyard) late(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.latest = max(g.latest, d)
}

// turn says that fate turns: from now on the first attempts are counted anew.
func (g *graveyard) turn() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.began)
	clear(g.moved)
	g.latest = 0
	return time.Now()
}

// all waits until all servers are in the table, or none is, and checks when each of them moved: so long after its first
// attempt at most.
func (g *graveyard) all(what string, in bool, since time.Time, limit time.Duration) {
	g.Helper()
	err := lab.Eventually(90*time.Second, what, func() (bool, string) {
		g.mu.Lock()
		defer g.mu.Unlock()
		n := 0
		for _, is := range g.in {
			if is == in {
				n++
			}
		}
		return n == dieServers, fmt.Sprint(n, " servers")
	})
	if err != nil {
		g.Fatal(err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	var worst, waited time.Duration
	for at, moved := range g.moved {
		worst = max(worst, moved.Sub(g.began[at]))
		waited = max(waited, g.began[at].Sub(since))
	}
	g.Logf("%s: all within %v; the first attempt of each within %v, and %v after that; timers at most %v late", what,
		time.Since(since).Round(time.Millisecond), waited.Round(time.Millisecond), worst.Round(time.Millisecond),
		g.latest.Round(time.Millisecond))
	if worst > limit+time.Second || waited > dieLoop+dieTimeout+time.Second {
		if g.latest > 500*time.Millisecond {
			g.Busy(fmt.Sprintf("the engine was %v late", g.latest))
		}
		g.Errorf("%s: the first attempt of one came after %v, and the last %v after that; the limit is %v", what, waited, worst,
			limit+time.Second)
	}
}

// crowd is 100 virtual servers with 100 real servers each, at one port.
func crowd(port uint16) *config.Config {
	c := &config.Config{}
	for i := range 100 {
		v := config.VirtualServer{
			Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), Port: 80, Protocol: config.TCP, Scheduler: "rr", Quorum: 1,
		}
		for j := range dieServers / 100 {
			at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 78, byte(i), byte(j)}), port)
			v.RealServers = append(v.RealServers, config.RealServer{Addr: at.Addr(), Port: 80, Weight: 1,
				Checkers: []config.Checker{{
					Connect: at, ConnectTimeout: dieTimeout, DelayLoop: dieLoop, Warmup: dieLoop, Retry: 1, DelayBeforeRetry: diePause,
				}}})
		}
		c.VirtualServers = append(c.VirtualServers, v)
	}
	return c
}

// port is a TCP port of all addresses of this host.
type port struct {
	t    *lab.Trial
	addr string
	stop func()
}

// hear takes connections, at the port it has had before.
func (p *port) hear() {
	p.t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(p.t.Context(), "tcp", p.addr)
	if err != nil {
		p.t.Fatal(err)
	}
	p.addr, p.stop = l.Addr().String(), func() { l.Close() }
	go acceptAndClose(l)
}

// deaf has the port be one that does not answer.
func (p *port) deaf() {
	p.t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	number := int(netip.MustParseAddrPort(p.addr).Port())
	for _, err := range []error{
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1),
		unix.Bind(fd, &unix.SockaddrInet4{Port: number}), unix.Listen(fd, 0),
	} {
		if err != nil {
			p.t.Fatal(err)
		}
	}
	// The kernel takes as many connections as there is room for, and does not answer then.
	var taken []net.Conn
	for full := false; !full; {
		c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", number), 200*time.Millisecond)
		if full = err != nil; !full {
			taken = append(taken, c)
		}
	}
	p.stop = func() {
		unix.Close(fd)
		for _, c := range taken {
			c.Close()
		}
	}
}

// TestTenThousandDie: ten thousand real servers refuse connections in one moment, or stop answering, and all of them are
// out of the table within connect_timeout, retry and a second of their next check; then all are back.
func TestTenThousandDie(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		lab.Judge(t, func(t *lab.Trial) { die(t, diePause, func(p *port) { p.stop = func() {} }) })
	})
	t.Run("silent", func(t *testing.T) {
		lab.Judge(t, func(t *lab.Trial) { die(t, 2*dieTimeout+diePause, (*port).deaf) })
	})
}

// die has all servers answer, then no more, which kill does to their port, and then again.
func die(t *lab.Trial, limit time.Duration, kill func(*port)) {
	g := &graveyard{
		Trial: t, Kernel: fake.New(),
		began: map[netip.Addr]time.Time{}, in: map[netip.Addr]bool{}, moved: map[netip.Addr]time.Time{},
	}
	p := &port{t: t, addr: "0.0.0.0:0"}
	p.hear()
	t.Cleanup(func() { p.stop() })
	e := New(Options{
		Late: g.late, OpenIPVS: func() (Kernel, error) { return g, nil }, Probe: healthcheck.Prober{}.Probe, begin: g.begin,
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	if err := e.Prepare(ctx, crowd(netip.MustParseAddrPort(p.addr).Port())); err != nil {
		t.Fatal(err)
	}
	if err := e.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := lab.Eventually(time.Minute, "the first checks of all", func() (bool, string) {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.began) == dieServers, fmt.Sprint(len(g.began))
	}); err != nil {
		t.Fatal(err)
	}
	p.stop()
	kill(p)
	g.all("out", false, g.turn(), limit)
	p.stop()
	p.hear()
	g.all("back", true, g.turn(), dieTimeout)
}
