package engine

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/config"
	"holdfast/healthcheck"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/memory/spent"
	"holdfast/internal/report/services"
	"holdfast/internal/state"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// tenThousand is 100 virtual servers with 100 real servers each.
func tenThousand() *config.Config {
	c := &config.Config{}
	for n := range 100 {
		v := config.VirtualServer{Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(n)}), Port: 80, Protocol: config.TCP,
			Scheduler: "rr", Quorum: 1}
		for m := range 100 {
			addr := netip.AddrFrom4([4]byte{10, 1, byte(n), byte(m)})
			v.RealServers = append(v.RealServers, config.RealServer{Addr: addr, Port: 80, Weight: 1, Checkers: []config.Checker{{
				Kind: config.CheckTCP, Connect: netip.AddrPortFrom(addr, 80), ConnectTimeout: time.Second,
				DelayLoop: time.Hour, Warmup: time.Second}}})
		}
		c.VirtualServers = append(c.VirtualServers, v)
	}
	return c
}

// asked is an engine with ten thousand real servers, which have all been checked; the server with the last address is
// down.
func asked(t testing.TB) *Engine {
	k := fake.New()
	last := netip.MustParseAddr("10.1.99.99")
	e := New(Options{Seed: 1, OpenIPVS: func() (Kernel, error) { return k, nil },
		List: func(take func(*ipvs.ListedService)) error {
			list, err := k.List()
			for n := range list {
				take(&list[n])
			}
			return err
		},
		Probe: func(_ context.Context, t healthcheck.Target) attempt.Outcome {
			if t.Checker.Connect.Addr() == last {
				return attempt.Outcome{Line: "no"}
			}
			return attempt.Outcome{Verdict: attempt.Passed}
		}})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	if err := e.Prepare(ctx, tenThousand()); err != nil {
		t.Fatal(err)
	}
	if err := e.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	for {
		r, err := e.Metrics(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.NotReady) == 0 {
			return e
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// A question that needs no list of servers makes hardly anything for ten thousand of them, and says the same of virtual
// servers, of what is wrong and of what is not ready as the one that has all.
func TestABriefAnswerTakesNoSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := asked(t)
		e.opt.List = nil // what the kernel's list takes is not what is measured
		whole, err := e.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var brief state.Report
		bytes := spent.Least(func() { brief, err = e.Brief(t.Context()) })
		if err != nil {
			t.Fatal(err)
		}
		for _, list := range []string{state.Services, state.Warnings} {
			if brief.Lists[list] != whole.Lists[list] || !strings.HasPrefix(brief.Lists[list], "[{") {
				t.Errorf("%s: %.300s, want %.300s", list, brief.Lists[list], whole.Lists[list])
			}
		}
		if !strings.Contains(brief.Lists[state.Warnings], "10.1.99.99") || brief.Lists[state.Servers] != "" {
			t.Errorf("%.300s", brief.Lists[state.Warnings])
		}
		if bytes > 512<<10 {
			t.Errorf("%d bytes for a brief answer", bytes)
		}
		var r state.Report
		bytes = spent.Least(func() { r, err = e.Metrics(t.Context()) })
		if err != nil || bytes > 3<<20 {
			t.Errorf("%v, %d bytes for metrics", err, bytes)
		}
		size := 0
		for n := range r.Tables {
			size += r.Tables[n].Size()
		}
		if size > 768<<10 {
			t.Errorf("metrics are %d bytes", size)
		}
	})
}

// What SNMP shows of ten thousand servers is what they all are, and no snapshot of them is made for it: with that it
// would be five times as much.
func TestObjectsTakeNoSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := asked(t)
		e.opt.List = nil
		var r state.Report
		var err error
		bytes := spent.Least(func() { r, err = e.Objects(t.Context()) })
		if err != nil {
			t.Fatal(err)
		}
		if bytes > 3<<20 {
			t.Errorf("%d bytes for what SNMP shows", bytes)
		}
		up := 0
		for _, v := range r.Objects.Services {
			if !v.Alive || !v.Quorum || len(v.Servers) != 100 {
				t.Fatalf("%+v", v)
			}
			for _, s := range v.Servers {
				if s.Effective != 1 || s.Up != (s.Failed == 0) {
					t.Fatalf("%+v", s)
				}
				if s.Up {
					up++
				}
			}
		}
		if up != 9_999 {
			t.Errorf("%d are up", up)
		}
	})
}

// What the kernel counts is shown of the service or server that it counts it of, the sorry server too.
func TestObjectsHaveWhatTheKernelCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, fake.New(), nil)
		c := web(2)
		sorry := config.RealServer{Addr: netip.MustParseAddr("10.9.9.9"), Port: 80}
		c.VirtualServers[0].Sorry = &sorry
		w.load(c)
		after(time.Second)
		v := &c.VirtualServers[0]
		id := ipvs.ServiceID{Family: ipvs.IPv4, Protocol: ipvs.Protocol(v.Protocol), Addr: v.Addr, Port: v.Port}
		stats := func(n uint64) ipvs.DestStats {
			return ipvs.DestStats{Counters: ipvs.Counters{Connections: n}, Active: uint32(n), Inactive: 1, Persistent: 2}
		}
		w.engine.opt.List = func(take func(*ipvs.ListedService)) error {
			take(&ipvs.ListedService{ID: id, Counters: ipvs.Counters{Connections: 60}, Dests: []ipvs.ListedDest{
				{ID: ipvs.DestID{Addr: sorry.Addr, Port: 80}, Stats: stats(30)},
				{ID: ipvs.DestID{Addr: v.RealServers[1].Addr, Port: v.RealServers[1].Port}, Stats: stats(20)},
			}})
			return nil
		}
		r, err := w.engine.Objects(t.Context())
		if err != nil || len(r.Objects.Services) == 0 {
			t.Fatal(r, err)
		}
		s := r.Objects.Services[0]
		got := []state.Traffic{s.Traffic, s.Servers[0].Traffic, s.Servers[1].Traffic, s.Sorry}
		want := []state.Traffic{{Connections: 60}, {}, {Connections: 20, Active: 20, Inactive: 1, Persistent: 2},
			{Connections: 30, Active: 30, Inactive: 1, Persistent: 2}}
		if !slices.Equal(got, want) {
			t.Errorf("%+v", got)
		}
		w.end()
	})
}

// Why the role is not ready is the same whatever is asked.
func TestNotReadyIsTheSameWhateverIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, fake.New(), nil)
		c := web(3)
		w.hang[c.VirtualServers[0].RealServers[1].Checkers[0].Connect] = true
		w.load(c)
		after(time.Second)
		var said []string
		for _, ask := range []func(context.Context) (state.Report, error){
			w.engine.State, w.engine.Brief, w.engine.Ready, w.engine.Metrics,
		} {
			r, err := ask(t.Context())
			if err != nil || len(r.NotReady) != 1 || !strings.HasPrefix(r.NotReady[0], "1 checks have not run yet") {
				t.Fatalf("%q, %v", r.NotReady, err)
			}
			said = append(said, r.NotReady[0])
		}
		if len(slices.Compact(said)) != 1 {
			t.Errorf("%q", said)
		}
		w.end()
	})
}

// A counting is a meter that counts, and has something done at the first virtual server.
type counting struct {
	virtuals, servers int
	first             func()
}

func (c *counting) Virtual(*lvs.VirtualReading) {
	if c.virtuals++; c.virtuals == 1 {
		c.first()
	}
}
func (c *counting) Server(*lvs.ServerReading)   { c.servers++ }
func (c *counting) Checker(*lvs.CheckerReading) {}

// When another configuration comes into force while virtual servers are told some at a time, they are told anew: never
// half of one and half of the other.
func TestAReloadMeanwhileBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := asked(t)
		less := tenThousand()
		less.VirtualServers = less.VirtualServers[:50]
		if err := e.Prepare(t.Context(), less); err != nil {
			t.Fatal(err)
		}
		committed := make(chan error, 1)
		begun := 0
		var c *counting
		_, err := e.measure(t.Context(), func() lvs.Meter {
			begun++
			c = &counting{first: func() {
				if begun == 1 {
					go func() { committed <- e.Commit(t.Context()) }()
					time.Sleep(time.Millisecond) // it waits for the loop, before whoever measures
				}
			}}
			return c
		}, func(*loop) {})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-committed; err != nil {
			t.Fatal(err)
		}
		if begun != 2 || c.virtuals != 50 || c.servers != 5000 {
			t.Errorf("%d virtual and %d real servers were told, begun %d times", c.virtuals, c.servers, begun)
		}
	})
}

// BenchmarkQuestions is what the role makes to answer, and what of it the loop does, with ten thousand real servers.
func BenchmarkQuestions(b *testing.B) {
	e := asked(b)
	list := e.opt.List
	e.opt.List = nil // a kernel in memory is no measure
	ask := func(name string, f func(context.Context) (state.Report, error)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	ask("whole", e.State)
	ask("brief", e.Brief)
	ask("metrics", e.Metrics)
	ask("objects", e.Objects)
	for name, f := range map[string]func(*loop){
		"whole": func(l *loop) { _ = l.snapshot(time.Now()) }, "brief": func(l *loop) { _ = l.brief(time.Now()) },
	} {
		b.Run("loop/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := e.call(b.Context(), func() { f(&e.loop) }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("loop/turn of objects", func(b *testing.B) {
		// The longest of all turns, in which checks wait.
		var longest time.Duration
		for b.Loop() {
			m := services.NewShown(services.Statistics{})
			for next, more := 0, true; more; {
				if err := e.call(b.Context(), func() {
					began := time.Now()
					next, more = e.loop.core.MeasureSome(m, next, atOnce)
					longest = max(longest, time.Since(began))
				}); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(longest.Microseconds()), "µs/longest")
	})
	e.opt.List = list
}
