package routers

import (
	"net"

	"holdfast/config"
	"holdfast/internal/state"
	"holdfast/vrrp"
)

// A Shown is what SNMP shows, made of what it is told of virtual routers one by one, and of a snapshot without them.
type Shown struct {
	// Links are the indexes of the interfaces that anything shown is on.
	Links   map[string]int
	Host    state.HostObjects
	routers []state.RouterObjects
	bases   []string // of their configurations, in the same order
}

// NewShown is a Shown for so many virtual routers, of which nothing was told yet.
func NewShown(n int) *Shown {
	return &Shown{Links: map[string]int{}, routers: make([]state.RouterObjects, 0, n), bases: make([]string, 0, n)}
}

// Extras are what only SNMP shows of a virtual router.
type Extras struct {
	Routes, Rules []bool           // whether each line of the configuration is on the host
	MAC           net.HardwareAddr // at which it is reached
}

// Router is told of a virtual router.
func (o *Shown) Router(i *vrrp.Status, addresses []Address, e Extras) {
	c := i.Config
	out := state.RouterObjects{
		Name: c.Name, State: uint8(i.State), Wanted: uint8(wanted(*i)), Priority: i.Priority,
		Effective: i.EffectivePriority, Preempt: i.Preempt, VIPsSet: i.VIPsWanted,
		Interface: c.Interface, Source: i.Source, Master: i.MasterAddr, Part: i.Part, Misfit: uint8(i.Misfit),
		Takeover: uint8(i.Takeover), Routes: e.Routes, Rules: e.Rules, Counters: countedForMIB(&i.Counters),
	}
	copy(out.MAC[:], e.MAC)
	if i.Place.Own != "" {
		out.Interface = i.Place.Own
	}
	for _, a := range addresses {
		out.Addresses = append(out.Addresses, state.AddressObject{Dev: a.Dev, Present: a.Present && a.Wanted})
	}
	o.routers, o.bases = append(o.routers, out), append(o.bases, c.Interface)
}

// Report is what it was told, with what a snapshot says of everything else.
func (o *Shown) Report(s *Snapshot) state.Report {
	up := map[string]bool{}
	for _, l := range s.Links {
		up[l.Name] = l.Up()
	}
	for n := range o.routers {
		o.routers[n].LinkUp = up[o.bases[n]]
	}
	out := state.Objects{Routers: o.routers, Static: o.Host, Links: o.Links}
	for _, a := range s.StaticAddresses {
		out.Static.Addresses = append(out.Static.Addresses, state.AddressObject{Dev: a.Dev, Present: a.Present})
	}
	for what, v := range s.Tracked {
		t := state.TrackedObject{Kind: what.Kind, Name: what.Name, Known: v.Known, Value: v.Value}
		if what.Kind == config.TrackedProcess {
			t.Count = s.Running[what.Name].Running
		}
		out.Tracked = append(out.Tracked, t)
	}
	return state.Report{At: s.At.UnixNano(), Objects: out}
}

// countedForMIB are the counters that have objects in the MIBs of the RFCs.
func countedForMIB(c *vrrp.Counters) state.RouterCounters {
	return state.RouterCounters{
		BecameMaster: c.BecameMaster, Received: c.AdvertReceived, Checksum: c.ChecksumErrors, Version: c.VersionErrors,
		Interval: c.IntervalErrors, TTL: c.TTLErrors, Type: c.InvalidTypeErrors, Addresses: c.AddressListErrors,
		Length: c.LengthErrors, AuthType: c.AuthInvalidType, AuthMismatch: c.AuthTypeMismatch, AuthFailure: c.AuthFailure,
		ZeroReceived: c.PriorityZeroReceived, ZeroSent: c.PriorityZeroSent,
	}
}
