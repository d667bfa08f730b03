// Package routers is what can be seen of the vrrp role from outside: one moment of it as
// plain values, and the files that people and programs read about it.
package routers

import (
	"net/netip"
	"time"

	"holdfast/config"
	"holdfast/internal/linkstate"
	"holdfast/internal/netif"
	"holdfast/internal/track"
	"holdfast/vrrp"
)

// Snapshot is one moment of the role. It shares the configuration with the role, which does
// not change it, and nothing else.
type Snapshot struct {
	At        time.Time
	Global    config.Global
	Instances []vrrp.Status // in the order of the configuration
	Groups    []config.SyncGroup
	// GARPGroups are interfaces that share the pauses between announcements.
	GARPGroups []config.GARPGroup
	// What the host has from start to stop, and the virtual routers that fail with it.
	StaticAddresses []StaticAddress
	StaticRoutes    []config.Route
	StaticRules     []config.Rule
	TrackGroups     []config.TrackGroup
	Scripts         []config.Script
	Files           []config.TrackFile
	Processes       []config.TrackProcess
	Sessions        []config.BFD
	Runs            map[string]track.Run   // by the names of Scripts
	Running         map[string]track.Count // by the names of Processes
	Tracked         map[vrrp.Tracked]vrrp.Value
	Addresses       map[vrrp.ID][]Address // of instances, in the order in which they are announced
	Ports           []Port                // in a certain order
	Filter          Filter
	Unwritten       string // why it is not written down what is ours on the host, "" if it is
	Links           []Link // that the role uses, in the order of their indexes
	// For those who count: frames that announced addresses, of IPv4 and of IPv6, and what was put back.
	Announced [2]uint64
	Repairs   []Repair
}

// Repair is how often things of a kind were put back that somebody else had removed or changed.
type Repair struct {
	Object string // address, route, ...
	Count  uint64
}

// Address is an address of an instance where it really is.
type Address struct {
	Prefix   netip.Prefix
	Dev      string
	Excluded bool // not in the adverts
	Wanted   bool // by somebody, if not by this instance
	Present  bool // and usable
	Hosts    bool // it was there before, and is not ours
}

// Filter is what drops packets to addresses that are not accepted.
type Filter struct {
	On       bool
	Table    string
	Blocked  int    // addresses
	Restored uint64 // how often somebody else had removed or changed it
	Problem  string // "" if the kernel is as wanted
}

// Link is an interface that the role uses.
type Link struct {
	netif.Link
	Known vrrp.Link // what the protocol knows of it
	// Delays are how long a change is not believed, and Waiting reports whether one is just now; Beat is by what
	// it is polled, AnyBeat by nothing.
	Delays  linkstate.Delays
	Waiting bool
	Beat    netif.BeatMethod
}
