package super

import (
	"context"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/appointment"
	"holdfast/internal/report"
	"holdfast/internal/runas"
)

// maxDumps is how many dumps may be asked for while one is written.
const maxDumps = 8

// A dumper writes dump files beside everything else that a process does: the
// directory may be on a disk that does not answer, and neither a reload nor the stop waits
// for that.
type dumper struct {
	log    *zap.Logger
	wanted chan func() error
}

func newDumper(log *zap.Logger) *dumper {
	return &dumper{log: log, wanted: make(chan func() error, maxDumps)}
}

// ask has a dump written; it does not wait.
func (d *dumper) ask(write func() error) {
	select {
	case d.wanted <- write:
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
		case write := <-d.wanted:
			if err := write(); err != nil {
				d.log.Error(err.Error())
			}
		}
	}
}

// parentDump is what the name of the supervisor's dump file has beside those of roles (cli 6).
const parentDump = "_parent"

// dump has all roles write what kind asks for, and writes the supervisor's own file.
func (s *Supervisor) dump(kind DumpKind) {
	s.broadcast(message{Kind: kindDump, Dump: kind})
	// The other kinds are about virtual routers only.
	if kind == DumpData && s.current.config != nil {
		g := s.current.config.Global // a copy: a reload has no part in what is being written
		due := s.timetable.Due()
		s.dumps.ask(func() error { return s.dumpSettings(g, due) })
	}
}

func (s *Supervisor) dumpSettings(g config.Global, due time.Time) error {
	p := report.NewPage(runas.IDs)
	next := ""
	if !due.IsZero() {
		next = appointment.Shown(due)
	}
	p.Supervisor(g, next)
	return report.Print(s.o.Log, "parent data", report.FileOf(g, report.Data, parentDump), p.Bytes())
}
