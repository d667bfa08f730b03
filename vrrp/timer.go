package vrrp

import "time"

// timerKind is what a timer of a machine is for.
type timerKind uint8

const (
	// timerMain is the master down timer in BACKUP, the advertisement timer in
	// MASTER and the end of the startup delay of an address owner in INIT.
	timerMain        timerKind = iota
	timerPreempt               // preempt_delay has passed
	timerGARPDelay             // second burst after becoming master
	timerGARPRefresh           // periodic refresh while master
	timerGARPExtra             // refresh on other interfaces while master
	timerLowerPrio             // second burst after a lower priority advert
	timerConflict              // two address owners (semantics 1.19)
	timerKinds                 // keep last
)

// A timer is one deadline of one machine. It lives in the machine and is moved in
// and out of the heap of its Core.
type timer struct {
	at   time.Time
	seq  uint64 // breaks ties in the order of setting
	pos  int    // place in the heap, counted from 1; 0 = not set
	m    *machine
	kind timerKind
}

func (t *timer) isSet() bool { return t.pos != 0 }

// timerHeap is a binary heap of timers, the earliest first. Each timer knows its
// place, so that it can be moved and cancelled without a search.
type timerHeap struct {
	a   []*timer
	seq uint64
}

// next is the earliest timer, nil if there is none.
func (h *timerHeap) next() *timer {
	if len(h.a) == 0 {
		return nil
	}
	return h.a[0]
}

// set gives t a deadline, whether or not it had one.
func (h *timerHeap) set(t *timer, at time.Time) {
	h.seq++
	t.at, t.seq = at, h.seq
	if !t.isSet() {
		h.a = append(h.a, t)
		t.pos = len(h.a)
	}
	if !h.up(t.pos - 1) {
		h.down(t.pos - 1)
	}
}

// cancel takes t out of the heap, if it is in.
func (h *timerHeap) cancel(t *timer) {
	if !t.isSet() {
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

func (h *timerHeap) less(i, j int) bool {
	a, b := h.a[i], h.a[j]
	if !a.at.Equal(b.at) {
		return a.at.Before(b.at)
	}
	return a.seq < b.seq
}

func (h *timerHeap) swap(i, j int) {
	h.a[i], h.a[j] = h.a[j], h.a[i]
	h.a[i].pos, h.a[j].pos = i+1, j+1
}

// up moves element i towards the root and reports whether it moved.
func (h *timerHeap) up(i int) bool {
	start := i
	for i > 0 && h.less(i, (i-1)/2) {
		h.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
	return i != start
}

func (h *timerHeap) down(i int) {
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
