package kernel

// The numbers of the kernel's generic netlink interface of IPVS, from
// linux/ip_vs.h.

const familyName = "IPVS"

// familyVersion goes into the header of every request.
const familyVersion = 1

// Commands.
const (
	// Left out: 14.
	cmdNewService = 1
	cmdSetService = 2
	cmdDelService = 3
	cmdGetService = 4
	cmdNewDest    = 5
	cmdSetDest    = 6
	cmdDelDest    = 7
	cmdGetDest    = 8
	cmdNewDaemon  = 9
	cmdDelDaemon  = 10
	cmdGetDaemon  = 11
	cmdSetConfig  = 12
	cmdGetConfig  = 13
	cmdGetInfo    = 15
	cmdZero       = 16 // the counters of a service, or of all
	cmdFlush      = 17
)

// Attributes of the answer to cmdGetInfo.
const (
	infoVersion = 1
	infoTable   = 2 // buckets of the table of connections
)

// Attributes of a command.
const (
	attrService       = 1
	attrDest          = 2
	attrDaemon        = 3
	attrTimeoutTCP    = 4 // seconds
	attrTimeoutTCPFin = 5
	attrTimeoutUDP    = 6
)

// Attributes of a service.
const (
	svcFamily    = 1
	svcProtocol  = 2
	svcAddr      = 3
	svcPort      = 4 // big endian
	svcFWMark    = 5
	svcScheduler = 6
	svcFlags     = 7 // flags and the mask of those that are meant
	svcTimeout   = 8 // seconds
	svcNetmask   = 9 // IPv4: mask, big endian; IPv6: prefix length
	svcStats     = 10
	svcEngine    = 11
	svcStats64   = 12
)

// Attributes of a destination.
const (
	// destUpper and destLower are numbers of connections; 0 is no limit.
	destAddr       = 1
	destPort       = 2 // big endian
	destMethod     = 3
	destWeight     = 4
	destUpper      = 5
	destLower      = 6
	destActive     = 7
	destInactive   = 8
	destPersistent = 9
	destStats      = 10
	destFamily     = 11 // since Linux 3.18
	destStats64    = 12
	destTunType    = 13 // these since Linux 5.2
	destTunPort    = 14 // big endian
	destTunFlags   = 15
)

// Attributes of a synchronisation daemon; the last five since Linux 4.3.
const (
	daemonState     = 1 // 32 bit
	daemonInterface = 2
	daemonID        = 3 // 32 bit
	daemonMaxLen    = 4
	daemonGroup4    = 5
	daemonGroup6    = 6
	daemonPort      = 7 // in the machine's byte order
	daemonTTL       = 8
)

// Attributes of statistics; 32 bit in svcStats and destStats but for the bytes,
// 64 bit in the others.
const (
	statConnections = 1
	statPacketsIn   = 2
	statPacketsOut  = 3
	statBytesIn     = 4
	statBytesOut    = 5
	statConnRate    = 6
	statPktRateIn   = 7
	statPktRateOut  = 8
	statByteRateIn  = 9
	statByteRateOut = 10
)

// methodMask selects the forwarding method in a destination's connection flags.
const methodMask = 0x7
