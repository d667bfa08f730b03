package lvs

import (
	"net/netip"
	"testing"
	"time"

	"holdfast/config"
)

// grouped is a virtual server on a group of n addresses, with a weight for its real server.
func grouped(n int, weight int) Setup {
	g := config.ServerGroup{Name: "G"}
	for i := range n {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		g.Entries = append(g.Entries, config.GroupEntry{First: a, Last: a, Port: 80})
	}
	at := netip.MustParseAddr("192.168.1.1")
	return Setup{
		Groups: []config.ServerGroup{g},
		VirtualServers: []config.VirtualServer{{
			Group: "G", Protocol: config.TCP, Scheduler: "rr", Quorum: 1,
			RealServers: []config.RealServer{{Addr: at, Port: 80, Weight: weight}},
		}},
	}
}

// The work of a reload grows with the entries of a group, not with their square. Nearly all
// work allocates, so that is what is counted.
func TestReloadOfAGroupIsLinear(t *testing.T) {
	work := func(n int) float64 {
		c := New(1)
		at := [2]Setup{grouped(n, 1), grouped(n, 2)}
		c.Configure(time.Time{}, at[0])
		i := 0
		return testing.AllocsPerRun(3, func() {
			i++
			if got := len(c.Configure(time.Time{}, at[i%2]).Tables); got < n {
				t.Fatalf("%d tables for %d entries", got, n)
			}
		})
	}
	small, large := work(250), work(2000)
	if large > 8*1.5*small {
		t.Errorf("250 entries take %.0f allocations, 2000 take %.0f: more than in proportion", small, large)
	}
	if per := large / 2000; per > 12 {
		t.Errorf("an entry takes %.1f allocations", per)
	}
}
