package state

import (
	"net/netip"
	"time"

	"holdfast/config"
	"holdfast/internal/override"
)

// Objects are what a role says of itself for SNMP, beside what its configuration says: no list of the API, and known to
// nobody but the supervisor of the same build. Things have the order of the configuration.
type Objects struct {
	Routers  []RouterObjects
	Static   HostObjects
	Tracked  []TrackedObject
	Links    map[string]int // indexes of the interfaces that the role uses
	Services []ServiceObjects
}

// RouterObjects are those of a virtual router.
type RouterObjects struct {
	Name      string
	State     uint8 // as keepalived numbers them: 0 INIT, 1 BACKUP, 2 MASTER, 3 FAULT
	Wanted    uint8 // state
	Priority  uint8 // before what is tracked
	Effective uint8 // priority
	Preempt   bool
	VIPsSet   bool
	Interface string     // that it lives on
	Source    netip.Addr // of its adverts
	Master    netip.Addr // last heard
	MAC       [6]byte    // that it is reached at
	Part      time.Time  // since when it takes part, as backup or master; zero while it does not
	Misfit    uint8      // what was wrong with the last advert that was none, as RFC 6527 numbers it
	Takeover  uint8      // why it became master last, as RFC 6527 numbers it; 0 if it never did
	LinkUp    bool       // the interface of its configuration is up
	Addresses []AddressObject
	Routes    []bool // whether they are set
	Rules     []bool
	Counters  RouterCounters
}

// AddressObject is a virtual address, or one of the host.
type AddressObject struct {
	Dev     string // where it is or would be
	Present bool
}

// HostObjects are what the host has from start to stop.
type HostObjects struct {
	Addresses     []AddressObject
	Routes, Rules []bool // whether they are set
}

// RouterCounters are what is counted of a virtual router.
type RouterCounters struct {
	BecameMaster, Received                 uint64
	Checksum, Version                      uint64
	Interval, TTL, Type, Addresses, Length uint64
	AuthType, AuthMismatch, AuthFailure    uint64
	ZeroReceived, ZeroSent                 uint64
}

// TrackedObject is what is known of something that is tracked.
type TrackedObject struct {
	Kind  config.TrackKind
	Name  string
	Known bool
	Value int
	Count int // processes that run
}

// ServiceObjects are those of a virtual server.
type ServiceObjects struct {
	Name    string
	Alive   bool // it is in the kernel's table
	Quorum  bool // is met
	Servers []ServerObjects
	Sorry   Traffic
	Traffic Traffic
}

// ServerObjects are those of a real server.
type ServerObjects struct {
	Up        bool
	Effective int32           // weight
	Override  override.Action // what holds for it, "" for nothing
	Failed    int             // checkers that say no
	Traffic   Traffic
}

// Traffic is what the kernel counts of a service or a destination, and the connections that a destination has now.
type Traffic struct {
	Connections, PacketsIn, PacketsOut, BytesIn, BytesOut                uint64
	ConnectionRate, PacketRateIn, PacketRateOut, ByteRateIn, ByteRateOut uint64 // per second
	Active, Inactive, Persistent                                         uint32
}
