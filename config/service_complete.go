package config

import (
	"math"
	"net/netip"
	"time"

	"holdfast/config/syntax"
)

// completeServices fills in defaults and inheritance and corrects what does not
// fit together (semantics 8.3-8.9, 9.2).
func (b *binder) completeServices() {
	type identity struct {
		addr  netip.Addr
		port  uint16
		proto Protocol
		mark  uint32
		ipv6  bool
	}
	seen := map[identity]syntax.Pos{}
	for _, d := range b.services {
		if !b.completeService(d) || d.group != "" {
			continue
		}
		id := identity{d.Addr, d.Port, d.Protocol, d.FWMark, d.IPv6}
		if where, ok := seen[id]; ok {
			b.report(syntax.Diagnostic{Pos: d.Pos, Severity: syntax.Error,
				Text: "virtual server " + d.title() + " is already defined - ignoring this one; put its real servers into the first", Related: where, RelatedText: "first defined here"})
			continue
		}
		seen[id] = d.Pos
		b.cfg.VirtualServers = append(b.cfg.VirtualServers, d.VirtualServer)
	}
}

func (b *binder) completeService(d *serviceDraft) bool {
	b.completeProtocol(d)
	if d.Scheduler == "" {
		b.warnf(d.Pos, "Virtual server %s: no scheduler set, setting default '%s'; write lb_algo", d.title(), defaultScheduler)
		d.Scheduler = defaultScheduler
	}
	if !d.has("lb_kind") && !allHaveMethod(d.reals) {
		b.warnf(d.Pos, "Virtual server %s: no forwarding method set, setting default NAT; write lb_kind", d.title())
	}
	if d.Port == 0 && d.FWMark == 0 && d.group == "" && !d.Persistent {
		b.warnf(d.Pos, "Virtual server %s: zero port only valid for persistent services - setting persistence_timeout %d", d.title(), defaultPersistence/time.Second)
		d.Persistent, d.PersistenceTimeout = true, defaultPersistence
	}
	if d.PersistenceGranularity == 0 {
		d.PersistenceGranularity = 32
		if d.IPv6 {
			d.PersistenceGranularity = 128
		}
	}
	if d.OnePacket && d.FWMark == 0 && d.Protocol != UDP {
		b.warnf(d.at("ops", d.Pos), "Virtual server %s: one packet scheduling requires UDP - resetting; remove ops", d.title())
		d.OnePacket = false
	}
	if d.HASuspend && d.FWMark != 0 {
		b.warnf(d.at("ha_suspend", d.Pos), "Virtual server %s: ha_suspend needs an address, not a fwmark - ignoring", d.title())
		d.HASuspend = false
	}
	b.completeSorry(d)
	d.RealServers = make([]RealServer, 0, len(d.reals))
	for _, r := range d.reals {
		b.completeReal(d, r)
	}
	if len(d.RealServers) == 0 {
		b.errorf(d.Pos, "Virtual server %s has no real servers - ignoring; add real_server blocks", d.title())
		return false
	}
	b.completeQuorum(d)
	d.SMTPAlert = firstOf(false, d.smtpAlert, b.global.Defaults.SMTPAlertChecker, b.global.Defaults.SMTPAlert)
	for _, c := range []namedCommand{{"quorum_up", &d.QuorumUp}, {"quorum_down", &d.QuorumDown}} {
		b.resolveCheckScript(c.Command, d.title()+" "+c.Name)
	}
	return true
}

// resolveCheckScript is resolveUser for a script of the checker role.
func (b *binder) resolveCheckScript(c *Command, what string) {
	b.resolveUser(c, what)
	if c.IsSet() && b.scriptProblem(*c) == "" {
		b.runsCheckScript(c.Pos)
	}
}

func allHaveMethod(reals []*realDraft) bool {
	for _, r := range reals {
		if !r.has("lvs_method") {
			return false
		}
	}
	return len(reals) > 0
}

func (b *binder) completeProtocol(d *serviceDraft) {
	if d.FWMark != 0 {
		if d.Protocol != ProtocolNone {
			b.warnf(d.at("protocol", d.Pos), "Virtual server %s: protocol specified for fwmark - protocol will be ignored; remove it", d.title())
			d.Protocol = ProtocolNone
		}
		return
	}
	if d.Protocol == ProtocolNone {
		b.warnf(d.Pos, "Virtual server %s: no protocol set - defaulting to UDP; write protocol TCP if that is meant", d.title())
		d.Protocol = UDP
	}
}

func (b *binder) completeSorry(d *serviceDraft) {
	s := d.Sorry
	if s == nil {
		return
	}
	s.Method = d.Method
	if d.sorryVia != nil {
		s.Method = *d.sorryVia
	}
	if s.Addr.Is6() != d.IPv6 && s.Method != TUN && d.group == "" {
		b.errorf(s.Pos, "Address family of virtual server %s and sorry server %s don't match - skipping sorry server; use an address of the same family", d.title(), s.Addr)
		d.Sorry, d.SorryInhibit = nil, false
		return
	}
	s.Port = b.realPort(d, s.Port, s.Method, nil)
	s.InhibitOnFailure = d.SorryInhibit
}

// realPort applies the rules of semantics 8.5; report is told what was changed.
func (b *binder) realPort(d *serviceDraft, port uint16, m Method, report func(text string)) uint16 {
	tell := func(text string) {
		if report != nil {
			report(text)
		}
	}
	switch {
	case d.FWMark != 0 && m != NAT && port != 0:
		tell("has port specified - clearing; DR and TUN keep the port of the packet")
		return 0
	case d.FWMark != 0:
		return port
	case port == 0:
		return d.Port
	case d.group != "":
		return port
	case m != NAT && port != d.Port:
		tell("ports don't match - resetting; DR and TUN keep the port of the packet, use lb_kind NAT to change it")
		return d.Port
	}
	return port
}

func (b *binder) completeReal(d *serviceDraft, r *realDraft) {
	if !r.has("lvs_method") {
		r.Method = d.Method
	}
	if !r.has("weight") {
		r.Weight = d.weight
	}
	name := r.RealServer.Name(d.Protocol)
	r.checkPort = r.Port
	r.Port = b.realPort(d, r.Port, r.Method, func(text string) {
		b.warnf(r.Pos, "virtual server %s and real server %s %s", d.title(), name, text)
	})
	if r.checkPort == 0 {
		r.checkPort = r.Port
	}
	for _, other := range d.RealServers {
		if other.Addr == r.Addr && other.Port == r.Port {
			b.report(syntax.Diagnostic{Pos: r.Pos, Severity: syntax.Error, Class: syntax.ClassConfigError,
				Text:    "VS " + d.title() + ": real server " + r.RealServer.Name(d.Protocol) + " is duplicated - removing second rs",
				Related: other.Pos, RelatedText: "first here"})
			return
		}
	}
	if !r.has("inhibit_on_failure") {
		r.InhibitOnFailure = d.inhibit
	}
	if !r.has("alpha") {
		r.Alpha = d.Alpha
	}
	r.SMTPAlert = firstOf(true, r.smtpAlert, b.global.Defaults.SMTPAlertChecker, b.global.Defaults.SMTPAlert)
	for _, c := range []namedCommand{{"notify_up", &r.NotifyUp}, {"notify_down", &r.NotifyDown}} {
		b.resolveCheckScript(c.Command, name+" "+c.Name)
	}
	r.Checkers = make([]Checker, 0, len(r.checkers))
	for _, c := range r.checkers {
		b.completeChecker(d, r, c)
	}
	d.RealServers = append(d.RealServers, r.RealServer)
}

// completeQuorum keeps quorum and hysteresis within what the servers can reach
// (grammar 8.6, semantics 8.9, 8.34).
func (b *binder) completeQuorum(d *serviceDraft) {
	var total uint64
	for _, r := range d.RealServers {
		total += uint64(r.Weight)
	}
	if uint64(d.Quorum) > total {
		b.warnf(d.at("quorum", d.Pos), "quorum %d for %s exceeds total weight of real servers %d, reducing quorum to %d", d.Quorum, d.title(), total, total)
		d.Quorum = uint32(min(total, math.MaxUint32))
	}
	if d.Hysteresis > 0 && d.Hysteresis >= d.Quorum {
		reduced := max(d.Quorum, 1) - 1
		b.warnf(d.at("hysteresis", d.Pos), "Virtual server %s: hysteresis %d >= quorum %d; setting hysteresis to %d", d.title(), d.Hysteresis, d.Quorum, reduced)
		d.Hysteresis = reduced
	}
}
