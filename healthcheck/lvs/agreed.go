package lvs

import (
	"holdfast/config"
	"holdfast/ipvs"
)

// Agreed reports whether directors that share a virtual server are to have one table of it: one of mh whose order is
// kept, or one that is announced.
func Agreed(v *config.VirtualServer) bool { return ordered(v) || v.Announce != nil }

// compared reports whether directors are compared by what their configurations ask for: those of Agreed, and all of mh,
// also where the order of the kernel is that of what has happened and tables differ without anybody's fault.
func compared(v *config.VirtualServer) bool { return Agreed(v) || v.Scheduler == ipvs.Maglev }

// asked is the hash (ipvs.Digest) of the table that a virtual server asks for while all its real servers are up.
func asked(v *config.VirtualServer) uint64 {
	id := serviceID(v)
	last := map[ipvs.DestID]int32{}
	want := ipvs.Service{Settings: serviceSettings(v, id.Family),
		Dests: make(map[ipvs.DestID]ipvs.DestSettings, len(v.RealServers)), History: &ipvs.History{Last: last}}
	for n := range v.RealServers {
		r := &v.RealServers[n]
		if _, twice := want.Dests[destID(r)]; twice || r.Backup {
			continue
		}
		weight := clampWeight(int64(r.Weight))
		want.Dests[destID(r)] = ipvs.DestSettings{Weight: weight}
		if weight == 0 {
			last[destID(r)] = 0
		}
	}
	digest, _ := ipvs.Digest(ipvs.Table{id.Canonical(): want}, id)
	return digest
}

// hash is that of what the configuration asks for, 0 where nobody compares it. It is made when it is first wanted.
func (v *virtual) hash() uint64 {
	if v.asked == 0 && compared(v.cfg) {
		v.asked = asked(v.cfg)
	}
	return v.asked
}
