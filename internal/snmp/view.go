package snmp

import (
	"context"
	"time"

	"holdfast/config"
	"holdfast/internal/mib"
)

// How long what was seen of the daemon is shown: 10,000 real servers are half a million objects, and each is asked for
// by itself. What took long to make is kept for longer, so that somebody who walks through it without end takes a
// twentieth of what there is.
const (
	leastKept = 500 * time.Millisecond
	mostKept  = 5 * time.Second
	share     = 20
	// patience is how long a request waits for something newer before it gets what there is; without anything it waits
	// for firstPatience.
	patience      = 300 * time.Millisecond
	firstPatience = 3 * time.Second
)

// A view is what is shown, made anew when somebody asks and it is old. It belongs to one goroutine.
type view struct {
	source Source
	want   config.SNMP
	booted time.Time // when the master agent began

	shown  mib.Tree
	until  time.Time // then shown is old
	making chan made // what is being made; nil when nothing is
	cancel context.CancelFunc
}

// made is a tree, and what it took to make it.
type made struct {
	tree mib.Tree
	took time.Duration
}

// outdate has what is shown made anew: it was changed.
func (v *view) outdate() {
	v.close()
	v.until = time.Time{}
}

// tree is what is shown now.
func (v *view) tree(ctx context.Context) mib.Tree {
	if time.Now().Before(v.until) {
		return v.shown
	}
	if v.making == nil {
		v.making = make(chan made, 1)
		making, cancel := context.WithCancel(ctx)
		v.cancel = cancel
		go v.make(making, v.booted, v.making)
	}
	wait := patience
	if v.shown == nil {
		wait = firstPatience
	}
	late := time.NewTimer(wait)
	defer late.Stop()
	select {
	case m := <-v.making:
		v.close()
		v.shown, v.until = m.tree, time.Now().Add(min(max(leastKept, share*m.took), mostKept))
	case <-late.C:
	case <-ctx.Done():
	}
	return v.shown
}

func (v *view) make(ctx context.Context, booted time.Time, to chan<- made) {
	began := time.Now()
	a := v.source.Objects(ctx)
	to <- made{mib.Of(&a, v.want, mib.Moment{Now: time.Now(), Booted: booted}), time.Since(began)}
}

// close forgets what is being made.
func (v *view) close() {
	if v.cancel != nil {
		v.cancel()
	}
	v.making, v.cancel = nil, nil
}
