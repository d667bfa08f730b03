package engine

import (
	"bytes"
	"context"
	"time"

	"holdfast/internal/report"
	"holdfast/internal/super"
)

// The files of cli 6.
const (
	dataFile  = "keepalived.data"
	statsFile = "keepalived.stats"
)

// Dump writes the dump file that kind asks for, readable by its owner only, into
// report.Dir. An earlier file, or a link somebody put in its place, is replaced,
// never written through.
func (e *Engine) Dump(kind super.DumpKind) error {
	var s *Snapshot
	err := e.call(context.Background(), func() {
		s = e.snapshot(time.Now())
		if kind == super.DumpStatsClear {
			e.core.ClearCounters()
		}
	})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if kind == super.DumpData {
		writeData(&b, s)
		return report.Write(dataFile, b.Bytes())
	}
	writeStats(&b, s)
	return report.Write(statsFile, b.Bytes())
}
