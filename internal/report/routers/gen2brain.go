package routers

import (
	"holdfast/internal/metric"
	"holdfast/vrrp"
)

// Gen2brain is what another exporter tells of instances, under its names.
type Gen2brain struct{ table metric.Table }

// NewGen2brain was told of no instance yet.
func NewGen2brain() *Gen2brain {
	g := &Gen2brain{}
	for _, c := range metric.AdoptedCounters() {
		g.table.Add(c.Other, "", metric.Values{})
	}
	return g
}

// Router takes an instance.
func (g *Gen2brain) Router(i *vrrp.Status) {
	name, dev, vrid := labelsOf(i)
	g.table.Rows.Add("name", name, "intf", dev, "vrid", vrid, "state", i.State.String())
	for n, count := range adopted(&i.Counters) {
		g.table.Columns[n].Values.Add(float64(count))
	}
}

// Table is what it comes to.
func (g *Gen2brain) Table() metric.Table { return g.table }
