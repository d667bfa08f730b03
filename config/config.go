// Package config is what a configuration says, as values: everything but this package
// that wants to know what is configured imports only it. How the values are read from a
// text, written back and compared is package language.
//
// A Config holds effective values: defaults, inheritance (global -> instance,
// virtual server -> real server -> checker) and clamping (grammar 8.6) are
// already done, so that nobody behind it asks "was it given?". It is immutable
// once it is bound.
package config

import "slices"

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
	TrackGroups     []TrackGroup
	StaticAddresses []Address
	StaticRoutes    []Route
	StaticRules     []Rule
	GARPGroups      []GARPGroup
	Linkbeat        Linkbeat
	LinkDelays      []LinkDelay
}

// Built is a configuration without the virtual routers that are not run, those of IPv6:
// binding says of each that it is not.
func Built(c *Config) *Config {
	six := func(i Instance) bool { return i.IPv6 }
	if !slices.ContainsFunc(c.Instances, six) {
		return c
	}
	run := *c
	run.Instances = slices.DeleteFunc(slices.Clone(c.Instances), six)
	return &run
}
