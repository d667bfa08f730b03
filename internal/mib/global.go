package mib

import (
	"net/netip"

	"holdfast/config"
	"holdfast/internal/agentx"
)

// global are the objects of the daemon as a whole.
func (v *view) global() Tree {
	g := &v.cfg.Global
	one := []config.Global{*g}
	scalars := func(entry agentx.OID, columns ...column[config.Global]) part {
		return &table[config.Global]{entry: entry, columns: columns, rows: one, index: scalar[config.Global]}
	}
	type mailbox struct {
		n    int
		name string
	}
	var to []mailbox
	for i, name := range g.Mail.To {
		to = append(to, mailbox{i + 1, name})
	}
	mail := under(1, 3)
	return Tree{
		scalars(under(1),
			column[config.Global]{1, func(*config.Global) agentx.Value {
				return agentx.Bytes("holdfast " + v.a.Daemon.Version)
			}},
			column[config.Global]{2, func(g *config.Global) agentx.Value { return text(g.RouterID) }}),
		scalars(mail,
			column[config.Global]{1, func(g *config.Global) agentx.Value { kind, _ := mailServer(&g.Mail); return kind }},
			column[config.Global]{2, func(g *config.Global) agentx.Value { _, at := mailServer(&g.Mail); return at }},
			column[config.Global]{3, func(g *config.Global) agentx.Value {
				return agentx.Gauge(ifMail(&g.Mail, uint32(g.Mail.ConnectTimeout.Seconds())))
			}},
			column[config.Global]{4, func(g *config.Global) agentx.Value { return unless(!mails(&g.Mail), text(g.Mail.From)) }}),
		&table[mailbox]{entry: mail.With(5, 1), rows: to, index: func(m *mailbox) agentx.OID { return numbered(m.n) },
			columns: []column[mailbox]{{2, func(m *mailbox) agentx.Value { return agentx.Bytes(m.name) }}}},
		scalars(mail,
			column[config.Global]{6, func(g *config.Global) agentx.Value {
				return agentx.Gauge(ifMail(&g.Mail, uint32(g.Mail.Port)))
			}},
			column[config.Global]{7, func(g *config.Global) agentx.Value { return truth(!g.Mail.NoFaults) }},
			column[config.Global]{8, func(g *config.Global) agentx.Value { return unset(g.Defaults.SMTPAlert) }},
			column[config.Global]{9, func(g *config.Global) agentx.Value { return unset(g.Defaults.SMTPAlertVRRP) }},
			column[config.Global]{10, func(g *config.Global) agentx.Value { return unset(g.Defaults.SMTPAlertChecker) }}),
		scalars(under(1), v.switches()...),
	}
}

// switches are the rest of them.
func (v *view) switches() []column[config.Global] {
	polling := v.cfg.Linkbeat.All
	return []column[config.Global]{
		{4, func(g *config.Global) agentx.Value { return truth(v.want.Traps) }},
		{5, func(*config.Global) agentx.Value { return either(polling, 2, 1) }},
		{6, func(g *config.Global) agentx.Value { return truth(g.LVSFlush) }},
		{7, func(*config.Global) agentx.Value { return truth(true) }},
		{8, func(g *config.Global) agentx.Value { return agentx.Bytes(g.Place.NetNamespace) }},
		{9, func(g *config.Global) agentx.Value { return truth(g.DBus.Enabled) }},
		{10, func(g *config.Global) agentx.Value { return truth(g.DynamicInterfaces) }},
		{11, func(g *config.Global) agentx.Value {
			return agentx.Int([...]int{config.FlushEntries: 2, config.FlushServices: 3, config.FlushAll: 1}[g.LVSFlushOnStop])
		}},
	}
}

// mails reports whether mail is sent.
func mails(m *config.Mail) bool { return len(m.To) > 0 || m.Server != "" }

// ifMail is a number if mail is sent, else 0.
func ifMail(m *config.Mail, n uint32) uint32 {
	if !mails(m) {
		return 0
	}
	return n
}

// mailServer is the server for mail: an address, or a name (InetAddressType dns). Without one it is none of IPv6, as
// with keepalived.
func mailServer(m *config.Mail) (kind, at agentx.Value) {
	a, err := netip.ParseAddr(m.Server)
	switch {
	case m.Server == "":
		return family(true), agentx.Bytes("\x00\x00\x00\x00")
	case err != nil:
		return agentx.Int(16), agentx.Bytes(m.Server)
	}
	return family(a.Is6()), address(a)
}

// unset is a switch that may not have been set.
func unset(on *bool) agentx.Value {
	if on == nil {
		return agentx.Int(3)
	}
	return truth(*on)
}
