package mib

import (
	"net/netip"

	"holdfast/config"
	"holdfast/internal/agentx"
)

// A ruleRow is a virtual rule, or one of the host: those have the instance 0.
type ruleRow struct {
	index agentx.OID
	*config.Rule
	set bool
}

type ruleColumn = column[ruleRow]

func (v *view) rules() part {
	var rows []ruleRow
	add := func(instance uint32, list []config.Rule, set []bool) {
		for n := range list {
			rows = append(rows, ruleRow{agentx.OID{instance, uint32(n + 1)}, &list[n], n < len(set) && set[n]})
		}
	}
	add(0, v.cfg.StaticRules, v.host().Rules)
	for i := range v.routers {
		r := &v.routers[i]
		add(r.n, r.Instance.Rules, r.RouterObjects.Rules)
	}
	columns := []ruleColumn{{2, func(r *ruleRow) agentx.Value { return agentx.Bytes(r.direction()) }}}
	columns = append(columns, prefixColumns(3, func(r *ruleRow) netip.Prefix {
		if r.To.IsValid() {
			return r.To
		}
		return r.From
	})...)
	columns = append(columns,
		ruleColumn{6, (*ruleRow).table},
		ruleColumn{7, func(r *ruleRow) agentx.Value { return truth(r.set) }},
		ruleColumn{8, func(r *ruleRow) agentx.Value { return truth(r.Not) }})
	columns = append(columns, prefixColumns(9, func(r *ruleRow) netip.Prefix { return r.To })...)
	columns = append(columns, prefixColumns(12, func(r *ruleRow) netip.Prefix { return r.From })...)
	columns = append(columns, []ruleColumn{
		{15, func(r *ruleRow) agentx.Value { return agentx.Gauge(r.TOS.Number) }},
		{16, func(r *ruleRow) agentx.Value { return unless(r.Mark == 0 && r.Mask == 0, agentx.Gauge(r.Mark)) }},
		{17, func(r *ruleRow) agentx.Value {
			return unless(r.Mask == 0 || r.Mask == ^uint32(0), agentx.Gauge(r.Mask))
		}},
		{18, func(r *ruleRow) agentx.Value { return nonzero(r.Realms.To.Number) }},
		{19, func(r *ruleRow) agentx.Value { return nonzero(r.Realms.From.Number) }},
		{20, func(r *ruleRow) agentx.Value { return text(r.InIf) }},
		{21, func(r *ruleRow) agentx.Value { return text(r.OutIf) }},
		{22, func(r *ruleRow) agentx.Value { return unless(r.Action != config.RuleGoto, agentx.Gauge(r.Goto)) }},
		{23, func(r *ruleRow) agentx.Value { return r.action() }},
		{24, (*ruleRow).table},
		{25, func(r *ruleRow) agentx.Value { return agentx.Gauge(r.Preference) }},
		{26, func(r *ruleRow) agentx.Value {
			return unless(!r.SuppressPrefixLength.Set, agentx.Gauge(r.SuppressPrefixLength.Value))
		}},
		{27, func(r *ruleRow) agentx.Value {
			return unless(!r.SuppressInterfaceGroup.Set, agentx.Bytes(r.SuppressInterfaceGroup.String()))
		}},
		{28, func(r *ruleRow) agentx.Value { return unless(r.TunnelID == 0, agentx.Gauge(uint32(r.TunnelID>>32))) }},
		{29, func(r *ruleRow) agentx.Value { return unless(r.TunnelID == 0, agentx.Gauge(uint32(r.TunnelID))) }},
		{30, func(r *ruleRow) agentx.Value { return unless(!r.UIDs.Set, agentx.Gauge(r.UIDs.Low)) }},
		{31, func(r *ruleRow) agentx.Value { return unless(!r.UIDs.Set, agentx.Gauge(r.UIDs.High)) }},
		{32, func(r *ruleRow) agentx.Value { return unless(!r.L3MDev, truth(true)) }},
	}...)
	return &table[ruleRow]{entry: under(2, 8, 1), rows: rows, index: func(r *ruleRow) agentx.OID { return r.index },
		columns: columns}
}

// prefixColumns are three columns about a prefix, from a number on.
func prefixColumns(first uint32, of func(*ruleRow) netip.Prefix) []ruleColumn {
	return []ruleColumn{
		{first, func(r *ruleRow) agentx.Value { v, _, _ := prefixed(of(r)); return v }},
		{first + 1, func(r *ruleRow) agentx.Value { _, v, _ := prefixed(of(r)); return v }},
		{first + 2, func(r *ruleRow) agentx.Value { _, _, v := prefixed(of(r)); return v }},
	}
}

// direction says which addresses the rule looks at.
func (r *ruleRow) direction() string {
	switch {
	case r.From.IsValid() && r.To.IsValid():
		return "both"
	case r.From.IsValid():
		return "from"
	case r.To.IsValid():
		return "to"
	}
	return ""
}

// table is the routing table that the rule leads to: 0 of a VRF device, none of another action.
func (r *ruleRow) table() agentx.Value {
	switch r.Action {
	case config.RuleTable:
		return agentx.Gauge(table32(r.Table))
	case config.RuleNone:
		return agentx.Gauge(0)
	}
	return agentx.Value{}
}

func (r *ruleRow) action() agentx.Value {
	return agentx.Int([...]int{config.RuleNone: 1, config.RuleTable: 1, config.RuleGoto: 2, config.RuleNop: 3,
		config.RuleBlackhole: 6, config.RuleUnreachable: 7, config.RuleProhibit: 8}[r.Action])
}
