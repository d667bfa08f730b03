package realserver

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// The interfaces that the kernel has for all tunnels take no GRE with checksums. One that does is made for the address
// it comes to; the kernel prefers it, and it takes nothing without a checksum.

// checkedLink is the interface for GRE with checksums to an address: one for each family.
func checkedLink(to netip.Addr) string {
	if to.Is4() {
		return "hfgre4"
	}
	return "hfgre6"
}

// madeLinks are the links that have to be made, with the addresses that they take GRE with checksums for.
func (w Wish) madeLinks() map[string]netip.Addr {
	made := map[string]netip.Addr{}
	for _, e := range w {
		if to := e.Method.Checked; to.IsValid() {
			made[e.link()] = to
		}
	}
	return made
}

// valid says what of the wish cannot be, nil if all can.
func (w Wish) valid() error {
	made := w.madeLinks()
	for _, e := range w {
		to, link := e.Method.Checked, e.link()
		if to.IsValid() && made[link] != to {
			return fmt.Errorf("GRE with checksums to %s and to %s: %s is for one address", to, made[link], link)
		}
	}
	return nil
}

// unmake removes links of ours that are for other addresses than are wanted, with all they have.
func (p *planner) unmake(made map[string]netip.Addr) {
	for _, name := range p.was.Links {
		to, wanted := made[name]
		if l, there := p.host.link(name); there && wanted && l.Checked != to {
			p.do = append(p.do, Step{Kind: DeleteLink, Name: name})
			p.host = p.host.without(name)
		}
	}
}

// make makes links, and removes those of ours that are not wanted any more. One of that name that somebody else has
// made stays as it is.
func (p *planner) make(made map[string]netip.Addr) {
	for _, name := range slices.Sorted(maps.Keys(made)) {
		_, there := p.host.link(name)
		if !there {
			p.do = append(p.do, Step{Kind: AddLink, Name: name, Local: made[name]})
		}
		if !there || slices.Contains(p.was.Links, name) {
			p.next.Links = append(p.next.Links, name)
		}
	}
	for _, name := range p.was.Links {
		_, wanted := made[name]
		if _, there := p.host.link(name); there && !wanted {
			p.undo = append(p.undo, Step{Kind: DeleteLink, Name: name})
		}
	}
}

// without is the host without a link and what that has.
func (h Host) without(name string) Host {
	h.Links = slices.DeleteFunc(slices.Clone(h.Links), func(l Link) bool { return l.Name == name })
	h.Addresses = slices.DeleteFunc(slices.Clone(h.Addresses), func(a Address) bool { return a.Link == name })
	h.Sysctls = maps.Clone(h.Sysctls)
	for _, what := range []string{"arp_ignore", "arp_announce", "rp_filter"} {
		delete(h.Sysctls, conf(name, what))
	}
	return h
}
