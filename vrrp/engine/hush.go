package engine

import "holdfast/vrrp"

// hush takes all IPv6 addresses at once from virtual MAC interfaces of a router that gives its addresses up. Were
// they removed one by one, the kernel would leave their groups and, a moment later, say so (RFC 3810), with the
// hardware address that is the next master's by then: switches would send its traffic here until it is heard
// again. When IPv6 is switched off on an interface its addresses go without a word.
func (e *Engine) hush(r *router) {
	for _, a := range r.addresses {
		// Only where the interface is one of ours and no other instance has addresses on it.
		if a.made && a.Prefix.Addr().Is6() && e.addrs.hasSome(a.Dev) && !e.addrs.wantedByOthers(a.Dev, r.id) {
			e.switchIPv6Off(a.Dev)
		}
	}
}

// switchIPv6Off switches it off and on again. If that fails the addresses are still there, and are removed as
// others are.
func (e *Engine) switchIPv6Off(dev string) {
	path := "net/ipv6/conf/" + dev + "/disable_ipv6"
	if e.kernel.SetSysctl(path, "1") != nil {
		return
	}
	// The switch has taken them: there is nothing left to remove.
	e.addrs.lost(dev)
	if err := e.kernel.SetSysctl(path, "0"); err != nil {
		e.log.Error("cannot switch IPv6 on again on " + dev + ": " + err.Error())
	}
}

// hasSome reports whether we have set an IPv6 address on an interface.
func (a *addresses) hasSome(dev string) bool {
	for p := range a.mine {
		if p.dev == dev && p.prefix.Addr().Is6() {
			return true
		}
	}
	return false
}

// wantedByOthers reports whether an instance other than one wants addresses on an interface.
func (a *addresses) wantedByOthers(dev string, router vrrp.ID) bool {
	for id, list := range a.wanted {
		for _, other := range list {
			if id != router && other.Dev == dev {
				return true
			}
		}
	}
	return false
}

// lost takes note that an interface has no IPv6 addresses any more.
func (a *addresses) lost(dev string) {
	for p := range a.mine {
		if p.dev == dev && p.prefix.Addr().Is6() {
			delete(a.mine, p)
		}
	}
}
