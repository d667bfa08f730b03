package services

import (
	"time"

	"holdfast/healthcheck/lvs"
	"holdfast/internal/state"
	"holdfast/ipvs"
)

// Statistics are what the kernel counts, by service and destination.
type Statistics struct {
	At       time.Time // when it was asked; zero for never
	services map[ipvs.ServiceID]counted
}

type counted struct {
	ipvs.Counters
	dests map[ipvs.DestID]ipvs.DestStats
}

// NewStatistics are those of a table to which services are added.
func NewStatistics(at time.Time) Statistics {
	return Statistics{At: at, services: map[ipvs.ServiceID]counted{}}
}

// Add adds what is counted of a service as the kernel lists it.
func (st *Statistics) Add(v *ipvs.ListedService) {
	of := counted{v.Counters, make(map[ipvs.DestID]ipvs.DestStats, len(v.Dests))}
	for n := range v.Dests {
		of.dests[v.Dests[n].ID] = v.Dests[n].Stats
	}
	st.services[v.ID] = of
}

// A Shown is what SNMP shows, made of what a core tells of its virtual servers (lvs.Meter) and of what the kernel has
// counted.
type Shown struct {
	kernel   Statistics
	services []state.ServiceObjects
	members  []counted // of the virtual server at hand
}

// NewShown is a Shown to which nothing was told yet.
func NewShown(kernel Statistics) *Shown { return &Shown{kernel: kernel} }

// Virtual is told of a virtual server.
func (o *Shown) Virtual(v *lvs.VirtualReading) {
	s := state.ServiceObjects{Name: v.Name, Alive: len(v.Members) > 0, Quorum: v.Quorum == "up",
		Servers: make([]state.ServerObjects, 0, v.Servers)}
	o.members = o.members[:0]
	for n, id := range v.Members {
		of := o.kernel.services[id]
		o.members = append(o.members, of)
		add(&s.Traffic, &of.Counters)
		if sorry, is := v.Sorry(n); is {
			of.add(&s.Sorry, sorry)
		}
	}
	o.services = append(o.services, s)
}

// Server is told of a real server of the virtual server before.
func (o *Shown) Server(s *lvs.ServerReading) {
	of := &o.services[len(o.services)-1]
	r := state.ServerObjects{Up: s.Up, Effective: s.Effective, Override: s.Override}
	for n := range o.members {
		o.members[n].add(&r.Traffic, s.Dest(n))
	}
	of.Servers = append(of.Servers, r)
}

// Checker is told of a checker of the real server before.
func (o *Shown) Checker(k *lvs.CheckerReading) {
	if k.Up {
		return
	}
	list := o.services[len(o.services)-1].Servers
	list[len(list)-1].Failed++
}

// Report is what it was told, as of a moment.
func (o *Shown) Report(at time.Time) state.Report {
	return state.Report{At: at.UnixNano(), Objects: state.Objects{Services: o.services}}
}

// add adds what is counted of a destination, if the kernel has it.
func (c *counted) add(sum *state.Traffic, id ipvs.DestID) {
	d, known := c.dests[id]
	if !known {
		return
	}
	add(sum, &d.Counters)
	sum.Active, sum.Inactive, sum.Persistent = sum.Active+d.Active, sum.Inactive+d.Inactive, sum.Persistent+d.Persistent
}

func add(sum *state.Traffic, c *ipvs.Counters) {
	sum.Connections += c.Connections
	sum.PacketsIn, sum.PacketsOut = sum.PacketsIn+c.PacketsIn, sum.PacketsOut+c.PacketsOut
	sum.BytesIn, sum.BytesOut = sum.BytesIn+c.BytesIn, sum.BytesOut+c.BytesOut
	sum.ConnectionRate += c.ConnectionRate
	sum.PacketRateIn, sum.PacketRateOut = sum.PacketRateIn+c.PacketRateIn, sum.PacketRateOut+c.PacketRateOut
	sum.ByteRateIn, sum.ByteRateOut = sum.ByteRateIn+c.ByteRateIn, sum.ByteRateOut+c.ByteRateOut
}
