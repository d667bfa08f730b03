package config

import (
	"iter"
	"net/netip"
	"slices"
	"time"

	"holdfast/config/syntax"
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
	Accept               bool // as keepalived has it; whether packets are dropped Filtered says
	PromoteSecondaries   bool
	V3ChecksumAsV2       bool
	UnicastChecksum      UnicastChecksum
	VMAC                 VMAC
	TimerExpiredBackup   uint8  // the highest priority another router may have, 0 = off
	RxBufSize            uint32 // of its share of the receive buffer in bytes, 0 = by Buffers.Adverts

	Tracks Tracks
	Notify Notify

	Routes []Route // while master
	Rules  []Rule

	// What follows has no effect yet.
	HMAC   HMAC
	IPVLAN IPVLAN
	VRF    string

	Pos syntax.Pos
}

// NeedsSource reports whether the instance takes part only while its source address is on the host (semantics 2.4):
// unicast peers answer to it.
func (i *Instance) NeedsSource() bool {
	return i.SourceIP.IsValid() && (i.TrackSourceIP || len(i.UnicastPeers) > 0)
}

// Filtered reports whether packets to the addresses are dropped while it is master (RFC 9568 section 6.4.3, semantics
// 3.12): an owner takes them, whatever else is written.
func (i *Instance) Filtered() bool { return !i.Accept && i.Priority != 255 }

// Addresses are the addresses of the instance in the order in which they are set and announced: VIPs, then
// ExcludedVIPs. They are those of the instance itself, not copies.
func (i *Instance) Addresses() iter.Seq[*Address] {
	return func(yield func(*Address) bool) {
		for _, list := range [2][]Address{i.VIPs, i.ExcludedVIPs} {
			for n := range list {
				if !yield(&list[n]) {
					return
				}
			}
		}
	}
}

// UsesInterface reports whether an instance of c stands on the interface, has an address there or tracks it, or a group
// does.
func (c *Config) UsesInterface(dev string) bool {
	is := func(t Track) bool { return t.Kind == TrackedInterface && t.Name == dev }
	for n := range c.Instances {
		i := &c.Instances[n]
		if i.Interface == dev || slices.ContainsFunc(i.Tracks, is) {
			return true
		}
		for a := range i.Addresses() {
			if a.Dev == dev {
				return true
			}
		}
	}
	return slices.ContainsFunc(c.Groups, func(g SyncGroup) bool { return slices.ContainsFunc(g.Tracks, is) })
}

// Peer is one unicast_peer with the TTL range accepted from it.
type Peer struct {
	Addr           netip.Addr
	MinTTL, MaxTTL uint8 // 0, 255 = any
	Pos            syntax.Pos
}

// Auth is the authentication type of RFC 2338.
type Auth uint8

// AuthNone, AuthPass (simple text), AuthAH (a header with a digest, IP protocol 51).
const (
	AuthNone Auth = iota
	AuthPass
	AuthAH
)

// UnicastChecksum is how the checksum of unicast VRRPv3 is made.
type UnicastChecksum uint8

// ChecksumDetect finds out by what peers send; ChecksumOld is that before 1.3.7;
// ChecksumNew never falls back to it.
const (
	ChecksumDetect UnicastChecksum = iota
	ChecksumOld
	ChecksumNew
)

// SyncGroup is a vrrp_sync_group.
type SyncGroup struct {
	Name           string
	Members        []string // instance names, all existing
	Tracks         Tracks
	TrackingWeight bool // sync_group_tracking_weight
	Notify         Notify
	Pos            syntax.Pos
}
