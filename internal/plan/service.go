package plan

import (
	"fmt"
	"net/netip"

	"holdfast/config"
	"holdfast/config/slots"
	"holdfast/internal/state"
)

// serviceKey tells virtual servers apart: a firewall mark has a family that its name does not tell.
type serviceKey struct {
	name string
	ipv6 bool
}

// services says what becomes of virtual servers.
func (w *writer) services() {
	before := map[serviceKey]*config.VirtualServer{}
	for i := range w.old.VirtualServers {
		v := &w.old.VirtualServers[i]
		before[serviceKey{v.Name(), v.IPv6}] = v
	}
	connections := w.connections()
	for i := range w.next.VirtualServers {
		is := &w.next.VirtualServers[i]
		key := serviceKey{is.Name(), is.IPv6}
		was := before[key]
		delete(before, key)
		switch {
		case was == nil:
			w.service(state.Added, nil, is, connections)
		case !config.Equal(*was, *is):
			w.service(state.Changed, was, is, connections)
		}
	}
	for i := range w.old.VirtualServers {
		was := &w.old.VirtualServers[i]
		key := serviceKey{was.Name(), was.IPv6}
		if before[key] == was {
			w.service(state.Removed, was, nil, connections)
		}
	}
}

func (w *writer) service(kind string, was, is *config.VirtualServer, connections map[string]*int64) {
	s := state.PlannedService{Kind: kind, Servers: []state.PlannedServer{}}
	if is != nil {
		s.Name = is.Name()
	} else {
		s.Name = was.Name()
	}
	s.Servers = append(s.Servers, servers(s.Name, was, is, connections)...)
	if was != nil && is != nil {
		if share, hashed := slots.Moved(was, is); hashed {
			s.Moved = &share
		}
	}
	w.plan.Services = append(w.plan.Services, s)
}

// A place is where a real server listens.
type place struct {
	addr netip.Addr
	port uint16
}

// servers are the real servers of a virtual server that are not as they were; was or is is nil for one that comes or
// goes.
func servers(service string, was, is *config.VirtualServer, connections map[string]*int64) []state.PlannedServer {
	var all []state.PlannedServer
	before := map[place]*config.RealServer{}
	if was != nil {
		for i := range was.RealServers {
			r := &was.RealServers[i]
			before[place{r.Addr, r.Port}] = r
		}
	}
	if is != nil {
		for i := range is.RealServers {
			r := &is.RealServers[i]
			old := before[place{r.Addr, r.Port}]
			delete(before, place{r.Addr, r.Port})
			p := state.PlannedServer{Name: r.Name(is.Protocol), Kind: state.Added, Weight: r.Weight}
			if old != nil {
				p.Kind, p.Was, p.Connections = state.Changed, old.Weight, connections[connected(service, r.Addr, r.Port)]
			}
			if old == nil || !config.Equal(*old, *r) {
				all = append(all, p)
			}
		}
	}
	if was != nil {
		for i := range was.RealServers {
			r := &was.RealServers[i]
			if before[place{r.Addr, r.Port}] == r {
				all = append(all, state.PlannedServer{Name: r.Name(was.Protocol), Kind: state.Removed, Was: r.Weight,
					Connections: connections[connected(service, r.Addr, r.Port)]})
			}
		}
	}
	return all
}

// connections are those of the real servers that run.
func (w *writer) connections() map[string]*int64 {
	all := make(map[string]*int64, len(w.now.Servers))
	for i := range w.now.Servers {
		s := &w.now.Servers[i]
		all[connected(s.Service, s.Address, s.Port)] = s.Connections
	}
	return all
}

func connected(service string, addr netip.Addr, port uint16) string {
	return fmt.Sprint(service, " ", addr, " ", port)
}
