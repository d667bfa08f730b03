package config

import (
	"net/netip"
	"strconv"
	"time"

	"holdfast/config/syntax"
)

// VirtualServer is a virtual_server: an IPVS service with its real servers.
// Addr/Port/Protocol, FWMark or Group and Ordinal identify it.
type VirtualServer struct {
	Addr     netip.Addr
	Port     uint16
	Protocol Protocol
	FWMark   uint32
	IPv6     bool // address family
	// Group is the virtual_server_group whose entries it serves, "" for a service of
	// its own; Addr and Port are not used then. Ordinal counts the services of one group
	// from 0.
	Group   string
	Ordinal int

	Scheduler              string
	SchedulerFlags         uint32 // IP_VS_SVC_F_SCHED1..3
	OnePacket              bool
	SharedClients          bool      // flows of other directors come here in their midst
	Announce               *Announce // nil = nothing is shown
	Method                 Method
	Tunnel                 Tunnel
	Persistent             bool
	PersistenceTimeout     time.Duration
	PersistenceGranularity uint8 // prefix length: 32 or 128 = single host
	PersistenceEngine      string

	Quorum     uint32
	Hysteresis uint32
	Alpha      bool
	Omega      bool
	QuorumUp   Command
	QuorumDown Command
	SMTPAlert  bool
	HASuspend  bool
	SNMPName   string

	Sorry        *RealServer // nil = none; no checkers
	SorryInhibit bool
	RealServers  []RealServer
	Defaults     *CheckDefaults // nil where it says nothing of the kind
	Own          OwnLines
	Pos          syntax.Pos
}

// ServerName is how messages and notifications call a real server of the service. Under a firewall mark its protocol is
// "none".
func (v *VirtualServer) ServerName(r *RealServer) string {
	if v.FWMark != 0 {
		return r.Name(ProtocolNone)
	}
	return r.Name(v.Protocol)
}

// Name is how messages and notifications call the service (semantics 8.22).
func (v *VirtualServer) Name() string {
	if v.Group != "" {
		return "[" + v.Group + "]:" + strconv.Itoa(v.Ordinal)
	}
	if v.FWMark != 0 {
		return "FWM " + strconv.FormatUint(uint64(v.FWMark), 10)
	}
	return Endpoint(v.Addr, v.Protocol, v.Port)
}

// RealServer is a real_server.
type RealServer struct {
	Addr             netip.Addr
	Port             uint16
	Weight           int
	Method           Method
	Tunnel           Tunnel
	UpperThreshold   uint32
	LowerThreshold   uint32
	InhibitOnFailure bool
	Alpha            bool
	Unproven         bool          // a checker with alpha is not made here: nothing ever finds it up
	Backup           bool          // serves while the quorum of the others is lost
	SlowStart        time.Duration // in which its weight grows when it comes back; 0 = at once
	Notify           *UpDown       // nil without programs; see Scripts
	SMTPAlert        bool
	SNMPName         string
	Checkers         []Checker
	Defaults         *CheckDefaults // nil where it says nothing of the kind
	Own              OwnLines
	Pos              syntax.Pos
}

// Name is how messages call the real server of a service (semantics 8.22).
func (r *RealServer) Name(p Protocol) string { return Endpoint(r.Addr, p, r.Port) }

// Scripts are notify_up and notify_down, not set where there is none.
func (r *RealServer) Scripts() UpDown {
	if r.Notify == nil {
		return UpDown{}
	}
	return *r.Notify
}

// OwnLines tells that a block stands on lines that keepalived drops. Like its place it is no part of what the block
// means, and Equal passes over it; it is what the block is printed with.
type OwnLines bool

// CheckDefaults are what a virtual_server or real_server says for what is in it, which has it already: it is kept to
// be shown. It is no part of what the block means, and Equal passes over it.
type CheckDefaults struct {
	Host                                                string // virtualhost
	DelayLoop, DelayBeforeRetry, Warmup, ConnectTimeout *time.Duration
	Retry                                               *uint32
	// Of a virtual_server, for its real servers.
	Weight           int // 0 if it says none
	InhibitOnFailure bool
}

// UpDown are the programs that are run when a real server comes up and goes down.
type UpDown struct{ Up, Down Command }

// Endpoint is an address with a port as keepalived writes it: [192.0.2.10]:tcp:80.
func Endpoint(a netip.Addr, p Protocol, port uint16) string {
	return "[" + a.String() + "]:" + p.String() + ":" + strconv.Itoa(int(port))
}

// Protocol is the transport of a virtual server.
type Protocol uint8

// The IP protocol numbers; ProtocolNone for a fwmark service.
const (
	ProtocolNone Protocol = 0
	TCP          Protocol = 6
	UDP          Protocol = 17
	SCTP         Protocol = 132
)

// String is the protocol's name in messages.
func (p Protocol) String() string {
	switch p {
	case TCP:
		return "tcp"
	case UDP:
		return "udp"
	case SCTP:
		return "sctp"
	}
	return "none"
}
