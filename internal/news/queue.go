package news

import "container/list"

// A Queue holds what one listener has not been told yet: of each key only the latest item. It
// never has more than one item for each key that the listener knows of or that is there. The
// zero Queue is empty.
//
// Items of one key are taken in the order in which they were put. Between keys, the one that
// has waited longest comes first: one that changes all the time does not hold up the others.
type Queue struct {
	waiting map[Key]*list.Element // of order
	order   list.List             // of *Item
	known   map[Key]struct{}      // the listener was told of it, and not that it is gone
}

// Put has the listener told of an item, in place of what waits for the same key.
func (q *Queue) Put(it Item) {
	if q.waiting == nil {
		q.waiting, q.known = map[Key]*list.Element{}, map[Key]struct{}{}
	}
	e, waits := q.waiting[it.Key]
	if _, known := q.known[it.Key]; it.Standing == Gone && !known {
		// What came and went while the listener was busy is nothing to it. If it were told, things
		// that come and go would fill the memory while the listener hangs.
		if waits {
			q.order.Remove(e)
			delete(q.waiting, it.Key)
		}
		return
	}
	if waits {
		*e.Value.(*Item) = it // keeps its place: it has waited
		return
	}
	q.waiting[it.Key] = q.order.PushBack(&it)
}

// Take gives up to n items, those that have waited longest, which the listener is now told.
func (q *Queue) Take(n int) []Item {
	n = min(n, q.Len())
	if n == 0 {
		return nil
	}
	taken := make([]Item, 0, n)
	for range n {
		it := *q.order.Remove(q.order.Front()).(*Item)
		delete(q.waiting, it.Key)
		if it.Standing == Gone {
			delete(q.known, it.Key)
		} else {
			q.known[it.Key] = struct{}{}
		}
		taken = append(taken, it)
	}
	return taken
}

// Len is how many items wait.
func (q *Queue) Len() int { return q.order.Len() }
