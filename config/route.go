package config

import (
	"net/netip"
	"time"

	"holdfast/config/syntax"
)

// RouteType is the kind of a route, RTN_* of the kernel.
type RouteType uint8

// RouteUnicast is the kind of a route that says none.
const RouteUnicast RouteType = 1

// Route is one line of static_routes or virtual_routes (semantics 3.16).
type Route struct {
	Type    RouteType
	IPv6    bool
	Dest    netip.Prefix // 0.0.0.0/0 or ::/0 for default
	From    netip.Prefix // only packets from there (IPv6)
	Source  netip.Addr   // src: source address to prefer
	Via     netip.Addr   // gateway
	Dev     string
	OnLink  bool
	TOS     Named
	Table   Named  // default main
	VRF     string // whose table holds it, in place of Table
	Proto   Named  // default 18
	Scope   Named
	Metric  uint32
	Expires time.Duration // IPv6; 0 = stays
	Pref    RouterPref    // IPv6
	Realms  Realms        // IPv4
	Metrics RouteMetrics
	Encap   Encap
	// TTLPropagate copies the TTL into the MPLS label; nil = the kernel's choice.
	TTLPropagate *bool
	Add, Append  bool      // how it stands to equal routes; neither = before them
	NextHops     []NextHop // legs of a multipath route
	NoTrack      bool      // nobody looks whether it stays; set without interface too
	TrackGroup   string    // static routes: virtual routers that fail with it
	Pos          syntax.Pos
}

// NextHop is one leg of a multipath route.
type NextHop struct {
	Via    netip.Addr
	Dev    string
	Weight int // 1..256
	OnLink bool
	Realms Realms
	Encap  Encap
}

// RouterPref is the preference of a default router (RFC 4191).
type RouterPref uint8

// PrefMedium holds where none is given.
const (
	PrefMedium RouterPref = iota
	PrefHigh
	PrefLow
)

// Metric is a whole-number attribute of a route (RTAX_*).
type Metric struct {
	Set   bool
	Lock  bool // the kernel must not change it
	Value uint32
}

// TimeMetric is an attribute of a route that is a time, at least 200 ms, to the eighth of a millisecond.
type TimeMetric struct {
	Set  bool
	Lock bool
	Time time.Duration
}

// RouteMetrics are the attributes that the kernel uses connections over a route
// with.
type RouteMetrics struct {
	MTU, HopLimit, AdvMSS, Reordering, Window, CWnd, SSThresh, InitCWnd, InitRWnd Metric
	QuickAck, FastOpenNoCookie                                                    Metric     // 0 or 1
	RTT                                                                           TimeMetric // at most 960 s
	RTTVar                                                                        TimeMetric // at most 480 s
	RTOMin                                                                        TimeMetric // at most 120 s
	CongCtl                                                                       string
	CongCtlLock                                                                   bool
	ECN                                                                           bool
}

// Encap is the light tunnel that packets of a route are put into.
type Encap struct {
	Kind    EncapKind
	ID      uint64     // tunnel id of ip and ip6
	Dst     netip.Addr // of ip and ip6
	Src     netip.Addr
	TOS     Named    // type of service or traffic class
	TTL     uint8    // or hop limit; 0 = the kernel's
	Flags   uint16   // of ip and ip6
	Labels  [2]int32 // of mpls; -1 = none
	Locator uint64   // of ila
}

// EncapKind names a kind of tunnel.
type EncapKind uint8

// EncapNone is no tunnel; the others are called by their words.
const (
	EncapNone EncapKind = iota
	EncapIP
	EncapIP6
	EncapMPLS
	EncapILA
)

// String is the word in the configuration.
func (k EncapKind) String() string { return [...]string{"none", "ip", "ip6", "mpls", "ila"}[k] }

// RouteTypes are the words for kinds of routes, by number.
func RouteTypes() []string {
	return []string{"unspec", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable",
		"prohibit", "throw", "nat", "xresolve"}
}

// String is the word in the configuration, or the number.
func (t RouteType) String() string {
	if names := RouteTypes(); t > 0 && int(t) < len(names) {
		return names[t]
	}
	return Named{Number: uint32(t)}.String()
}
