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

// Ready tells whether the role is ready, and nothing else.
func (e *Engine) Ready(ctx context.Context) (state.Report, error) {
	var r state.Report
	s, err := e.survey(ctx, func(int) func(*vrrp.Status, []routers.Address) {
		r.NotReady = nil
		return func(i *vrrp.Status, list []routers.Address) { r.NotReady = routers.NotReady(r.NotReady, i, list) }
	})
	if err != nil {
		return state.Report{}, err
	}
	r.At = s.At.UnixNano()
	return r, nil
}

// Metrics is the snapshot for those who count and measure, without one of the virtual routers: of a thousand that would
// be megabytes for each scrape.
func (e *Engine) Metrics(ctx context.Context) (state.Report, error) {
	var other *routers.Gen2brain
	s, err := e.survey(ctx, func(n int) func(*vrrp.Status, []routers.Address) {
		if e.meter == nil {
			e.meter = routers.NewMeter(n)
		}
		e.meter.Reset()
		other = routers.NewGen2brain()
		return func(i *vrrp.Status, list []routers.Address) {
			if e.meter.Router(i, list); e.opt.Gen2brain {
				other.Router(i)
			}
		}
	})
	if err != nil {
		return state.Report{}, err
	}
	r := e.meter.Report(s)
	if e.opt.Gen2brain {
		r.Tables = append(r.Tables, other.Table())
	}
	return r, nil
}

// atOnce is how many virtual routers are looked at in one turn of the loop, which takes less than a fifth of a
// millisecond: timers are met between them.
const atOnce = 64

// survey has the loop look at all virtual routers with their addresses, some at a time, and gives the rest of a
// snapshot. begin gives what takes so many; it is called again when another configuration comes into force meanwhile.
func (e *Engine) survey(ctx context.Context,
	begin func(n int) func(*vrrp.Status, []routers.Address)) (*routers.Snapshot, error) {
	var s *routers.Snapshot
	var of *config.Config
	var present map[vip]bool
	var list []routers.Address
	var take func(*vrrp.Status, []routers.Address)
	next := 0
	for more := true; more; {
		if err := e.call(ctx, func() {
			l := &e.loop
			if next == 0 || l.cfg != of {
				take, next = begin(len(l.routers.all)), 0
				of, present, s = l.cfg, l.present(), l.frame(time.Now())
			}
			next, more = l.core.Some(next, atOnce, func(i *vrrp.Status) {
				list = l.addressesOf(l.routers.get(i.Router), present, list[:0])
				take(i, list)
			})
		}); err != nil {
			return nil, err
		}
	}
	return s, nil
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
	s := l.frame(now)
	s.Instances, s.Addresses = l.core.Status(), l.virtualAddresses()
	return s
}

// frame is a snapshot without virtual routers.
func (l *loop) frame(now time.Time) *routers.Snapshot {
	s := &routers.Snapshot{
		At:              now,
		Global:          l.cfg.Global,
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

// virtualAddresses are those of all instances, and whether the host has them.
func (l *loop) virtualAddresses() map[vrrp.ID][]routers.Address {
	present := l.present()
	all := make(map[vrrp.ID][]routers.Address, len(l.routers.all))
	for _, r := range l.routers.all {
		all[r.id] = l.addressesOf(r, present, make([]routers.Address, 0, len(r.addresses)))
	}
	return all
}

// present are the virtual addresses that the host has. Each interface is gone through once: it may have thousands.
func (l *loop) present() map[vip]bool {
	present := make(map[vip]bool, len(l.host.vips))
	for index, list := range l.host.addrs {
		dev := l.host.links[index].Name
		for _, a := range list {
			if v := (vip{dev, a.Prefix}); l.host.vips[v] && passed(a) {
				present[v] = true
			}
		}
	}
	return present
}

// addressesOf appends those of a router.
func (l *loop) addressesOf(r *router, present map[vip]bool, list []routers.Address) []routers.Address {
	for _, a := range r.addresses {
		v := vipOf(a.Wanted)
		_, wanted := l.addrs.wantedKeys[v]
		list = append(list, routers.Address{Prefix: a.Prefix, Dev: a.Dev, Excluded: a.excluded, Wanted: wanted,
			Present: present[v], Hosts: l.addrs.theirs[v]})
	}
	return list
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
