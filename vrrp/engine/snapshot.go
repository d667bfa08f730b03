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
	err := e.survey(ctx, &surveyor{}, func(*loop) func(*vrrp.Status, []routers.Address) {
		r.NotReady, r.At = nil, time.Now().UnixNano()
		return func(i *vrrp.Status, list []routers.Address) { r.NotReady = routers.NotReady(r.NotReady, i, list) }
	})
	if err != nil {
		return state.Report{}, err
	}
	return r, nil
}

// Metrics is the snapshot for those who count and measure, without one of the virtual routers: of a thousand that would
// be megabytes for each scrape.
func (e *Engine) Metrics(ctx context.Context) (state.Report, error) {
	var other *routers.Gen2brain
	var s *routers.Snapshot
	err := e.survey(ctx, &e.surveyor, func(l *loop) func(*vrrp.Status, []routers.Address) {
		if e.meter == nil {
			e.meter = routers.NewMeter(len(l.routers.all))
		}
		e.meter.Reset()
		other, s = routers.NewGen2brain(), l.figures(time.Now())
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
const atOnce = 128

// A surveyor is room that surveys need, one at a time.
type surveyor struct {
	present map[vip]bool
	list    []routers.Address
}

// survey has the loop look at all virtual routers with their addresses, some at a time. begin, which is called by the
// loop, gives what takes them; it is called again when another configuration comes into force meanwhile.
func (e *Engine) survey(ctx context.Context, v *surveyor,
	begin func(*loop) func(*vrrp.Status, []routers.Address)) error {
	var of *config.Config
	var take func(*vrrp.Status, []routers.Address)
	next := 0
	for more := true; more; {
		if err := e.call(ctx, func() {
			l := &e.loop
			if next == 0 || l.cfg != of {
				take, next, of = begin(l), 0, l.cfg
				v.present = l.present(v.present)
			}
			next, more = l.core.Some(next, atOnce, func(i *vrrp.Status) {
				v.list = l.addressesOf(l.routers.get(i.Router), v.present, v.list[:0])
				take(i, v.list)
			})
		}); err != nil {
			return err
		}
	}
	return nil
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

// figures are what of a snapshot is counted and measured besides virtual routers; ports are without those.
func (l *loop) figures(now time.Time) *routers.Snapshot {
	s := &routers.Snapshot{
		At:      now,
		Groups:  l.cfg.Groups,
		Scripts: l.cfg.Scripts,
		Runs:    described[track.Run](l, config.TrackedScript),
		Tracked: l.core.TrackedValues(),
		Repairs: l.repairs(),
	}
	if l.arp != nil {
		s.Announced = l.arp.Sent()
	}
	s.Ports = l.eachPort(nil)
	return s
}

// frame is a snapshot without virtual routers.
func (l *loop) frame(now time.Time) *routers.Snapshot {
	s := l.figures(now)
	s.Global = l.cfg.Global
	s.GARPGroups = l.cfg.GARPGroups
	s.StaticAddresses, s.StaticRoutes, s.StaticRules = l.staticAddresses(), l.cfg.StaticRoutes, l.cfg.StaticRules
	s.TrackGroups = l.cfg.TrackGroups
	s.Files, s.Processes, s.Sessions = l.cfg.TrackFiles, l.cfg.TrackProcesses, l.cfg.BFDs
	s.Running = described[track.Count](l, config.TrackedProcess)
	s.Ports, s.Filter = l.portList(), l.filterState()
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
	present := l.present(nil)
	all := make(map[vrrp.ID][]routers.Address, len(l.routers.all))
	for _, r := range l.routers.all {
		all[r.id] = l.addressesOf(r, present, make([]routers.Address, 0, len(r.addresses)))
	}
	return all
}

// present are the virtual addresses that the host has, in a map that may have others. Each interface is gone through
// once: it may have thousands.
func (l *loop) present(present map[vip]bool) map[vip]bool {
	if present == nil {
		present = make(map[vip]bool, len(l.host.vips))
	}
	clear(present)
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
	return l.eachPort(func(p *routers.Port, r *router) {
		p.Routers = append(p.Routers, routers.Router{Name: r.name(), VRID: r.cfg.VRID})
	})
}

// eachPort describes the ports in the order in which virtual routers need them; needs is called for each of these, nil
// for none.
func (l *loop) eachPort(needs func(*routers.Port, *router)) (list []routers.Port) {
	at := make(map[portKey]int, len(l.ports.want))
	for _, r := range l.routers.all {
		k := r.port
		if _, listed := at[k]; !listed {
			at[k] = len(list)
			list = append(list, l.port(k))
		}
		if needs != nil {
			needs(&list[at[k]], r)
		}
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
