package mib

import (
	"net/netip"
	"slices"

	"holdfast/internal/agentx"
	"holdfast/internal/state"
	"holdfast/vrrp"
)

// This file is the notifications about adverts that are refused: those of version 2 for what they say to show that they
// may be sent, those of version 3 for what they are.

func (v *view) advertTraps(e *state.Event) []Notification {
	at := slices.IndexFunc(v.routers, func(r router) bool { return r.Instance.Name == e.Name })
	if at < 0 {
		return nil
	}
	r := &v.routers[at]
	index := agentx.OID{uint32(v.links[r.Instance.Interface]), uint32(r.VRID)}
	if auth := numberOf(e.Code, vrrp.CauseAuthUnknown, vrrp.CauseAuthOther, vrrp.CauseAuthFailure); auth > 0 {
		src, err := netip.ParseAddr(e.Of)
		if r.Version != 2 || !v.want.RFCv2 || err != nil {
			return nil
		}
		root := vrrpMIB()
		return []Notification{trap(root.With(0, 2), agentx.VarBind{Name: root.With(1, 5).With(index...), Value: ipv4(src)},
			agentx.VarBind{Name: root.With(1, 6).With(index...), Value: agentx.Int(auth)})}
	}
	if what := numberOf(e.Code, vrrp.CauseTTL, vrrp.CauseVersion, vrrp.CauseChecksum); what > 0 && v.want.RFCv3 {
		root := vrrpv3MIB()
		return []Notification{trap(root.With(0, 2), agentx.VarBind{
			Name:  root.With(1, 2, 5, 1, 6).With(index...).With(uint32(family(r.IPv6).Int())),
			Value: agentx.Int(what)})}
	}
	return nil
}

// numberOf is which of some codes a word is, from 1; 0 for none.
func numberOf(word string, codes ...vrrp.CauseCode) int {
	return slices.IndexFunc(codes, func(c vrrp.CauseCode) bool { return c.Word() == word }) + 1
}
