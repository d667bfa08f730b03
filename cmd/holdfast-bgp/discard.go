package main

import (
	"log/slog"
	"net/netip"

	"github.com/osrg/gobgp/v4/pkg/packet/bgp"
)

// received is what the library logs of an update of a neighbour before it takes the routes out of it.
const received = "received update"

// discard takes the routes out of such an update. The library keeps all that a neighbour announces, whatever its
// policies say, in case they change; a router with a full table would have a director keep that. There is no option
// against it, but what is logged is the update itself: routes over IPv6 are taken out of it, and those over IPv4, of
// which there have to be as many as before, become one and the same, of which one is kept. Nobody else has the update
// then. That the library keeps to this is what TestTableOfARouter looks at.
func discard(r slog.Record, same bgp.NLRI) {
	r.Attrs(func(a slog.Attr) bool {
		switch v := a.Value.Any().(type) {
		case []bgp.PathNLRI:
			for i := range v {
				v[i].NLRI, v[i].ID = same, 0
			}
		case []bgp.PathAttributeInterface:
			for _, attr := range v {
				if reach, is := attr.(*bgp.PathAttributeMpReachNLRI); is {
					reach.Value = nil
				}
			}
		}
		return true
	})
}

// nowhere is the prefix that all routes of others become.
func nowhere() bgp.NLRI {
	n, err := bgp.NewIPAddrPrefix(netip.MustParsePrefix("255.255.255.255/32"))
	if err != nil {
		panic(err) // it is one
	}
	return n
}
