package engine

import (
	"context"
	"time"

	"holdfast/internal/report"
	"holdfast/internal/report/routers"
	"holdfast/internal/runas"
	"holdfast/internal/super"
)

// The files of cli 6.
const (
	dataFile  = "keepalived.data"
	statsFile = "keepalived.stats"
	jsonFile  = "keepalived.json"
)

// Dump writes the dump file that kind asks for, readable by its owner only, into
// report.Dir. An earlier file, or a link somebody put in its place, is replaced,
// never written through.
func (e *Engine) Dump(kind super.DumpKind) error {
	var s *routers.Snapshot
	// The loop only makes the picture: a slow disk holds up whoever asked, not the adverts.
	err := e.call(context.Background(), func() {
		s = e.snapshot(time.Now())
		if kind == super.DumpStatsClear {
			e.core.ClearCounters() // in the same turn: nothing is counted that neither file shows
		}
	})
	if err != nil {
		return err
	}
	switch kind {
	case super.DumpData:
		return e.write("data", dataFile, routers.Data(s, runas.IDs))
	case super.DumpJSON:
		text, err := routers.JSON(s)
		if err != nil {
			return err
		}
		return e.write("as json", jsonFile, text)
	default:
		// USR2, and RTMAX-1, which has begun the counters anew above (cli 2).
		return e.write("stats", statsFile, routers.Stats(s))
	}
}

func (e *Engine) write(what, file string, text []byte) error {
	return report.Print(e.log, "VRRP "+what, file, text)
}
