// Package config turns a syntax tree into a typed, defaulted and validated
// Config, and says what is wrong with it. Every keyword of the language is one
// row of the keyword table (table.go), which is the only place the language
// grows in.
//
// A Config holds effective values: defaults, inheritance (global -> instance,
// virtual server -> real server -> checker) and clamping (grammar 8.6) are
// already done, so that nobody behind it asks "was it given?". It is immutable
// once Bind has returned it.
package config

import (
	"net/netip"
	"slices"
	"time"

	"holdfast/config/syntax"
)

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

// Command is a program to run with its arguments, never through a shell
// (grammar 5). Argv is empty when none is configured.
type Command struct {
	Argv  []string
	User  string // "" = Global.ScriptUser
	Group string // "" = the user's own group
	// Problem is what a finding says already: why the host cannot run it, "" if it
	// can or was not asked. Whoever comes to the same need not say so again.
	Problem string
	Pos     syntax.Pos
}

// IsSet reports whether there is a command.
func (c Command) IsSet() bool { return len(c.Argv) > 0 }

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

// GARPExtra is the refresh on interfaces that hold addresses and that adverts are not sent
// from (semantics 3.10).
type GARPExtra struct {
	Interval time.Duration // 0 = off
	All      bool          // not only on virtual MAC interfaces
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

// Script is a vrrp_script: a program whose exit status moves a priority.
type Script struct {
	Name     string
	Command  Command
	FileTest string // script </path: readability test instead of a command
	Interval time.Duration
	Timeout  time.Duration
	Weight   int // 0: failure means FAULT
	Reverse  bool
	Rise     int
	Fall     int
	InitFail bool
	Pos      syntax.Pos
}

// Notify is what is run and told when a virtual router or sync group changes state.
type Notify struct {
	Master, Backup, Fault, Stop, Any Command
	Deleted                          Command
	DeletedSet                       bool // notify_deleted given, with or without a command
	MasterRxLowerPri                 Command
	SMTPAlert                        bool
	PriorityChanges                  bool
}

// TrackKind is a kind of objects that can be tracked.
type TrackKind uint8

// The kinds, in the order in which they are listed everywhere.
const (
	TrackedInterface TrackKind = iota
	TrackedScript
	TrackedFile
	TrackedProcess
	TrackedBFD
)

// String is the kind as the log has it.
func (k TrackKind) String() string {
	return [...]string{"interface", "script", "file", "process", "bfd"}[k]
}

// Track is one tracked object in a track_* block. Weight 0 means FAULT on failure.
type Track struct {
	Kind    TrackKind
	Name    string
	Weight  int
	Reverse bool
	Pos     syntax.Pos
}

// SyncGroup is a vrrp_sync_group.
type SyncGroup struct {
	Name           string
	Members        []string // instance names, all existing
	Tracks         Tracks
	TrackingWeight bool // sync_group_tracking_weight
	Notify         Notify
	Pos            syntax.Pos
}

// Auth is the authentication type of RFC 2338.
type Auth uint8

// AuthNone, AuthPass (simple text), AuthAH. AH is not supported yet.
const (
	AuthNone Auth = iota
	AuthPass
	AuthAH
)

// Instance is a vrrp_instance: one virtual router.
type Instance struct {
	Name      string
	Interface string
	VRID      uint8
	Version   int  // 2 or 3
	IPv6      bool // family of its adverts
	// WantMaster is `state MASTER`. It changes nothing unless Priority is 255
	// (semantics 1.6, 1.7).
	StateGiven bool
	WantMaster bool
	Priority   uint8
	AdvertInt  time.Duration // v2: whole seconds; v3: whole centiseconds
	Auth       Auth
	AuthPass   [8]byte

	VIPs         []Address
	ExcludedVIPs []Address // set, announced, but not in the advert

	NoPreempt        bool
	PreemptDelay     time.Duration
	DownTimerAdverts int // default 3

	SourceIP         netip.Addr // unicast_src_ip or mcast_src_ip; zero = interface's first address
	SourcePos        syntax.Pos
	TrackSourceIP    bool
	UnicastPeers     []Peer // empty = multicast
	MulticastGroup   netip.Addr
	UnicastTTL       uint8
	CheckUnicastSrc  bool
	FaultNoPeer      bool // without UnicastPeers FAULT, not multicast
	DontTrackPrimary bool

	GARPDelay           time.Duration // second burst after this; 0 = none
	GARPRepeat          int
	GARPRefresh         time.Duration // 0 = off
	GARPRefreshRepeat   int
	GARPLowerPrioDelay  time.Duration
	GARPLowerPrioRepeat int
	GARPExtra           GARPExtra
	GARPInterval        time.Duration // pause between two gratuitous ARPs
	GNAInterval         time.Duration // pause between two unsolicited neighbour advertisements

	LowerPrioNoAdvert    bool
	HigherPrioSendAdvert bool
	OwnerIgnoreAdverts   bool
	SkipCheckAdvAddr     bool
	Strict               bool
	Accept               bool
	PromoteSecondaries   bool
	V3ChecksumAsV2       bool

	Tracks Tracks
	Notify Notify

	// What follows has no effect yet.
	Routes             []Route
	Rules              []Rule
	HMAC               HMAC
	VMAC               VMAC
	IPVLAN             IPVLAN
	VRF                string
	UnicastChecksum    UnicastChecksum
	NoAccept           bool  // drop packets to the addresses unless owner
	TimerExpiredBackup uint8 // 0 = off
	RxBufSize          uint32

	Pos syntax.Pos
}

// Peer is one unicast_peer with the TTL range accepted from it.
type Peer struct {
	Addr           netip.Addr
	MinTTL, MaxTTL uint8 // 0, 255 = any
	Pos            syntax.Pos
}

// Address is one line of a virtual_ipaddress block (semantics 3.2).
type Address struct {
	Prefix        netip.Prefix // address with its prefix length, not masked
	Dev           string       // interface name, never empty
	DevGiven      bool         // `dev` was written: the interface is tracked (semantics 3.4)
	Scope         uint8        // rtnetlink scope: 0 global, 200 site, 253 link, 254 host, 255 nowhere
	Broadcast     netip.Addr
	Label         string
	Peer          netip.Prefix
	NoPrefixRoute bool
	Home          bool
	MngTmpAddr    bool
	AutoJoin      bool
	DAD           bool // -nodad written (a quirk of the name: IPv6 only)
	PreferredLft  time.Duration
	LftGiven      bool // PreferredLft counts; otherwise forever
	NoTrack       bool
	VMAC          bool   // use_vmac: it lives on a virtual MAC interface on Dev
	TrackGroup    string // static addresses: virtual routers that fail with its interface
	Pos           syntax.Pos
}

// Method is how IPVS forwards to a real server.
type Method uint8

// NAT (Masq), DR (Route) and TUN (Tunnel).
const (
	NAT Method = iota
	DR
	TUN
)

// Protocol is the transport of a virtual server.
type Protocol uint8

// The IP protocol numbers; ProtocolNone for a fwmark service.
const (
	ProtocolNone Protocol = 0
	TCP          Protocol = 6
	UDP          Protocol = 17
	SCTP         Protocol = 132
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
	Pos          syntax.Pos
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
	Notify           *UpDown // nil without programs; see Scripts
	SMTPAlert        bool
	SNMPName         string
	Checkers         []Checker
	Pos              syntax.Pos
}

// UpDown are the programs that are run when a real server comes up and goes down.
type UpDown struct{ Up, Down Command }

// Scripts are notify_up and notify_down, not set where there is none.
func (r *RealServer) Scripts() UpDown {
	if r.Notify == nil {
		return UpDown{}
	}
	return *r.Notify
}

// Checker is one checker of a real server, everything inherited already
// (semantics 9.2).
type Checker struct {
	Kind             CheckKind
	Connect          netip.AddrPort // where to connect
	BindAddr         netip.Addr
	BindPort         uint16
	BindIf           string
	FWMark           uint32
	ConnectTimeout   time.Duration
	DelayLoop        time.Duration
	Retry            int
	DelayBeforeRetry time.Duration
	Warmup           time.Duration
	Alpha            bool
	LogAllFailures   bool

	// What only some kinds have; nil with the others.
	HTTP *HTTPCheck // HTTP_GET, SSL_GET
	Misc *MiscCheck
	SMTP *SMTPCheck
	DNS  *DNSCheck
	UDP  *UDPCheck
	File *FileCheck
	BFD  string // BFD_CHECK: name of the bfd_instance

	Pos syntax.Pos
}

// HTTPCheck is what an HTTP_GET or SSL_GET fetches, and how.
type HTTPCheck struct {
	Host         string // Host header when the URL has none; "" = address:port
	Protocol     string // "1.0", "1.0C", "1.1"
	EnableSNI    bool
	SNIName      string
	FastRecovery bool
	TLSCompliant bool // SSL_GET: end TLS with close_notify
	URLs         []URL
}

// MiscCheck is the program of a MISC_CHECK.
type MiscCheck struct {
	Command
	Timeout time.Duration
	Dynamic bool // exit status 2..255 is up and sets the weight
}

// URL is one url block of an HTTP_GET or SSL_GET.
type URL struct {
	Path         string
	Host         string
	Digest       [16]byte
	HasDigest    bool
	Status       StatusSet
	Regex        string
	RegexNoMatch bool
	RegexOptions []string
	RegexMin     int
	RegexMax     int // 0 = no limit
	RegexStack   RegexStack
	TLSCompliant bool // SSL_GET
}

// RegexStack is the memory of the matcher in bytes, 0, 0 for the library's own.
type RegexStack struct{ Start, Max uint32 }

// StatusSet is a set of HTTP status codes as inclusive ranges.
type StatusSet [][2]uint16
