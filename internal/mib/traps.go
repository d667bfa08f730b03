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

// Needs reports whether Traps can tell of an event only with an answer of the daemon that is not older than it.
func Needs(e *state.Event, want config.SNMP) bool {
	return e.About == state.AboutInstance && e.To == master && (want.RFCv2 || want.RFCv3) || e.About == state.AboutService
}

// master is the state of a master in an event.
const master = "MASTER"

// Traps are the notifications of an event, none of most.
func Traps(e *state.Event, a *state.Answer, want config.SNMP, at Moment) []Notification {
	v := newView(a, want, at)
	switch {
	case v == nil:
	case e.About == state.AboutInstance:
		return v.instanceTraps(e)
	case e.About == state.AboutGroup && want.VRRP:
		if n, is := stateNumber(e.To); is {
			return []Notification{trap(under(2, 10, 0, 1), agentx.VarBind{Name: under(2, 1, 1, 2), Value: agentx.Bytes(e.Name)},
				agentx.VarBind{Name: under(2, 1, 1, 3), Value: agentx.Int(n)}, v.routerID())}
		}
	case e.About == state.AboutService && want.Checker && (e.To == "up" || e.To == "down"):
		return v.quorumTraps(e)
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
		if s.VirtualServer.Name() != e.Name {
			continue
		}
		var vars []agentx.VarBind
		for _, c := range s.identity() {
			vars = append(vars, agentx.VarBind{Name: under(3, 3, 1, c.number), Value: c.value})
		}
		all = append(all, trap(under(3, 5, 0, 2), append(vars,
			agentx.VarBind{Name: under(3, 3, 1, 23), Value: truth(e.To == "up")},
			agentx.VarBind{Name: under(3, 3, 1, 22), Value: agentx.Gauge(s.VirtualServer.Quorum)},
			agentx.VarBind{Name: under(3, 3, 1, 21), Value: agentx.Gauge(s.up())},
			agentx.VarBind{Name: under(3, 3, 1, 20), Value: agentx.Gauge(uint32(len(s.Servers)))}, v.routerID())...))
	}
	return all
}

// identity is what a notification calls a virtual server by. The protocol is TCP or, of everything else, UDP: so does
// keepalived.
func (s *service) identity() []scalarValue {
	kind := s.kind()
	return []scalarValue{
		{2, agentx.Int(kind)},
		{3, unless(kind != serviceGroup, agentx.Bytes(s.Group))},
		{4, unless(kind != serviceMark, agentx.Gauge(s.FWMark))},
		{5, unless(kind != serviceAddress, family(s.IPv6))},
		{6, unless(kind != serviceAddress, address(s.Addr))},
		{7, unless(kind != serviceAddress, agentx.Gauge(uint32(s.Port)))},
		{8, either(s.Protocol == config.TCP, 1, 2)},
	}
}
