package netif

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// A Link is one network interface.
type Link struct {
	Index    int
	Name     string
	Flags    uint32 // IFF_*
	MTU      int
	Hardware string // link-layer address as raw bytes; "" if it has none
	Parent   int    // index of the link it stands on; 0 if there is none in this namespace
	Master   int    // index of the bridge, bond or VRF that it belongs to; 0 if to none
	Kind     string // "macvlan", "veth" and so on; "" for hardware
	Mode     uint32 // of a macvlan: unix.MACVLAN_MODE_*; of an ipvlan: its flags
	Group    uint32 // that the link belongs to (`ip link set group`)
	Alias    string // text that people and programs attach to a link
	Table    uint32 // of a VRF device: the routing table of its interfaces
}

// Up reports whether the link is administratively up and has a carrier: IFF_UP and
// IFF_RUNNING (semantics 4.1).
func (l Link) Up() bool {
	return l.Flags&(unix.IFF_UP|unix.IFF_RUNNING) == unix.IFF_UP|unix.IFF_RUNNING
}

// Multicast reports whether the link can carry multicast.
func (l Link) Multicast() bool { return l.Flags&unix.IFF_MULTICAST != 0 }

// Loopback reports whether it is the loopback interface.
func (l Link) Loopback() bool { return l.Flags&unix.IFF_LOOPBACK != 0 }

// IPVLAN reports whether it is an interface that shares the hardware address of the one below.
func (l Link) IPVLAN() bool { return l.Kind == kindIPVLAN }

// Virtual reports whether it is an interface with a hardware address or network address of its own on another
// one, as those that are made for virtual routers are.
func (l Link) Virtual() bool { return l.Kind == kindMACVLAN || l.Kind == kindIPVLAN }

// ARP reports whether neighbours are found by ARP on the link.
func (l Link) ARP() bool { return l.Flags&(unix.IFF_NOARP|unix.IFF_LOOPBACK) == 0 }

// An Address is one address of an interface as the kernel keeps it.
type Address struct {
	Index     int          // of the link
	Prefix    netip.Prefix // local address with its prefix length, not masked
	Peer      netip.Addr   // other end; zero when it is the local address itself
	Scope     uint8
	Flags     uint32 // IFA_F_*
	Broadcast netip.Addr
	Label     string // IPv4: the interface's name when none was given
	Preferred uint32 // seconds, Forever = 0xffffffff
	Valid     uint32
	Proto     uint8 // IFA_PROTO: who set it; 0 if the kernel does not keep it
}

// Forever is the lifetime that does not end.
const Forever = ^uint32(0)

// protoKeepalived is the protocol number with which keepalived marks its
// addresses and routes (semantics 3.3).
const protoKeepalived = unix.RTPROT_KEEPALIVED

// key is what the kernel tells addresses apart by.
type key struct {
	index  int
	prefix netip.Prefix
	peer   netip.Addr
}

func (a Address) key() key { return key{a.Index, a.Prefix, a.Peer} }

// Secondary reports whether the kernel removes the address together with its subnet's
// first one (semantics 3.6).
func (a Address) Secondary() bool { return a.Prefix.Addr().Is4() && a.Flags&unix.IFA_F_SECONDARY != 0 }

// Marked reports whether the address carries the mark of those that set virtual addresses, which
// kernels before 5.18 do not keep.
func (a Address) Marked() bool { return a.Proto == protoKeepalived }

// State is all links and addresses at one moment, in the kernel's order.
type State struct {
	Links     []Link
	Addresses []Address
}

// Link finds a link by name.
func (s State) Link(name string) (Link, bool) {
	i := slices.IndexFunc(s.Links, func(l Link) bool { return l.Name == name })
	if i < 0 {
		return Link{}, false
	}
	return s.Links[i], true
}

// String prints the state as `ip -br addr` does.
func (s State) String() string {
	var b strings.Builder
	for _, l := range s.Links {
		state := "DOWN"
		switch {
		case l.Loopback() && l.Up():
			state = "UNKNOWN"
		case l.Up():
			state = "UP"
		}
		fmt.Fprintf(&b, "%-16s %-14s", l.Name, state)
		for _, a := range s.Addresses {
			if a.Index != l.Index {
				continue
			}
			b.WriteString(" " + a.text())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// text is the address as ip(8) has it: with the other end in its place, and then its length is the peer's.
func (a Address) text() string {
	if a.Peer.IsValid() {
		return fmt.Sprintf("%v peer %v/%d", a.Prefix.Addr(), a.Peer, a.Prefix.Bits())
	}
	return a.Prefix.String()
}
