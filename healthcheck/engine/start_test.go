package engine

import (
	"context"
	"math"
	"net/netip"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck"
	"holdfast/healthcheck/attempt"
	"holdfast/internal/memory/spent"
	"holdfast/internal/sockbuf"
	"holdfast/ipvs"
)

// large is n services with ten real servers each, and in the last one extra ones.
func large(n, extra int) *config.Config {
	c := &config.Config{}
	for i := range n {
		v := config.VirtualServer{Addr: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), Port: 80, Protocol: config.TCP, Scheduler: "rr", Quorum: 1}
		servers := 10
		if i == n-1 {
			servers += extra
		}
		for j := range servers {
			at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 1, byte(1 + j)}), 80)
			v.RealServers = append(
				v.RealServers,
				config.RealServer{Addr: at.Addr(), Port: 80, Weight: 1, Method: config.DR, Checkers: []config.Checker{{
					Connect: at, ConnectTimeout: 5 * time.Second, DelayLoop: time.Hour, Warmup: time.Hour, Retry: 1, DelayBeforeRetry: time.Hour,
				}}},
			)
		}
		c.VirtualServers = append(c.VirtualServers, v)
	}
	return c
}

// content is a kernel that takes everything.
type content struct{ commands []int }

func (c *content) Read() (ipvs.Table, error) { return nil, nil }
func (c *content) ReadService(ipvs.ServiceID) (ipvs.Service, error) {
	return ipvs.Service{}, nil
}
func (c *content) Apply(cmds []ipvs.Command) []error {
	c.commands = append(c.commands, len(cmds))
	return nil
}
func (c *content) Flush() error                        { return nil }
func (c *content) Timeouts() (ipvs.Timeouts, error)    { return ipvs.Timeouts{}, nil }
func (c *content) SetTimeouts(ipvs.Timeouts) error     { return nil }
func (c *content) Switch(ipvs.Switch) (int, error)     { return 0, nil }
func (c *content) SetSwitch(ipvs.Switch, int) error    { return nil }
func (c *content) SetReceiveBuffer(sockbuf.Size) error { return nil }
func (c *content) Close() error                        { return nil }

// The memory of a thousand servers is most of what a start and a reload take: new pages
// are dear, and garbage has to be collected while checks are due.
func TestLargeTableTakesLittleMemory(t *testing.T) {
	// The least of three: what the runtime and the ends of other tests allocate meanwhile is not the engine's.
	begins, ends := uint64(math.MaxUint64), uint64(math.MaxUint64)
	for range 3 {
		start, reload := large(100, 0), large(100, 1)
		var k *content
		var stop func(...*config.Config)
		begins = min(begins, spent.Bytes(func() { k, stop = tabled(t, start) }))
		ends = min(ends, spent.Bytes(func() { stop(reload) }))
		if len(k.commands) != 2 || k.commands[0] != 1100 || k.commands[1] != 1 {
			t.Errorf("%v commands, want 1100 at once and then 1", k.commands)
		}
	}
	t.Logf("the start took %d KiB, the reload and the end %d KiB", begins>>10, ends>>10)
	if begins > 1700<<10 || ends > 700<<10 {
		t.Errorf("the start took %d KiB, the reload and the end %d KiB", begins>>10, ends>>10)
	}
}

// BenchmarkTable is a start with a hundred services and a reload that adds a server.
func BenchmarkTable(b *testing.B) {
	at := [2]*config.Config{large(100, 0), large(100, 1)}
	b.Run("start", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, stop := tabled(b, at[0])
			stop()
		}
	})
	b.Run("reload", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			_, stop := tabled(b, at[0])
			b.StartTimer()
			stop(at[1])
		}
	})
}

// tabled starts an engine with a configuration; the function it gives loads others and
// stops it.
func tabled(b testing.TB, c *config.Config) (k *content, stop func(...*config.Config)) {
	b.Helper()
	k = &content{}
	e := New(Options{
		Seed:     1,
		OpenIPVS: func() (Kernel, error) { return k, nil },
		Probe:    func(context.Context, healthcheck.Target) attempt.Outcome { return attempt.Outcome{} },
		KeepIPVS: true,
	})
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	load := func(c *config.Config) {
		if err := e.Prepare(ctx, c); err != nil {
			b.Fatal(err)
		}
		if err := e.Commit(ctx); err != nil {
			b.Fatal(err)
		}
	}
	load(c)
	return k, func(more ...*config.Config) {
		for _, c := range more {
			load(c)
		}
		cancel()
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
	}
}
