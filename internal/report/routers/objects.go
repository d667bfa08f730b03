package routers

import (
	"net"

	"holdfast/config"
	"holdfast/internal/state"
	"holdfast/vrrp"
)

// A Picture is a snapshot with what only SNMP shows of the same moment.
type Picture struct {
	*Snapshot
	// Routes and Rules tell of each line of the configuration whether it is on the host; those of the host itself are
	// under the zero ID.
	Routes, Rules map[vrrp.ID][]bool
	MACs          map[vrrp.ID]net.HardwareAddr // at which routers are reached
	Indexes       map[string]int               // of interfaces
}

// Objects is a picture as the supervisor gets it.
func Objects(p *Picture) state.Report {
	o := state.Objects{
		Routers: make([]state.RouterObjects, len(p.Instances)),
		Static:  state.HostObjects{Routes: p.Routes[vrrp.ID(0)], Rules: p.Rules[vrrp.ID(0)]},
		Links:   p.Indexes,
	}
	for n := range p.Instances {
		o.Routers[n] = p.router(&p.Instances[n])
	}
	for _, a := range p.StaticAddresses {
		o.Static.Addresses = append(o.Static.Addresses, state.AddressObject{Dev: a.Dev, Present: a.Present})
	}
	for what, v := range p.Tracked {
		t := state.TrackedObject{Kind: what.Kind, Name: what.Name, Known: v.Known, Value: v.Value}
		if what.Kind == config.TrackedProcess {
			t.Count = p.Running[what.Name].Running
		}
		o.Tracked = append(o.Tracked, t)
	}
	return state.Report{At: p.At.UnixNano(), Objects: o}
}

func (p *Picture) router(i *vrrp.Status) state.RouterObjects {
	c := i.Config
	out := state.RouterObjects{
		Name: c.Name, State: uint8(i.State), Wanted: uint8(wanted(*i)), Priority: i.Priority,
		Effective: i.EffectivePriority, Preempt: i.Preempt, VIPsSet: i.VIPsWanted,
		Interface: c.Interface, Source: i.Source, Master: i.MasterAddr, Part: i.Part, Misfit: uint8(i.Misfit),
		Takeover: uint8(i.Takeover), LinkUp: p.isUp(c.Interface),
		Routes: p.Routes[i.Router], Rules: p.Rules[i.Router], Counters: countedForMIB(&i.Counters),
	}
	copy(out.MAC[:], p.MACs[i.Router])
	if i.Place.Own != "" {
		out.Interface = i.Place.Own
	}
	for _, a := range p.Addresses[i.Router] {
		out.Addresses = append(out.Addresses, state.AddressObject{Dev: a.Dev, Present: a.Present && a.Wanted})
	}
	return out
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
