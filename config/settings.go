package config

import (
	"net/netip"
	"time"

	"holdfast/config/syntax"
)

// The settings of global_defs and of the top level that concern the processes and
// the machinery around them rather than virtual routers or services.

// Names are what the processes are called in ps; "" is the built-in name.
type Names struct {
	ByRole  bool // process_names
	Parent  string
	VRRP    string
	Checker string
	BFD     string
}

// Scheduling is how the kernel runs the processes.
type Scheduling struct {
	VRRPCPUs, CheckerCPUs, BFDCPUs []uint // empty = all
	// processor time a process may take without a pause, in microseconds; 0 = the default
	VRRPRTTime, CheckerRTTime, BFDRTTime uint32
	BFDPriority                          int // nice
	BFDNoSwap                            bool
	BFDRTPriority                        int // SCHED_RR, 0 = off
	AutoPriority                         int // max_auto_priority: 0 = off, -1 = forbidden
	AutoPriorityDelay                    time.Duration
}

// Buffer is the size of a socket buffer in bytes, 0 for the kernel's or our own.
type Buffer struct {
	Bytes uint32
	Force bool // go over the kernel's limit
}

// Buffers are those of sockets whose users may be slow.
type Buffers struct {
	VRRPCommand, VRRPMonitor Buffer
	LVSCommand, LVSMonitor   Buffer
	ProcessMonitor           Buffer
	Adverts                  BufferPolicy
	AdvertBytes              uint32 // with BufferBytes
	AdvertMultiplier         uint32 // how many MTUs or advertisements
}

// BufferPolicy says what receive buffers of advertisements are sized by.
type BufferPolicy uint8

// The words of vrrp_rx_bufs_policy; BufferKernel is none of them.
const (
	BufferKernel BufferPolicy = iota
	BufferMTU
	BufferAdvert
	BufferBytes
)

// SyncDaemon is lvs_sync_daemon: the sharing of IPVS connections between directors.
type SyncDaemon struct {
	Interface string // "" = off
	VRRP      string // instance whose state says who sends, "" = both roles
	ID        uint8
	IDGiven   bool // otherwise the VRID of the instance, or 0
	MaxLen    uint16
	Port      uint16
	TTL       uint8
	Group     netip.Addr
	Pos       syntax.Pos
}

// NFTables are the tables that no_accept and groups of services use.
type NFTables struct {
	Table        string // "" = off
	Priority     int
	PrioritySet  bool
	ByIndex      bool // nftables_ifindex
	Counters     bool
	IPVSTable    string // "" = off
	IPVSPriority int
	IPVSPrioSet  bool
	IPVSMark     uint32 // first firewall mark, default 1000
}

// DefaultNFTable is the name of the table of no_accept where none is given.
const DefaultNFTable = "keepalived"

// BasePriority is that of the chains of no_accept: keepalived's where none is given.
func (n NFTables) BasePriority() int {
	if n.PrioritySet {
		return n.Priority
	}
	return -1
}

// DefaultIPVSTable is the name of the table of nftables_ipvs where none is given.
const DefaultIPVSTable = "keepalived_ipvs"

// IPVSBasePriority is that of the chain of nftables_ipvs: keepalived's where none is given.
func (n NFTables) IPVSBasePriority() int {
	if n.IPVSPrioSet {
		return n.IPVSPriority
	}
	return -1
}

// SNMP says what the SNMP agent serves.
type SNMP struct {
	Socket       string // "" = the agent's default
	Traps        bool
	VRRP         bool
	RFCv2, RFCv3 bool
	Checker      bool
	VSInterval   time.Duration
	RSInterval   time.Duration // 0 = VSInterval
}

// DBus says what is on the D-Bus system bus.
type DBus struct {
	Enabled     bool
	Service     string // "" = org.keepalived.Vrrp1
	NoInterface string
}

// Reloading is about changing the configuration of a running daemon.
type Reloading struct {
	TimeFile    string
	Repeat      bool
	Handshake   bool   // reload_file given
	File        string // "" = the one of the place
	WriteStates bool   // fifo_write_vrrp_states_on_reload
}

// HandshakeFile is the file that is there while a configuration is read, "" for none.
func (r Reloading) HandshakeFile(p Place) string {
	switch {
	case !r.Handshake:
		return ""
	case r.File == "":
		return p.RunFile("keepalived", ".reload")
	}
	return r.File
}

// defaultUmask is the mask for files that the daemon makes, so that dump files have mode 0600 (cli 6).
const defaultUmask = 0o177

// Mask is the mask in force.
func (f Files) Mask() uint16 {
	if f.UmaskSet {
		return f.Umask
	}
	return defaultUmask
}

// Files are the names of what the program writes and reads beside its configuration.
type Files struct {
	Umask       uint16
	UmaskSet    bool
	SaveDir     string
	TmpDir      string
	UseInstance bool
	JSONVersion int
	IPRouteUsr  string
	IPRouteEtc  string
	StateDump   string
	StatsDump   string
	JSONDump    string
}
