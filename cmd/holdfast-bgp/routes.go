package main

import (
	"net/netip"
	"reflect"

	"github.com/osrg/gobgp/v4/api"
	"github.com/osrg/gobgp/v4/pkg/apiutil"
	"github.com/osrg/gobgp/v4/pkg/packet/bgp"

	"holdfast/internal/speaker/talk"
)

// gracefulShutdown is the community of routes that are about to go (RFC 8326).
const gracefulShutdown = 0xffff0000

// route is what is told of a prefix.
type route struct {
	nextHop     netip.Addr // unspecified = the own address of each session
	as          uint32
	prepend     int
	med         *uint32
	communities []uint32
}

func (r route) same(o route) bool { return reflect.DeepEqual(r, o) }

// routesOf are those of an order.
func routesOf(o talk.Order) map[netip.Prefix]route {
	all := make(map[netip.Prefix]route, len(o.Prefixes))
	for _, p := range o.Prefixes {
		r := route{nextHop: netip.IPv4Unspecified(), as: o.Setup.LocalAS, prepend: o.Setup.Prepend, med: o.Setup.MED}
		if p.Addr().Is6() {
			r.nextHop = netip.IPv6Unspecified()
		}
		for _, a := range o.Setup.NextHops {
			if a.Is6() == p.Addr().Is6() {
				r.nextHop = a
			}
		}
		r.communities = append(r.communities, o.Setup.Communities...)
		if o.Leaving {
			r.communities = append(r.communities, gracefulShutdown)
		}
		all[p] = r
	}
	return all
}

// path is the route of a prefix as the library has it.
func (r route) path(prefix netip.Prefix) (*apiutil.Path, error) {
	nlri, err := bgp.NewIPAddrPrefix(prefix)
	if err != nil {
		return nil, err
	}
	p := &apiutil.Path{Family: bgp.RF_IPv4_UC, Nlri: nlri,
		Attrs: []bgp.PathAttributeInterface{bgp.NewPathAttributeOrigin(bgp.BGP_ORIGIN_ATTR_TYPE_IGP)}}
	var hop bgp.PathAttributeInterface
	if prefix.Addr().Is6() {
		p.Family = bgp.RF_IPv6_UC
		hop, err = bgp.NewPathAttributeMpReachNLRI(p.Family, []bgp.PathNLRI{{NLRI: nlri}}, r.nextHop)
	} else {
		hop, err = bgp.NewPathAttributeNextHop(r.nextHop)
	}
	if err != nil {
		return nil, err
	}
	p.Attrs = append(p.Attrs, hop)
	if r.prepend > 0 {
		path := make([]uint32, r.prepend)
		for i := range path {
			path[i] = r.as
		}
		p.Attrs = append(p.Attrs, bgp.NewPathAttributeAsPath([]bgp.AsPathParamInterface{
			bgp.NewAs4PathParam(bgp.BGP_ASPATH_ATTR_TYPE_SEQ, path)}))
	}
	if r.med != nil {
		p.Attrs = append(p.Attrs, bgp.NewPathAttributeMultiExitDisc(*r.med))
	}
	if len(r.communities) > 0 {
		p.Attrs = append(p.Attrs, bgp.NewPathAttributeCommunities(r.communities))
	}
	return p, nil
}

// peerOf is a neighbour as the library has it. Graceful restart stays off: a route to a director that is gone is none.
func peerOf(n talk.Neighbor) *api.Peer {
	p := &api.Peer{
		Conf: &api.PeerConf{NeighborAddress: n.Addr.String(), PeerAsn: n.RemoteAS, AuthPassword: n.Password},
		Timers: &api.Timers{Config: &api.TimersConfig{HoldTime: uint64(n.Hold), KeepaliveInterval: uint64(n.Keepalive),
			ConnectRetry: uint64(n.ConnectRetry), IdleHoldTimeAfterReset: uint64(n.ConnectRetry)}},
		Transport: &api.Transport{RemotePort: uint32(n.Port), PassiveMode: n.Passive},
	}
	if n.LocalAddress.IsValid() {
		p.Transport.LocalAddress = n.LocalAddress.String()
	}
	if n.MinTTL > 0 {
		p.TtlSecurity = &api.TtlSecurity{Enabled: true, TtlMin: uint32(n.MinTTL)}
	}
	if n.Multihop > 0 {
		p.EbgpMultihop = &api.EbgpMultihop{Enabled: true, MultihopTtl: uint32(n.Multihop)}
	}
	for _, f := range []struct {
		is  bool
		afi api.Family_Afi
	}{{n.IPv4, api.Family_AFI_IP}, {n.IPv6, api.Family_AFI_IP6}} {
		if f.is {
			p.AfiSafis = append(p.AfiSafis, &api.AfiSafi{Config: &api.AfiSafiConfig{Enabled: true,
				Family: &api.Family{Afi: f.afi, Safi: api.Family_SAFI_UNICAST}}})
		}
	}
	return p
}
