package ipvs

import "time"

// Timeouts are the kernel's idle times for connections, in whole seconds; 0 leaves
// one as it is when they are set.
type Timeouts struct {
	TCP, TCPFin, UDP time.Duration
}

// Counters are what has passed through a service or destination since it was made,
// and the current rates per second.
type Counters struct {
	Connections           uint64
	PacketsIn, PacketsOut uint64
	BytesIn, BytesOut     uint64

	ConnectionRate              uint64 // connections/s
	PacketRateIn, PacketRateOut uint64 // packets/s
	ByteRateIn, ByteRateOut     uint64 // bytes/s
}

// DestStats is what is observed of a destination.
type DestStats struct {
	Counters
	Active, Inactive, Persistent uint32 // connections now
}

// ListedService is one service as the kernel lists it, with all that is observed of it.
type ListedService struct {
	ID       ServiceID
	Settings ServiceSettings
	Counters Counters
	Dests    []ListedDest // in the kernel's order: the one that was added last comes first
}

// ListedDest is one destination of a ListedService.
type ListedDest struct {
	ID       DestID
	Settings DestSettings
	Stats    DestStats
}

// Info is what the kernel says of its IPVS.
type Info struct {
	Version   [3]uint8 // major, minor, patch
	TableSize uint32   // buckets of the table of connections
}

// ServiceStats is what is observed of a service and its destinations.
type ServiceStats struct {
	Counters
	Dests map[DestID]DestStats
}
