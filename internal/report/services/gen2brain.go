package services

import (
	"net/netip"
	"strconv"

	"holdfast/internal/metric"
	"holdfast/ipvs"
)

// Gen2brain is what another exporter tells of the kernel's table, under its names. A service by mark is named by it.
type Gen2brain struct {
	virtual, real metric.Table
	of, to        [5]metric.Values
}

// NewGen2brain is that of an empty table.
func NewGen2brain() *Gen2brain { return &Gen2brain{} }

// Add adds a service as the kernel lists it.
func (g *Gen2brain) Add(s *ipvs.ListedService) {
	vip, proto := endpoint(s.ID.Addr, s.ID.Port), strconv.Itoa(int(s.ID.Protocol))
	if s.ID.FWMark != 0 {
		vip = "fwmark:" + strconv.FormatUint(uint64(s.ID.FWMark), 10)
	}
	g.virtual.Rows.Add("addr", vip, "proto", proto)
	fill(&g.of, &s.Counters)
	for d := range s.Dests {
		g.real.Rows.Add("vip", vip, "addr", endpoint(s.Dests[d].ID.Addr, s.Dests[d].ID.Port), "proto", proto)
		fill(&g.to, &s.Dests[d].Stats.Counters)
	}
}

// Tables are what it comes to.
func (g *Gen2brain) Tables() []metric.Table {
	for n, end := range metric.LVSNumbers() {
		g.virtual.Add(metric.LVSVirtual+end, "", g.of[n])
		g.real.Add(metric.LVSReal+end, "", g.to[n])
	}
	return []metric.Table{g.virtual, g.real}
}

func fill(to *[5]metric.Values, c *ipvs.Counters) {
	for n, v := range [...]uint64{c.PacketsIn, c.PacketsOut, c.BytesIn, c.BytesOut, c.Connections} {
		to[n].Add(float64(v))
	}
}

// endpoint is an address with a port, without brackets around one of IPv6, as it is written there.
func endpoint(addr netip.Addr, port uint16) string {
	return addr.String() + ":" + strconv.Itoa(int(port))
}
