package config

import (
	"net/netip"
	"time"
)

// Global is what global_defs says.
type Global struct {
	RouterID string // default: host name, filled in by the caller of Bind

	Mail       Mail
	Defaults   Defaults
	Place      Place
	Names      Names
	Scheduling Scheduling
	Buffers    Buffers
	SyncDaemon SyncDaemon
	NFTables   NFTables
	SNMP       SNMP
	DBus       DBus
	Reloading  Reloading
	Files      Files

	SymlinkPaths        bool // use_symlink_paths
	SupplementaryGroups bool
	DisableLocalIGMP    bool
	RandomSeed          uint32
	RandomSeedSet       bool
	DelayAfterBoot      time.Duration // vrrp_delay_after_boot
	IfChanges           bool          // dynamic_interfaces allow_if_changes

	ScriptUser            string // "" = keepalived_script if it exists, else the daemon's own
	ScriptGroup           string
	EnableScriptSecurity  bool
	NotifyFIFO            FIFO // vrrp and lvs events
	VRRPNotifyFIFO        FIFO
	LVSNotifyFIFO         FIFO
	NotifyPriorityChanges bool
	NotifyTwoMasters      bool // vrrp_notify_two_masters
	RSInitNotifies        bool

	StartupScript         Command
	StartupScriptTimeout  time.Duration
	ShutdownScript        Command
	ShutdownScriptTimeout time.Duration

	VRRPMcastGroup4   netip.Addr
	VRRPMcastGroup6   netip.Addr
	VRRPStartupDelay  time.Duration
	LogUnknownVRIDs   bool
	DynamicInterfaces bool
	DefaultInterface  string // interface of static addresses without dev
	VMACPrefix        string // of the names of virtual MAC interfaces
	VMACAddrPrefix    string // of those made for use_vmac of an address

	LVSFlush       bool
	LVSFlushOnStop FlushOnStop
	LVSTimeouts    LVSTimeouts

	VRRPRTPriority       int // SCHED_RR priority, 0 = off
	CheckerRTPriority    int
	VRRPPriority         int // nice
	CheckerPriority      int
	VRRPNoSwap           bool
	CheckerNoSwap        bool
	ChildWaitTime        time.Duration // default 5 s
	CheckerLogAllFailure bool
}

// Defaults are the settings of global_defs that virtual routers, groups and
// services have where they say nothing themselves; their own fields have them
// already.
type Defaults struct {
	GARP                 GARP
	GARPExtra            GARPExtra
	GARPInterval         time.Duration // vrrp_garp_interval
	GNAInterval          time.Duration // vrrp_gna_interval
	DownTimerAdverts     int
	Version              int // of IPv4 virtual routers
	Strict               bool
	LowerPrioNoAdvert    bool
	HigherPrioSendAdvert bool
	OwnerIgnoreAdverts   bool
	SkipCheckAdvAddr     bool
	CheckUnicastSrc      bool
	V3ChecksumAsV2       bool
	SMTPAlert            *bool // nil = not set
	SMTPAlertVRRP        *bool
	SMTPAlertChecker     *bool
}

// GARP are the settings of gratuitous ARP (semantics 3.7): bursts on becoming
// master, their repetition, and bursts after an advertisement of lower priority.
type GARP struct {
	Delay           time.Duration
	Repeat          int
	Refresh         time.Duration
	RefreshRepeat   int
	LowerPrioDelay  time.Duration
	LowerPrioRepeat int
}

// GARPExtra is the refresh on interfaces that hold addresses and that adverts are not sent
// from (semantics 3.10).
type GARPExtra struct {
	Interval time.Duration // 0 = off
	All      bool          // not only on virtual MAC interfaces
}

// Mail says where alerts go (cli 9.9). To empty or Server empty means none is sent.
type Mail struct {
	To               []string
	From             string
	Server           string // host or address
	Port             uint16
	Helo             string
	ConnectTimeout   time.Duration
	NoFaults         bool // no_email_faults
	NoCheckerChanges bool // no_checker_emails
}

// FIFO is a named pipe that receives one line per event (cli 9.5-9.7).
type FIFO struct {
	Path   string
	User   string
	Group  string
	Script Command
}

// FlushOnStop is what happens to the IPVS table at stop (semantics 8.17).
type FlushOnStop uint8

// FlushEntries removes our entries one by one, FlushServices removes our
// services only, FlushAll empties the table.
const (
	FlushEntries FlushOnStop = iota
	FlushServices
	FlushAll
)

// LVSTimeouts are IPVS connection timeouts; 0 leaves the kernel's value.
type LVSTimeouts struct{ TCP, TCPFin, UDP time.Duration }
