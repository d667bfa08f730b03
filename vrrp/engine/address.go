package engine

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/netif"
)

// An address is one line of virtual_ipaddress or virtual_ipaddress_excluded, where it really is.
type address struct {
	netif.Wanted
	written  config.Address // as the configuration has it; zero for one that comes with another
	excluded bool           // not in the adverts
	noTrack  bool           // nobody minds its going (semantics 3.5)
	made     bool           // on an interface that we make
}

// addressesOf is all addresses of an instance, announced in this order.
func addressesOf(i *config.Instance) []address {
	list := make([]address, 0, len(i.VIPs)+len(i.ExcludedVIPs))
	for n, lines := range [2][]config.Address{i.VIPs, i.ExcludedVIPs} {
		for _, a := range lines {
			list = append(list, address{Wanted: wantedOf(a), written: a, excluded: n == 1, noTrack: a.NoTrack})
		}
	}
	return list
}

// wantedOf turns one line of a virtual_ipaddress block into what is to be set.
func wantedOf(c config.Address) netif.Wanted {
	w := netif.Wanted{Dev: c.Dev,
		Address: netif.Address{Prefix: c.Prefix, Scope: c.Scope, Broadcast: c.Broadcast, Label: c.Label,
			Preferred: netif.Forever}}
	// A peer that is the address itself is none: the kernel reports such an address as one without a peer.
	if c.Peer.IsValid() && c.Peer.Addr() != c.Prefix.Addr() {
		w.Peer = c.Peer.Addr()
		w.Prefix = netip.PrefixFrom(c.Prefix.Addr(), c.Peer.Bits()) // with a peer the prefix length is the peer's
	}
	set := func(on bool, flag uint32) {
		if on {
			w.Flags |= flag
		}
	}
	set(c.NoPrefixRoute, unix.IFA_F_NOPREFIXROUTE)
	set(c.AutoJoin, unix.IFA_F_MCAUTOJOIN)
	if c.Prefix.Addr().Is6() {
		set(!c.DAD, unix.IFA_F_NODAD)
		set(c.Home, unix.IFA_F_HOMEADDRESS)
		set(c.MngTmpAddr, unix.IFA_F_MANAGETEMPADDR)
	}
	if c.LftGiven {
		w.Preferred = uint32(min(c.PreferredLft.Seconds(), float64(netif.Forever)))
	}
	return w
}

// vip is what tells our addresses from others: an address with its exact length on
// a device.
type vip struct {
	dev    string
	prefix netip.Prefix
}

func vipOf(w netif.Wanted) vip { return vip{w.Dev, w.Prefix} }

// placed is what the kernel tells addresses apart by, with the name of the interface.
type placed struct {
	vip
	peer netip.Addr
}

func placedOf(w netif.Wanted) placed { return placed{vipOf(w), w.Peer} }

// wanted is enough of an address to remove it.
func (p placed) wanted() netif.Wanted {
	return netif.Wanted{Dev: p.dev, Address: netif.Address{Prefix: p.prefix, Peer: p.peer}}
}
