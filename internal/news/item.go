// Package news is what roles tell each other of the things they run: the state that something is
// in, never what happened to it. So of each thing only the latest word counts, and whoever is slow
// or comes late misses nothing but what is no longer true.
//
// A role tells the supervisor, whose Board has the latest of everything; a Queue for each listener
// holds what that one has not been told yet. Nothing in here waits, reads a clock or knows of processes.
package news

import "cmp"

// A Key says what an item is about.
type Key struct {
	Teller string // name of the role that runs the thing
	Topic  Topic
	Name   string // of the thing, unique within teller and topic
}

// Standing is what an item is worth.
type Standing uint8

const (
	// Current is the state as its teller knows it.
	Current Standing = iota
	// Stale is the last word of a teller whose process has died and will be started again: the
	// thing may be in any state now, or be gone.
	Stale
	// Gone says that there is no such thing any more, or nobody who runs it.
	Gone
)

// An Item is the state of one thing.
type Item struct {
	Key
	Standing Standing
	Version  uint16 // of the form that State is in
	State    string // in the form of the topic, empty if the thing is gone
	// Serial is given by the Board: of two items with one key the later has the greater one.
	Serial uint64
}

// bySerial is the order in which items were told.
func bySerial(a, b Item) int { return cmp.Compare(a.Serial, b.Serial) }
