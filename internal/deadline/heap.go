// Package deadline keeps deadlines in order: a heap of timers that know their place, so that one is
// moved or cancelled without a search and without an allocation. It reads no clock.
package deadline

import (
	"cmp"
	"slices"
	"time"
)

// A Timer is one deadline of a T. It lives in its T and is moved in and out of a Heap.
type Timer[T any] struct {
	At  time.Time
	Of  T
	seq uint64 // breaks ties in the order of setting
	pos int    // place in the heap, counted from 1; 0 = not set
}

// IsSet reports whether the timer runs.
func (t *Timer[T]) IsSet() bool { return t.pos != 0 }

// A Heap is a binary heap of timers, the earliest first. The zero Heap is empty.
type Heap[T any] struct {
	a   []*Timer[T]
	seq uint64
}

// Next is the earliest timer, nil if there is none.
func (h *Heap[T]) Next() *Timer[T] {
	if len(h.a) == 0 {
		return nil
	}
	return h.a[0]
}

// Len is how many timers run.
func (h *Heap[T]) Len() int { return len(h.a) }

// Sorted are all timers that run, the one that comes first at the front.
func (h *Heap[T]) Sorted() []*Timer[T] {
	all := slices.Clone(h.a)
	slices.SortFunc(all, func(a, b *Timer[T]) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return cmp.Compare(a.seq, b.seq)
	})
	return all
}

// Set gives t a deadline, whether or not it had one. Of several with one deadline the one that was
// set first comes first.
func (h *Heap[T]) Set(t *Timer[T], at time.Time) {
	h.seq++
	t.At, t.seq = at, h.seq
	if !t.IsSet() {
		h.a = append(h.a, t)
		t.pos = len(h.a)
	}
	if !h.up(t.pos - 1) {
		h.down(t.pos - 1)
	}
}

// Cancel takes t out of the heap, if it is in.
func (h *Heap[T]) Cancel(t *Timer[T]) {
	if !t.IsSet() {
		return
	}
	i, last := t.pos-1, len(h.a)-1
	h.swap(i, last)
	h.a[last] = nil
	h.a = h.a[:last]
	t.pos = 0
	if i < last && !h.up(i) {
		h.down(i)
	}
}

func (h *Heap[T]) less(i, j int) bool {
	a, b := h.a[i], h.a[j]
	if !a.At.Equal(b.At) {
		return a.At.Before(b.At)
	}
	return a.seq < b.seq
}

func (h *Heap[T]) swap(i, j int) {
	h.a[i], h.a[j] = h.a[j], h.a[i]
	h.a[i].pos, h.a[j].pos = i+1, j+1
}

// up moves element i towards the root and reports whether it moved.
func (h *Heap[T]) up(i int) bool {
	start := i
	for i > 0 && h.less(i, (i-1)/2) {
		h.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
	return i != start
}

func (h *Heap[T]) down(i int) {
	for {
		least := i
		for _, child := range [2]int{2*i + 1, 2*i + 2} {
			if child < len(h.a) && h.less(child, least) {
				least = child
			}
		}
		if least == i {
			return
		}
		h.swap(i, least)
		i = least
	}
}
