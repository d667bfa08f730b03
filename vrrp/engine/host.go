package engine

import (
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"holdfast/internal/linkstate"
	"holdfast/internal/netif"
	"holdfast/vrrp"
)

// A host is the loop's picture of links and addresses, kept by events.
type host struct {
	// By the index, which stays when the name changes; names leads from one to the other.
	links map[int]netif.Link
	names map[string]int
	addrs map[int][]netif.Address // in the kernel's order
	vips  map[vip]bool            // every address of the configuration
	// mine and theirs are those of the addresses.
	mine   map[placed]netif.Wanted
	theirs map[vip]bool
	// beliefs are about the links that the protocol is told of.
	beliefs *linkstate.Beliefs
}

func newHost(s netif.State) *host {
	h := &host{vips: map[vip]bool{}, beliefs: linkstate.New()}
	h.reset(s)
	return h
}

func (h *host) reset(s netif.State) {
	h.links, h.names, h.addrs = map[int]netif.Link{}, map[string]int{}, map[int][]netif.Address{}
	for _, l := range s.Links {
		h.links[l.Index] = l
		h.names[l.Name] = l.Index
	}
	h.setAddresses(s.Addresses)
}

// setAddresses takes all addresses anew.
func (h *host) setAddresses(list []netif.Address) {
	clear(h.addrs)
	for _, a := range list {
		h.addrs[a.Index] = append(h.addrs[a.Index], a)
	}
}

func (h *host) link(name string) (netif.Link, bool) {
	i, ok := h.names[name]
	return h.links[i], ok
}

// down reports whether an interface is there and administratively down.
func (h *host) down(name string) bool {
	l, ok := h.link(name)
	return ok && l.Flags&unix.IFF_UP == 0
}

// setLink takes a link's state. A new name is the end of the old one (semantics 4.4).
func (h *host) setLink(l netif.Link) {
	// Another link may have taken the old name already: then it keeps it.
	if old, ok := h.links[l.Index]; ok && old.Name != l.Name && h.names[old.Name] == l.Index {
		delete(h.names, old.Name)
	}
	h.links[l.Index] = l
	h.names[l.Name] = l.Index
}

func (h *host) removeLink(l netif.Link) {
	old, ok := h.links[l.Index]
	if !ok {
		return
	}
	if h.names[old.Name] == l.Index {
		delete(h.names, old.Name)
	}
	delete(h.links, l.Index)
	// They went with it, whatever events of them are still to come.
	delete(h.addrs, l.Index)
}

func same(a netif.Address) func(netif.Address) bool {
	return func(b netif.Address) bool { return a.Prefix == b.Prefix && a.Peer == b.Peer }
}

func (h *host) setAddress(a netif.Address) {
	list := h.addrs[a.Index]
	// The same address with other flags: duplicate address detection is over, perhaps.
	if i := slices.IndexFunc(list, same(a)); i >= 0 {
		list[i] = a
		return
	}
	h.addrs[a.Index] = append(list, a)
}

func (h *host) removeAddress(a netif.Address) {
	h.addrs[a.Index] = slices.DeleteFunc(h.addrs[a.Index], same(a))
}

// has reports whether v is on the host.
func (h *host) has(v vip) bool {
	_, ok := h.address(v)
	return ok
}

// settled reports whether v is on the host and not under duplicate address detection.
func (h *host) settled(v vip) bool {
	a, ok := h.address(v)
	return ok && passed(a)
}

// passed reports whether an address may be used: IPv6 ones must not while they are looked for on other
// hosts, and never when they were found there (RFC 4862 section 5.4).
func passed(a netif.Address) bool { return a.Flags&(unix.IFA_F_TENTATIVE|unix.IFA_F_DADFAILED) == 0 }

func (h *host) address(v vip) (netif.Address, bool) {
	list := h.addrs[h.names[v.dev]] // no interface has the index 0
	i := slices.IndexFunc(list, func(a netif.Address) bool { return a.Prefix == v.prefix })
	if i < 0 {
		return netif.Address{}, false
	}
	return list[i], true
}

// vipAt is the address as part of the configuration's addresses.
func (h *host) vipAt(a netif.Address) vip { return vip{h.links[a.Index].Name, a.Prefix} }

// sources are the addresses that adverts can have as their source, on whatever interface. One that we have set is none,
// as in report.
func (h *host) sources() map[netip.Addr]bool {
	all := map[netip.Addr]bool{}
	for index, list := range h.addrs {
		for _, a := range list {
			if passed(a) && !h.ours(h.links[index].Name, a) {
				all[a.Prefix.Addr()] = true
			}
		}
	}
	return all
}

// report is the link called name as the protocol sees it. An address that we have set is not
// the interface's: it would make a source of adverts that is lost with the election. One that
// the host had before us is, also when it is an address of the configuration (its owner
// has no other). One that duplicate address detection has not passed is nobody's yet.
func (h *host) report(name string) vrrp.Link {
	l, ok := h.link(name)
	if !ok {
		return vrrp.Link{Name: name}
	}
	r := vrrp.Link{Name: name, Index: l.Index, Exists: true, Up: h.beliefs.Up(name, l.Index, l.Up()),
		Polled: h.beliefs.Polled(name), Multicast: l.Multicast(), MTU: l.MTU}
	for _, a := range h.addrs[l.Index] {
		if h.ours(name, a) || !passed(a) {
			continue
		}
		addr := a.Prefix.Addr()
		r.Addrs = append(r.Addrs, addr)
		if addr.Is4() && !r.Addr4.IsValid() {
			r.Addr4 = addr
		}
	}
	return r
}

// keepsMarks reports whether the kernel has been seen to keep who set an address: it marks its
// own, those of the loopback interface and link-local ones.
func (h *host) keepsMarks() bool {
	for _, list := range h.addrs {
		if slices.ContainsFunc(list, func(a netif.Address) bool { return a.Proto != 0 }) {
			return true
		}
	}
	return false
}

// ours reports whether an address on an interface has been set by us. Of the addresses of the
// configuration only those are not that are known to be the host's: the picture may
// show one that has just been removed.
func (h *host) ours(dev string, a netif.Address) bool {
	v := vip{dev, a.Prefix}
	if _, mine := h.mine[placed{v, a.Peer}]; mine {
		return true
	}
	return h.vips[v] && !h.theirs[v]
}

func equalLinks(a, b vrrp.Link) bool {
	if !slices.Equal(a.Addrs, b.Addrs) {
		return false
	}
	a.Addrs, b.Addrs = nil, nil
	return a.Name == b.Name && a.Index == b.Index && a.Exists == b.Exists && a.Up == b.Up &&
		a.Multicast == b.Multicast && a.MTU == b.MTU && a.Addr4 == b.Addr4
}
