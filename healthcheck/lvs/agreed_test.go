package lvs

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/ipvs"
)

// sharedBy is a virtual server of several directors, with real servers of these weights.
func sharedBy(scheduler string, flags ipvs.Flags, announced bool, weights ...int) config.VirtualServer {
	v := config.VirtualServer{Addr: netip.MustParseAddr("10.0.0.1"), Port: 80, Protocol: config.TCP, Quorum: 1,
		Scheduler: scheduler, SchedulerFlags: uint32(flags)}
	if announced {
		v.Announce = &config.Announce{Dev: "lo"}
	}
	for i, w := range weights {
		v.RealServers = append(v.RealServers, config.RealServer{Addr: netip.AddrFrom4([4]byte{10, 1, 0, byte(i)}), Port: 80, Weight: w})
	}
	return v
}

// What a configuration asks for has the hash of the table that it leads to while all servers are up, and no other one.
func TestAskedIsWhatComesOfIt(t *testing.T) {
	base := []int{1, 2, 0}
	for name, v := range map[string]config.VirtualServer{
		"mh-fallback": sharedBy("mh", ipvs.MaglevFallback, false, base...), "announced": sharedBy("wlc", 0, true, base...),
		"announced mh": sharedBy("mh", ipvs.MaglevPort|ipvs.MaglevFallback, true, base...),
	} {
		c := New(1)
		c.Configure(time.Unix(0, 0), Setup{VirtualServers: []config.VirtualServer{v}})
		st, _ := c.Status(IDOf(&v))
		table := c.services[IDOf(&v)].whole()
		if is, known := ipvs.Digest(table, st.Members...); !known || is != st.Asked {
			t.Errorf("%s: asked %x, is %x %v", name, st.Asked, is, known)
		}
	}
}

func TestAskedTellsConfigurationsApart(t *testing.T) {
	v := sharedBy("mh", 0, false, 1, 2, 3)
	change := func(f func(*config.VirtualServer)) *config.VirtualServer {
		c := v
		c.RealServers = slices.Clone(v.RealServers)
		f(&c)
		return &c
	}
	for name, c := range map[string]struct {
		v    *config.VirtualServer
		same bool
	}{
		"another order":      {change(func(v *config.VirtualServer) { slices.Reverse(v.RealServers) }), true},
		"one is there twice": {change(func(v *config.VirtualServer) { v.RealServers = append(v.RealServers, v.RealServers[0]) }), true},
		"a backup server": {change(func(v *config.VirtualServer) {
			v.RealServers = append(v.RealServers, config.RealServer{Addr: netip.MustParseAddr("10.1.0.9"), Port: 80, Weight: 1, Backup: true})
		}), true},
		"a quorum":          {change(func(v *config.VirtualServer) { v.Quorum = 2 }), true},
		"weight":            {change(func(v *config.VirtualServer) { v.RealServers[0].Weight = 5 }), false},
		"weight 0":          {change(func(v *config.VirtualServer) { v.RealServers[0].Weight = 0 }), false},
		"a server less":     {change(func(v *config.VirtualServer) { v.RealServers = v.RealServers[1:] }), false},
		"another scheduler": {change(func(v *config.VirtualServer) { v.Scheduler = "sh" }), false},
		"mh-port":           {change(func(v *config.VirtualServer) { v.SchedulerFlags = uint32(ipvs.MaglevPort) }), false},
	} {
		if same := asked(c.v) == asked(&v); same != c.same {
			t.Errorf("%s: the same is %v", name, same)
		}
	}
}

// Only those are compared that somebody may want alike, and a reload is seen.
func TestAskedAfterAReload(t *testing.T) {
	c := New(1)
	ask := func(v config.VirtualServer) uint64 {
		c.Configure(time.Unix(0, 0), Setup{VirtualServers: []config.VirtualServer{v}})
		st, _ := c.Status(IDOf(&v))
		return st.Asked
	}
	plain := ask(sharedBy("wlc", 0, false, 1, 1))
	hashed := ask(sharedBy("mh", 0, false, 1, 1))
	more := ask(sharedBy("mh", 0, false, 1, 1, 1))
	again := ask(sharedBy("wlc", 0, false, 1, 1))
	if plain != 0 || again != 0 || hashed == 0 || more == 0 || hashed == more {
		t.Errorf("%x, %x, %x, %x", plain, hashed, more, again)
	}
}
