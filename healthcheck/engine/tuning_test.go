package engine

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/config"
	"holdfast/internal/sockbuf"
	"holdfast/ipvs/fake"
)

// The table's socket has the receive buffer that the configuration asks for.
func TestReceiveBufferOfIPVS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		w := begin(t, k, nil)
		for _, want := range []config.Buffer{{}, {Bytes: 500000, Force: true}, {Bytes: 7}, {}} {
			c := web(1)
			c.Global.Buffers.LVSCommand = want
			w.load(c)
			if got := k.ReceiveBuffer(); got != sockbuf.Size(want) {
				t.Errorf("%+v: %+v", want, got)
			}
		}
		w.end()
	})
}

// random_seed makes the delays before first checks those of every run with it; a reload with the same does not begin
// again, and one with another does.
func TestRandomSeed(t *testing.T) {
	first := func(change func(*Options), seeds ...uint32) (due []time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			w := begin(t, fake.New(), change)
			for n, seed := range seeds {
				c := web(20 * (n + 1))
				c.Global.RandomSeed, c.Global.RandomSeedSet = seed, true
				for v := range c.VirtualServers {
					for r := range c.VirtualServers[v].RealServers {
						for k := range c.VirtualServers[v].RealServers[r].Checkers {
							c.VirtualServers[v].RealServers[r].Checkers[k].Warmup = time.Hour
						}
					}
				}
				w.load(c)
			}
			begun := time.Now()
			if err := w.engine.call(t.Context(), func() {
				for {
					at, ok := w.engine.loop.core.Next()
					if !ok || len(due) == 5 {
						return
					}
					due = append(due, at.Sub(begun))
					w.engine.loop.core.Expire(at)
				}
			}); err != nil {
				t.Error(err)
			}
			w.end()
		})
		return due
	}
	other := func(o *Options) { o.Seed = 99 }
	same, again := first(nil, 7), first(other, 7)
	if len(same) == 0 || !slices.Equal(same, again) {
		t.Errorf("one seed, two schedules: %v, %v", same, again)
	}
	if got := first(nil, 8); slices.Equal(same, got) {
		t.Errorf("two seeds, one schedule: %v", got)
	}
	if one, two := first(nil, 7, 7), first(other, 7, 7); !slices.Equal(one, two) {
		t.Errorf("after a reload: %v, %v", one, two)
	}
}

// Whoever asks is told how late checks are that had to wait for the loop.
func TestLateness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var most time.Duration // of the loop, read when it has ended
		w := begin(t, fake.New(), func(o *Options) { o.Late = func(d time.Duration) { most = max(most, d) } })
		w.load(web(1))
		after(10 * time.Second)
		const held = 7 * time.Second
		if err := w.engine.call(t.Context(), func() {
			if most > 0 {
				t.Errorf("late by %v without a reason", most)
			}
			time.Sleep(held)
		}); err != nil {
			t.Fatal(err)
		}
		after(time.Second)
		w.end()
		// The table is looked at once a second: something was due soon after the loop was held up.
		if most < held-time.Second || most > held {
			t.Errorf("held up for %v, told of %v", held, most)
		}
	})
}
