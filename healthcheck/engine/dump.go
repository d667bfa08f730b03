package engine

import (
	"context"
	"fmt"
	"os"
	"time"

	"holdfast/internal/report"
	"holdfast/internal/report/services"
	"holdfast/internal/runas"
	"holdfast/internal/super"
)

const (
	// dumpFile is the name of the dump file in report.Dir.
	dumpFile = "keepalived_check.data"
	// dumpWait is how long Dump waits for the loop.
	dumpWait = 5 * time.Second
)

// Dump writes keepalived_check.data, the state as of now, readable for its owner only.
// There are no statistics of checks: the other kinds write nothing.
func (e *Engine) Dump(kind super.DumpKind) error {
	if kind != super.DumpData {
		return nil
	}
	// Whoever writes dumps must not wait for ever for a loop that is stuck.
	ctx, cancel := context.WithTimeout(context.Background(), dumpWait)
	defer cancel()
	s, err := e.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("cannot write the checker data: %w", err)
	}
	e.log.Info(fmt.Sprintf("Printing checker data for process(%d) on signal", os.Getpid()))
	if err := report.Write(dumpFile, services.Data(s, runas.IDs)); err != nil {
		return fmt.Errorf("cannot write the checker data: %w", err)
	}
	return nil
}
