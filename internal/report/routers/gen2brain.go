package routers

import (
	"holdfast/internal/metric"
)

// Gen2brain is what another exporter tells of instances, under its names.
func Gen2brain(s *Snapshot) metric.Table {
	var t metric.Table
	for n := range s.Instances {
		i := &s.Instances[n]
		name, dev, vrid := labelsOf(i)
		t.Rows.Add("name", name, "intf", dev, "vrid", vrid, "state", i.State.String())
	}
	for n, c := range metric.AdoptedCounters() {
		values := make(metric.Values, len(s.Instances))
		for i := range values {
			values[i] = float64(adopted(&s.Instances[i].Counters)[n])
		}
		t.Add(c.Other, "", values)
	}
	return t
}
