// Package ipvs describes IPVS tables as values and computes the commands that
// turn one into another. It is pure: the kernel is behind ipvs/kernel.
//
// Identity, settings and observation are different types. Identities are
// comparable and key the maps; settings are what we own and compare;
// observations (statistics, connection counts) are never compared.
package ipvs

import (
	"net/netip"
	"time"
)

// Family is an address family as the kernel numbers it.
type Family uint16

// AF_INET and AF_INET6.
const (
	IPv4 Family = 2
	IPv6 Family = 10
)

// Protocol is an IP protocol number; 0 for a fwmark service.
type Protocol uint16

// The transports IPVS balances.
const (
	TCP  Protocol = 6
	UDP  Protocol = 17
	SCTP Protocol = 132
)

// ServiceID is what identifies a virtual service in the kernel: address, port
// and protocol, or a firewall mark with its family.
type ServiceID struct {
	Family   Family
	Protocol Protocol
	Addr     netip.Addr
	Port     uint16
	FWMark   uint32
}

// Flags of a service (IP_VS_SVC_F_*), without those the kernel sets for itself.
type Flags uint32

// The service flags we own.
const (
	Persistent Flags = 0x0001
	OnePacket  Flags = 0x0004
	Sched1     Flags = 0x0008
	Sched2     Flags = 0x0010
	Sched3     Flags = 0x0020
)

// ServiceSettings are the properties of a service that we set.
type ServiceSettings struct {
	Scheduler string
	Flags     Flags
	Timeout   time.Duration // persistence, whole seconds
	PrefixLen uint8         // persistence granularity: 1..32 or 1..128
	OddMask   [4]byte       // of IPv4, where PrefixLen is NotPrefix
	Engine    string        // persistence engine, "" = none
}

// DestID identifies a destination inside its service.
type DestID struct {
	Addr netip.Addr
	Port uint16
}

// Method is the forwarding method, as the kernel numbers it.
type Method uint32

// Masq (NAT), Local, Tunnel and Route (DR). The kernel reports a destination
// that is this host as Local whatever was asked for.
const (
	Masq   Method = 0
	Local  Method = 1
	Tunnel Method = 2
	Route  Method = 3
)

// DestSettings are the properties of a destination that we set.
type DestSettings struct {
	Method         Method
	Weight         int32
	UpperThreshold uint32
	LowerThreshold uint32
	Tunnel         Encapsulation // of a Tunnel
}

// Encapsulation is how a packet is wrapped for a destination behind a Tunnel. The zero value is IP in IP.
type Encapsulation struct {
	Type     TunnelType
	Port     uint16 // of GUE
	Checksum TunnelChecksum
}

// TunnelType is a kind of wrapping, as the kernel numbers it (since Linux 5.2; IPIP is older).
type TunnelType uint8

// The types of tunnels.
const (
	IPIP TunnelType = 0
	GUE  TunnelType = 1
	GRE  TunnelType = 2
)

// TunnelChecksum are the flags of a GUE or GRE tunnel (IP_VS_TUNNEL_ENCAP_FLAG_*): none, a checksum over what is
// wrapped, or one that is filled in at the far end, which only GUE has.
type TunnelChecksum uint16

// The checksums of tunnels.
const (
	NoChecksum     TunnelChecksum = 0
	Checksum       TunnelChecksum = 1
	RemoteChecksum TunnelChecksum = 2
)

// Service is one service with its destinations.
type Service struct {
	Settings ServiceSettings
	Dests    map[DestID]DestSettings
	// History is for the scheduler mh: what is known of it, and, of a service that is wanted, how it
	// is to be; nil if that is of no matter, as it is for all others.
	History *History
}

// Table is a set of services.
type Table map[ServiceID]Service

// Op is what a Command does.
type Op uint8

// The commands of the kernel's IPVS interface that change one entry.
const (
	AddService Op = iota
	EditService
	DeleteService
	AddDest
	EditDest
	DeleteDest
)

// A Command changes one entry of the table. Settings and Dest fields that the Op
// does not use are zero.
type Command struct {
	Op           Op
	Service      ServiceID
	Settings     ServiceSettings
	Dest         DestID
	DestSettings DestSettings
}
