// Package chronicle keeps what happened: the events of roles on their way to the supervisor, and the latest of all of
// them for those who ask or follow. Everything in it has a bound, and whoever misses something is told how much.
package chronicle

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"

	"holdfast/internal/state"
)

// Bounds of what is kept.
const (
	MaxEvents = 10_000
	MaxSize   = 4 << 20 // in bytes, about
)

// FromNow is the serial after which only events come that have not happened yet.
const FromNow = math.MaxUint64

// A Log is the latest events, numbered. It may be used by several goroutines; nobody who reads keeps anybody waiting.
// The zero Log is empty.
type Log struct {
	mu   sync.Mutex
	kept []state.Event // the oldest first, with serials that have no gap
	last uint64        // serial of the latest one
	size int
	more chan struct{} // is closed when there is another one; nil while nobody waits

	most, mostSize int // 0 = MaxEvents, MaxSize
}

// Add numbers events and keeps them.
func (l *Log) Add(events ...state.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range events {
		e = cut(e)
		l.last++
		e.Serial = l.last
		l.kept = append(l.kept, e)
		l.size += size(&e)
	}
	n, most, mostSize := 0, cmp.Or(l.most, MaxEvents), cmp.Or(l.mostSize, MaxSize)
	for len(l.kept)-n > most || l.size > mostSize {
		l.size -= size(&l.kept[n])
		l.kept[n] = state.Event{} // its texts go now, its place when the slice grows the next time
		n++
	}
	l.kept = l.kept[n:]
	if l.more != nil && len(events) > 0 {
		close(l.more)
		l.more = nil
	}
}

// Kept are all events that are kept, the oldest first.
func (l *Log) Kept() []state.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.kept)
}

// Inherit has an empty Log go on behind the events that another one kept.
func (l *Log) Inherit(events []state.Event) {
	if len(events) == 0 {
		return
	}
	l.mu.Lock()
	l.last = max(events[0].Serial, 1) - 1
	l.mu.Unlock()
	l.Add(events...)
}

// Bounds are the serials of the oldest event that is kept and of the latest one; 0 before the first one.
func (l *Log) Bounds() (first, last uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first(), l.last
}

func (l *Log) first() uint64 {
	if len(l.kept) == 0 {
		return 0
	}
	return l.kept[0].Serial
}

// After gives up to limit events behind a serial, the oldest first, and a channel that is closed when there is one
// more if there are none. Missed is how many there were behind that serial that are not kept any more. A serial that
// has not been yet is one of another daemon: behind it comes everything.
func (l *Log) After(serial uint64, limit int) (events []state.Event, missed uint64, more <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if serial > l.last {
		serial = 0
	}
	if first := l.first(); first > serial+1 {
		missed, serial = first-serial-1, first-1
	}
	behind := l.kept[len(l.kept)-int(l.last-serial):]
	if len(behind) == 0 {
		if l.more == nil {
			l.more = make(chan struct{})
		}
		return nil, missed, l.more
	}
	// Not the slice that is kept: places in it are emptied.
	return append([]state.Event(nil), behind[:min(limit, len(behind))]...), missed, nil
}

// followed is how many events a follower is given at a time at most.
const followed = 256

// ahead is how many events wait for a follower.
const ahead = 64

// Follow gives all events behind a serial, as they come, until ctx ends; then the channel is closed. FromNow begins
// with the next one. A follower that takes its time costs nothing and holds nobody up: where events are not kept any
// more that it has not been given, it gets one with Missed instead, whose serial is that of the last of them.
func (l *Log) Follow(ctx context.Context, after uint64) <-chan state.Event {
	out := make(chan state.Event, ahead)
	if after == FromNow {
		_, after = l.Bounds() // here, not later: what happens from now on is to be told
	}
	go func() {
		defer close(out)
		for {
			events, missed, more := l.After(after, followed)
			if missed > 0 {
				gap := Lost(missed, state.Event{Serial: events[0].Serial - 1, At: events[0].At, Role: RoleOfDaemon})
				events = append([]state.Event{gap}, events...)
			}
			for _, e := range events {
				select {
				case out <- e:
					after = e.Serial
				case <-ctx.Done():
					return
				}
			}
			if len(events) > 0 {
				continue
			}
			select {
			case <-more:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// RoleOfDaemon is the Role of events that the supervisor tells itself.
const RoleOfDaemon = "daemon"
