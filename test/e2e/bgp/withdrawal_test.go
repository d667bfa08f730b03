//go:build e2e

package bgp

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"holdfast/config/language"
	"holdfast/config/syntax"
	"holdfast/healthcheck"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/engine"
	"holdfast/internal/announcer"
	"holdfast/internal/speaker"
	"holdfast/ipvs/fake"
	"holdfast/test/lab"
)

// rounds is how often both services fail.
const rounds = 10

// atMost is how long a route may stay after the result of the check that ends the quorum.
const atMost = 100 * time.Millisecond

// A ward decides how checks end, and knows when they did.
type ward struct {
	mu    sync.Mutex
	ill   bool
	ended map[bool]time.Time // the latest check that failed, by whether it was over IPv6
}

// probe is an attempt of a checker.
func (w *ward) probe(_ context.Context, t healthcheck.Target) attempt.Outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ill {
		return attempt.Outcome{Verdict: attempt.Passed}
	}
	six := strings.Contains(t.Server, routers[1].String())
	if w.ended[six].IsZero() {
		w.ended[six] = time.Now()
	}
	return attempt.Outcome{Verdict: attempt.Failed}
}

func (w *ward) become(ill bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ill, w.ended = ill, map[bool]time.Time{}
}

// since is when the first check failed, zero while none has.
func (w *ward) since(six bool) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ended[six]
}

// A route goes with the result of the check that ends the quorum: from the moment the checker role is given it until the
// router's kernel has it no more. The table of the kernel is one in memory; TestDaemon has the other one.
func TestWithdrawal(t *testing.T) {
	lab.Judge(t, func(t *lab.Trial) {
		s := newStreet(t)
		s.bird("")
		w := &ward{}
		p := usualPlan()
		p.service = "delay_loop 0.2\n@holdfast announce_hold 0"
		p.check = "PING_CHECK {\nretry 0\n}"
		s.checks(p, w)
		gone := s.goneRoutes()
		var took []time.Duration
		for range rounds {
			s.routed("while it is well", vips[0], vips[2])
			w.become(true)
			left := map[bool]time.Time{}
			for late := time.After(soon); len(left) < 2; {
				select {
				case r := <-gone:
					left[r.six] = r.at
				case <-late:
					s.Fatalf("withdrawn after %v: %v", soon, left)
				}
			}
			for six, at := range left {
				since := w.since(six)
				if since.IsZero() || at.Before(since) {
					s.Fatalf("a route was gone at %v, and its check failed at %v", at, since)
				}
				took = append(took, at.Sub(since))
			}
			w.become(false)
		}
		slices.Sort(took)
		s.Logf("withdrawn %v after the result at least, %v in the middle, %v at most, of %d", took[0], took[len(took)/2],
			took[len(took)-1], len(took))
		if worst := took[len(took)-1]; worst > atMost {
			s.Errorf("withdrawn after %v, want %v", worst, atMost)
		}
	})
}

// checks runs the checker role on the director.
func (s *street) checks(p plan, w *ward) {
	s.Helper()
	const name = "k.conf"
	c, found := language.Bind(syntax.Load(syntax.MapSource{name: p.String()}, name, syntax.Options{}), language.Env{})
	for _, d := range found {
		if d.Severity >= syntax.Error {
			s.Fatal(d)
		}
	}
	log := s.logger()
	k := speaker.New(speaker.Options{Log: log, Space: s.space})
	e := engine.New(engine.Options{Log: log, Probe: w.probe, Speaker: k,
		OpenIPVS:  func() (engine.Kernel, error) { return fake.New(), nil },
		Announcer: announcer.New(announcer.Options{Log: log, Space: s.space})})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	s.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			s.Error(err)
		}
	})
	s.must(e.Prepare(ctx, c))
	s.must(e.Commit(ctx))
}

// A departure is that of a route of the router's kernel.
type departure struct {
	six bool
	at  time.Time // when it was heard of
}

// goneRoutes are the announced routes that go from now on.
func (s *street) goneRoutes() <-chan departure {
	s.Helper()
	ns, err := netns.GetFromName(s.router.Namespace())
	s.must(err)
	updates, done := make(chan netlink.RouteUpdate, 1000), make(chan struct{})
	s.must(netlink.RouteSubscribeAt(ns, updates, done))
	s.Cleanup(func() {
		close(done)
		s.must(ns.Close())
	})
	out := make(chan departure, 1000)
	go func() {
		for u := range updates {
			if u.Type != unix.RTM_DELROUTE || u.Dst == nil {
				continue
			}
			if text := u.Dst.String(); text == vips[0] || text == vips[2] {
				out <- departure{text == vips[2], time.Now()}
			}
		}
	}()
	return out
}
