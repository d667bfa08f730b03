package engine

import (
	"context"
	"slices"
	"time"

	"holdfast/config"
	"holdfast/internal/netif"
	"holdfast/internal/report/routers"
	"holdfast/internal/state"
	"holdfast/internal/track"
	"holdfast/vrrp"
)

// State is the snapshot for those who ask the daemon; the loop only makes the picture.
func (e *Engine) State(ctx context.Context) (state.Report, error) {
	s, err := e.Snapshot(ctx)
	if err != nil {
		return state.Report{}, err
	}
	return routers.State(s)
}

// Metrics is the same for those who count and measure.
func (e *Engine) Metrics(ctx context.Context) (state.Report, error) {
	s, err := e.Snapshot(ctx)
	if err != nil {
		return state.Report{}, err
	}
	r := routers.Metrics(s)
	if e.opt.Gen2brain {
		r.Tables = append(r.Tables, routers.Gen2brain(s))
	}
	return r, nil
}

// Snapshot is made by the loop when somebody asks: few do, and what changes in between is
// not described for nobody.
func (e *Engine) Snapshot(ctx context.Context) (*routers.Snapshot, error) {
	var s *routers.Snapshot
	if err := e.call(ctx, func() {
		s = e.loop.snapshot(time.Now())
		s.Unwritten = e.opt.State.Problem()
	}); err != nil {
		return nil, err
	}
	return s, nil
}

func (l *loop) snapshot(now time.Time) *routers.Snapshot {
	s := &routers.Snapshot{
		At:              now,
		Global:          l.cfg.Global,
		Instances:       l.core.Status(),
		Groups:          l.cfg.Groups,
		GARPGroups:      l.cfg.GARPGroups,
		StaticAddresses: l.staticAddresses(),
		StaticRoutes:    l.cfg.StaticRoutes,
		StaticRules:     l.cfg.StaticRules,
		TrackGroups:     l.cfg.TrackGroups,
		Scripts:         l.cfg.Scripts,
		Files:           l.cfg.TrackFiles,
		Processes:       l.cfg.TrackProcesses,
		Sessions:        l.cfg.BFDs,
		Runs:            described[track.Run](l, config.TrackedScript),
		Running:         described[track.Count](l, config.TrackedProcess),
		Tracked:         l.core.TrackedValues(),
		Addresses:       l.virtualAddresses(),
		Ports:           l.portList(),
		Filter:          l.filterState(),
	}
	if l.arp != nil {
		s.Announced = l.arp.Sent()
	}
	s.Repairs = l.repairs()
	if l.gate.on {
		s.Global.NFTables.Table = l.gate.settings.Table // also where none is configured
	}
	l.following.show(&s.Global.SyncDaemon)
	for name, known := range l.reported {
		if of, ok := l.host.link(name); ok {
			beliefs := l.host.beliefs
			link := routers.Link{Link: of, Known: known, Delays: beliefs.Delays(name), Waiting: beliefs.Waiting(name)}
			if beliefs.Polled(name) {
				link.Beat = l.methods[name]
			}
			s.Links = append(s.Links, link)
		}
	}
	slices.SortFunc(s.Links, func(a, b routers.Link) int { return a.Index - b.Index })
	return s
}

// virtualAddresses are those of all instances, and whether the host has them. Each interface is gone through once: it
// may have thousands.
func (l *loop) virtualAddresses() map[vrrp.ID][]routers.Address {
	present := map[vip]bool{}
	for index, list := range l.host.addrs {
		dev := l.host.links[index].Name
		for _, a := range list {
			if v := (vip{dev, a.Prefix}); l.host.vips[v] && passed(a) {
				present[v] = true
			}
		}
	}
	all := make(map[vrrp.ID][]routers.Address, len(l.routers.all))
	for _, r := range l.routers.all {
		list := make([]routers.Address, len(r.addresses))
		for n, a := range r.addresses {
			v := vipOf(a.Wanted)
			_, wanted := l.addrs.wantedKeys[v]
			list[n] = routers.Address{Prefix: a.Prefix, Dev: a.Dev, Excluded: a.excluded, Wanted: wanted,
				Present: present[v], Hosts: l.addrs.theirs[v]}
		}
		all[r.id] = list
	}
	return all
}

// repairs are what was put back, by its kind.
func (l *loop) repairs() []routers.Repair {
	list := []routers.Repair{{Object: "virtual address", Count: l.addrs.throttle.total}}
	for _, k := range l.keepers {
		list = append(list, k.repairs())
	}
	return append(list, routers.Repair{Object: "packet filter", Count: l.gate.restored})
}

// staticAddresses are those of the configuration, and whether the host has them.
func (l *loop) staticAddresses() (list []routers.StaticAddress) {
	for _, a := range l.cfg.StaticAddresses {
		on, _ := l.host.link(a.Dev)
		has := slices.ContainsFunc(l.host.addrs[on.Index], func(b netif.Address) bool { return b.Prefix == a.Prefix })
		list = append(list, routers.StaticAddress{Address: a, Present: has})
	}
	return list
}

// portList describes the ports in the order in which virtual routers need them, each with these.
func (l *loop) portList() (list []routers.Port) {
	at := make(map[portKey]int, len(l.ports.want))
	for _, r := range l.routers.all {
		k := r.port
		if _, listed := at[k]; !listed {
			at[k] = len(list)
			list = append(list, l.port(k))
		}
		p := &list[at[k]]
		p.Routers = append(p.Routers, routers.Router{Name: r.name(), VRID: r.cfg.VRID})
	}
	return list
}

func (l *loop) port(k portKey) routers.Port {
	p := routers.Port{Interface: k.dev, Family: k.family, Protocol: k.protocol, Multicast: k.group.IsValid()}
	of := l.ports.all[k]
	if of == nil {
		return p
	}
	switch s := of.socket.(type) {
	case *rawSocket:
		p.Open, p.In, p.Out = true, s.rx, s.tx
	case *frameSocket:
		p.Open, p.In, p.Out = true, s.packet, s.packet
	}
	if of.err != nil {
		p.Problem = of.err.Error()
	}
	return p
}

// A describer is a source that knows more of its objects than their values.
type describer[T any] interface {
	Describe() map[track.ID]T
}

// described is what the source of a kind knows of its objects, by their names.
func described[T any](l *loop, kind config.TrackKind) map[string]T {
	all := map[string]T{}
	if s, ok := l.sources[kind].(describer[T]); ok {
		for id, what := range s.Describe() {
			if name, watched := l.watched[id]; watched {
				all[name] = what
			}
		}
	}
	return all
}
