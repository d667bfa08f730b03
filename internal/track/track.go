// Package track watches what instances track beside interfaces. There is a source for each kind of
// objects, which reports by the IDs that it was given.
package track

import "sync"

// ID is a tracked object, as given by who wants to hear of it.
type ID uint32

// An Object is to be watched: the one of that name in the configuration.
type Object struct {
	ID   ID
	Name string
}

// A Report tells the value of an object: the first one, and then every change. It is called from a goroutine
// of the source and never from within its methods, and may block.
type Report func(id ID, value int)

// Outcome is what the Configure of a source found.
type Outcome struct {
	// Disabled objects cannot be watched; they are to be treated as if nobody tracked them.
	Disabled []ID
	// Values are those that are known already; they are not reported.
	Values map[ID]int
}

func truth(ok bool) int {
	if ok {
		return 1
	}
	return 0
}

// A teller reports what changes in several goroutines, so that what was reported last is how it is: between a
// change and its report a configuration may be taken over, with another value.
type teller struct {
	mu      sync.Mutex
	reports Report
}

// tell reports the value of an object until that is what it still is. Whoever calls it holds nothing that value needs.
func (t *teller) tell(id ID, value func(ID) (v int, watched bool)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for last, again := 0, false; ; again = true {
		v, watched := value(id)
		if !watched || again && v == last {
			return
		}
		t.reports(id, v)
		last = v
	}
}
