package lvs

import (
	"maps"

	"holdfast/config"
	"holdfast/ipvs"
)

// KeepsSlots reports whether a server that is down stays in the table of a service with weight
// 0, also without inhibit_on_failure: the scheduler mh with mh-fallback, which sends its clients
// to the others and leaves all other clients where they are.
// Without mh-fallback they would get no answer as long as it is down, so there it goes as
// everywhere, which moves a few of the other clients.
func KeepsSlots(v *config.VirtualServer) bool {
	return v.Scheduler == ipvs.Maglev && ipvs.Flags(v.SchedulerFlags)&ipvs.MaglevFallback != 0
}

// ordered reports whether the slots of a service are to be those of one that was made anew, so
// that two directors agree whatever each has been through. That takes servers out for a moment when
// another comes before them. Without mh-fallback it would at every return of a server, so there it
// has to be asked for.
func ordered(v *config.VirtualServer) bool {
	return KeepsSlots(v) || v.SharedClients && v.Scheduler == ipvs.Maglev
}

// stays reports whether the server is in the table, with weight 0, when it gets no clients.
// When the sorry server stands in it must get all of them: no other may have slots then.
// The same goes for backup servers.
func (s *server) stays(uses pool) bool {
	return s.drained() || s.cfg.InhibitOnFailure || KeepsSlots(s.service.cfg) && s.in(uses)
}

// history says which slots are to be kept by those who have weight 0 in a service: those of the
// configured weight, or of what its checkers made of it. One with the weight 0 by
// configuration has none, nor has the sorry server when it is not needed, nor have the others when it is.
func (v *virtual) history(m member, dests map[ipvs.DestID]ipvs.DestSettings) *ipvs.History {
	if !ordered(v.cfg) {
		return nil
	}
	last := map[ipvs.DestID]int32{}
	for id, d := range dests {
		if d.Weight == 0 {
			last[id] = 0
		}
	}
	uses := v.uses()
	for _, s := range v.servers {
		id := m.dest(s.cfg)
		if _, out := last[id]; !out || !s.in(uses) {
			continue
		}
		if last[id] = clampWeight(s.sum()); last[id] == 0 {
			last[id] = clampWeight(int64(s.cfg.Weight))
		}
	}
	return &ipvs.History{Last: last}
}

func sameHistory(a, b *ipvs.History) bool {
	if a == nil || b == nil {
		return a == b
	}
	return maps.Equal(a.Last, b.Last)
}

// Members are the services in the kernel of one virtual server.
func (c *Core) Members(id ID) []ipvs.ServiceID {
	v := c.services[id]
	if v == nil {
		return nil
	}
	out := make([]ipvs.ServiceID, len(v.members))
	for i, m := range v.members {
		out[i] = m.id
	}
	return out
}

// Scheduler is that of a virtual server, "" when there is none.
func (c *Core) Scheduler(id ID) string {
	if v := c.services[id]; v != nil {
		return v.cfg.Scheduler
	}
	return ""
}
