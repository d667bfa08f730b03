package rehearsal

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/ipvs"
)

// A Service is how a virtual server answered its clients. They come to the director that has its address, or to all
// that run if it is no virtual address.
type Service struct {
	Name       string
	Unanswered time.Duration // nobody was answered
	Partly     time.Duration // some were: others were sent to servers that are off
	Servers    []string      // who answers at the end
	Well       bool          // everybody is answered at the end
	// Notable is set when there was more to it than that its address was nobody's.
	Notable bool
}

// A service is a virtual server as clients see it.
type service struct {
	Service
	on     map[*host]lvs.ID
	router *served // that has its address, nil if none has
	found  found
	since  time.Time // it is so
}

// found is what clients find.
type found struct {
	directors, dead int // that they come to, and servers that they are sent to and that are off
	servers         []string
}

func (f found) String() string {
	switch n := len(f.servers); {
	case f.directors == 0:
		return ""
	case n == 0 && f.dead == 0:
		return "nobody serves"
	case n == 0:
		return "none of the servers in the table answers"
	case f.dead > 0:
		return fmt.Sprintf("%d of %d servers answer", n, n+f.dead)
	case n > 3:
		return fmt.Sprintf("%d servers answer", n)
	}
	return listed(f.servers)
}

func (f found) bad() Bad {
	switch {
	case len(f.servers) == 0:
		return Nobody
	case f.dead > 0:
		return Partly
	}
	return Fine
}

func listed(names []string) string {
	if len(names) == 1 {
		return names[0] + " answers"
	}
	n := len(names) - 1
	return strings.Join(names[:n], ", ") + " and " + names[n] + " answer"
}

// finds puts virtual servers of directors together that are the same.
func (s *stage) finds() {
	for _, h := range s.hosts {
		for i := range h.cfg.VirtualServers {
			v := &h.cfg.VirtualServers[i]
			id := lvs.IDOf(v)
			sv := s.serviceOf(id)
			if sv == nil {
				sv = &service{on: map[*host]lvs.ID{}, since: s.now, router: s.routerOf(v, h)}
				s.services = append(s.services, sv)
				if sv.router != nil {
					sv.router.services = append(sv.router.services, sv)
				}
			}
			sv.on[h], h.services[id] = id, sv
		}
	}
}

func (s *stage) serviceOf(id lvs.ID) *service {
	for _, h := range s.hosts {
		if sv := h.services[id]; sv != nil {
			return sv
		}
	}
	return nil
}

// routerOf is the virtual router that has the address of a virtual server, or the first one of its group.
func (s *stage) routerOf(v *config.VirtualServer, h *host) *served {
	addr := v.Addr
	for _, g := range h.cfg.ServerGroups {
		if v.Group != "" && g.Name == v.Group {
			for _, e := range v.EntriesOf(&g) {
				if !addr.IsValid() {
					addr = e.First
				}
			}
		}
	}
	for i := range h.cfg.Instances {
		in := &h.cfg.Instances[i]
		for a := range in.Addresses() {
			if a.Prefix.Addr() == addr {
				return h.routers[in.Name]
			}
		}
	}
	return nil
}

// ask looks at virtual servers whose clients may find something else than before, when all that happens in a moment has
// happened.
func (s *stage) ask() {
	all := s.unasked
	s.unasked = nil
	for _, sv := range all {
		s.askOne(sv)
	}
}

func (s *stage) askOne(sv *service) {
	was, now := sv.found, s.found(sv)
	if now.String() == was.String() {
		sv.found = now
		return
	}
	lasted := s.settleService(sv)
	sv.found = now
	s.becomes(sv.Name, "", now.String(), now.bad())
	// That an address is nobody's, and whose it is then, its router tells.
	if was.directors == 0 || now.directors == 0 {
		return
	}
	sv.Notable = true
	what := "clients: " + now.String()
	if now.bad() < was.bad() {
		what += ", after " + text(lasted)
	}
	s.tell(nil, sv.Name, what)
}

// found looks at the tables that clients of a virtual server come to.
func (s *stage) found(sv *service) found {
	var f found
	alive, dead := map[string]bool{}, map[netip.AddrPort]bool{}
	for _, h := range s.hosts {
		id, has := sv.on[h]
		if !has || h.checked == nil {
			continue
		}
		var last netip.AddrPort // the sorry server
		if st, _, ok := h.checked.core.Brief(id); ok {
			sv.Name = st.Name
			if rs := st.Config.Sorry; rs != nil {
				last = netip.AddrPortFrom(rs.Addr, rs.Port)
			}
		}
		if h.cut || sv.router != nil && !h.serves(sv.router) {
			continue
		}
		f.directors++
		for to := range destinations(h.checked.table[id]) {
			switch at := netip.AddrPortFrom(to.Addr, to.Port); {
			case s.dead(to.Addr, to.Port):
				dead[at] = true
			case at == last:
				alive["sorry server "+at.String()] = true
			default:
				alive[at.String()] = true
			}
		}
	}
	f.dead, f.servers = len(dead), slices.Sorted(maps.Keys(alive))
	return f
}

// destinations are those that new clients are sent to. The services of a group have the same ones but for ports.
func destinations(t ipvs.Table) map[ipvs.DestID]bool {
	all := map[ipvs.DestID]bool{}
	for _, v := range t {
		for to, d := range v.Dests {
			if d.Weight > 0 {
				all[to] = true
			}
		}
	}
	return all
}

// settleService adds the time since the last change to the account of a virtual server.
func (s *stage) settleService(sv *service) time.Duration {
	lasted := s.now.Sub(sv.since)
	switch sv.found.bad() {
	case Nobody:
		sv.Unanswered += lasted
	case Partly:
		sv.Partly += lasted
	}
	sv.since = s.now
	return lasted
}

// sentence is how a virtual server answered.
func (v Service) sentence(r Result) string {
	end := "nobody answers"
	switch n := len(v.Servers); {
	case n > 1:
		end = fmt.Sprintf("%d servers answer", n)
	case n == 1:
		end = listed(v.Servers)
	}
	return fmt.Sprintf("in %s no client was answered for %s, and some were not for another %s; at the end %s",
		text(r.For), text(v.Unanswered), text(v.Partly), end)
}
