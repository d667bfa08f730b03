package language

import (
	"math"
	"net/netip"
	"slices"
	"time"

	"holdfast/config"
	"holdfast/config/syntax"
)

// closeService takes a service that is complete, unless it is there already.
func closeService(s *stmt, d *serviceDraft) {
	if !s.completeService(d) {
		return
	}
	weight := 0
	if d.has("weight") {
		weight = d.weight
	}
	d.Defaults = s.services().keep(&d.checks, d.host, weight, d.inhibit)
	seen, id := s.services().seen, serviceIdentity{d.Group, d.Addr, d.Port, d.Protocol, d.FWMark, d.IPv6}
	where, again := seen[id]
	switch {
	// Services of a group are told apart by number and allowed; but they have the same addresses, and the kernel has
	// one service for each.
	case again && d.Group != "":
		s.report(syntax.Diagnostic{Pos: d.Pos, Severity: syntax.Warning, ID: "duplicate-group-service",
			Text: "virtual server group " + d.Group +
				" has a virtual server of this protocol already: the kernel has one for each address; make them one",
			Related: where, RelatedText: "first used here"})
	case again:
		s.report(syntax.Diagnostic{Pos: d.Pos, Severity: syntax.Error, ID: "duplicate-service",
			Text: "virtual server " + d.Name() +
				" is already defined - ignoring this one; put its real servers into the first", Related: where,
			RelatedText: "first defined here"})
		return
	default:
		seen[id] = d.Pos
	}
	s.cfg.VirtualServers = append(s.cfg.VirtualServers, d.VirtualServer)
}

// leadsToIPv6 reports whether a service has servers of IPv6 alone: that is its family, where it has only tunnels and
// nothing says another one (semantics 8.4).
func leadsToIPv6(d *serviceDraft) bool {
	for _, r := range d.reals {
		if r.Addr.Is4() {
			return false
		}
	}
	return len(d.reals) > 0 && (d.Sorry == nil || d.Sorry.Addr.Is6())
}

// completeService fills in defaults and inheritance and corrects what does not fit
// together (semantics 8.3-8.9, 9.2).
func (b *binder) completeService(d *serviceDraft) bool {
	if !d.family {
		d.IPv6 = leadsToIPv6(d)
	}
	// What follows depends on whether it is reached by addresses or by marks, and for a group only its entries tell.
	use := b.usedGroup(d)
	if d.Group != "" && use.group == nil {
		b.resolveServiceScripts(d)
		b.mutedf(d.Pos, "unknown-server-group",
			"Virtual server group %s specified but not configured - ignoring virtual server %s; "+
				"define virtual_server_group %s%s", d.Group, d.Name(), d.Group, b.nearGroup(d.Group))
		return false
	}
	b.completeProtocol(d, use)
	b.completeAnnounce(d, use.group)
	b.defaultScheduling(d)
	// The kernel schedules no connection of a service for all ports that is not persistent.
	if use.zeroPort && !d.Persistent {
		b.warnf(d.Pos, "port-zero-without-persistence",
			"Virtual server %s: zero port only valid for persistent services - setting persistence_timeout %d",
			d.Name(), defaultPersistence/time.Second)
		d.Persistent, d.PersistenceTimeout = true, defaultPersistence
	}
	if d.PersistenceGranularity == 0 {
		d.PersistenceGranularity = uint8(fullLength(d.IPv6))
	}
	// A connection of TCP is more than one packet.
	if d.OnePacket && use.addresses && d.Protocol != config.UDP {
		b.warnf(d.at("ops", d.Pos), "ops-without-udp",
			"Virtual server %s: one packet scheduling requires UDP - resetting; remove ops", d.Name())
		d.OnePacket = false
	}
	// A mark is on no interface that could be looked at (semantics 8.16).
	if d.HASuspend && use.marks {
		b.warnf(d.at("ha_suspend", d.Pos), "ha-suspend-without-address",
			"Virtual server %s: ha_suspend needs an address, not a fwmark - ignoring", d.Name())
		d.HASuspend = false
	}
	// Before the real servers, because it depends on the service alone, and its findings stand above theirs.
	b.completeSorry(d, use)
	d.RealServers = make([]config.RealServer, 0, len(d.reals))
	for _, r := range d.reals {
		b.completeReal(d, r, use)
	}
	// Servers in reserve are none of their own.
	if !slices.ContainsFunc(d.RealServers, func(r config.RealServer) bool { return !r.Backup }) {
		pos, text := b.without(d.Pos, "real_server", d.Pos,
			sprintf("Virtual server %s has no real servers - ignoring; add real_server blocks", d.Name()))
		b.errorf(pos, "no-real-servers", "%s", text)
		return false
	}
	// By the weights of the servers that are left.
	b.completeQuorum(d)
	d.SMTPAlert = firstOf(false, d.smtpAlert, b.global().Defaults.SMTPAlertChecker, b.global().Defaults.SMTPAlert)
	b.resolveServiceScripts(d)
	return true
}

// defaultScheduling chooses how connections are spread, and how packets reach the servers, where nothing says it.
func (b *binder) defaultScheduling(d *serviceDraft) {
	// Each default that is chosen has a finding (semantics 8.3): none of them is a matter of course.
	if d.Scheduler == "" {
		b.defaulted(d.Pos, "lb_algo", d.Pos, "default-scheduler",
			sprintf("Virtual server %s: no scheduler set, setting default '%s'; write lb_algo", d.Name(),
				defaultScheduler))
		d.Scheduler = defaultScheduler
	}
	if !d.has("lb_kind") && !allHaveMethod(d.reals) {
		b.defaulted(d.Pos, "lb_kind", d.Pos, "default-forwarding-method",
			sprintf("Virtual server %s: no forwarding method set, setting default NAT; write lb_kind", d.Name()))
	}
}

// resolveServiceScripts looks at who the scripts of a service run as. A service that is
// dropped may have some that are reported, too.
func (b *binder) resolveServiceScripts(d *serviceDraft) {
	for _, c := range []namedCommand{{"quorum_up", &d.QuorumUp}, {"quorum_down", &d.QuorumDown}} {
		if c.Command.IsSet() {
			b.resolveCheckScript(c.Command, d.Name()+" "+c.Name)
		}
	}
}

// resolveCheckScript is resolveUser for a script of the checker role.
func (b *binder) resolveCheckScript(c *config.Command, what string) {
	b.resolveUser(c, what)
	if c.IsSet() && c.Problem == "" {
		b.runsCheckScript(c.Pos)
	}
}

// allHaveMethod reports whether each server has a method of its own; of no servers it is false.
func allHaveMethod(reals []*realDraft) bool {
	for _, r := range reals {
		if !r.has("lvs_method") {
			return false
		}
	}
	return len(reals) > 0
}

// completeProtocol settles the transport (semantics 8.3). A mark has none: the packets that
// carry it do.
func (b *binder) completeProtocol(d *serviceDraft, use groupUse) {
	switch {
	case use.addresses && d.Protocol == config.ProtocolNone:
		b.defaulted(d.Pos, "protocol", d.Pos, "default-protocol",
			sprintf("Virtual server %s: no protocol set - defaulting to UDP; write protocol TCP if that is meant",
				d.Name()))
		d.Protocol = config.UDP
	case use.marks && !use.addresses && d.Protocol != config.ProtocolNone:
		b.warnf(d.at("protocol", d.Pos), "protocol-of-fwmark",
			"Virtual server %s: protocol specified for fwmark - protocol will be ignored; remove it", d.Name())
		d.Protocol = config.ProtocolNone
	}
}

// completeSorry gives the sorry server its method and its port.
func (b *binder) completeSorry(d *serviceDraft, use groupUse) {
	s := d.Sorry
	if s == nil {
		return
	}
	// `lb_kind` may stand below sorry_server, so it is not before now that the method is known.
	s.Method, s.Tunnel = d.Method, d.Tunnel
	if d.sorryVia != nil {
		s.Method, s.Tunnel = *d.sorryVia, d.sorryHow
	}
	// Only a tunnel leads from one family to the other (semantics 8.4).
	if s.Addr.Is6() != d.IPv6 && s.Method != config.TUN {
		b.errorf(s.Pos, "mixed-families",
			"Address family of virtual server %s and sorry server %s don't match - skipping sorry server; "+
				"use an address of the same family", d.Name(), s.Addr)
		d.Sorry, d.SorryInhibit = nil, false
		return
	}
	b.settlePort(d, s, use, func() string { return "sorry server" })
	s.InhibitOnFailure = d.SorryInhibit
}

// settlePort applies the rules of semantics 8.5 to the port of a real or sorry
// server; what is how messages call it.
func (b *binder) settlePort(d *serviceDraft, r *config.RealServer, use groupUse, what func() string) {
	// Only NAT rewrites packets.
	keeps := r.Method != config.NAT // DR and TUN keep the port of the packet
	switch {
	case d.Group != "":
		b.comparePorts(d, r, use, what)
	case d.FWMark != 0 && keeps && r.Port != 0:
		b.warnf(r.Pos, "port-without-effect",
			"virtual server %s and %s has port specified - clearing; DR and TUN keep the port of the packet", d.Name(),
			what())
		r.Port = 0
	case d.FWMark != 0:
	case r.Port == 0:
		r.Port = d.Port
	case keeps && r.Port != d.Port:
		b.warnf(r.Pos, "port-without-effect",
			"virtual server %s and %s ports don't match - resetting; "+
				"DR and TUN keep the port of the packet, use lb_kind NAT to change it", d.Name(), what())
		r.Port = d.Port
	}
}

// duplicateReal reports a real server that is there already. Keepalived compares the ports
// as they are written; where only the port that is used is the same, the kernel refuses it.
func (b *binder) duplicateReal(d *serviceDraft, r *realDraft, first syntax.Pos, port uint16) {
	//	real_server 10.0.0.2 80, real_server 10.0.0.2 8080
	// of a DR service of port 80 are one server in the table: keepalived sees two and the kernel one.
	severity, class := syntax.Warning, syntax.ClassNone
	if slices.ContainsFunc(d.reals, func(o *realDraft) bool { return o.Pos == first && o.written == port }) {
		severity, class = syntax.Error, syntax.ClassConfigError
	}
	b.report(syntax.Diagnostic{Pos: r.Pos, Severity: severity, Class: class, ID: "duplicate-real-server",
		Text: "VS " + d.Name() + ": real server " + r.RealServer.Name(d.Protocol) +
			" is duplicated - removing second rs",
		Related: first, RelatedText: "first here"})
}

// completeReal gives a real server what it inherits, and takes it unless it is there already.
func (b *binder) completeReal(d *serviceDraft, r *realDraft, use groupUse) {
	if !r.has("lvs_method") {
		r.Method, r.Tunnel = d.Method, d.Tunnel
	}
	if !r.has("weight") {
		r.Weight = d.weight
	}
	port := r.Port
	// A check goes to the server itself, whatever port the packets of the service have (semantics 8.5).
	r.checkPort, r.written = port, port
	name := func() string { return config.Endpoint(r.Addr, d.Protocol, port) }
	b.settlePort(d, &r.RealServer, use, func() string { return "real server " + name() })
	// Port 0 is that of the service (semantics 8.5), for checks as well.
	if r.checkPort == 0 {
		r.checkPort = r.Port
	}
	// As the table tells servers apart: by the port that is used.
	place := netip.AddrPortFrom(r.Addr, r.Port)
	if i, taken := d.places[place]; taken {
		b.duplicateReal(d, r, d.RealServers[i].Pos, port)
		return
	}
	d.places[place] = len(d.RealServers)
	if !r.has("inhibit_on_failure") {
		r.InhibitOnFailure = d.inhibit
	}
	if !r.has("alpha") {
		r.Alpha = d.Alpha
	}
	r.SMTPAlert = firstOf(true, r.smtpAlert, b.global().Defaults.SMTPAlertChecker, b.global().Defaults.SMTPAlert)
	if n := r.Notify; n != nil {
		for _, c := range []namedCommand{{"notify_up", &n.Up}, {"notify_down", &n.Down}} {
			if c.Command.IsSet() {
				b.resolveCheckScript(c.Command, name()+" "+c.Name)
			}
		}
		if !n.Up.IsSet() && !n.Down.IsSet() {
			r.Notify = nil // what was written was refused
		}
	}
	r.Defaults = b.services().keep(&r.checks, r.host, 0, false)
	r.Checkers = make([]config.Checker, 0, len(r.checkers))
	for _, c := range r.checkers {
		b.completeChecker(d, r, c)
	}
	b.completeOwn(d, r)
	d.RealServers = append(d.RealServers, r.RealServer)
}

// completeQuorum keeps quorum and hysteresis within what the servers can reach
// (grammar 8.6, semantics 8.9, 8.34).
func (b *binder) completeQuorum(d *serviceDraft) {
	// Ten thousand servers of the largest weight are more than 32 bits.
	var total uint64
	for _, r := range d.RealServers {
		if !r.Backup {
			total += uint64(r.Weight)
		}
	}
	if uint64(d.Quorum) > total {
		b.warnf(d.at("quorum", d.Pos), "quorum-out-of-reach",
			"quorum %d for %s exceeds total weight of real servers %d, reducing quorum to %d", d.Quorum, d.Name(),
			total, total)
		d.Quorum = uint32(min(total, math.MaxUint32))
	}
	// The quorum would be lost below 0 (semantics 8.9).
	if d.Hysteresis > 0 && d.Hysteresis >= d.Quorum {
		reduced := max(d.Quorum, 1) - 1
		b.warnf(d.at("hysteresis", d.Pos), "hysteresis-over-quorum",
			"Virtual server %s: hysteresis %d >= quorum %d; setting hysteresis to %d", d.Name(), d.Hysteresis, d.Quorum,
			reduced)
		d.Hysteresis = reduced
	}
}
