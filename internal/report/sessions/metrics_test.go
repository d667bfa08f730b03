package sessions

import (
	"net/netip"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/internal/bfd"
	"holdfast/internal/golden"
	"holdfast/internal/metric/exposed"
)

func TestMetrics(t *testing.T) {
	one := config.BFD{Name: "peer", Neighbor: netip.MustParseAddr("10.9.0.2")}
	two := config.BFD{Name: "far", Neighbor: netip.MustParseAddr("2001:db8::2")}
	r := Metrics(&Snapshot{Sessions: []Session{
		{Status: bfd.Status{Config: &one, State: bfd.Up, Verdict: bfd.IsUp, Detection: 600 * time.Millisecond, Since: time.UnixMilli(1234567),
			Counters: bfd.Counters{Sent: 51, Received: 35, Refused: 2}}},
		{Status: bfd.Status{Config: &two, State: bfd.Down, Verdict: bfd.Unsettled}},
	}})
	text := exposed.Text(t, r.Tables)
	golden.Equal(t, "testdata/metrics.txt", text)
	exposed.Lint(t, text)
	exposed.Series(t, text)
	exposed.Complete(t, "bfd", text)
	if len(r.NotReady) != 1 {
		t.Errorf("not ready: %q", r.NotReady)
	}
}
