package config

import (
	"net/netip"
	"slices"
	"time"
)

// Announce says how a virtual server is shown, while it can serve: to a routing daemon of this host, as addresses on an
// interface or as routes in a table, or to routers by BGP.
type Announce struct {
	Dev   string // interface that gets the addresses, "" = none
	Table Named  // table that gets the routes, if Dev is ""
	BGP   bool   // the neighbours of Config.BGP hear of it; Dev and Table are zero then
	// Prefixes are shown in place of the addresses of the virtual server.
	Prefixes []netip.Prefix
	Hold     time.Duration // able to serve for this long before what was withdrawn is shown again
}

// Words are the ways as the words of a line: "dev lo", "table 100", "bgp".
func (a *Announce) Words() []string {
	switch {
	case a.BGP:
		return []string{"bgp"}
	case a.Dev != "":
		return []string{"dev", a.Dev}
	}
	return []string{"table", a.Table.String()}
}

// MaxAnnounced is how many addresses a virtual server may have shown one by one.
const MaxAnnounced = 1 << 10

// Announced are the prefixes that a virtual server shows, sorted; g is its group, nil without one. ok is false where
// there are too many addresses, or marks alone, and no prefix was given.
func (v *VirtualServer) Announced(g *ServerGroup) (all []netip.Prefix, ok bool) {
	switch {
	case v.Announce == nil:
		return nil, true
	case len(v.Announce.Prefixes) > 0:
		all = slices.Clone(v.Announce.Prefixes)
	case g != nil:
		for _, e := range v.EntriesOf(g) {
			for a := e.First; a.IsValid() && a.Compare(e.Last) <= 0; a = a.Next() { // a mark has none
				if all = append(all, netip.PrefixFrom(a, a.BitLen())); len(all) > MaxAnnounced {
					return nil, false
				}
			}
		}
	case v.FWMark == 0:
		all = []netip.Prefix{netip.PrefixFrom(v.Addr, v.Addr.BitLen())}
	default:
		return nil, false
	}
	slices.SortFunc(all, netip.Prefix.Compare)
	return slices.Compact(all), len(all) > 0 // once where several ports are served
}
