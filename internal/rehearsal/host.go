package rehearsal

import (
	"fmt"
	"net/netip"
	"slices"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/vrrp"
)

// A host is a director.
type host struct {
	n       int
	name    string
	cfg     *config.Config
	core    *vrrp.Core              // nil while it is off
	cut     bool                    // nothing comes through its cables, which it does not notice
	devs    []string                // interfaces, in the order in which the file names them
	links   map[string]bool         // those that have a carrier
	nets    map[string]int          // the network that an interface is on
	addrs   map[string][]netip.Addr // of an interface, the first to send from
	failed  map[string]bool         // tracked objects
	states  map[string]vrrp.State   // by name of the instance
	known   map[vrrp.ID]vrrp.State  // that were told of
	names   map[vrrp.ID]string
	routers map[string]*served // by name of the instance
	// checked is its half with the virtual servers, nil while it is off.
	checked  *checked
	services map[lvs.ID]*service
}

func newHost(n int, c *config.Config) *host {
	h := &host{n: n, name: fmt.Sprintf("d%d", n+1), cfg: c, links: map[string]bool{}, nets: map[string]int{},
		addrs: map[string][]netip.Addr{}, failed: map[string]bool{}, routers: map[string]*served{},
		services: map[lvs.ID]*service{}}
	h.connect()
	return h
}

// connect gives the host the interfaces that its configuration names.
func (h *host) connect() {
	add := func(dev string) {
		if _, ok := h.links[dev]; !ok {
			h.devs, h.links[dev] = append(h.devs, dev), true
		}
	}
	for i := range h.cfg.Instances {
		in := &h.cfg.Instances[i]
		add(in.Interface)
		for a := range in.Addresses() {
			add(a.Dev)
		}
		for _, r := range in.Routes {
			if r.Dev != "" {
				add(r.Dev)
			}
		}
	}
	for t := range h.tracks() {
		if t.Kind == config.TrackedInterface {
			add(t.Name)
		}
	}
}

// tracks is everything that the host tracks.
func (h *host) tracks() func(yield func(config.Track) bool) {
	return func(yield func(config.Track) bool) {
		for i := range h.cfg.Instances {
			for _, t := range h.cfg.Instances[i].Tracks {
				if !yield(t) {
					return
				}
			}
		}
		for i := range h.cfg.Groups {
			for _, t := range h.cfg.Groups[i].Tracks {
				if !yield(t) {
					return
				}
			}
		}
	}
}

// address gives the interfaces of the host addresses: those that adverts are to come from by its file or by
// the peers of others, and one of a network for tests, in which later hosts have higher ones.
func (h *host) address(s *stage) {
	for i := range h.cfg.Instances {
		in := &h.cfg.Instances[i]
		switch {
		case in.SourceIP.IsValid():
			h.addrs[in.Interface] = append(h.addrs[in.Interface], in.SourceIP.WithZone(""))
		case len(in.UnicastPeers) > 0:
			if a := h.expected(s, in); a.IsValid() {
				h.addrs[in.Interface] = append(h.addrs[in.Interface], a)
			}
		}
	}
	for _, dev := range h.devs {
		net := byte(h.nets[dev] + 1)
		h.addrs[dev] = append(h.addrs[dev], netip.AddrFrom4([4]byte{198, 18, net, byte(h.n + 1)}),
			netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 14: net, 15: byte(h.n + 1)}))
	}
}

// expected is the address at which the other hosts look for this one: a peer of theirs that it does not
// have itself. Where all of them have the same peers it is the one of its number.
func (h *host) expected(s *stage, in *config.Instance) netip.Addr {
	var all []netip.Addr
	for _, o := range s.hosts {
		for i := range o.cfg.Instances {
			other := &o.cfg.Instances[i]
			if o == h || other.VRID != in.VRID || other.IPv6 != in.IPv6 {
				continue
			}
			for _, p := range other.UnicastPeers {
				mine := slices.ContainsFunc(in.UnicastPeers, func(q config.Peer) bool { return q.Addr == p.Addr })
				if !mine {
					return p.Addr.WithZone("")
				}
				all = append(all, p.Addr.WithZone(""))
			}
		}
	}
	slices.SortFunc(all, netip.Addr.Compare)
	if all = slices.Compact(all); h.n < len(all) {
		return all[h.n]
	}
	return netip.Addr{}
}

// link is the state of an interface.
func (h *host) link(dev string) vrrp.Link {
	l := vrrp.Link{Name: dev, Index: 2, Exists: true, Up: h.links[dev], Multicast: true, MTU: 1500, Addrs: h.addrs[dev]}
	for _, a := range l.Addrs {
		if a.Is4() && !l.Addr4.IsValid() {
			l.Addr4 = a
		}
	}
	return l
}

// serves reports whether clients find the addresses of a router here.
func (h *host) serves(r *served) bool {
	in := r.on[h]
	return in != nil && h.core != nil && !h.cut && h.links[in.Interface] && h.masters(in)
}

// masters reports whether an instance of the host is master.
func (h *host) masters(in *config.Instance) bool { return h.states[in.Name] == vrrp.Master }

// has reports whether an address is on an interface of the host.
func (h *host) has(dev string, a netip.Addr) bool { return slices.Contains(h.addrs[dev], a) }

// joined reports whether an instance on an interface listens to a multicast group.
func (h *host) joined(dev string, group netip.Addr) bool {
	return slices.ContainsFunc(h.cfg.Instances, func(in config.Instance) bool {
		return in.Interface == dev && len(in.UnicastPeers) == 0 && vrrp.MulticastGroup(&in) == group
	})
}

// well is the value of a tracked object that fails or does not: with reverse a failure is what is wanted.
func (h *host) well(t config.Track) int {
	ok := h.failed[t.Name] == t.Reverse
	if t.Kind == config.TrackedFile { // any number but 0 is a fault, or points
		ok = !ok
	}
	if ok {
		return 1
	}
	return 0
}
