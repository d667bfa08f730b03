package engine

import (
	"context"
	"time"

	"holdfast/internal/report"
	"holdfast/internal/report/routers"
	"holdfast/internal/runas"
	"holdfast/internal/super"
)

// Dump writes the dump file that kind asks for, where report.FileOf has it. An earlier file, or a link somebody put
// in its place, is replaced, never written through.
func (e *Engine) Dump(kind super.DumpKind) error {
	var s *routers.Snapshot
	// The loop only makes the picture: a slow disk holds up whoever asked, not the adverts.
	err := e.call(context.Background(), func() {
		s = e.loop.snapshot(time.Now())
		if kind == super.DumpStatsClear {
			e.core.ClearCounters() // in the same turn: nothing is counted that neither file shows
		}
	})
	if err != nil {
		return err
	}
	switch kind {
	case super.DumpData:
		return e.write("data", s, report.Data, routers.Data(s, runas.IDs))
	case super.DumpJSON:
		text, err := routers.JSON(s)
		if err != nil {
			return err
		}
		return e.write("as json", s, report.JSON, text)
	default:
		// USR2, and RTMAX-1, which has begun the counters anew above (cli 2).
		return e.write("stats", s, report.Stats, routers.Stats(s))
	}
}

func (e *Engine) write(what string, s *routers.Snapshot, k report.Kind, text []byte) error {
	return report.Print(e.log, "VRRP "+what, report.FileOf(s.Global, k, ""), text)
}
