package mib

import (
	"slices"

	"holdfast/config"
	"holdfast/internal/agentx"
)

// vrrp are the tables of virtual routers and what belongs to them, in the order of their numbers.
func (v *view) vrrp() Tree {
	return slices.Concat(Tree{v.groups(), v.members(), v.instances()}, v.tracks(),
		Tree{v.addresses(), v.routes(), v.rules()}, v.objects(), Tree{v.nextHops()}, v.moreTracks())
}

func (v *view) instances() part {
	type c = column[router]
	return &table[router]{entry: under(2, 3, 1), rows: v.routers, writers: instanceWriters(),
		index: func(r *router) agentx.OID { return agentx.OID{r.n} },
		columns: slices.Concat([]column[router]{
			{2, func(r *router) agentx.Value { return agentx.Bytes(r.Instance.Name) }},
			{3, func(r *router) agentx.Value { return agentx.Gauge(uint32(r.VRID)) }},
			{4, func(r *router) agentx.Value { return agentx.Int(int(r.State)) }},
			{5, func(r *router) agentx.Value { return either(r.first(), 2, 1) }},
			{6, func(r *router) agentx.Value { return agentx.Int(int(r.Wanted)) }},
			{7, func(r *router) agentx.Value { return agentx.Int(int(r.RouterObjects.Priority)) }},
			{8, func(r *router) agentx.Value { return agentx.Int(int(r.Effective)) }},
			{9, func(r *router) agentx.Value { return truth(r.VIPsSet) }},
			{10, func(r *router) agentx.Value { return agentx.Bytes(r.RouterObjects.Interface) }},
			// What keepalived says here is whether any interface is tracked by words.
			{11, func(r *router) agentx.Value { return truth(len(r.Tracks.Of(config.TrackedInterface)) > 0) }},
			{12, func(r *router) agentx.Value { return agentx.Gauge(r.interval()) }},
			{13, func(r *router) agentx.Value { return truth(r.Preempt) }},
			{14, func(r *router) agentx.Value { return agentx.Gauge(uint32(r.PreemptDelay.Seconds())) }},
			{15, func(r *router) agentx.Value { return agentx.Int(int(r.Auth)) }},
			{16, func(r *router) agentx.Value { return truth(v.syncs(r)) }},
			{17, func(r *router) agentx.Value {
				return unless(!v.syncs(r), agentx.Bytes(v.cfg.Global.SyncDaemon.Interface))
			}},
			{18, func(r *router) agentx.Value { return text(r.group) }},
			{19, func(r *router) agentx.Value { return agentx.Gauge(uint32(r.GARPDelay.Seconds())) }},
			{20, func(r *router) agentx.Value { return truth(r.Notify.SMTPAlert) }},
			{21, func(r *router) agentx.Value { return truth(runs(&r.Notify)) }},
		}, scripts(), []c{
			// Only version 3 has it.
			{27, func(r *router) agentx.Value { return either(r.Version == 2, 0, truth(r.Accept).Int()) }},
			{28, func(r *router) agentx.Value { return truth(r.PromoteSecondaries) }},
			{29, func(*router) agentx.Value { return truth(false) }},
			{30, func(r *router) agentx.Value { return agentx.Int(r.Version) }},
			{31, func(r *router) agentx.Value { return command(r.Notify.MasterRxLowerPri) }},
			{32, func(r *router) agentx.Value { return command(r.Notify.Deleted) }},
			{33, func(r *router) agentx.Value { return truth(r.Notify.DeletedSet) }},
			{34, func(r *router) agentx.Value { return unless(len(r.UnicastPeers) > 0, family(r.IPv6)) }},
			{35, func(r *router) agentx.Value { return unless(len(r.UnicastPeers) > 0, address(r.MulticastGroup)) }},
		})}
}

// scripts are the programs of an instance that have a column.
func scripts() []column[router] {
	return []column[router]{
		{22, func(r *router) agentx.Value { return command(r.Notify.Master) }},
		{23, func(r *router) agentx.Value { return command(r.Notify.Backup) }},
		{24, func(r *router) agentx.Value { return command(r.Notify.Fault) }},
		{25, func(r *router) agentx.Value { return command(r.Notify.Stop) }},
		{26, func(r *router) agentx.Value { return command(r.Notify.Any) }},
	}
}

// first reports whether the router wants to be master from the start.
func (r *router) first() bool { return r.WantMaster || !r.StateGiven && r.Instance.Priority == 255 }

// interval is that of its adverts: of version 2 in seconds, of version 3 in hundredths.
func (r *router) interval() uint32 {
	if r.Version == 2 {
		return uint32(r.AdvertInt.Seconds())
	}
	return uint32(r.AdvertInt.Milliseconds() / 10)
}

// syncs reports whether a sync daemon follows the router.
func (v *view) syncs(r *router) bool {
	d := &v.cfg.Global.SyncDaemon
	return d.Interface != "" && d.VRRP == r.Instance.Name
}

// runs reports whether any program is run.
func runs(n *config.Notify) bool {
	return slices.ContainsFunc([]config.Command{n.Master, n.Backup, n.Fault, n.Stop, n.Any, n.Deleted, n.MasterRxLowerPri},
		config.Command.IsSet)
}

// group is a sync group with its number.
type group struct {
	n int
	*config.SyncGroup
	state uint8
}

func (v *view) groups() part {
	var rows []group
	for i := range v.cfg.Groups {
		g := &v.cfg.Groups[i]
		rows = append(rows, group{i + 1, g, v.together(g)})
	}
	return &table[group]{entry: under(2, 1, 1), rows: rows,
		index: func(g *group) agentx.OID { return numbered(g.n) },
		columns: []column[group]{
			{2, func(g *group) agentx.Value { return agentx.Bytes(g.Name) }},
			{3, func(g *group) agentx.Value { return agentx.Int(int(g.state)) }},
			{4, func(g *group) agentx.Value { return truth(g.Notify.SMTPAlert) }},
			{5, func(g *group) agentx.Value { return truth(runs(&g.Notify)) }},
			{6, func(g *group) agentx.Value { return command(g.Notify.Master) }},
			{7, func(g *group) agentx.Value { return command(g.Notify.Backup) }},
			{8, func(g *group) agentx.Value { return command(g.Notify.Fault) }},
			{9, func(g *group) agentx.Value { return command(g.Notify.Any) }},
			{10, func(g *group) agentx.Value { return truth(g.TrackingWeight) }},
			{11, func(g *group) agentx.Value { return command(g.Notify.Stop) }},
		}}
}

// together is the state of a group: that of its members, FAULT if one is in it, else the lower one while they differ.
func (v *view) together(g *config.SyncGroup) uint8 {
	const fault = 3
	state, some := uint8(0), false
	for i := range v.routers {
		r := &v.routers[i]
		switch {
		case !slices.Contains(g.Members, r.Instance.Name):
		case r.State == fault:
			return fault
		case !some || r.State < state:
			state, some = r.State, true
		}
	}
	return state
}

func (v *view) members() part {
	type member struct {
		index agentx.OID
		name  string
	}
	var rows []member
	for i := range v.cfg.Groups {
		for n, name := range v.cfg.Groups[i].Members {
			rows = append(rows, member{agentx.OID{uint32(i + 1), uint32(n + 1)}, name})
		}
	}
	return &table[member]{entry: under(2, 2, 1), rows: rows,
		index:   func(m *member) agentx.OID { return m.index },
		columns: []column[member]{{2, func(m *member) agentx.Value { return agentx.Bytes(m.name) }}}}
}
