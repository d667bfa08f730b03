package config

import "holdfast/config/syntax"

// TrackGroup names the virtual routers that fail when a static address, route or rule
// that names the group goes.
type TrackGroup struct {
	Name    string
	Members []string // not looked up
	Pos     syntax.Pos
}
