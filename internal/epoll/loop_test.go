package epoll

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var errOver = errors.New("it is over")

// worker is work that notes what is asked of it.
type worker struct {
	poller *Poller
	in     int       // the socket, 0 = none
	due    time.Time // zero: nothing is
	said   []string
	late   time.Duration
	fails  error
	expire func(time.Time)
	read   func()
}

func (w *worker) work() Work {
	return Work{
		Open: func(p *Poller) error {
			w.said = append(w.said, "open")
			w.poller = p
			if w.fails == nil && w.in != 0 {
				return p.Add(w.in)
			}
			return w.fails
		},
		Begin: func() { w.said = append(w.said, "begin") },
		Receive: func(_ time.Time, ready []int) {
			var b [16]byte
			for _, fd := range ready {
				if n, _ := unix.Read(fd, b[:]); n > 0 {
					w.said = append(w.said, "receive")
					if w.read != nil {
						w.read()
					}
				}
			}
		},
		Next: func() (time.Time, bool) { return w.due, !w.due.IsZero() },
		Expire: func(now time.Time) {
			w.said, w.due = append(w.said, "expire"), time.Time{}
			if w.expire != nil {
				w.expire(now)
			}
		},
		Relax: func() { w.said = append(w.said, "relax") },
		Late:  func(d time.Duration) { w.late = d },
		Close: func() { w.said = append(w.said, "close") },
	}
}

func (w *worker) wants(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(w.said, want) {
		t.Errorf("%q, want %q", w.said, want)
	}
	w.said = nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhoeverCallsIsTheLoopUntilItRuns(t *testing.T) {
	w := &worker{fails: errors.New("no kernel")}
	l := NewLoop(w.work(), errOver)
	ran := 0
	for range 2 {
		if err := l.Call(t.Context(), func() { ran++ }); !errors.Is(err, w.fails) || ran != 0 {
			t.Fatalf("%v, ran %d times", err, ran)
		}
	}
	w.wants(t, "open", "open") // what failed is tried again
	w.fails = nil
	must(t, l.Call(t.Context(), func() { ran++ }))
	l.Post(func() { ran += 10 }) // waits for the loop
	must(t, l.Call(t.Context(), func() { ran++ }))
	w.wants(t, "open")
	if ran != 2 {
		t.Errorf("ran is %d, want 2", ran)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	posted := make(chan struct{})
	l.Post(func() { close(posted) })
	<-posted
	must(t, l.Call(ctx, func() { ran++ }))
	cancel()
	must(t, <-ended)
	if ran != 13 {
		t.Errorf("ran is %d, want 13", ran)
	}
	if first, last := w.said[0], w.said[len(w.said)-1]; first != "begin" || last != "close" {
		t.Errorf("%q", w.said)
	}
	l.Post(func() { t.Error("posted after the end, and done") })
	if err := l.Call(context.Background(), func() { t.Error("called after the end, and done") }); err != errOver {
		t.Errorf("called after the end: %v", err)
	}
	if err := l.Run(context.Background()); err != errOver {
		t.Errorf("run again: %v", err)
	}
}

func TestARequestThatNobodyTakes(t *testing.T) {
	w := &worker{}
	l := NewLoop(w.work(), errOver)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	busy, free := make(chan struct{}), make(chan struct{})
	l.Post(func() { close(busy); <-free })
	<-busy
	patient, impatient := make(chan error, 1), make(chan error, 1)
	gone, goAway := context.WithCancel(t.Context())
	go func() { impatient <- l.Call(gone, func() {}) }()
	go func() { patient <- l.Call(context.Background(), func() {}) }()
	goAway()
	if err := <-impatient; !errors.Is(err, context.Canceled) {
		t.Errorf("impatient: %v", err)
	}
	cancel()
	close(free)
	must(t, <-ended)
	// Whether it came in time or not, it is answered.
	if err := <-patient; err != nil && err != errOver {
		t.Errorf("patient: %v", err)
	}
}

func TestRequestsComeFromEverywhere(t *testing.T) {
	l := NewLoop((&worker{}).work(), errOver)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	running := make(chan struct{})
	l.Post(func() { close(running) })
	<-running
	const callers, each = 8, 200
	sum := 0 // the loop's own
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range each {
				l.Post(func() { sum++ })
				if err := l.Call(ctx, func() { l.Post(func() { sum++ }) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	must(t, l.Call(ctx, func() {}))
	must(t, l.Call(ctx, func() { // what a request has posted comes after the requests of its turn
		if sum != 2*callers*each {
			t.Errorf("%d of %d were done", sum, 2*callers*each)
		}
	}))
	cancel()
	must(t, <-ended)
}

// opened gives a loop that the test itself turns, and the other end of its socket.
func opened(t *testing.T, w *worker) (*Loop, int) {
	t.Helper()
	in, out := pair(t)
	w.in = in
	l := NewLoop(w.work(), errOver)
	must(t, l.Call(t.Context(), func() {}))
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		must(t, l.Run(ctx))
	})
	return l, out
}

// What has arrived while the process was stopped is taken before a timer runs, and the order of a turn is: packets,
// requests, timers, the rest.
func TestTheOrderOfATurn(t *testing.T) {
	w := &worker{}
	l, out := opened(t, w)
	const lateness = 20 * time.Millisecond
	w.due = time.Now().Add(-lateness)
	write(t, out, 1)
	l.Post(func() { w.said = append(w.said, "request") })
	w.said = nil
	must(t, l.Turn())
	w.wants(t, "receive", "request", "expire", "relax")
	if w.late < lateness {
		t.Errorf("late by %v, want %v at least", w.late, lateness)
	}
	// A packet that comes between the first look and the timer is found by the second look.
	w.due = time.Now()
	l.Post(func() { write(t, out, 1) })
	must(t, l.Turn())
	w.wants(t, "receive", "expire", "relax")
	// One that puts the deadline off is heard in time.
	w.due = time.Now()
	w.read = func() { w.due = time.Time{} }
	l.Post(func() { write(t, out, 1) })
	must(t, l.Turn())
	w.wants(t, "receive", "relax")
}

func TestAFloodPutsTimersOffForAMoment(t *testing.T) {
	w := &worker{}
	l, out := opened(t, w)
	more := func() { write(t, out, 1) }
	w.read = more // never empty
	more()
	began := time.Now()
	w.due = began
	var at time.Time
	w.expire = func(now time.Time) { at = now }
	must(t, l.Turn())
	if at.Before(began.Add(patience)) {
		t.Errorf("the timer ran %v after it was due; packets put it off for %v", at.Sub(began), patience)
	}
}

// The end of a turn has a deadline of its own.
func TestSlackEndsTheWait(t *testing.T) {
	w := &worker{}
	work := w.work()
	begun := time.Now()
	work.Slack = func() (time.Time, bool) { return begun.Add(3 * time.Millisecond), true }
	l := NewLoop(work, errOver)
	must(t, l.Call(t.Context(), func() {}))
	w.said = nil
	must(t, l.Turn())
	w.wants(t, "relax")
	if took := time.Since(begun); took < 3*time.Millisecond {
		t.Errorf("waited %v", took)
	}
	l.poller.Close()
}

// A loop that leaves does nothing any more: neither what is due, nor what others want, nor what is done at the end.
func TestLeave(t *testing.T) {
	var l *Loop
	did := map[string]int{}
	due := time.Now()
	l = NewLoop(Work{
		Receive: func(time.Time, []int) {},
		Next:    func() (time.Time, bool) { return due, true },
		Expire:  func(time.Time) { due = time.Now().Add(time.Hour); did["expire"]++ },
		Relax:   func() { did["relax"]++ },
		Close:   func() { did["close"]++ },
	}, errors.New("ended"))
	l.Post(func() { due = time.Now().Add(-time.Second); l.Leave() })
	l.Post(func() { did["post"]++ })
	if err := l.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if did["expire"] > 0 || did["close"] > 0 || did["post"] > 0 {
		t.Errorf("it did %v", did)
	}
}
