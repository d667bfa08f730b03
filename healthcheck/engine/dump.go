package engine

import (
	"context"

	"holdfast/internal/report"
	"holdfast/internal/report/services"
	"holdfast/internal/runas"
	"holdfast/internal/super"
)

// dumpFile is the name of the dump file in report.Dir.
const dumpFile = "keepalived_check.data"

// Dump writes keepalived_check.data, the state as of now, readable for its owner only.
// There are no statistics of checks: the other kinds write nothing.
func (e *Engine) Dump(kind super.DumpKind) error {
	if kind != super.DumpData {
		return nil
	}
	return report.Dump(e.log, "checker data", dumpFile, func(ctx context.Context) ([]byte, error) {
		s, err := e.Snapshot(ctx)
		if err != nil {
			return nil, err
		}
		return services.Data(s, runas.IDs), nil
	})
}
