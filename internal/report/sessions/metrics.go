package sessions

import (
	"time"

	"holdfast/internal/metric"
	"holdfast/internal/state"
)

// Metrics is the snapshot for those who count and measure.
func Metrics(s *Snapshot) state.Report {
	var t metric.Table
	add := func(family string, value func(*Session) float64) {
		var values metric.Values
		for n := range s.Sessions {
			values.Add(value(&s.Sessions[n]))
		}
		t.Add(family, "", values)
	}
	for n := range s.Sessions {
		c := s.Sessions[n].Config
		t.Rows.Add("name", c.Name, "neighbor", c.Neighbor.String())
	}
	add(metric.BFDState, func(b *Session) float64 { return float64(b.State) })
	add(metric.BFDSince, func(b *Session) float64 { return moment(b.Since) })
	add(metric.BFDSent, func(b *Session) float64 { return float64(b.Sent) })
	add(metric.BFDReceived, func(b *Session) float64 { return float64(b.Received) })
	add(metric.BFDRefused, func(b *Session) float64 { return float64(b.Refused) })
	add(metric.BFDDetection, func(b *Session) float64 { return b.Detection.Seconds() })
	return state.Report{At: s.At.UnixNano(), Tables: []metric.Table{t}, NotReady: notReady(s)}
}

// moment is in seconds since 1970, to the millisecond.
func moment(t time.Time) float64 {
	if t.IsZero() {
		return metric.None()
	}
	return float64(t.UnixMilli()) / 1e3
}
