// Package vrrp is the Virtual Router Redundancy Protocol, versions 2 (RFC 3768)
// and 3 (RFC 9568), with keepalived's extensions: sync groups, priority
// tracking, preemption delay, unicast.
//
// It is pure. Time, received datagrams and the state of the host come in as
// values; what is to be done goes out as a list of actions, to be carried out in
// order. There are no sockets, goroutines, clocks or loggers here.
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

// Setup is the part of the configuration the protocol needs. The Core goes on using what is
// in it, and so do the actions it gives out: it must not change any more.
type Setup struct {
	Instances    []config.Instance
	Groups       []config.SyncGroup
	Scripts      []config.Script
	StartupDelay time.Duration // vrrp_startup_delay (semantics 1.28)
	LogUnknown   bool          // log_unknown_vrids
	Detail       bool          // -D
	KeepVIPs     bool          // -V, --dont-release-vrrp: no VIPs{On: false} at Stop
	RepeatStates bool          // fifo_write_vrrp_states_on_reload
	// Devices are interfaces that the engine has made for addresses of an instance, by its
	// name: they are tracked like those of the configuration.
	Devices map[string][]string
	// Obstacles are those that are known before, by the name of the instance (Core.Obstruct).
	Obstacles map[string][]Obstacle
}

// Link is the state of one interface as the protocol sees it. The engine reports
// every interface named in the Setup before or right after Configure and
// whenever something here changes; Exists false means it is not there.
type Link struct {
	Name      string
	Index     int
	Exists    bool
	Up        bool // IFF_UP and IFF_RUNNING (semantics 4.1)
	Multicast bool
	MTU       int
	Addr4     netip.Addr   // first IPv4 address, the default source; zero if none. Never one that we have set ourselves.
	Addrs     []netip.Addr // all addresses on the interface
}

// Datagram is one received VRRP datagram, without its IP header.
type Datagram struct {
	Interface string
	Src, Dst  netip.Addr
	TTL       uint8
	// TotalLength is the IP header's, 0 if the receiver could not tell.
	TotalLength int
	HeaderLen   int
	Payload     []byte // must stay unchanged until Receive returns
}

// TrackKind says what kind of object a Tracker is.
type TrackKind uint8

// The kinds of tracked objects. Interfaces are not reported with Track: the
// core follows Link.
const (
	TrackScript TrackKind = iota
)

// An Action is something the engine has to do: Transmit, VIPs, Try, Announce,
// AnnounceSource, Notify or Log. Actions of one call are carried out in order.
type Action interface{ isAction() }

// Transmit sends Payload as one IP datagram, protocol 112, TOS 0xc0.
type Transmit struct {
	Instance  string
	Interface string
	Src, Dst  netip.Addr
	TTL       uint8
	Payload   []byte
}

// VIPs says whether an instance's addresses (virtual_ipaddress and
// _excluded) are wanted on this host. It is repeated after a Configure that
// changed the addresses of a master.
type VIPs struct {
	Instance string
	On       bool
}

// Try asks to set an instance's addresses before it becomes master, because one was refused
// before. The answer is due with Core.Tried as soon as the actions of the call are done. It
// counts as VIPs{On: true}.
type Try struct{ Instance string }

// Announce asks for gratuitous ARPs and neighbour advertisements: Repeat times
// addresses of the instance (repeat outermost, address inner; semantics 3.9). It
// implies that announcements still queued for the instance stay queued.
type Announce struct {
	Instance string
	Repeat   int
	Which    Announced
}

// Announced says which addresses of an instance an Announce is about.
type Announced uint8

// AnnounceAll is every address, AnnounceAdded those that the preceding VIPs action
// really added. AnnounceVMACs is the first address of each virtual MAC interface that
// is not the instance's own, AnnounceExtra that of every interface that is not
// (semantics 3.10).
const (
	AnnounceAll Announced = iota
	AnnounceAdded
	AnnounceVMACs
	AnnounceExtra
)

// AnnounceSource asks for one gratuitous ARP or neighbour advertisement for the address
// that an instance sends from (semantics 1.25).
type AnnounceSource struct {
	Instance, Interface string
	Addr                netip.Addr
}

// NotifyState is the state a notification tells: the States, and those that exist
// for notification only.
type NotifyState string

// The words of notifications (cli 9.1, 9.5).
const (
	NotifyMaster           NotifyState = "MASTER"
	NotifyBackup           NotifyState = "BACKUP"
	NotifyFault            NotifyState = "FAULT"
	NotifyStop             NotifyState = "STOP"
	NotifyDeleted          NotifyState = "DELETED"
	NotifyMasterRxLowerPri NotifyState = "MASTER_RX_LOWER_PRI"
	NotifyMasterPriority   NotifyState = "MASTER_PRIORITY"
	NotifyBackupPriority   NotifyState = "BACKUP_PRIORITY"
)

// Notify tells the world: scripts, FIFOs, mail. Config is the notify part of the
// instance or group, also of one that a reload has just removed; nil tells only the pipes.
type Notify struct {
	Group    bool
	Name     string
	State    NotifyState
	Priority int // effective priority; 0 for a group
	Config   *config.Notify
	// Repeated tells a state again that was told before: for the pipes only.
	Repeated bool
}

// Level of a log line.
type Level uint8

// Levels as syslog has them.
const (
	Debug Level = iota
	Info
	Warning
	Error
)

// Log is one line, instance first: "(VI_1) Entering MASTER STATE".
type Log struct {
	Level    Level
	Instance string // for the field; Text already carries it
	Text     string
}

func (Transmit) isAction()       {}
func (VIPs) isAction()           {}
func (Try) isAction()            {}
func (Announce) isAction()       {}
func (AnnounceSource) isAction() {}
func (Notify) isAction()         {}
func (Log) isAction()            {}

// Counters of one virtual router, as keepalived.stats prints them (cli 6), with
// every reason for which a packet can be refused.
type Counters struct {
	AdvertReceived, AdvertSent   uint64
	BecameMaster, ReleasedMaster uint64
	PriorityZeroReceived         uint64
	PriorityZeroSent             uint64
	LengthErrors                 uint64
	TTLErrors                    uint64
	InvalidTypeErrors            uint64
	VersionErrors                uint64
	ChecksumErrors               uint64
	IntervalErrors               uint64
	AddressListErrors            uint64
	AuthInvalidType              uint64
	AuthTypeMismatch             uint64
	AuthFailure                  uint64
	UnexpectedSource             uint64 // not one of the unicast peers, TTL range, multicast/unicast mismatch
	OwnAddress                   uint64 // came from our own address
	LateWakeups                  uint64
}

// Status is what can be seen of one virtual router.
type Status struct {
	Config            *config.Instance
	State             State
	EffectivePriority uint8
	MasterAddr        netip.Addr // of the master last accepted, ours if we are it
	MasterPriority    uint8
	MasterAdvertInt   time.Duration
	LastTransition    time.Time
	VIPsWanted        bool
	Faults            []string // why it is in FAULT, "interface eth0 is down"
	Counters          Counters
}
