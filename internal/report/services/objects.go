package services

import (
	"time"

	"holdfast/config"
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

// Objects is a snapshot as SNMP shows it.
func Objects(s *Snapshot, now Statistics) state.Report {
	o := state.Objects{Services: make([]state.ServiceObjects, len(s.Services))}
	for n := range s.Services {
		o.Services[n] = now.service(&s.Services[n])
	}
	return state.Report{At: s.At.UnixNano(), Objects: o}
}

func (st *Statistics) service(v *lvs.VirtualStatus) state.ServiceObjects {
	out := state.ServiceObjects{Name: v.Name, Alive: v.InTable, Quorum: v.Quorum == "up",
		Servers: make([]state.ServerObjects, len(v.Servers))}
	for _, m := range v.Members {
		of := st.services[m]
		add(&out.Traffic, &of.Counters)
	}
	for n := range v.Servers {
		r := &v.Servers[n]
		out.Servers[n] = state.ServerObjects{Up: r.Up, Effective: r.Weight, Failed: r.Failed, Traffic: st.to(v, r.Config)}
	}
	if v.Config.Sorry != nil {
		out.Sorry = st.to(v, v.Config.Sorry)
	}
	return out
}

// to is the traffic of a real server, over all members.
func (st *Statistics) to(v *lvs.VirtualStatus, r *config.RealServer) (sum state.Traffic) {
	for _, m := range v.Members {
		d, known := st.services[m].dests[v.Dest(m, r)]
		if !known {
			continue
		}
		add(&sum, &d.Counters)
		sum.Active, sum.Inactive, sum.Persistent = sum.Active+d.Active, sum.Inactive+d.Inactive, sum.Persistent+d.Persistent
	}
	return sum
}

func add(sum *state.Traffic, c *ipvs.Counters) {
	sum.Connections += c.Connections
	sum.PacketsIn, sum.PacketsOut = sum.PacketsIn+c.PacketsIn, sum.PacketsOut+c.PacketsOut
	sum.BytesIn, sum.BytesOut = sum.BytesIn+c.BytesIn, sum.BytesOut+c.BytesOut
	sum.ConnectionRate += c.ConnectionRate
	sum.PacketRateIn, sum.PacketRateOut = sum.PacketRateIn+c.PacketRateIn, sum.PacketRateOut+c.PacketRateOut
	sum.ByteRateIn, sum.ByteRateOut = sum.ByteRateIn+c.ByteRateIn, sum.ByteRateOut+c.ByteRateOut
}
