package super

import (
	"context"

	"go.uber.org/zap"
)

// maxDumps is how many dumps may be asked for while one is written.
const maxDumps = 8

// A dumper writes dump files beside everything else that a role process does: the
// directory may be on a disk that does not answer, and neither a reload nor the stop waits
// for that.
type dumper struct {
	engine Engine
	log    *zap.Logger
	wanted chan DumpKind
}

func newDumper(e Engine, log *zap.Logger) *dumper {
	return &dumper{engine: e, log: log, wanted: make(chan DumpKind, maxDumps)}
}

// ask has a dump written; it does not wait.
func (d *dumper) ask(k DumpKind) {
	select {
	case d.wanted <- k:
	default:
		d.log.Warn("Dumps asked for before are not written yet - ignoring this request")
	}
}

// run writes one dump after the other until ctx ends.
func (d *dumper) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case k := <-d.wanted:
			if err := d.engine.Dump(k); err != nil {
				d.log.Error(err.Error())
			}
		}
	}
}
