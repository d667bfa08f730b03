// Package services is what can be seen of the checker role from outside: one moment of it as
// plain values, and the file that people and programs read about it.
package services

import (
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
)

// Snapshot is one moment of the role; it shares nothing that changes with it.
type Snapshot struct {
	At       time.Time
	Global   config.Global
	Groups   []config.ServerGroup
	Files    []File              // that checkers follow
	Services []lvs.VirtualStatus // order of the configuration
}

// File is a track_file with the number in it.
type File struct {
	Config config.TrackFile
	Value  int
}
