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

// Objects are what SNMP shows. It takes no snapshot, as Metrics: the loop tells of some virtual routers at a time.
func (e *Engine) Objects(ctx context.Context) (state.Report, error) {
	var o *routers.Shown
	var s *routers.Snapshot
	err := e.survey(ctx, &surveyor{}, func(l *loop) func(*vrrp.Status, []routers.Address) {
		o, s = routers.NewShown(len(l.routers.all)), l.frame(time.Now())
		l.showHost(o)
		return func(i *vrrp.Status, list []routers.Address) { l.showRouter(o, i, list) }
	})
	if err != nil {
		return state.Report{}, err
	}
	return o.Report(s), nil
}

// showHost tells of what the host has from start to stop.
func (l *loop) showHost(o *routers.Shown) {
	o.Host = state.HostObjects{Routes: l.setBy("route", theHost), Rules: l.setBy("rule", theHost)}
	l.indexes(o, l.cfg.StaticRoutes)
	for _, a := range l.cfg.StaticAddresses {
		l.index(o, a.Dev)
	}
}

// showRouter tells of a virtual router.
func (l *loop) showRouter(o *routers.Shown, i *vrrp.Status, list []routers.Address) {
	r := l.routers.get(i.Router)
	o.Router(i, list, routers.Extras{Routes: l.setBy("route", r.id), Rules: l.setBy("rule", r.id), MAC: l.hardware(r)})
	l.index(o, r.base)
	l.index(o, r.own)
	l.indexes(o, r.cfg.Routes)
	for _, a := range list {
		l.index(o, a.Dev)
	}
}

// setBy tells of the things of a kind that a router or the host has in the configuration whether they are on the host,
// line by line.
func (l *loop) setBy(kind string, id vrrp.ID) []bool {
	for _, k := range l.keepers {
		if k.name() == kind {
			return k.set(id)
		}
	}
	return nil
}

// hardware is the address at which a router is reached: that of the interface that it lives on.
func (l *loop) hardware(r *router) net.HardwareAddr {
	name := r.own
	if name == "" {
		name = r.base
	}
	of, _ := l.host.link(name)
	return net.HardwareAddr(of.Hardware)
}

// index notes the index of an interface.
func (l *loop) index(o *routers.Shown, name string) {
	if of, ok := l.host.link(name); ok {
		o.Links[name] = of.Index
	}
}

// indexes notes those of the interfaces that routes are on.
func (l *loop) indexes(o *routers.Shown, routes []config.Route) {
	for _, r := range routes {
		l.index(o, r.Dev)
		for _, h := range r.NextHops {
			l.index(o, h.Dev)
		}
	}
}
