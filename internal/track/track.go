// Package track watches what instances track beside interfaces. There is a source for each kind of
// objects, which reports by the IDs that it was given.
package track

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
