// Package slots says how a virtual server with the scheduler mh spreads its clients when all
// its real servers are up: what a configuration alone decides. It is pure.
package slots

import (
	"cmp"
	"slices"

	"holdfast/config"
	"holdfast/ipvs"
	"holdfast/ipvs/maglev"
)

// Hashed reports whether a virtual server has the scheduler mh.
func Hashed(v *config.VirtualServer) bool { return v.Scheduler == ipvs.Maglev }

// Service is a virtual server as the kernel has it when it was made anew. Of one of a group it is like that of any
// entry, whose ports with DR and TUN change which slots are whose and not how many.
func Service(v *config.VirtualServer) maglev.Service {
	flags := ipvs.Flags(v.SchedulerFlags)
	s := maglev.Service{
		Family: ipvs.IPv4, Port: flags&ipvs.MaglevPort != 0, Fallback: flags&ipvs.MaglevFallback != 0,
	}
	if v.IPv6 {
		s.Family = ipvs.IPv6
	}
	seen := map[ipvs.DestID]bool{}
	for _, r := range v.RealServers {
		id := ipvs.DestID{Addr: r.Addr, Port: r.Port}
		if !seen[id] && !r.Backup { // one that is there twice counts once
			seen[id] = true
			s.Servers = append(s.Servers, maglev.Server{ID: id, Weight: int32(r.Weight), Out: r.Weight == 0})
		}
	}
	slices.SortFunc(s.Servers, func(a, b maglev.Server) int {
		return cmp.Or(a.ID.Addr.Compare(b.ID.Addr), cmp.Compare(a.ID.Port, b.ID.Port))
	})
	return s
}

// Moved is the share of new flows, 0 to 1, that get another server after a reload from old to
// new, when all servers are up; false if one of them has another scheduler.
func Moved(old, new *config.VirtualServer) (float64, bool) {
	if !Hashed(old) || !Hashed(new) {
		return 0, false
	}
	return maglev.Moved(maglev.New(Service(old), maglev.Slots), maglev.New(Service(new), maglev.Slots)), true
}
