package advice

import (
	"math"

	"holdfast/config"
	"holdfast/config/slots"
	"holdfast/ipvs/maglev"
)

// flattened is by how much the weight of a server may be off in the table of mh before it is told of.
const flattened = 0.1

// maglev looks at a service with the scheduler mh, and at one whose clients other directors share.
func (a *adviser) maglev(v *config.VirtualServer) {
	if v.SharedClients {
		a.shared(v)
	}
	if !slots.Hashed(v) || len(v.RealServers) == 0 {
		return
	}
	s := slots.Service(v)
	if !s.Fallback {
		a.withoutFallback(v)
	}
	a.turns(v, s)
	table := maglev.New(s, maglev.Slots)
	switch without := table.WithoutSlots(); {
	case len(s.Servers) > maglev.Slots:
		a.warn(v.Pos, "mh-too-many-servers",
			"virtual_server %s: %d real servers are more than the %d slots of mh: not all of them get clients",
			v.Name(), len(s.Servers), maglev.Slots)
	case without > 0:
		a.warn(v.Pos, "mh-too-many-servers",
			"virtual_server %s: the weights add up to more than the %d slots of mh: %d of %d real servers get no clients",
			v.Name(), maglev.Slots, without, len(s.Servers))
	}
}

// turns: weights that mh does not tell apart: it halves all of them until the largest is below 64.
func (a *adviser) turns(v *config.VirtualServer, s maglev.Service) {
	turns := maglev.Turns(s.Servers, maglev.Slots)
	most, worst, off := 0, 0, 0.0
	for i := range s.Servers {
		if s.Servers[i].Weight > s.Servers[most].Weight {
			most = i
		}
	}
	for i, r := range s.Servers {
		if r.Weight == 0 {
			continue
		}
		is := float64(turns[i]) / float64(turns[most])
		if d := math.Abs(is/(float64(r.Weight)/float64(s.Servers[most].Weight)) - 1); d > off {
			worst, off = i, d
		}
	}
	if off > flattened {
		a.note(v.Pos, "mh-weights",
			"virtual_server %s: mh counts the weights %d and %d as %d and %d: it tells no more than 1 from 63", v.Name(),
			s.Servers[worst].Weight, s.Servers[most].Weight, turns[worst], turns[most])
	}
}

// withoutFallback: clients of a server with weight 0 get no answer.
func (a *adviser) withoutFallback(v *config.VirtualServer) {
	for i := range v.RealServers {
		if r := &v.RealServers[i]; r.InhibitOnFailure {
			a.warn(r.Pos, "mh-without-fallback",
				"real_server %s keeps weight 0 while it is down (inhibit_on_failure), and mh sends its clients to nobody: "+
					"write mh-fallback",
				r.Name(v.Protocol))
			return
		}
	}
	a.note(v.Pos, "mh-without-fallback",
		"virtual_server %s: without mh-fallback a real server that fails or comes back moves clients of the others", v.Name())
}

// shared: other directors have to come to the same result, and the way back must not matter.
func (a *adviser) shared(v *config.VirtualServer) {
	if !slots.Hashed(v) {
		a.warn(v.Pos, "shared-without-mh",
			"virtual_server %s has shared_clients with lb_algo %s: directors agree on servers with mh only", v.Name(),
			v.Scheduler)
	}
	for i := range v.RealServers {
		r := &v.RealServers[i]
		if r.Method == config.NAT {
			a.warn(r.Pos, "shared-nat",
				"real_server %s of a virtual_server with shared_clients: with NAT answers go through the director of the request; "+
					"use lb_kind DR or TUN", r.Name(v.Protocol))
			break
		}
	}
	for i := range v.RealServers {
		if r := &v.RealServers[i]; ownWeight(r) {
			a.note(r.Pos, "shared-own-weights",
				"real_server %s of a virtual_server with shared_clients: a checker changes its weight, and each director "+
					"goes by its own checks",
				r.Name(v.Protocol))
			break
		}
	}
	if v.Persistent {
		a.note(v.Pos, "shared-persistence",
			"virtual_server %s has shared_clients and persistence, of which other directors do not know", v.Name())
	}
	if d := a.cfg.Global.SyncDaemon; d.Interface != "" {
		a.note(d.Pos, "shared-sync-daemon",
			"lvs_sync_daemon beside virtual_server %s with shared_clients: a connection that was heard of counts more "+
				"than the slots, and net.ipv4.vs.backup_only has to be 0", v.Name())
		a.also(v.Pos, "the virtual_server")
	}
}

// ownWeight reports whether a checker may change the weight of a server that is up.
func ownWeight(r *config.RealServer) bool {
	for i := range r.Checkers {
		k := &r.Checkers[i]
		byFile := k.Kind == config.CheckFile && (k.File.Weight == nil || *k.File.Weight != 0)
		if byFile || k.Kind == config.CheckMisc && k.Misc.Dynamic {
			return true
		}
	}
	return false
}
