package engine

import (
	"context"
	"net"
	"time"

	"holdfast/config"
	"holdfast/internal/report/routers"
	"holdfast/internal/state"
	"holdfast/vrrp"
)

// Objects are what SNMP shows; the loop only makes the picture.
func (e *Engine) Objects(ctx context.Context) (state.Report, error) {
	var o routers.Picture
	if err := e.call(ctx, func() {
		s := e.loop.snapshot(time.Now())
		o = routers.Picture{Snapshot: s, Routes: e.setBy("route"), Rules: e.setBy("rule"), MACs: e.hardware(),
			Indexes: e.indexes(s)}
	}); err != nil {
		return state.Report{}, err
	}
	return routers.Objects(&o), nil
}

// setBy tells of the things of a kind whether they are on the host: of each router in the order of its configuration,
// and of the host under the zero ID.
func (l *loop) setBy(kind string) map[vrrp.ID][]bool {
	all := map[vrrp.ID][]bool{}
	for _, k := range l.keepers {
		if k.name() != kind {
			continue
		}
		all[theHost] = k.set(theHost)
		for _, r := range l.routers.all {
			if set := k.set(r.id); set != nil {
				all[r.id] = set
			}
		}
	}
	return all
}

// hardware are the addresses at which the routers are reached: those of the interfaces that they live on.
func (l *loop) hardware() map[vrrp.ID]net.HardwareAddr {
	all := make(map[vrrp.ID]net.HardwareAddr, len(l.routers.all))
	for _, r := range l.routers.all {
		name := r.own
		if name == "" {
			name = r.base
		}
		if of, ok := l.host.link(name); ok {
			all[r.id] = net.HardwareAddr(of.Hardware)
		}
	}
	return all
}

// indexes are those of the interfaces that anything shown is on.
func (l *loop) indexes(s *routers.Snapshot) map[string]int {
	all := map[string]int{}
	note := func(name string) {
		if of, ok := l.host.link(name); ok {
			all[name] = of.Index
		}
	}
	routes := func(list []config.Route) {
		for _, r := range list {
			note(r.Dev)
			for _, h := range r.NextHops {
				note(h.Dev)
			}
		}
	}
	for _, r := range l.routers.all {
		note(r.base)
		note(r.own)
		routes(r.cfg.Routes)
		for _, a := range s.Addresses[r.id] {
			note(a.Dev)
		}
	}
	routes(l.cfg.StaticRoutes)
	for _, a := range s.StaticAddresses {
		note(a.Dev)
	}
	return all
}
