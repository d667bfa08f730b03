package engine

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"holdfast/config"
	"holdfast/healthcheck"
	"holdfast/healthcheck/attempt"
	"holdfast/internal/notify"
	"holdfast/internal/report/services"
	"holdfast/internal/super"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// world is an engine in virtual time with a kernel in memory and servers that are up or
// down as told.
type world struct {
	t      *testing.T
	engine *Engine
	kernel *fake.Kernel
	logs   *observer.ObservedLogs
	stop   context.CancelFunc
	ended  chan error

	mu     sync.Mutex
	down   map[netip.AddrPort]bool
	hang   map[netip.AddrPort]bool
	probed map[netip.AddrPort]int
	told   []notify.LVSEvent
}

func (w *world) Configure(*config.Config) {}
func (w *world) Close(context.Context)    {}
func (w *world) LVS(e notify.LVSEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, e)
}

func (w *world) probe(ctx context.Context, t healthcheck.Target) attempt.Outcome {
	at := t.Checker.Connect
	w.mu.Lock()
	w.probed[at]++
	down, hang := w.down[at], w.hang[at]
	w.mu.Unlock()
	switch {
	case hang:
		select {
		case <-ctx.Done():
		case <-time.After(time.Hour):
		}
		return attempt.Outcome{Line: "hung"}
	case down:
		return attempt.Outcome{Line: "TCP connection to " + t.Server + " failed."}
	}
	return attempt.Outcome{Verdict: attempt.Passed}
}

func (w *world) set(at string, down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down[netip.MustParseAddrPort(at)] = down
}

// lines are the log lines so far.
func (w *world) lines() string {
	var b strings.Builder
	for _, e := range w.logs.All() {
		b.WriteString(e.Message + "\n")
	}
	return b.String()
}

// begin starts an engine; call it in a synctest bubble. change may alter the options.
func begin(t *testing.T, k *fake.Kernel, change func(*Options)) *world {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	w := &world{
		t: t, kernel: k, logs: logs, ended: make(chan error, 1),
		down: map[netip.AddrPort]bool{}, hang: map[netip.AddrPort]bool{}, probed: map[netip.AddrPort]int{},
	}
	o := Options{
		Log: zap.New(core), Notifier: w, Probe: w.probe,
		OpenIPVS: func() (Kernel, error) { return k, nil },
	}
	if change != nil {
		change(&o)
	}
	w.engine = New(o)
	ctx, cancel := context.WithCancel(t.Context())
	w.stop = cancel
	go func() { w.ended <- w.engine.Run(ctx) }()
	return w
}

func (w *world) snapshot() *services.Snapshot {
	w.t.Helper()
	s, err := w.engine.Snapshot(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) load(c *config.Config) {
	w.t.Helper()
	if err := w.engine.Prepare(w.t.Context(), c); err != nil {
		w.t.Fatal(err)
	}
	if err := w.engine.Commit(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) end() {
	w.t.Helper()
	w.stop()
	if err := <-w.ended; err != nil {
		w.t.Fatal(err)
	}
}

// after lets virtual time pass and everything that is due happen.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func wantTable(t *testing.T, k *fake.Kernel, want string) {
	t.Helper()
	if got := k.String(); got != strings.TrimLeft(want, "\n") {
		t.Errorf("table:\n%s\nwant:\n%s", got, want)
	}
}

// web is one service with real servers 10.1.0.1.., TCP_CHECK every 2 s, retry 1.
func web(n int) *config.Config {
	v := config.VirtualServer{
		Addr: netip.MustParseAddr("10.0.0.1"), Port: 80, Protocol: config.TCP,
		Scheduler: "rr", Method: config.DR, Quorum: 1,
	}
	for i := range n {
		v.RealServers = append(v.RealServers, realServer(i+1))
	}
	return &config.Config{VirtualServers: []config.VirtualServer{v}}
}

func realServer(n int) config.RealServer {
	at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(n >> 8), byte(n)}), 80)
	return config.RealServer{
		Addr: at.Addr(), Port: at.Port(), Weight: 1, Method: config.DR, SMTPAlert: true,
		Checkers: []config.Checker{{
			Kind: config.CheckTCP, Connect: at, ConnectTimeout: time.Second,
			DelayLoop: 2 * time.Second, Retry: 1, DelayBeforeRetry: time.Second,
		}},
	}
}

func TestSemantics8_2_FirstStartFillsTheTableAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		w := begin(t, k, nil)
		w.load(web(2))
		wantTable(t, k, `
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1
-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1
`)
		if len(w.probed) != 0 {
			t.Error("checked before the table was filled")
		}
		w.end()
		wantTable(t, k, "")
	})
}

func TestSemantics9_12_ServerLeavesAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		w := begin(t, k, nil)
		w.load(web(2))
		after(1100 * time.Millisecond) // first check of both: passed
		w.set("10.1.0.2:80", true)
		after(2 * time.Second) // second check, fails
		if !strings.Contains(k.String(), "10.1.0.2") {
			t.Fatal("the server left without a retry")
		}
		after(time.Second) // the retry
		wantTable(t, k, `
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1
`)
		w.set("10.1.0.2:80", false)
		after(2 * time.Second)
		if !strings.Contains(k.String(), "-r 10.1.0.2:80 -g -w 1") {
			t.Error("the server is not back:\n" + k.String())
		}
		for _, line := range []string{
			"TCP_CHECK on service [10.1.0.2]:tcp:80 failed after 1 retries.",
			"Removing service [10.1.0.2]:tcp:80 from VS [10.0.0.1]:tcp:80",
			"TCP connection to [10.1.0.2]:tcp:80 success.",
			"Adding service [10.1.0.2]:tcp:80 to VS [10.0.0.1]:tcp:80",
		} {
			if !strings.Contains(w.lines(), line+"\n") {
				t.Errorf("no line %q in\n%s", line, w.lines())
			}
		}
		w.end()
	})
}

func TestSemantics8_1_NoIPVSIsPermanentWithStatus1(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, fake.New(), func(o *Options) {
			o.OpenIPVS = func() (Kernel, error) { return nil, errors.New("kernel has no IPVS") }
		})
		err := w.engine.Prepare(t.Context(), web(1))
		var perm *super.PermanentError
		if !errors.As(err, &perm) || perm.Status != 1 {
			t.Errorf("Prepare: %v", err)
		}
		if err := w.engine.Prepare(t.Context(), &config.Config{}); err != nil {
			t.Errorf("without virtual servers IPVS is not needed: %v", err)
		}
		w.end()
	})
}

func TestEntriesChangedByOthersAreRepaired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		foreign := ipvs.ServiceID{Family: ipvs.IPv4, FWMark: 9}
		mustDo(t, k, ipvs.Command{Op: ipvs.AddService, Service: foreign, Settings: ipvs.ServiceSettings{Scheduler: "wlc"}})
		w := begin(t, k, nil)
		w.load(web(2))
		full := k.String()
		if !strings.Contains(full, "-A -f 9") {
			t.Fatal("a service that is not ours is gone")
		}
		id := ipvs.ServiceID{Family: ipvs.IPv4, Protocol: ipvs.TCP, Addr: netip.MustParseAddr("10.0.0.1"), Port: 80}
		d := ipvs.DestID{Addr: netip.MustParseAddr("10.1.0.1"), Port: 80}
		for name, c := range map[string]ipvs.Command{
			"a destination deleted":     {Op: ipvs.DeleteDest, Service: id, Dest: d},
			"a weight changed":          {Op: ipvs.EditDest, Service: id, Dest: d, DestSettings: ipvs.DestSettings{Method: ipvs.Route, Weight: 7}},
			"a strange destination":     {Op: ipvs.AddDest, Service: id, Dest: ipvs.DestID{Addr: netip.MustParseAddr("10.9.9.9"), Port: 80}},
			"another scheduler":         {Op: ipvs.EditService, Service: id, Settings: ipvs.ServiceSettings{Scheduler: "wlc"}},
			"the whole service deleted": {Op: ipvs.DeleteService, Service: id},
		} {
			mustDo(t, k, c)
			after(5 * time.Second)
			if k.String() != full {
				t.Errorf("%s: not repaired within 5 s:\n%s", name, k)
			}
		}
		w.end()
		wantTable(t, k, "-A -f 9 -s wlc\n")
	})
}

func mustDo(t *testing.T, k *fake.Kernel, c ipvs.Command) {
	t.Helper()
	if err := k.Do(c); err != nil {
		t.Fatal(err)
	}
}
