package services

import (
	"net/netip"
	"strconv"

	"holdfast/internal/metric"
	"holdfast/ipvs"
)

// Gen2brain is what another exporter tells of the kernel's table, under its names. A service by mark is named by it.
func Gen2brain(table []ipvs.ListedService) []metric.Table {
	var virtual, real metric.Table
	var of, to [5]metric.Values
	for n := range table {
		s := &table[n]
		vip, proto := endpoint(s.ID.Addr, s.ID.Port), strconv.Itoa(int(s.ID.Protocol))
		if s.ID.FWMark != 0 {
			vip = "fwmark:" + strconv.FormatUint(uint64(s.ID.FWMark), 10)
		}
		virtual.Rows.Add("addr", vip, "proto", proto)
		fill(&of, &s.Counters)
		for d := range s.Dests {
			real.Rows.Add("vip", vip, "addr", endpoint(s.Dests[d].ID.Addr, s.Dests[d].ID.Port), "proto", proto)
			fill(&to, &s.Dests[d].Stats.Counters)
		}
	}
	for n, end := range metric.LVSNumbers() {
		virtual.Add(metric.LVSVirtual+end, "", of[n])
		real.Add(metric.LVSReal+end, "", to[n])
	}
	return []metric.Table{virtual, real}
}

func fill(to *[5]metric.Values, c *ipvs.Counters) {
	for n, v := range [...]uint64{c.PacketsIn, c.PacketsOut, c.BytesIn, c.BytesOut, c.Connections} {
		to[n] = append(to[n], float64(v))
	}
}

// endpoint is an address with a port, without brackets around one of IPv6, as it is written there.
func endpoint(addr netip.Addr, port uint16) string {
	return addr.String() + ":" + strconv.Itoa(int(port))
}
