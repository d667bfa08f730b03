package routers

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/netif"
	"holdfast/internal/report"
)

func (d dataWriter) link(s *Snapshot, l Link) {
	d.Line(1, "Name", l.Name)
	d.Line(3, "index", l.Index)
	d.Line(3, "IPv4 address", addressOr(l.Known.Addr4))
	// The link-local one: adverts of IPv6 are sent from it.
	d.Line(3, "IPv6 address", addressOr(linkLocal(l.Known.Addrs)))
	if l.Hardware != "" {
		d.Line(3, "MAC", net.HardwareAddr(l.Hardware))
	}
	// Only what is unusual is a word: an Ethernet interface that works has none of these.
	words := []string{updown(l)}
	for _, f := range []struct {
		on   bool
		text string
	}{
		{l.Flags&unix.IFF_BROADCAST == 0, "no broadcast"}, {l.Loopback(), "loopback"},
		{l.Flags&unix.IFF_POINTOPOINT != 0, "point to point"},
		{l.Flags&unix.IFF_NOARP != 0, "no arp"}, {!l.Multicast(), "no multicast"},
	} {
		if f.on {
			words = append(words, f.text)
		}
	}
	d.Line(3, "State", strings.Join(words, ", "))
	d.Line(3, "Delayed state change running", report.Word(l.Waiting, "true", "false"))
	d.Text(3, "Up debounce timer = %dus", l.Delays.Up.Microseconds())
	d.Text(3, "Down debounce timer = %dus", l.Delays.Down.Microseconds())
	if parent := s.parent(l); parent != nil {
		kind := "VMAC type " + vmacType(l.Mode)
		if l.IPVLAN() {
			kind = "IPVLAN type L2 " + ipvlanType(l.Mode)
		}
		d.Text(3, "%s, underlying interface = %s, state = %s", kind, parent.Name, updown(*parent))
	}
	d.Line(3, "MTU", l.MTU)
	if l.Group != 0 {
		d.Line(3, "Group", l.Group)
	}
	if l.Master != 0 {
		d.Line(3, "Master", l.Master) // the index of a VRF or bridge
	}
	if l.Table != 0 {
		d.Line(3, "Routing table", l.Table)
	}
	d.Text(3, "%s", beatText(l.Beat))
	d.pausesOf(s, l.Name)
	if list := s.trackersOfLink(l.Name); len(list) > 0 {
		d.List(3, "Tracking VRRP instances :", list)
	}
}

// beatText says how the state of a link is learnt.
func beatText(m netif.BeatMethod) string {
	switch m {
	case netif.BeatMII:
		return "NIC support MII registers"
	case netif.BeatEthtool:
		return "NIC support ETHTOOL GLINK interface"
	case netif.BeatIOCTL:
		return "NIC ioctl refresh polling"
	}
	return "NIC netlink status update"
}

// index is that of the interface with a name, 0 when it is not there.
func (s *Snapshot) index(name string) int {
	for _, l := range s.Links {
		if l.Name == name {
			return l.Index
		}
	}
	return 0
}

// parent is the interface on which a virtual MAC interface stands, nil for others.
func (s *Snapshot) parent(l Link) *Link {
	for n := range s.Links {
		// Other kinds have a parent, too (a VLAN); it is not what keepalived calls the underlying
		// one.
		if l.Virtual() && s.Links[n].Index == l.Parent {
			return &s.Links[n]
		}
	}
	return nil
}

// vmacType is the mode of a macvlan, as linux/if_link.h numbers it.
func vmacType(mode uint32) string {
	if name, known := map[uint32]string{1: "private", 2: "vepa", 4: "bridge", 8: "passthru"}[mode]; known {
		return name
	}
	return strconv.Itoa(int(mode))
}

// ipvlanType is what the flags of an ipvlan mean, as linux/if_link.h numbers them.
func ipvlanType(flags uint32) string {
	if name, known := map[uint32]string{0: "bridge", 1: "private", 2: "vepa"}[flags]; known {
		return name
	}
	return strconv.Itoa(int(flags))
}

// trackersOfLink are the instances whose own interface it is, with weight 0, or the 255 by which keepalived
// says that they do not track it, and those that track it as another one.
func (s *Snapshot) trackersOfLink(name string) (list []string) {
	for _, i := range s.Instances {
		// With use_vmac both are the own interface: the macvlan and the one it stands on.
		if i.Config.Interface == name || i.Place.Own == name {
			list = append(list, i.Config.Name+", weight "+report.Word(i.Config.DontTrackPrimary, "255", "0"))
		}
	}
	return append(list, trackersOf(s, config.TrackedInterface, name)...)
}

func addressOr(a netip.Addr) string {
	if a.IsValid() {
		return a.String()
	}
	return "(none)"
}

func linkLocal(addrs []netip.Addr) netip.Addr {
	for _, a := range addrs {
		if a.Is6() && a.IsLinkLocalUnicast() {
			// The zone is the interface, whose name stands above already.
			return a.WithZone("")
		}
	}
	return netip.Addr{}
}

func updown(l Link) string {
	// Two things: who pulls the cable has an interface that is UP and not RUNNING (semantics 4.1).
	return report.Word(l.Flags&unix.IFF_UP != 0, "UP",
		"DOWN") + ", " + report.Word(l.Flags&unix.IFF_RUNNING != 0, "RUNNING", "not RUNNING")
}
