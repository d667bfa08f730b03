package agreement

import (
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"

	"holdfast/config"
	"holdfast/config/slots"
	"holdfast/config/syntax"
)

// A service is a virtual server on one host.
type service struct {
	host *host
	v    *config.VirtualServer
}

func (s service) at(keywords ...string) spot { return s.host.of(s.v.Pos, keywords...) }

// services says what a takeover changes for those whom the directors spread over servers.
func (c *comparer) services() {
	var serving []*host
	for _, h := range c.hosts {
		if len(h.Config.VirtualServers) > 0 {
			serving = append(serving, h)
		}
	}
	for _, h := range c.hosts {
		// One finding for a director without any: the others would say the same again and again.
		if len(serving) > 0 && len(h.Config.VirtualServers) == 0 && !h.Damaged {
			first := service{serving[0], &serving[0].Config.VirtualServers[0]}
			c.say(syntax.Warning, "pair-service-missing", first.at(), h.whole(), "without a virtual_server",
				"%s has no virtual_server, and %s has: after a takeover by that director nobody serves", h.File, first.host.File)
		}
	}
	for _, all := range byKey(serving) {
		for _, h := range serving {
			if h.Damaged || slices.ContainsFunc(all, func(s service) bool { return s.host == h }) {
				continue
			}
			if by, prefix, is := h.shows(all[0].v); is {
				c.say(syntax.Error, "pair-service-not-served", all[0].at(), by, prefix.String()+" is announced",
					"virtual_server %s is not in %s, which announces %s: clients of it that come by that director are not served",
					serviceName(all[0].v), h.File, prefix)
			} else {
				c.say(syntax.Warning, "pair-service-missing", all[0].at(), h.whole(), "not here",
					"virtual_server %s is not in %s: after a takeover by that director nobody serves it", serviceName(all[0].v),
					h.File)
			}
		}
		c.service(all)
	}
}

// byKey are the services that are the same one, in the order of the first host that has them.
func byKey(hosts []*host) [][]service {
	index := map[string]int{}
	var all [][]service
	for _, h := range hosts {
		seen := map[string]int{}
		for i := range h.Config.VirtualServers {
			v := &h.Config.VirtualServers[i]
			key := fmt.Sprint(serviceName(v), v.IPv6)
			seen[key]++
			key += fmt.Sprint(" ", seen[key]) // several may serve one group
			n, ok := index[key]
			if !ok {
				n = len(all)
				index[key] = n
				all = append(all, nil)
			}
			all[n] = append(all[n], service{h, v})
		}
	}
	return all
}

func serviceName(v *config.VirtualServer) string {
	if v.Group != "" {
		return fmt.Sprintf("group %s %s", v.Group, v.Protocol)
	}
	return v.Name()
}

// A part of a service, as it is written; matters tells that another value is felt by clients.
type part struct {
	word    string
	matters bool
	of      func(service) string
}

func parts() []part {
	return []part{
		{"lb_algo", true, func(s service) string {
			if s.v.SchedulerFlags != 0 {
				return fmt.Sprintf("%s with options %d", s.v.Scheduler, s.v.SchedulerFlags)
			}
			return s.v.Scheduler
		}},
		{"lb_kind", true, func(s service) string { return s.v.Method.String() }},
		{"persistence_timeout", true, func(s service) string {
			if !s.v.Persistent {
				return "off"
			}
			return seconds(s.v.PersistenceTimeout)
		}},
		{"persistence_granularity", true, func(s service) string { return fmt.Sprint(s.v.PersistenceGranularity) }},
		{"ops", true, func(s service) string { return onOff(s.v.OnePacket) }},
		{"shared_clients", true, func(s service) string { return onOff(s.v.SharedClients) }},
		{"announce", false, func(s service) string { return announced(s.v.Announce) }},
		{"announce_hold", false, func(s service) string {
			if s.v.Announce == nil {
				return "off"
			}
			return seconds(s.v.Announce.Hold)
		}},
		{"quorum", false, func(s service) string { return fmt.Sprint(s.v.Quorum) }},
		{"hysteresis", false, func(s service) string { return fmt.Sprint(s.v.Hysteresis) }},
		{"alpha", false, func(s service) string { return onOff(s.v.Alpha) }},
		{"sorry_server", false, func(s service) string {
			if s.v.Sorry == nil {
				return "none"
			}
			return s.v.Sorry.Name(s.v.Protocol)
		}},
		{"virtual_server_group", true, func(s service) string { return strings.Join(entries(s), ", ") }},
	}
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

// entries are those of the group of a service.
func entries(s service) []string {
	var all []string
	for i := range s.host.Config.ServerGroups {
		if g := &s.host.Config.ServerGroups[i]; g.Name == s.v.Group {
			for _, e := range s.v.EntriesOf(g) {
				all = append(all, e.String())
			}
		}
	}
	slices.Sort(all)
	return all
}

// shows is where a host announces a prefix with the address of a virtual server.
func (h *host) shows(v *config.VirtualServer) (at spot, prefix netip.Prefix, is bool) {
	groups := map[string]*config.ServerGroup{}
	for i := range h.Config.ServerGroups {
		groups[h.Config.ServerGroups[i].Name] = &h.Config.ServerGroups[i]
	}
	for i := range h.Config.VirtualServers {
		by := &h.Config.VirtualServers[i]
		all, _ := by.Announced(groups[by.Group])
		for _, p := range all {
			if v.Addr.IsValid() && p.Contains(v.Addr) {
				return h.of(by.Pos, "announce"), p, true
			}
		}
	}
	return spot{}, netip.Prefix{}, false
}

// usual is the one of a service that is most like all others: of two the first.
func usual(all []service) service {
	best, most := 0, -1
	for i := range all {
		alike := 0
		for j := range all {
			if sameService(all[i].v, all[j].v) {
				alike++
			}
		}
		if alike > most {
			best, most = i, alike
		}
	}
	return all[best]
}

// sameService reports whether there is nothing to say about two of a service, but for their groups.
func sameService(a, b *config.VirtualServer) bool {
	one, two := service{v: a}, service{v: b}
	for _, p := range parts() {
		if p.word != "virtual_server_group" && p.of(one) != p.of(two) {
			return false
		}
	}
	return slices.EqualFunc(a.RealServers, b.RealServers, func(x, y config.RealServer) bool {
		return endpointOf(&x) == endpointOf(&y) && x.Weight == y.Weight
	})
}

// service compares one service on the hosts that have it with the usual one.
func (c *comparer) service(all []service) {
	u := usual(all)
	for _, s := range all {
		if s.host == u.host {
			continue
		}
		severity := syntax.Note
		var words, texts []string
		for _, p := range parts() {
			if here, there := p.of(s), p.of(u); here != there {
				words, texts = append(words, p.word), append(texts, fmt.Sprintf("%s %s here and %s there", p.word, here, there))
				if p.matters {
					severity = syntax.Warning
				}
			}
		}
		if len(words) > 0 {
			c.say(severity, "pair-service-differs", s.at(words...), u.at(words...), "there",
				"virtual_server %s is not as in %s: %s", serviceName(s.v), u.host.File, strings.Join(texts, "; "))
		}
		c.servers(u, s)
		c.servers(s, u)
		c.sameServers(u, s)
	}
}

type endpoint struct {
	addr string
	port uint16
}

func endpointOf(r *config.RealServer) endpoint { return endpoint{r.Addr.String(), r.Port} }

func serverOf(s service, of endpoint) *config.RealServer {
	i := slices.IndexFunc(s.v.RealServers, func(r config.RealServer) bool { return endpointOf(&r) == of })
	if i < 0 {
		return nil
	}
	return &s.v.RealServers[i]
}

// servers says which real servers of one host another lacks.
func (c *comparer) servers(with, lacking service) {
	var names []string
	var first syntax.Pos
	for i := range with.v.RealServers {
		r := &with.v.RealServers[i]
		if serverOf(lacking, endpointOf(r)) != nil {
			continue
		}
		if names = append(names, r.Name(with.v.Protocol)); len(names) == 1 {
			first = r.Pos
		}
	}
	if len(names) > 0 && !lacking.host.Damaged {
		c.say(syntax.Warning, "pair-real-server-missing", spot{with.host, first}, lacking.at(), "not here",
			"virtual_server %s has no real_server %s in %s", serviceName(with.v), some(names), lacking.host.File)
	}
}

// sameServers compares the real servers that both have.
func (c *comparer) sameServers(u, s service) {
	var order []endpoint
	for i := range s.v.RealServers {
		r := &s.v.RealServers[i]
		o := serverOf(u, endpointOf(r))
		if o == nil {
			continue
		}
		order = append(order, endpointOf(r))
		c.server(u, s, o, r)
	}
	i := 0
	for n := range u.v.RealServers {
		e := endpointOf(&u.v.RealServers[n])
		if !slices.Contains(order, e) {
			continue
		}
		if slots.Hashed(s.v) && slots.Hashed(u.v) && order[i] != e {
			c.say(syntax.Note, "pair-server-order", s.at("real_server"), u.at("real_server"), "another order",
				"virtual_server %s: the real servers stand in another order than in %s: with keepalived mh sends some clients "+
					"to another "+
					"one after a takeover; holdfast puts them in order itself", serviceName(s.v), u.host.File)
			return
		}
		i++
	}
}

// server compares a real server on two hosts.
func (c *comparer) server(u, s service, o, r *config.RealServer) {
	severity := syntax.Note
	var words, texts []string
	differs := func(word, here, there string) {
		if here != there {
			words, texts = append(words, word), append(texts, fmt.Sprintf("%s %s here and %s there", word, here, there))
		}
	}
	differs("weight", fmt.Sprint(r.Weight), fmt.Sprint(o.Weight))
	if (r.Weight == 0) != (o.Weight == 0) || r.Weight != o.Weight && slots.Hashed(s.v) && slots.Hashed(u.v) {
		severity = syntax.Warning // it is meant to get nothing, or other clients
	}
	if r.Method != s.v.Method || o.Method != u.v.Method { // else it is that of the service
		differs("lvs_method", r.Method.String(), o.Method.String())
	}
	differs("inhibit_on_failure", onOff(r.InhibitOnFailure), onOff(o.InhibitOnFailure))
	differs("backup", onOff(r.Backup), onOff(o.Backup))
	differs("checkers", kinds(r), kinds(o))
	if kinds(r) == kinds(o) && !sameChecks(r, o) {
		words, texts = append(words, "checkers"), append(texts, "settings of "+kinds(r))
	}
	if len(words) > 0 {
		c.say(severity, "pair-real-server-differs", s.host.of(r.Pos, words...), u.host.of(o.Pos, words...), "there",
			"real_server %s of virtual_server %s is not as in %s: %s", r.Name(s.v.Protocol), serviceName(s.v), u.host.File,
			strings.Join(texts, "; "))
	}
}

// kinds are those of the checkers of a server.
func kinds(r *config.RealServer) string {
	var all []string
	for i := range r.Checkers {
		all = append(all, r.Checkers[i].Kind.String())
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}

// sameChecks compares checkers. What is of the host that checks, its addresses, interfaces and folders, may differ.
func sameChecks(a, b *config.RealServer) bool {
	general := func(r *config.RealServer) []config.Checker {
		all := slices.Clone(r.Checkers)
		for i := range all {
			all[i].BindAddr, all[i].BindIf, all[i].BindPort = netip.Addr{}, "", 0
			if m := all[i].Misc; m != nil && len(m.Argv) > 0 {
				general := *m
				general.Argv = slices.Concat([]string{path.Base(m.Argv[0])}, m.Argv[1:])
				all[i].Misc = &general
			}
		}
		return all
	}
	return config.Equal(general(a), general(b))
}

// announced is how a virtual server is shown.
func announced(a *config.Announce) string {
	if a == nil {
		return "off"
	}
	how := strings.Join(a.Words(), " ")
	for _, p := range a.Prefixes {
		how += " " + p.String()
	}
	return how
}
