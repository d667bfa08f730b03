package engine

import (
	"context"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/healthcheck"
	"holdfast/healthcheck/attempt"
	"holdfast/ipvs/fake"
)

// BenchmarkTenThousandChecks runs 1,000 services with 10 real servers each, checked every
// 10 s over the loopback; a tenth of the servers hang until connect_timeout. It reports
// CPU (both sides of the connections), memory and how late attempts were.
func BenchmarkTenThousandChecks(b *testing.B) {
	var lc net.ListenConfig
	l, err := lc.Listen(b.Context(), "tcp", "0.0.0.0:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go acceptAndClose(l)
	port := netip.MustParseAddrPort(l.Addr().String()).Port()
	const loop = 10 * time.Second
	var probes atomic.Int64
	var mu sync.Mutex
	last := map[netip.AddrPort]time.Time{}
	var late time.Duration
	prober := healthcheck.Prober{}
	e := New(Options{
		Seed:     1,
		OpenIPVS: func() (Kernel, error) { return fake.New(), nil },
		Probe: func(ctx context.Context, t healthcheck.Target) attempt.Outcome {
			probes.Add(1)
			at := t.Checker.Connect
			begin := time.Now()
			mu.Lock()
			if before, ok := last[at]; ok {
				late = max(late, begin.Sub(before)-loop)
			}
			mu.Unlock()
			var r attempt.Outcome
			if at.Addr().As4()[3]%10 == 0 {
				select { // a server that answers nothing
				case <-time.After(t.Checker.ConnectTimeout):
				case <-ctx.Done():
				}
			} else {
				r = prober.Probe(ctx, t)
			}
			mu.Lock()
			last[at] = time.Now()
			mu.Unlock()
			return r
		},
	})
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	c := &config.Config{}
	for i := range 1000 {
		v := config.VirtualServer{Addr: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), Port: 80, Protocol: config.TCP, Scheduler: "rr", Quorum: 1}
		for j := range 10 {
			at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, byte(1 + j), byte(i >> 8), byte(i)}), port)
			v.RealServers = append(
				v.RealServers,
				config.RealServer{Addr: at.Addr(), Port: 80, Weight: 1, Checkers: []config.Checker{{
					Connect: at, ConnectTimeout: 5 * time.Second, DelayLoop: loop, Warmup: loop, Retry: 1, DelayBeforeRetry: loop,
				}}},
			)
		}
		c.VirtualServers = append(c.VirtualServers, v)
	}
	begin := time.Now()
	if err := e.Prepare(ctx, c); err != nil {
		b.Fatal(err)
	}
	if err := e.Commit(ctx); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(time.Since(begin).Milliseconds()), "ms-first-table")
	for b.Loop() {
		var before, after unix.Rusage
		time.Sleep(12 * time.Second) // the first round
		mu.Lock()
		late = 0
		mu.Unlock()
		probes.Store(0)
		_ = unix.Getrusage(unix.RUSAGE_SELF, &before)
		time.Sleep(2 * loop)
		_ = unix.Getrusage(unix.RUSAGE_SELF, &after)
		cpu := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(cpu)/float64(2*loop.Nanoseconds())*100, "%cpu")
		b.ReportMetric(float64(probes.Load())/20, "probes/s")
		b.ReportMetric(float64(m.Sys>>20), "MiB")
		mu.Lock()
		b.ReportMetric(float64(late.Milliseconds()), "ms-latest")
		mu.Unlock()
	}
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}

// acceptAndClose serves a listener until it is closed.
func acceptAndClose(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		c.Close()
	}
}
