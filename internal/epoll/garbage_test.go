//go:build !race

package epoll

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The race detector has values on the heap that are on the stack without it.
func TestATurnAllocatesNothing(t *testing.T) {
	w := &worker{}
	in, out := pair(t)
	work := Work{
		Open: func(p *Poller) error { return p.Add(in) },
		Receive: func(_ time.Time, ready []int) {
			var b [16]byte
			for _, fd := range ready {
				_, _ = unix.Read(fd, b[:])
			}
		},
		Next:   func() (time.Time, bool) { return w.due, true },
		Expire: func(now time.Time) { w.due = now.Add(time.Hour) },
		Relax:  func() {},
		Late:   func(time.Duration) {},
	}
	l := NewLoop(work, errOver)
	must(t, l.Call(t.Context(), func() {}))
	defer l.poller.Close()
	one := []byte{1}
	if n := testing.AllocsPerRun(100, func() {
		w.due = time.Now()
		_, _ = unix.Write(out, one)
		if err := l.Turn(); err != nil {
			t.Error(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations a turn", n)
	}
}
