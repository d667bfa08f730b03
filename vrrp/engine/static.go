package engine

import (
	"slices"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/netif"
)

// keptAddresses are the addresses of static_ipaddress (semantics 3.15), and those of ipvlan interfaces (semantics
// 3.17), whose names nameOf tells. They are the host's: adverts may come from them, and no instance waits for them.
func keptAddresses(h *host, nameOf func(netif.VMAC) string) keptKind[netif.Wanted] {
	return keptKind[netif.Wanted]{
		// of gives none: virtual addresses have a say in the election and are not kept here.
		name: "address",
		of:   func(*router) []thing[netif.Wanted] { return nil },
		host: func(c *config.Config) []thing[netif.Wanted] {
			var all []thing[netif.Wanted]
			for _, a := range c.StaticAddresses {
				all = append(all, thing[netif.Wanted]{what: wantedOf(a), noTrack: a.NoTrack, devs: given(a.Dev),
					group: a.TrackGroup})
			}
			for n := range c.Instances {
				i := &c.Instances[n]
				if l := lodgingOf(&c.Global, i); l.made && !l.homes && i.IPVLAN.Addr.IsValid() {
					w := wantedOf(config.Address{Dev: nameOf(l.link), Prefix: i.IPVLAN.Addr})
					w.Flags |= unix.IFA_F_NODAD // adverts come from it at once
					all = append(all, thing[netif.Wanted]{what: w, noTrack: true})
				}
			}
			return all
		},
		text: func(w netif.Wanted) string { return w.Prefix.String() + " on " + w.Dev },
		// The host may have had the same before us: then the mark is missing, where the kernel keeps one.
		left: func(w netif.Wanted, listed bool) bool {
			// A name without an interface leads to the index 0, which has no addresses.
			have := h.addrs[h.names[w.Dev]]
			i := slices.IndexFunc(have, same(w.Address))
			return i >= 0 && (have[i].Marked() || listed && !h.keepsMarks())
		},
		lost: func(ev netif.Event, w netif.Wanted) bool {
			switch ev := ev.(type) {
			case netif.AddressRemoved:
				return h.links[ev.Address.Index].Name == w.Dev && same(w.Address)(ev.Address)
			case netif.LinkChanged: // it has come back
				return ev.Link.Name == w.Dev
			case netif.Resync:
				return true
			}
			return false
		},
		renamed: func(w netif.Wanted, old, name string) netif.Wanted {
			if w.Dev == old {
				w.Dev = name
			}
			return w
		},
	}
}
