package netif

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// A Route is a route as somebody wants it, or as the kernel keeps it. As JSON it is short: what is not set is
// left out.
type Route struct {
	IPv6  bool   `json:",omitzero"`
	Type  uint8  `json:",omitzero"` // RTN_*
	Table uint32 `json:",omitzero"`
	// VRF is the device whose table it is to go into, in place of Table; "" if Table counts.
	VRF    string       `json:",omitzero"`
	Dst    netip.Prefix `json:",omitzero"` // 0.0.0.0/0 or ::/0 for default
	Src    netip.Prefix `json:",omitzero"` // IPv6: only packets from there; the zero prefix is anywhere
	TOS    uint8        `json:",omitzero"`
	Metric uint32       `json:",omitzero"`
	Proto  uint8        `json:",omitzero"` // RTPROT_*: who set it
	Scope  uint8        `json:",omitzero"` // RT_SCOPE_* of IPv4
	// PrefSrc is the source address to prefer; zero if there is none.
	PrefSrc netip.Addr `json:",omitzero"`
	// Hops is where packets go: one for an ordinary route, more for a multipath route of IPv4, none for one of
	// another type. IPv6 has a route for each leg: they share everything but the hop.
	Hops    []Hop   `json:",omitzero"`
	Metrics Metrics `json:",omitzero"`
	Expires uint32  `json:",omitzero"` // IPv6: seconds until it goes by itself; 0 if it stays
	Pref    uint8   `json:",omitzero"` // IPv6: ICMPV6_ROUTER_PREF_*
	// TTLPropagate is what the MPLS label takes from the TTL: 0 nothing, 1 the value, else as the kernel likes.
	TTLPropagate uint8 `json:",omitzero"`
	// Append puts it behind those in its slot. Alone makes the kernel refuse it if another is in its slot.
	Append, Alone bool `json:",omitzero"`
}

// A Hop is one leg of a route.
type Hop struct {
	Via    netip.Addr `json:",omitzero"` // gateway; zero if the destination is on the link
	Dev    string     `json:",omitzero"` // "" leaves it to the kernel
	Index  int        `json:",omitzero"` // of Dev; 0 leaves it to the kernel
	Weight int        `json:",omitzero"` // 1..256; 0 if it is the only one
	OnLink bool       `json:",omitzero"`
	Flow   uint32     `json:",omitzero"` // realms: from<<16 | to
	Encap  Encap      `json:",omitzero"`
}

// Metrics are the attributes with which the kernel uses connections over a route.
type Metrics struct {
	Values [unix.RTAX_MAX + 1]uint32 `json:",omitzero"` // by RTAX_*; 0 is not set
	// CongCtl is the congestion control, RTAX_CC_ALGO.
	CongCtl string `json:",omitzero"`
}

// Encap is the light tunnel that packets go into; Kind is LWTUNNEL_ENCAP_*, 0 without one.
type Encap struct {
	Kind     uint16     `json:",omitzero"`
	ID       uint64     `json:",omitzero"`
	Dst, Src netip.Addr `json:",omitzero"`
	TOS, TTL uint8      `json:",omitzero"` // of IPv6 traffic class and hop limit
	Flags    uint16     `json:",omitzero"`
	Labels   [2]int32   `json:",omitzero"` // of MPLS; -1 is none
	Locator  uint64     `json:",omitzero"` // of ILA
}

// legs is whether routes of a type lead somewhere.
func (r Route) legs() bool {
	switch r.Type {
	case unix.RTN_BLACKHOLE, unix.RTN_UNREACHABLE, unix.RTN_PROHIBIT, unix.RTN_THROW:
		return false
	}
	return true
}

// String is the route much as `ip route` writes it.
func (r Route) String() string {
	var b strings.Builder
	if name := r.typeName(); name != "" {
		b.WriteString(name + " ")
	}
	b.WriteString(r.Dst.String())
	word := func(given bool, format string, args ...any) {
		if given {
			fmt.Fprintf(&b, " "+format, args...)
		}
	}
	word(r.Src.IsValid(), "from %v", r.Src)
	word(r.TOS != 0, "tos %#02x", r.TOS)
	for _, h := range r.Hops {
		word(len(r.Hops) > 1, "nexthop")
		word(h.Via.IsValid(), "via %v", h.Via)
		word(h.Dev != "", "dev %s", h.Dev)
		word(len(r.Hops) > 1, "weight %d", h.Weight)
	}
	word(r.VRF != "", "vrf %s", r.VRF)
	word(r.VRF == "" && r.Table != unix.RT_TABLE_MAIN, "table %d", r.Table)
	word(r.PrefSrc.IsValid(), "src %v", r.PrefSrc)
	word(r.Metric != 0, "metric %d", r.Metric)
	return b.String()
}

// typeName is the word for a type other than unicast.
func (r Route) typeName() string {
	if r.Type == unix.RTN_UNICAST {
		return ""
	}
	names := [...]string{unix.RTN_LOCAL: "local", unix.RTN_BROADCAST: "broadcast", unix.RTN_ANYCAST: "anycast",
		unix.RTN_MULTICAST: "multicast", unix.RTN_BLACKHOLE: "blackhole", unix.RTN_UNREACHABLE: "unreachable",
		unix.RTN_PROHIBIT: "prohibit", unix.RTN_THROW: "throw", unix.RTN_NAT: "nat", unix.RTN_XRESOLVE: "xresolve"}
	if int(r.Type) < len(names) && names[r.Type] != "" {
		return names[r.Type]
	}
	return fmt.Sprint(r.Type)
}

// Marked reports whether the route carries the mark of those that set virtual routes.
func (r Route) Marked() bool { return r.Proto == protoKeepalived }

// Rivals reports whether the kernel chooses between r and other for a packet by their order alone: then one may have
// taken the place of the other. Tables of VRF devices are not compared.
func (r Route) Rivals(other Route) bool {
	if r.Dst != other.Dst { // nearly always, and a router may have thousands of changes a second
		return false
	}
	a, b := routes{}.slot(r.kept()), routes{}.slot(other.kept())
	if r.VRF != "" || other.VRF != "" {
		a.table, b.table = 0, 0
	}
	return a == b
}

// Renamed is the route with the new name of an interface in place of the old one.
func (r Route) Renamed(old, name string) Route {
	r.Hops = slices.Clone(r.Hops)
	for i := range r.Hops {
		if r.Hops[i].Dev == old {
			r.Hops[i].Dev = name
		}
	}
	if r.VRF == old {
		r.VRF = name
	}
	return r
}

// routeKernel is what routes need of the host: Kernel or Fake.
type routeKernel interface {
	Index(name string) (int, error)
	VRFTable(name string) (uint32, error)
	Routes(protos []uint8) ([]Route, error)
	ChangeRoutes([]Change[Route]) []error
}

// A Routes makes routes be there.
type Routes = Applier[Route, Route, routeSlot]

// NewRoutes gives an Applier of routes that works on k, a Kernel or a Fake.
func NewRoutes(k routeKernel) *Routes { return newApplier[Route, Route, routeSlot](routes{k}) }

// routes is the kind. Routes of IPv4 are told apart by all they have, and those that differ in
// anything stand beside each other; of IPv6 there is one for each next hop.
type routes struct{ k routeKernel }

// routeSlot is what the kernel chooses a route by.
type routeSlot struct {
	ipv6     bool
	table    uint32
	dst, src netip.Prefix
	tos      uint8
	metric   uint32
}

func (k routes) index(dev string) (int, error) { return k.k.Index(dev) }

func (k routes) resolve(r Route, index func(string) (int, error)) (Route, error) {
	var err error
	r.Hops = slices.Clone(r.Hops)
	for n := range r.Hops {
		h := &r.Hops[n]
		if h.Dev == "" {
			continue
		}
		if h.Index, err = index(h.Dev); err != nil {
			return r, err
		}
	}
	if r.VRF != "" {
		if r.Table, err = k.k.VRFTable(r.VRF); err != nil {
			return r, err
		}
	}
	return r.kept(), nil
}

// kept is a route with what the kernel makes of its values.
func (r Route) kept() Route {
	// The kernel cuts these without a word; uncut, a route would never be found again as it was
	// wanted.
	limit := func(what int, most uint32) { r.Metrics.Values[what] = min(r.Metrics.Values[what], most) }
	limit(unix.RTAX_MTU, 65535-15)
	limit(unix.RTAX_ADVMSS, 65535-40)
	limit(unix.RTAX_HOPLIMIT, 255)
	if r.IPv6 {
		r.Scope = unix.RT_SCOPE_UNIVERSE
		// IP6_RT_PRIO_USER: what the kernel takes for no metric.
		if r.Metric == 0 {
			r.Metric = 1024
		}
	}
	return r
}

func (k routes) read(asked []Route) ([]Route, error) {
	var protos []uint8
	for _, r := range asked {
		if !slices.Contains(protos, r.Proto) {
			protos = append(protos, r.Proto)
		}
	}
	// Nothing wanted and nothing owned: no dump.
	if len(protos) == 0 {
		return nil, nil
	}
	return k.k.Routes(protos)
}

func (k routes) change(list []Change[Route]) []error { return k.k.ChangeRoutes(list) }

func (k routes) slot(r Route) routeSlot {
	return routeSlot{r.IPv6, r.Table, r.Dst, r.Src, r.TOS, r.Metric}
}

func (k routes) is(have, want Route) bool {
	if k.slot(have) != k.slot(want) || have.Type != want.Type || have.Proto != want.Proto ||
		len(have.Hops) != len(want.Hops) {
		return false
	}
	for i, h := range have.Hops {
		w := want.Hops[i]
		if h.Via != w.Via || w.Index != 0 && h.Index != w.Index || !have.IPv6 && !h.carries(w) {
			return false
		}
	}
	return have.IPv6 || have.Scope == want.Scope && have.PrefSrc == want.PrefSrc && have.Metrics == want.Metrics
}

// carries compares what does not choose the way of a packet. A leg that is alone has no weight.
func (h Hop) carries(w Hop) bool {
	weighs := h.Weight != 0 && w.Weight != 0
	return h.OnLink == w.OnLink && h.Flow == w.Flow && h.Encap == w.Encap && (!weighs || h.Weight == w.Weight)
}

func (k routes) equal(a, b Route) bool {
	hops := slices.Equal(a.Hops, b.Hops)
	return hops && fmt.Sprint(a) == fmt.Sprint(b) && a.Metrics == b.Metrics && a.Expires == b.Expires && a.Pref == b.Pref
}

// differsForGood compares what a route of IPv6 with the same next hop has.
func (k routes) differsForGood(have, want, _ Route) bool {
	if !want.IPv6 {
		return false
	}
	for i, h := range have.Hops {
		if !h.carries(want.Hops[i]) {
			return true
		}
	}
	return have.PrefSrc != want.PrefSrc || have.Metrics != want.Metrics || have.Pref != want.Pref ||
		(have.Expires == 0) != (want.Expires == 0) || have.Expires > want.Expires
}

func (k routes) differsInPlace(Route, Route) bool { return false }

func (k routes) differsUnseen(Route, Route, Route) bool { return false }

// coexists: of IPv6 a second next hop would make one multipath route of the two. Of IPv4 what a removal does not say
// fits anything, and the kernel removes the first that fits, which would be the new one.
func (k routes) coexists(have, want Route) bool {
	return !have.IPv6 && !want.Alone && !have.removes(want)
}

// removes reports whether a removal of r fits another route of IPv4 in the same slot too.
func (r Route) removes(other Route) bool {
	if r.Type != other.Type || r.Proto != other.Proto || r.Scope != other.Scope || len(r.Hops) != len(other.Hops) ||
		r.PrefSrc.IsValid() && r.PrefSrc != other.PrefSrc || r.Metrics != (Metrics{}) && r.Metrics != other.Metrics {
		return false
	}
	for n, h := range r.Hops {
		o := other.Hops[n]
		if h.Index != o.Index && o.Index != 0 || h.Via.IsValid() && h.Via != o.Via {
			return false
		}
	}
	return true
}

func (k routes) absent(err error) bool {
	return errors.Is(err, unix.ESRCH) || errors.Is(err, unix.ENODEV)
}

func (k routes) text(r Route) (what, where string) { return "route " + r.String(), "" }
