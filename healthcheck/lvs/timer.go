package lvs

import (
	"container/heap"
	"time"
)

// timers is a heap of checkers by their next attempt; equal times keep the order of
// the configuration.
type timers []*check

func (t timers) Len() int { return len(t) }

func (t timers) Less(i, j int) bool {
	if t[i].next.Equal(t[j].next) {
		return t[i].id < t[j].id
	}
	return t[i].next.Before(t[j].next)
}

func (t timers) Swap(i, j int) {
	t[i], t[j] = t[j], t[i]
	t[i].slot, t[j].slot = i, j
}

// Push is for container/heap.
func (t *timers) Push(x any) {
	c := x.(*check)
	c.slot = len(*t)
	*t = append(*t, c)
}

// Pop is for container/heap.
func (t *timers) Pop() any {
	old := *t
	c := old[len(old)-1]
	old[len(old)-1] = nil
	*t = old[:len(old)-1]
	c.slot = -1
	return c
}

// set makes c due at next.
func (t *timers) set(c *check, next time.Time) {
	c.next = next
	if c.slot >= 0 {
		heap.Fix(t, c.slot)
		return
	}
	heap.Push(t, c)
}

// cancel takes c out.
func (t *timers) cancel(c *check) {
	if c.slot >= 0 {
		heap.Remove(t, c.slot)
	}
}
