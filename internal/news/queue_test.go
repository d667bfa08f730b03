package news

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// item is news of a session.
func item(name, state string) Item {
	return Item{Key: Key{Teller: "t", Topic: Sessions, Name: name}, State: state}
}

func gone(name string) Item {
	it := item(name, "")
	it.Standing = Gone
	return it
}

func said(items []Item) string {
	text := ""
	for _, it := range items {
		if it.Standing == Gone {
			text += it.Name + "- "
		} else {
			text += it.Name + "=" + it.State + " "
		}
	}
	return text
}

func TestQueue(t *testing.T) {
	for _, c := range []struct {
		what string
		do   func(q *Queue) []Item
		want string
	}{
		{"nothing", func(q *Queue) []Item { return q.Take(9) }, ""},
		{"in order", func(q *Queue) []Item {
			q.Put(item("a", "1"))
			q.Put(item("b", "1"))
			return q.Take(9)
		}, "a=1 b=1 "},
		{"only the latest", func(q *Queue) []Item {
			q.Put(item("a", "1"))
			q.Put(item("a", "2"))
			q.Put(item("a", "3"))
			return q.Take(9)
		}, "a=3 "},
		{"a key that changes keeps its place", func(q *Queue) []Item {
			q.Put(item("a", "1"))
			q.Put(item("b", "1"))
			q.Put(item("a", "2"))
			return q.Take(9)
		}, "a=2 b=1 "},
		{"one that was taken goes to the end", func(q *Queue) []Item {
			q.Put(item("a", "1"))
			q.Put(item("b", "1"))
			first := q.Take(1)
			q.Put(item("a", "2"))
			return append(first, q.Take(9)...)
		}, "a=1 b=1 a=2 "},
		{"what came and went is nothing", func(q *Queue) []Item {
			q.Put(item("a", "1"))
			q.Put(gone("a"))
			q.Put(item("b", "1"))
			return q.Take(9)
		}, "b=1 "},
		{"the end of what was never there", func(q *Queue) []Item {
			q.Put(gone("a"))
			return q.Take(9)
		}, ""},
		{"the end of what is known is told, once", func(q *Queue) []Item {
			q.Put(item("a", "1"))
			all := q.Take(9)
			q.Put(gone("a"))
			all = append(all, q.Take(9)...)
			q.Put(gone("a"))
			return append(all, q.Take(9)...)
		}, "a=1 a- "},
		{"what is there again was never gone", func(q *Queue) []Item {
			q.Put(item("a", "1"))
			all := q.Take(9)
			q.Put(gone("a"))
			q.Put(item("a", "2"))
			return append(all, q.Take(9)...)
		}, "a=1 a=2 "},
	} {
		var q Queue
		if got := said(c.do(&q)); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
		if q.Len() != 0 || q.Take(1) != nil {
			t.Errorf("%s: something is left", c.what)
		}
	}
}

// A listener is what somebody knows who takes from a queue. It fails when items of a key come out of
// their order.
type listener struct {
	queue Queue
	knows map[Key]Item
	last  map[Key]uint64
}

func newListener() *listener { return &listener{knows: map[Key]Item{}, last: map[Key]uint64{}} }

func (l *listener) put(items ...Item) {
	for _, it := range items {
		l.queue.Put(it)
	}
}

func (l *listener) take(t interface{ Fatalf(string, ...any) }, n int) int {
	items := l.queue.Take(n)
	for _, it := range items {
		if it.Serial <= l.last[it.Key] {
			t.Fatalf("%v: serial %d after %d", it.Key, it.Serial, l.last[it.Key])
		}
		l.last[it.Key] = it.Serial
		if it.Standing == Gone {
			delete(l.knows, it.Key)
		} else {
			l.knows[it.Key] = it
		}
	}
	return len(items)
}

func names(t *rapid.T) string { return rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "name") }

// However it is filled and emptied: in the end the listener knows what is there, never more waits
// than there are keys that it knows or that are there, and nothing waits longer than the
// queue was long.
func TestQueueTellsWhatIsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, there, serial := newListener(), map[Key]Item{}, uint64(0)
		due := map[Key]int{} // how many items may be taken before one of this key
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				serial++
				it := item(names(t), fmt.Sprint(serial))
				if rapid.Bool().Draw(t, "gone") {
					it = gone(it.Name)
					delete(there, it.Key)
				} else {
					there[it.Key] = it
				}
				it.Serial = serial
				if it.Standing != Gone {
					there[it.Key] = it
				}
				before := l.queue.Len()
				l.put(it)
				if l.queue.Len() > before {
					due[it.Key] = before
				}
				if l.queue.Len() < before {
					delete(due, it.Key)
				}
			},
			"take": func(t *rapid.T) {
				waited := map[Key]bool{}
				for k := range l.queue.waiting {
					waited[k] = true
				}
				n := l.take(t, rapid.IntRange(1, 3).Draw(t, "n"))
				for k := range waited {
					if _, waits := l.queue.waiting[k]; !waits {
						delete(due, k)
					} else if due[k] -= n; due[k] < 0 {
						t.Fatalf("%v was passed over", k)
					}
				}
			},
			"": func(t *rapid.T) {
				keys := map[Key]bool{}
				for k := range there {
					keys[k] = true
				}
				for k := range l.knows {
					keys[k] = true
				}
				if l.queue.Len() > len(keys) || len(l.queue.waiting) != l.queue.Len() || len(l.queue.known) > len(keys) {
					t.Fatalf("%d wait, %d known, of %d keys", l.queue.Len(), len(l.queue.known), len(keys))
				}
			},
		})
		for l.take(t, 2) > 0 {
		}
		same(t, l.knows, there)
	})
}

func same(t interface{ Fatalf(string, ...any) }, got, want map[Key]Item) {
	if len(got) != len(want) {
		t.Fatalf("knows %v, want %v", got, want)
	}
	for k, it := range want {
		if got[k] != it {
			t.Fatalf("knows %v, want %v", got[k], it)
		}
	}
}

// Whoever does not listen while things come and go costs no memory.
func TestAHungListenerIsBounded(t *testing.T) {
	var q Queue
	for i := range 100_000 {
		q.Put(item(fmt.Sprint(i), "x"))
		q.Put(gone(fmt.Sprint(i)))
		q.Put(item("stays", fmt.Sprint(i)))
	}
	if q.Len() != 1 || len(q.waiting) != 1 || len(q.known) != 0 {
		t.Errorf("%d wait in %d, %d are known", q.Len(), len(q.waiting), len(q.known))
	}
	if got := said(q.Take(9)); got != "stays=99999 " {
		t.Error(got)
	}
}

func TestTakeIsBounded(t *testing.T) {
	var q Queue
	for i := range 10 {
		q.Put(item(fmt.Sprint(i), "x"))
	}
	var sizes []int
	for q.Len() > 0 {
		sizes = append(sizes, len(q.Take(4)))
	}
	if !slices.Equal(sizes, []int{4, 4, 2}) {
		t.Error(sizes)
	}
}
