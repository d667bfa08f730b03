package engine

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"holdfast/config"
	"holdfast/ipvs/fake"
	"holdfast/test/lab"
)

// listener takes connections at a port of all addresses of this host, and lets them wait.
func listener(t *testing.T) uint16 {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go acceptAndClose(l)
	return netip.MustParseAddrPort(l.Addr().String()).Port()
}

// onThisHost is a service with n real servers on this host, of which each eighth has a port where nobody listens.
func onThisHost(n int, port uint16) *config.Config {
	c := web(n)
	for i := range c.VirtualServers[0].RealServers {
		r := &c.VirtualServers[0].RealServers[i]
		r.Addr = netip.AddrFrom4([4]byte{127, 77, byte(i >> 8), byte(i)})
		k := &r.Checkers[0]
		k.Connect, k.Retry = netip.AddrPortFrom(r.Addr, port), 0
		if i%8 == 7 {
			k.Connect = netip.AddrPortFrom(r.Addr, 1) // tcpmux, which nobody has
		}
	}
	return c
}

// TestManyChecksAtOnce: the checks of more servers than one goroutine begins, and than may be under way at once, are
// made, each with its own outcome; a reload and the end come in between.
func TestManyChecksAtOnce(t *testing.T) {
	const n = 400
	k, port := fake.New(), listener(t)
	core, logs := observer.New(zap.DebugLevel)
	e := New(Options{Log: zap.New(core), MaxProbes: 100, OpenIPVS: func() (Kernel, error) { return k, nil }})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	load := func(c *config.Config) {
		t.Helper()
		if err := e.Prepare(ctx, c); err != nil {
			t.Fatal(err)
		}
		if err := e.Commit(ctx); err != nil {
			t.Fatal(err)
		}
	}
	wantServers := func(when string, want int) {
		t.Helper()
		if err := lab.Eventually(time.Minute, when, func() (bool, string) {
			have := strings.Count(k.String(), " -r ")
			return have == want, fmt.Sprint(have, " servers in the table")
		}); err != nil {
			t.Fatal(err)
		}
	}
	load(onThisHost(n, port))
	wantServers("the dead ones out", n-n/8)
	load(onThisHost(n+8, port))
	wantServers("one more dead", n+8-n/8-1)
	if s := logs.FilterMessageSnippet(" failed").Len(); s != n/8+1 {
		t.Errorf("%d lines about failures, want %d", s, n/8+1)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	wantServers("after the end", 0)
}
