package netif

import (
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"
)

// Routes implements what an Applier of routes needs.
func (f *Fake) Routes(protos []uint8) ([]Route, error) {
	f.Calls++
	var list []Route
	for _, r := range f.routes {
		if slices.Contains(protos, r.Proto) {
			list = append(list, r)
		}
	}
	return list, f.unread()
}

// VRFTable implements what an Applier of routes needs.
func (f *Fake) VRFTable(name string) (uint32, error) {
	l, ok := f.state.Link(name)
	return vrfTable(l, ok)
}

// ChangeRoutes implements what an Applier of routes needs.
func (f *Fake) ChangeRoutes(changes []Change[Route]) []error {
	f.Calls++
	errs := make([]error, len(changes))
	for i, c := range changes {
		if f.RefuseRoute != nil {
			if errs[i] = f.RefuseRoute(c); errs[i] != nil {
				continue
			}
		}
		if c.Op == Delete {
			errs[i] = f.answer(f.deleteRoute(c.What))
		} else {
			errs[i] = f.answer(f.addRoute(c.What))
		}
	}
	return errs
}

func (f *Fake) deleteRoute(r Route) error {
	at := slices.IndexFunc(f.routes, func(have Route) bool {
		// Of IPv4 the first that fits goes, whatever else it has.
		return routes{}.is(have, r) || !r.IPv6 && routes{}.slot(have) == routes{}.slot(r) && r.removes(have)
	})
	if at < 0 {
		return unix.ESRCH
	}
	f.routes = slices.Delete(f.routes, at, at+1)
	return nil
}

func (f *Fake) addRoute(r Route) error {
	// As the kernel keeps it, or an Applier would never find what it has set.
	r = r.kept()
	r.Hops = slices.Clone(r.Hops)
	source := func(a Address) bool { return a.Prefix.Addr() == r.PrefSrc }
	// The kernel takes only an address of this host for a source.
	if r.PrefSrc.IsValid() && !slices.ContainsFunc(f.state.Addresses, source) {
		return unix.EINVAL
	}
	for i := range r.Hops {
		if err := f.reach(&r.Hops[i]); err != nil {
			return err
		}
	}
	// What is the same in all but its attributes is there; of IPv4, those count.
	there := func(have Route) bool { return routes{}.is(have, r) }
	rival := func(have Route) bool { return routes{}.slot(have) == routes{}.slot(r) }
	if slices.ContainsFunc(f.routes, there) || r.Alone && slices.ContainsFunc(f.routes, rival) {
		return unix.EEXIST
	}
	// IPv4 puts a route before its rivals unless it is to be appended; the first one is used.
	at := len(f.routes)
	if i := slices.IndexFunc(f.routes, rival); i >= 0 && !r.Append && !r.IPv6 {
		at = i
	}
	f.routes = slices.Insert(f.routes, at, r)
	return nil
}

// reach finds the interface of a leg.
func (f *Fake) reach(h *Hop) error {
	up := func(index int) error {
		i := slices.IndexFunc(f.state.Links, func(l Link) bool { return l.Index == index })
		switch {
		case i < 0:
			return unix.ENODEV
		case f.state.Links[i].Flags&unix.IFF_UP == 0:
			return unix.ENETDOWN
		}
		return nil
	}
	// A leg over a link that is down is refused, and not kept for later.
	if h.Index != 0 {
		if err := up(h.Index); err != nil {
			return err
		}
	}
	switch {
	case !h.Via.IsValid() && h.Index == 0:
		return unix.ENODEV
	// Nothing to look for: on the link there is no gateway, or it is said to be there.
	case !h.Via.IsValid(), h.Via.IsLinkLocalUnicast(), h.OnLink:
		return nil
	}
	for _, a := range f.state.Addresses {
		if subnet(a).Contains(h.Via) && (h.Index == 0 || h.Index == a.Index) && up(a.Index) == nil {
			h.Index = a.Index
			return nil
		}
	}
	if h.Via.Is6() {
		return unix.EHOSTUNREACH
	}
	return unix.ENETUNREACH
}

func subnet(a Address) netip.Prefix {
	// `10.0.0.1/32 peer 10.0.0.2/24`: the network is that of the peer.
	if a.Peer.IsValid() {
		return netip.PrefixFrom(a.Peer, a.Prefix.Bits()).Masked()
	}
	return a.Prefix.Masked()
}

// dropRoutes takes away the routes that go with a link or an address.
func (f *Fake) dropRoutes(which func(Route) bool) { f.routes = slices.DeleteFunc(f.routes, which) }

// lostAddress drops the routes that the kernel drops with an address: those that prefer it as their source, and with
// the last address of IPv4 on an interface all that lead over that.
func (f *Fake) lostAddress(a Address) {
	addr := a.Prefix.Addr()
	another := func(b Address) bool { return b.Index == a.Index && b.Prefix.Addr().Is4() }
	last := addr.Is4() && !slices.ContainsFunc(f.state.Addresses, another)
	over := func(h Hop) bool { return h.Index == a.Index }
	f.dropRoutes(func(r Route) bool {
		return r.PrefSrc == addr || last && !r.IPv6 && slices.ContainsFunc(r.Hops, over)
	})
}
