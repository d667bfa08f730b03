package mib

import (
	"slices"

	"holdfast/config"
	"holdfast/internal/agentx"
	"holdfast/internal/state"
)

// A Notification is the variables of a trap, the one that names it first.
type Notification []agentx.VarBind

// trap is a notification of a name.
func trap(name agentx.OID, vars ...agentx.VarBind) Notification {
	id := agentx.VarBind{Name: agentx.OID{1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0},
		Value: agentx.Value{Type: agentx.ObjectID, OID: name}}
	// A value that is not there is no variable.
	return append(Notification{id}, slices.DeleteFunc(vars, func(v agentx.VarBind) bool { return v.Value.Type == 0 })...)
}

// Tells reports whether Traps may have something to tell of an event.
func Tells(e *state.Event, want config.SNMP) bool {
	switch e.About {
	case state.AboutInstance:
		return want.VRRP || e.To == master && (want.RFCv2 || want.RFCv3)
	case state.AboutGroup:
		return want.VRRP
	case state.AboutAdvert:
		return want.RFCv2 || want.RFCv3
	case state.AboutService, state.AboutServer:
		return want.Checker && (e.To == up || e.To == down)
	case state.AboutDaemon:
		return e.To == stopping && e.Name == ""
	}
	return false
}

// Needs reports whether Traps can tell of an event only with an answer of the daemon that is not older than it.
func Needs(e *state.Event, want config.SNMP) bool {
	switch e.About {
	case state.AboutInstance:
		return e.To == master && (want.RFCv2 || want.RFCv3)
	case state.AboutService, state.AboutServer:
		return true // for what is told when the daemon stops
	}
	return false
}

// Knows reports whether an answer has what an event is about: around a reload it may be one of the other configuration.
func Knows(a *state.Answer, e *state.Event) bool {
	if a.Running == nil {
		return false
	}
	name := e.Name
	switch e.About {
	case state.AboutInstance:
		return slices.ContainsFunc(a.Running.Instances, func(i config.Instance) bool { return i.Name == name })
	case state.AboutGroup:
		return slices.ContainsFunc(a.Running.Groups, func(g config.SyncGroup) bool { return g.Name == name })
	case state.AboutServer:
		return slices.ContainsFunc(a.Running.VirtualServers, func(v config.VirtualServer) bool {
			return v.Name() == e.Of && slices.ContainsFunc(v.RealServers, func(r config.RealServer) bool {
				return v.ServerName(&r) == name
			})
		})
	case state.AboutService:
		return slices.ContainsFunc(a.Running.VirtualServers, func(v config.VirtualServer) bool { return v.Name() == name })
	}
	return true
}

// States as events have them.
const (
	master = "MASTER"
	up     = "up"
	down   = "down"
	// Of the daemon.
	stopping = "stopping"
)

// Numbers of states that no event has: of routers, and of the quorum of a virtual server.
const (
	shutdown       = 5
	quorumShutdown = 3
)

// Traps are the notifications of an event, none of most.
func Traps(e *state.Event, a *state.Answer, want config.SNMP, at Moment) []Notification {
	if !Tells(e, want) {
		return nil
	}
	v := newView(a, want, at)
	switch {
	case v == nil:
	case e.About == state.AboutInstance:
		return v.instanceTraps(e)
	case e.About == state.AboutGroup:
		return v.groupTraps(e)
	case e.About == state.AboutAdvert:
		return v.advertTraps(e)
	case e.About == state.AboutService:
		return v.quorumTraps(e)
	case e.About == state.AboutServer:
		return v.serverTraps(e)
	case e.About == state.AboutDaemon:
		return v.stopTraps()
	}
	return nil
}

// stopTraps are those of a daemon that stops.
func (v *view) stopTraps() (all []Notification) {
	if v.want.VRRP {
		for i := range v.cfg.Instances {
			all = append(all, v.instanceTrap(&v.cfg.Instances[i], shutdown))
		}
		for _, g := range v.cfg.Groups {
			all = append(all, v.groupTrap(g.Name, shutdown))
		}
	}
	if v.want.Checker {
		for _, s := range v.servicesOf() {
			all = append(all, v.ends(&s)...)
		}
	}
	return all
}

// ends is a virtual server that ends: its servers that are up go one by one.
func (v *view) ends(s *service) (all []Notification) {
	left := s.up()
	for i := range s.RealServers {
		if s.Servers[i].Up {
			left--
			all = append(all, v.serverTrap(s, &s.RealServers[i], false, left))
		}
	}
	return append(all, v.quorumTrap(s, quorumShutdown, left))
}

// stateNumber is a state as the MIB numbers it.
func stateNumber(name string) (int, bool) {
	n := slices.Index([]string{"INIT", "BACKUP", master, "FAULT"}, name)
	return n, n > 0
}

func (v *view) routerID() agentx.VarBind {
	return agentx.VarBind{Name: under(1, 2, 0), Value: text(v.cfg.Global.RouterID)}
}

func (v *view) groupTraps(e *state.Event) []Notification {
	n, is := stateNumber(e.To)
	if !is {
		return nil
	}
	return []Notification{v.groupTrap(e.Name, n)}
}

func (v *view) groupTrap(name string, n int) Notification {
	return trap(under(2, 10, 0, 1), agentx.VarBind{Name: under(2, 1, 1, 2), Value: agentx.Bytes(name)},
		agentx.VarBind{Name: under(2, 1, 1, 3), Value: agentx.Int(n)}, v.routerID())
}

func (v *view) instanceTrap(i *config.Instance, n int) Notification {
	r := router{Instance: i}
	return trap(under(2, 10, 0, 2), agentx.VarBind{Name: under(2, 3, 1, 2), Value: agentx.Bytes(i.Name)},
		agentx.VarBind{Name: under(2, 3, 1, 4), Value: agentx.Int(n)},
		agentx.VarBind{Name: under(2, 3, 1, 5), Value: either(r.first(), 2, 1)}, v.routerID())
}

func (v *view) instanceTraps(e *state.Event) (all []Notification) {
	n, is := stateNumber(e.To)
	at := slices.IndexFunc(v.cfg.Instances, func(i config.Instance) bool { return i.Name == e.Name })
	if !is || at < 0 {
		return nil
	}
	if v.want.VRRP {
		all = append(all, v.instanceTrap(&v.cfg.Instances[at], n))
	}
	if e.To == master {
		all = append(all, v.newMaster(e.Name)...)
	}
	return all
}

// newMaster are the notifications of the RFCs: nothing before the role has told of the master.
func (v *view) newMaster(name string) (all []Notification) {
	for i := range v.routers {
		r := &v.routers[i]
		if r.Instance.Name != name {
			continue
		}
		index := agentx.OID{uint32(v.links[r.Instance.Interface]), uint32(r.VRID)}
		if v.want.RFCv2 && r.Version == 2 {
			root := vrrpMIB()
			all = append(all, trap(root.With(0, 1),
				agentx.VarBind{Name: root.With(1, 3, 1, 7).With(index...), Value: ipv4(r.Source)}))
		}
		if v.want.RFCv3 {
			root := vrrpv3MIB()
			index = index.With(uint32(family(r.IPv6).Int()))
			all = append(all, trap(root.With(0, 1),
				agentx.VarBind{Name: root.With(1, 1, 1, 1, 3).With(index...), Value: given(r.Source)},
				agentx.VarBind{Name: root.With(1, 2, 5, 1, 2).With(index...), Value: agentx.Int(int(max(r.Takeover, 1)))}))
		}
	}
	return all
}

func (v *view) quorumTraps(e *state.Event) (all []Notification) {
	for i := range v.cfg.VirtualServers {
		if c := &v.cfg.VirtualServers[i]; c.Name() == e.Name {
			all = append(all, v.quorumTrap(&service{i + 1, c, nil}, truth(e.To == up).Int(), e.Up))
		}
	}
	return all
}

func (v *view) quorumTrap(s *service, quorum int, up uint32) Notification {
	return trap(under(3, 5, 0, 2), slices.Concat(s.identity(), []agentx.VarBind{
		{Name: under(3, 3, 1, 23), Value: agentx.Int(quorum)},
		{Name: under(3, 3, 1, 22), Value: agentx.Gauge(s.VirtualServer.Quorum)},
	}, s.counts(up), []agentx.VarBind{v.routerID()})...)
}

func (v *view) serverTraps(e *state.Event) (all []Notification) {
	for i := range v.cfg.VirtualServers {
		c := &v.cfg.VirtualServers[i]
		if c.Name() != e.Of {
			continue
		}
		for k := range c.RealServers {
			if r := &c.RealServers[k]; c.ServerName(r) == e.Name {
				all = append(all, v.serverTrap(&service{i + 1, c, nil}, r, e.To == up, e.Up))
			}
		}
	}
	return all
}

func (v *view) serverTrap(s *service, r *config.RealServer, on bool, up uint32) Notification {
	return trap(under(3, 5, 0, 1), slices.Concat([]agentx.VarBind{
		{Name: under(3, 4, 1, 3), Value: family(r.Addr.Is6())},
		{Name: under(3, 4, 1, 4), Value: address(r.Addr)},
		{Name: under(3, 4, 1, 5), Value: agentx.Gauge(uint32(r.Port))},
		{Name: under(3, 4, 1, 6), Value: truth(on)},
	}, s.identity(), s.counts(up), []agentx.VarBind{v.routerID()})...)
}

// counts are how many real servers are up, and how many there are.
func (s *service) counts(up uint32) []agentx.VarBind {
	return []agentx.VarBind{{Name: under(3, 3, 1, 21), Value: agentx.Gauge(up)},
		{Name: under(3, 3, 1, 20), Value: agentx.Gauge(uint32(len(s.RealServers)))}}
}

// identity is what a notification calls a virtual server by. The protocol is TCP or, of everything else, UDP: so does
// keepalived.
func (s *service) identity() []agentx.VarBind {
	kind := s.kind()
	return []agentx.VarBind{
		{Name: under(3, 3, 1, 2), Value: agentx.Int(kind)},
		{Name: under(3, 3, 1, 3), Value: unless(kind != serviceGroup, agentx.Bytes(s.Group))},
		{Name: under(3, 3, 1, 4), Value: unless(kind != serviceMark, agentx.Gauge(s.FWMark))},
		{Name: under(3, 3, 1, 5), Value: unless(kind != serviceAddress, family(s.IPv6))},
		{Name: under(3, 3, 1, 6), Value: unless(kind != serviceAddress, address(s.Addr))},
		{Name: under(3, 3, 1, 7), Value: unless(kind != serviceAddress, agentx.Gauge(uint32(s.Port)))},
		{Name: under(3, 3, 1, 8), Value: either(s.Protocol == config.TCP, 1, 2)},
	}
}
