package rehearsal

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/lvs"
	"holdfast/healthcheck/reason"
	"holdfast/ipvs"
)

// A checked is the half of a host that has virtual servers: it checks real servers, and keeps a table of them.
type checked struct {
	core  *lvs.Core
	table map[lvs.ID]ipvs.Table // what is in the kernel, of each virtual server
	// servers are the real servers of checkers.
	servers map[*config.Checker]netip.AddrPort
}

// An answer is the end of an attempt of a checker that goes on.
type answer struct {
	at      time.Time
	to      *checked
	id      lvs.CheckID
	outcome attempt.Outcome
}

// A victim is a real server that is off: all of a host, or a port of it.
type victim struct {
	addr netip.Addr
	port uint16 // 0 is every port
}

// dead reports whether nothing answers at an address and a port; port 0 asks for the host.
func (s *stage) dead(addr netip.Addr, port uint16) bool {
	return s.victims[victim{addr, 0}] || port != 0 && s.victims[victim{addr, port}]
}

// serve has a host check its real servers, by the configuration that it has now.
func (s *stage) serve(h *host) {
	if h.checked == nil {
		h.checked = &checked{core: lvs.New(uint64(h.n + 1)), table: map[lvs.ID]ipvs.Table{}}
	}
	h.checked.servers = serversOf(h.cfg)
	h.checked.core.Addresses(h.own())
	setup := lvs.SetupOf(h.cfg)
	followed := setup.Followed()
	setup.Values = map[lvs.Followed]int{}
	for _, f := range followed {
		setup.Values[f] = h.value(f)
	}
	s.carryOut(h, h.checked.core.Configure(s.now, setup))
	for _, f := range followed {
		s.carryOut(h, h.checked.core.Tell(s.now, f, setup.Values[f]))
	}
}

// value is that of something that checkers follow: of a file any number but 0 is a fault, and of a session 0 is one.
func (h *host) value(f lvs.Followed) int {
	if h.failed[f.Name] == (f.Kind == config.CheckFile) {
		return 1
	}
	return 0
}

// own are the addresses that a host has: those of its interfaces, and the virtual ones while it is master.
func (h *host) own() map[netip.Addr]bool {
	all := map[netip.Addr]bool{}
	for _, addrs := range h.addrs {
		for _, a := range addrs {
			all[a] = true
		}
	}
	for i := range h.cfg.Instances {
		in := &h.cfg.Instances[i]
		for a := range in.Addresses() {
			all[a.Prefix.Addr()] = h.masters(in)
		}
	}
	return all
}

// moved tells the checkers of a host that it has other addresses than before.
func (s *stage) moved(h *host) {
	if h.checked == nil || !h.checked.core.Suspends() {
		return
	}
	s.carryOut(h, h.checked.core.Addresses(h.own()))
	for _, f := range lvs.SetupOf(h.cfg).Followed() {
		s.carryOut(h, h.checked.core.Tell(s.now, f, h.value(f)))
	}
}

// carryOut does what the checkers of a host want.
func (s *stage) carryOut(h *host, o lvs.Output) {
	for _, t := range o.Tables {
		if h.checked.table[t.Of] == nil {
			h.checked.table[t.Of] = ipvs.Table{}
		}
		delete(h.checked.table[t.Of], t.Service)
		if !t.Gone {
			h.checked.table[t.Of][t.Service] = t.Want
		}
	}
	for _, p := range o.Probe {
		s.probe(h, p)
	}
	for _, l := range o.Log {
		s.lines = append(s.lines, Line{At: s.elapsed(), Director: h.name, Router: l.Service, Text: l.Text, Log: true})
	}
	for _, c := range o.Changes {
		if c.From != "unknown" {
			s.tell(h, c.Service, cmp.Or(c.Server, "quorum")+" is "+c.To+": "+c.Reason)
		}
	}
	for _, t := range o.Tables {
		if v := h.services[t.Of]; v != nil && (len(s.unasked) == 0 || s.unasked[len(s.unasked)-1] != v) {
			s.unasked = append(s.unasked, v)
		}
	}
}

// probe makes an attempt: a server that is off, or a cable that is cut, is silence until the attempt gives up.
func (s *stage) probe(h *host, p lvs.Probe) {
	a := answer{at: s.now.Add(2 * delay), to: h.checked, id: p.ID, outcome: attempt.Outcome{Verdict: attempt.Passed}}
	addr, port := p.Checker.Connect.Addr(), p.Checker.Connect.Port()
	if !addr.IsValid() { // a script: it asks the server, whatever it does
		addr, port = h.checked.servers[p.Checker].Addr(), h.checked.servers[p.Checker].Port()
	}
	if h.cut || s.dead(addr, port) {
		limit := p.Checker.ConnectTimeout
		a.outcome = attempt.Outcome{Reason: reason.Reason{Code: reason.NoAnswer, Phase: reason.Connecting, Limit: limit}}
		if p.Checker.Kind == config.CheckMisc {
			limit = 2 * delay
			a.outcome = attempt.Outcome{Reason: reason.Reason{Code: reason.Exited, Number: 1}, Exit: attempt.Exit{Status: 1}}
		}
		a.at = s.now.Add(limit)
	}
	i, _ := slices.BinarySearchFunc(s.answers, a, func(b, a answer) int {
		if b.at.After(a.at) {
			return 1
		}
		return -1
	})
	s.answers = slices.Insert(s.answers, i, a)
}

// serversOf finds the real server of each checker.
func serversOf(c *config.Config) map[*config.Checker]netip.AddrPort {
	all := map[*config.Checker]netip.AddrPort{}
	for i := range c.VirtualServers {
		for j := range c.VirtualServers[i].RealServers {
			rs := &c.VirtualServers[i].RealServers[j]
			for k := range rs.Checkers {
				all[&rs.Checkers[k]] = netip.AddrPortFrom(rs.Addr, rs.Port)
			}
		}
	}
	return all
}
