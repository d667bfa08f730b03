// Package config is what a configuration says, as values: everything but this package
// that wants to know what is configured imports only it. How the values are read from a
// text, written back and compared is package language.
//
// A Config holds effective values: defaults, inheritance (global -> instance,
// virtual server -> real server -> checker) and clamping (grammar 8.6) are
// already done, so that nobody behind it asks "was it given?". It is immutable
// once it is bound.
package config

// Config is one complete configuration.
type Config struct {
	Global         Global
	SSL            SSL
	Scripts        []Script
	Groups         []SyncGroup
	Instances      []Instance
	ServerGroups   []ServerGroup
	VirtualServers []VirtualServer

	TrackProcesses  []TrackProcess
	TrackFiles      []TrackFile
	BFDs            []BFD
	IdleBFDs        []BFD // sessions that cannot be made; who follows one finds it down
	BGP             *BGP  // nil without one
	TrackGroups     []TrackGroup
	StaticAddresses []Address
	StaticRoutes    []Route
	StaticRules     []Rule
	GARPGroups      []GARPGroup
	Linkbeat        Linkbeat
	LinkDelays      []LinkDelay
}
