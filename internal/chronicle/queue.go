package chronicle

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"holdfast/internal/state"
)

// Bounds of one event and of what waits.
const (
	// maxText is how long a text of an event may be, in bytes; the rest of it is cut off.
	maxText = 1 << 10
	// maxWaiting is how many events wait to be sent.
	maxWaiting = 10_000
	// maxWaitingSize is how large they may be together, in bytes.
	maxWaitingSize = 4 << 20
)

// A Queue holds events on their way. It has a bound: what comes while it is full is dropped and counted, and an
// event in their place says how many. The zero Queue is empty.
type Queue struct {
	waiting []state.Event
	size    int
	dropped uint64
	last    state.Event // the one that was dropped last, for its time

	most, mostSize int // 0 = maxWaiting, maxWaitingSize
}

// Put adds an event.
func (q *Queue) Put(e state.Event) {
	e = cut(e)
	if n := size(&e); len(q.waiting) < cmp.Or(q.most, maxWaiting) &&
		q.size+n <= cmp.Or(q.mostSize, maxWaitingSize) && q.dropped == 0 {
		q.waiting = append(q.waiting, e)
		q.size += n
		return
	}
	// Also one that would have room now: events keep their order, and the gap is told behind those before it.
	q.dropped++
	q.last = state.Event{At: e.At}
}

// Take gives up to n events, the oldest first.
func (q *Queue) Take(n int) []state.Event {
	n = min(n, len(q.waiting))
	taken := q.waiting[:n:n]
	for i := range taken {
		q.size -= size(&taken[i])
	}
	if q.waiting = q.waiting[n:]; len(q.waiting) > 0 {
		return taken
	}
	q.waiting, q.size = nil, 0
	if q.dropped > 0 {
		taken = append(taken, Lost(q.dropped, q.last))
		q.dropped = 0
	}
	return taken
}

// Len is how many events wait, and whether some were dropped that nobody has been told of.
func (q *Queue) Len() int { return len(q.waiting) + int(min(q.dropped, 1)) }

// Lost is the event that says that so many were lost, of which last was the last one.
func Lost(n uint64, last state.Event) state.Event {
	return state.Event{
		Serial: last.Serial, At: last.At, Role: last.Role, PID: last.PID, About: state.AboutDaemon, To: "events lost",
		Text: fmt.Sprintf("%d events were lost: there were more than could be taken", n), Missed: n,
	}
}

// cut bounds the texts of an event, which is one line.
func cut(e state.Event) state.Event {
	for _, s := range []*string{&e.Role, &e.About, &e.Name, &e.Of, &e.From, &e.To, &e.Reason, &e.Code, &e.Text} {
		if strings.ContainsAny(*s, "\n\r") {
			*s = strings.NewReplacer("\n", " ", "\r", " ").Replace(*s)
		}
		if len(*s) <= maxText {
			continue
		}
		n := maxText - len("...")
		for n > 0 && !utf8.RuneStart((*s)[n]) {
			n--
		}
		*s = (*s)[:n] + "..."
	}
	return e
}

// eventSize is about what an event takes besides its texts.
const eventSize = 208

// size is about what an event takes of memory.
func size(e *state.Event) int {
	return eventSize + len(e.Name) + len(e.Of) + len(e.From) + len(e.To) + len(e.Reason) + len(e.Code) + len(e.Text)
}
