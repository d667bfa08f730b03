package engine

import (
	"context"

	"holdfast/config"
	"holdfast/internal/report"
	"holdfast/internal/report/services"
	"holdfast/internal/runas"
	"holdfast/internal/super"
)

// dumpOf is what the name of the dump file has beside those of other roles.
const dumpOf = "_check"

// Dump writes keepalived_check.data, the state as of now, readable for its owner only.
// There are no statistics of checks: the other kinds write nothing.
func (e *Engine) Dump(kind super.DumpKind) error {
	if kind != super.DumpData {
		return nil
	}
	return report.Dump(e.log, "checker data", dumpOf, func(ctx context.Context) (config.Global, []byte, error) {
		s, err := e.Snapshot(ctx)
		if err != nil {
			return config.Global{}, nil, err
		}
		return s.Global, services.Data(s, runas.IDs), nil
	})
}
