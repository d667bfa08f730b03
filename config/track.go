package config

import (
	"time"

	"holdfast/config/syntax"
)

// TrackKind is a kind of objects that can be tracked.
type TrackKind uint8

// The kinds, in the order in which they are listed everywhere.
const (
	TrackedInterface TrackKind = iota
	TrackedScript
	TrackedFile
	TrackedProcess
	TrackedBFD
)

// String is the kind as the log has it.
func (k TrackKind) String() string {
	return [...]string{"interface", "script", "file", "process", "bfd"}[k]
}

// Track is one tracked object in a track_* block. Weight 0 means FAULT on failure.
type Track struct {
	Kind    TrackKind
	Name    string
	Weight  int
	Reverse bool
	Pos     syntax.Pos
}

// Tracks is what an instance or a group tracks, kind by kind.
type Tracks []Track

// Of are those of one kind.
func (ts Tracks) Of(kind TrackKind) Tracks {
	var of Tracks
	for _, t := range ts {
		if t.Kind == kind {
			of = append(of, t)
		}
	}
	return of
}

// TrackFile is a track_file: a file that holds a number.
type TrackFile struct {
	Name      string
	Path      string
	Weight    int // what the number is multiplied by; 0: any number but 0 means FAULT
	Reverse   bool
	Init      bool // make the file at start
	InitValue int
	Overwrite bool // write InitValue into a file that exists as well
	Pos       syntax.Pos
}

// TrackProcess is a vrrp_track_process: it asks whether a process exists.
type TrackProcess struct {
	Name           string
	Process        []string // path or name, with the arguments to compare
	Match          ProcessMatch
	FullCommand    bool // compare the whole command line
	Weight         int  // 0: its loss means FAULT
	Reverse        bool
	Quorum         int // how many there must be
	QuorumMax      int // how many there may be, -1 = any number
	TerminateDelay time.Duration
	ForkDelay      time.Duration
	Pos            syntax.Pos
}

// ProcessMatch is how the arguments of a process are compared.
type ProcessMatch uint8

// MatchExact holds where param_match is not given.
const (
	MatchExact ProcessMatch = iota
	MatchInitial
	MatchPartial
)
