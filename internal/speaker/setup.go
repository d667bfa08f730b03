package speaker

import (
	"net/netip"
	"time"

	"holdfast/config"
	"holdfast/internal/speaker/talk"
)

// setupOf is a configuration as the program hears of it, with those neighbours that there are to be sessions with.
func setupOf(b *config.BGP, neighbors []config.BGPNeighbor) talk.Setup {
	s := talk.Setup{LocalAS: b.LocalAS, RouterID: b.RouterID, Listen: b.Listens(), MED: b.MED, Prepend: b.Prepend,
		NextHops: b.NextHops}
	for _, c := range b.Communities {
		s.Communities = append(s.Communities, uint32(c))
	}
	for _, n := range neighbors {
		t := talk.Neighbor{Addr: n.Addr, RemoteAS: n.RemoteAS, LocalAddress: n.LocalAddress, Port: n.Port,
			Password: n.Password, Multihop: n.Multihop, Hold: seconds(n.Hold), Keepalive: seconds(n.Keepalive),
			ConnectRetry: seconds(n.ConnectRetry), Passive: n.Passive, IPv4: n.IPv4, IPv6: n.IPv6}
		if n.TTLSecurity > 0 {
			t.MinTTL = 255 - n.TTLSecurity + 1 // next door it arrives as it was sent
		}
		s.Neighbors = append(s.Neighbors, t)
	}
	return s
}

func seconds(d time.Duration) uint32 { return uint32(d / time.Second) }

// purpose is what a program is started for, which does not change in its life.
type purpose struct {
	LocalAS  uint32
	RouterID netip.Addr
	Listens  bool
	Program  string // as it is configured
}

func purposeOf(b *config.BGP) purpose {
	return purpose{LocalAS: b.LocalAS, RouterID: b.RouterID, Listens: b.Listens(), Program: b.Program}
}

// told counts the prefixes that a neighbour is told.
func told(n config.BGPNeighbor, prefixes []netip.Prefix) int {
	count := 0
	for _, p := range prefixes {
		if n.Carries(p.Addr().Is6()) {
			count++
		}
	}
	return count
}
