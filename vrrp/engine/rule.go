package engine

import (
	"net/netip"

	"holdfast/config"
	"holdfast/internal/netif"
)

// keptRules are the policy rules of virtual_rules and static_rules (semantics 3.15, 3.16).
func keptRules() keptKind[netif.Rule] {
	things := func(list []config.Rule) []thing[netif.Rule] {
		var all []thing[netif.Rule]
		for n, c := range list {
			all = append(all, thing[netif.Rule]{what: ruleOf(c), nth: n, noTrack: c.NoTrack, devs: given(c.InIf, c.OutIf),
				group: c.TrackGroup})
		}
		return all
	}
	return keptKind[netif.Rule]{
		name: "rule",
		of:   func(r *router) []thing[netif.Rule] { return things(r.cfg.Rules) },
		host: func(c *config.Config) []thing[netif.Rule] { return things(c.StaticRules) },
		text: netif.Rule.String,
		left: func(r netif.Rule, listed bool) bool { return listed || r.Marked() },
		lost: func(ev netif.Event, r netif.Rule) bool {
			switch ev := ev.(type) {
			case netif.RuleLost:
				// Compared whole: another rule of the same priority may go without ours.
				return ev.Rule == r
			case netif.Resync:
				// Events were lost: any rule may have gone.
				return true
			}
			return false
		},
		renamed: func(r netif.Rule, _, _ string) netif.Rule { return r }, // it names interfaces, whichever they are
		groups:  netif.RuleGroups(),
	}
}

// ruleOf is what is to be set for one line of the configuration.
func ruleOf(c config.Rule) netif.Rule {
	// Such as `from 10.0.0.0/24 table 100 preference 1000`. SuppressLength and SuppressGroup have no 0 that means none.
	r := netif.Rule{
		IPv6: c.IPv6, Priority: c.Preference, Not: c.Not, From: somewhere(c.From), To: somewhere(c.To),
		IIF: c.InIf, OIF: c.OutIf, TOS: uint8(c.TOS.Number), Mark: c.Mark, Mask: c.Mask,
		Flow: flow(c.Realms), TunnelID: c.TunnelID, UIDs: netif.Span(c.UIDs),
		Transport: uint8(c.Transport.Number),
		Sport:     netif.Span(c.SrcPorts), Dport: netif.Span(c.DstPorts),
		Goto: c.Goto, L3MDev: c.L3MDev, SuppressLength: -1, SuppressGroup: -1, Proto: c.Proto,
	}
	switch c.Action {
	case config.RuleNone: // of l3mdev: the kernel finds the table
		r.Action = netif.RuleToTable
	case config.RuleTable:
		r.Action, r.Table = netif.RuleToTable, c.Table.Number
	case config.RuleGoto:
		r.Action = netif.RuleGoto
	case config.RuleNop:
		r.Action = netif.RuleNop
	case config.RuleBlackhole:
		r.Action = netif.RuleBlackhole
	case config.RuleUnreachable:
		r.Action = netif.RuleUnreachable
	case config.RuleProhibit:
		r.Action = netif.RuleProhibit
	}
	// Not written is -1: `suppress_prefixlength 0` is what leaves out the default route.
	if c.SuppressPrefixLength.Set {
		r.SuppressLength = int32(c.SuppressPrefixLength.Value)
	}
	if c.SuppressInterfaceGroup.Set {
		r.SuppressGroup = int32(c.SuppressInterfaceGroup.Number)
	}
	return r
}

// somewhere leaves out a prefix that is everywhere.
func somewhere(p netip.Prefix) netip.Prefix {
	// `0.0.0.0/0`, and a prefix that was not written, whose Bits are -1.
	if p.Bits() <= 0 {
		return netip.Prefix{}
	}
	return p
}
