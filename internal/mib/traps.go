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
	}
	return false
}

// Needs reports whether Traps can tell of an event only with an answer of the daemon that is not older than it.
func Needs(e *state.Event, want config.SNMP) bool {
	switch e.About {
	case state.AboutInstance:
		return e.To == master && (want.RFCv2 || want.RFCv3)
	case state.AboutService, state.AboutServer:
		return true
	}
	return false
}

// States as events have them.
const (
	master = "MASTER"
	up     = "up"
	down   = "down"
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
	}
	return nil
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
	return []Notification{trap(under(2, 10, 0, 1), agentx.VarBind{Name: under(2, 1, 1, 2), Value: agentx.Bytes(e.Name)},
		agentx.VarBind{Name: under(2, 1, 1, 3), Value: agentx.Int(n)}, v.routerID())}
}

func (v *view) instanceTraps(e *state.Event) (all []Notification) {
	n, is := stateNumber(e.To)
	at := slices.IndexFunc(v.cfg.Instances, func(i config.Instance) bool { return i.Name == e.Name })
	if !is || at < 0 {
		return nil
	}
	if v.want.VRRP {
		r := router{Instance: &v.cfg.Instances[at]}
		all = append(all, trap(under(2, 10, 0, 2), agentx.VarBind{Name: under(2, 3, 1, 2), Value: agentx.Bytes(e.Name)},
			agentx.VarBind{Name: under(2, 3, 1, 4), Value: agentx.Int(n)},
			agentx.VarBind{Name: under(2, 3, 1, 5), Value: either(r.first(), 2, 1)}, v.routerID()))
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
	for _, s := range v.servicesOf() {
		if s.VirtualServer.Name() == e.Name {
			all = append(all, trap(under(3, 5, 0, 2), slices.Concat(s.identity(), []agentx.VarBind{
				{Name: under(3, 3, 1, 23), Value: truth(e.To == up)},
				{Name: under(3, 3, 1, 22), Value: agentx.Gauge(s.VirtualServer.Quorum)},
			}, s.counts(), []agentx.VarBind{v.routerID()})...))
		}
	}
	return all
}

func (v *view) serverTraps(e *state.Event) (all []Notification) {
	for _, s := range v.servicesOf() {
		if s.VirtualServer.Name() != e.Of {
			continue
		}
		for i := range s.RealServers {
			r := &s.RealServers[i]
			if s.VirtualServer.ServerName(r) != e.Name {
				continue
			}
			all = append(all, trap(under(3, 5, 0, 1), slices.Concat([]agentx.VarBind{
				{Name: under(3, 4, 1, 3), Value: family(r.Addr.Is6())},
				{Name: under(3, 4, 1, 4), Value: address(r.Addr)},
				{Name: under(3, 4, 1, 5), Value: agentx.Gauge(uint32(r.Port))},
				{Name: under(3, 4, 1, 6), Value: truth(e.To == up)},
			}, s.identity(), s.counts(), []agentx.VarBind{v.routerID()})...))
		}
	}
	return all
}

// counts are how many real servers there are.
func (s *service) counts() []agentx.VarBind {
	return []agentx.VarBind{{Name: under(3, 3, 1, 21), Value: agentx.Gauge(s.up())},
		{Name: under(3, 3, 1, 20), Value: agentx.Gauge(uint32(len(s.Servers)))}}
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
