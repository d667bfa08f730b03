package config

import (
	"fmt"
	"net/netip"
)

// Router is what makes a vrrp_instance the same virtual router before and after a
// reload (semantics 7.1). Its name is not part of it.
type Router struct {
	Interface string
	VRID      uint8
	IPv6      bool
	Unicast   bool
	Addr      netip.Addr // unicast source or multicast group
}

// Router tells which virtual router the instance is.
func (in *Instance) Router() Router {
	r := Router{Interface: in.Interface, VRID: in.VRID, IPv6: in.IPv6, Unicast: len(in.UnicastPeers) > 0,
		Addr: in.MulticastGroup}
	if r.Unicast {
		r.Addr = in.SourceIP
	}
	return r
}

// String names it for people.
func (r Router) String() string {
	family, mode := "IPv4", "multicast"
	if r.IPv6 {
		family = "IPv6"
	}
	if r.Unicast {
		mode = "unicast"
	}
	return fmt.Sprintf("VRID %d %s on %s, %s %s", r.VRID, family, r.Interface, mode, r.Addr)
}
