package mib

import (
	"net/netip"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/internal/agentx"
	"holdfast/internal/state"
)

// Keepalived is the root of KEEPALIVED-MIB, which is also what the master agent knows the daemon by.
func Keepalived() agentx.OID { return agentx.OID{1, 3, 6, 1, 4, 1, 9586, 100, 5} }

// under is a name in KEEPALIVED-MIB.
func under(more ...uint32) agentx.OID { return Keepalived().With(more...) }

// Regions are the subtrees that a configuration wants shown.
func Regions(want config.SNMP) []agentx.Region {
	var all []agentx.Region
	add := func(text string, root agentx.OID) { all = append(all, agentx.Region{OID: root, Text: text}) }
	if want.VRRP || want.Checker {
		add("The MIB Module for Keepalived", under(1))
	}
	if want.VRRP {
		add("", under(2))
	}
	if want.Checker {
		add("", under(3))
	}
	if want.RFCv2 {
		add("The MIB module for VRRP (RFC 2787)", vrrpMIB())
	}
	if want.RFCv3 {
		add("The MIB module for VRRPv3 (RFC 6527)", vrrpv3MIB())
	}
	return all
}

// A view is what the parts of a tree are made of: a configuration, and what the roles say of it. Things that only one
// of the two knows are passed over: a reload is under way.
type view struct {
	a    *state.Answer
	want config.SNMP
	at   Moment
	cfg  *config.Config

	routers []router
	tracked map[tracked]state.TrackedObject
	links   map[string]int
	rigid   map[string]bool // members of groups without sync_group_tracking_weight
}

type tracked struct {
	kind config.TrackKind
	name string
}

// router is a virtual router with its number, which counts from 1.
type router struct {
	n uint32
	*config.Instance
	state.RouterObjects
	group string // its sync group
}

// A Moment is when a daemon is looked at.
type Moment struct {
	Now    time.Time
	Booted time.Time // when the SNMP agent began, whose sysUpTime counts from then
}

// newView puts together what an answer has; nil without a configuration.
func newView(a *state.Answer, want config.SNMP, at Moment) *view {
	if a.Running == nil {
		return nil
	}
	v := &view{a: a, want: want, at: at, cfg: a.Running,
		tracked: map[tracked]state.TrackedObject{}, links: map[string]int{}}
	v.join()
	return v
}

// Of is the tree of what a daemon answers.
func Of(a *state.Answer, want config.SNMP, at Moment) Tree {
	v := newView(a, want, at)
	if v == nil {
		return nil
	}
	var t Tree // in the order of the roots
	if want.RFCv2 {
		t = append(t, v.rfc2787()...)
	}
	if want.RFCv3 {
		t = append(t, v.rfc6527()...)
	}
	if want.VRRP || want.Checker {
		t = append(t, v.global()...)
	}
	if want.VRRP {
		t = append(t, v.vrrp()...)
	}
	if want.Checker {
		t = append(t, v.checker()...)
	}
	return t
}

// join puts together what the configuration and the roles say.
func (v *view) join() {
	said := map[string]*state.RouterObjects{}
	for _, s := range v.a.Sources {
		o := &s.Report.Objects
		for i := range o.Routers {
			said[o.Routers[i].Name] = &o.Routers[i]
		}
		for _, t := range o.Tracked {
			v.tracked[tracked{t.Kind, t.Name}] = t
		}
		for name, index := range o.Links {
			v.links[name] = index
		}
	}
	groups := map[string]string{}
	v.rigid = map[string]bool{}
	for _, g := range v.cfg.Groups {
		for _, m := range g.Members {
			groups[m] = g.Name
			v.rigid[m] = !g.TrackingWeight
		}
	}
	for i := range v.cfg.Instances {
		in := &v.cfg.Instances[i]
		if o := said[in.Name]; o != nil && len(o.Addresses) == len(in.VIPs)+len(in.ExcludedVIPs) {
			v.routers = append(v.routers, router{uint32(i + 1), in, *o, groups[in.Name]})
		}
	}
}

// Values as this MIB has them.

// either is one of two numbers.
func either(first bool, a, b int) agentx.Value {
	if first {
		return agentx.Int(a)
	}
	return agentx.Int(b)
}

// truth is a TruthValue, and every other switch whose on is 1 and whose off is 2.
func truth(on bool) agentx.Value { return either(on, 1, 2) }

// text is a DisplayString, none if it is empty.
func text(s string) agentx.Value {
	if s == "" {
		return agentx.Value{}
	}
	return agentx.Bytes(s)
}

// command is a program as keepalived writes it, none without one.
func command(c config.Command) agentx.Value {
	if !c.IsSet() {
		return agentx.Value{}
	}
	return agentx.Bytes("'" + strings.Join(c.Argv, "' '") + "'")
}

// address is an InetAddress, none if there is none.
func address(a netip.Addr) agentx.Value {
	if !a.IsValid() {
		return agentx.Value{}
	}
	return agentx.Bytes(string(a.AsSlice()))
}

// family is the InetAddressType of an address.
func family(v6 bool) agentx.Value { return either(v6, 2, 1) }

// unless is a value, or none.
func unless(not bool, v agentx.Value) agentx.Value {
	if not {
		return agentx.Value{}
	}
	return v
}

// numbered is the index of rows that have one number.
func numbered(n int) agentx.OID { return agentx.OID{uint32(n)} }
