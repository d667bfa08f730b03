// Package vrrp is the Virtual Router Redundancy Protocol, versions 2 (RFC 3768)
// and 3 (RFC 9568), with keepalived's extensions: sync groups, priority
// tracking, preemption delay, unicast.
//
// It is pure. Time, received datagrams and the state of the host come in as
// values; what is to be done goes out as an Output. There are no sockets, goroutines,
// clocks or loggers here.
package vrrp

import (
	"net/netip"
	"time"

	"holdfast/config"
)

// State of a virtual router (RFC 9568 section 6.4, with keepalived's Fault).
type State uint8

// The states, numbered as keepalived prints them (semantics 1.1).
const (
	Init State = iota
	Backup
	Master
	Fault
)

// String is the state as notifications spell it.
func (s State) String() string {
	return [...]string{"INIT", "BACKUP", "MASTER", "FAULT"}[s]
}

// ID is a virtual router of a Core, for as long as it is configured: a reload keeps it, also
// under another name. 0 is none.
type ID uint32

// GroupID is a sync group with a name, for as long as one of that name is configured. 0 is none.
type GroupID uint32

// Setup is the part of the configuration the protocol needs. The Core goes on using what is
// in it, and so do the outputs it gives: it must not change any more.
type Setup struct {
	Instances    []config.Instance
	Groups       []config.SyncGroup
	StartupDelay time.Duration // vrrp_startup_delay (semantics 1.28)
	LogUnknown   bool          // log_unknown_vrids
	Detail       bool          // -D
	KeepVIPs     bool          // -V, --dont-release-vrrp: no VIPs{On: false} at Stop
	RepeatStates bool          // fifo_write_vrrp_states_on_reload
	TellRefusals bool          // there is a Change of adverts that are refused
	// Places are where instances live that have interfaces of their own (Core.Identify tells their IDs).
	Places map[ID]Place
	// Values are those of tracked objects, as far as they are known (Core.IdentifyTracked tells the IDs).
	Values map[TrackedID]int
	// Obstacles are those that are known before (Core.Obstruct).
	Obstacles map[ID][]Obstacle
	// Former is what the first Configure goes on from: what a process has handed over that ran with the same
	// configuration; nil at a start. Then is the moment of that, by this process's clock.
	Former *Handover
	Then   time.Time
}

// A Place is where an instance lives on the host, beside the interface of its configuration: that one's state
// and addresses count in any place.
type Place struct {
	// Adverts is the interface that its adverts are received on, "" for that of the configuration.
	Adverts string
	// Own is the virtual MAC interface that the instance lives on, "" without one.
	Own string
	// Devices are the interfaces that the engine has made for it and its addresses, and those that its routes and
	// rules name: they are tracked like those of its addresses.
	Devices []string
}

// Link is the state of one interface as the protocol sees it. The engine reports
// every interface named in the Setup before or right after Configure and
// whenever something here changes; Exists false means it is not there.
type Link struct {
	Name      string
	Index     int
	Exists    bool
	Up        bool // IFF_UP and IFF_RUNNING (semantics 4.1)
	Polled    bool // Up is the answer to a poll (semantics 4.7)
	Multicast bool
	MTU       int
	Addr4     netip.Addr   // first IPv4 address, the default source; zero if none. Never one that we have set ourselves.
	Addrs     []netip.Addr // all addresses on the interface
}

// Datagram is one received VRRP datagram.
type Datagram struct {
	Interface string
	Src, Dst  netip.Addr
	TTL       uint8
	// TotalLength is the IP header's, 0 if the receiver could not tell.
	TotalLength int
	HeaderLen   int
	// Payload, Header and AH must stay unchanged until Receive returns. Header is the IPv4 header as it came, nil over
	// IPv6; AH the authentication header behind it, nil without one (semantics 2.13).
	Payload, Header, AH []byte
}
