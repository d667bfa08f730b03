package engine

import (
	"context"
	"fmt"
	"os"
	"time"

	"holdfast/internal/bfd"
	"holdfast/internal/report"
	"holdfast/internal/report/sessions"
	"holdfast/internal/runas"
	"holdfast/internal/super"
)

const (
	// dumpFile is the name of the dump file in report.Dir.
	dumpFile = "keepalived_bfd.data"
	// dumpWait is how long Dump waits for the loop.
	dumpWait = 5 * time.Second
)

// Dump writes keepalived_bfd.data, readable by its owner only. There are no statistics of sessions: the
// other kinds write nothing.
func (e *Engine) Dump(kind super.DumpKind) error {
	if kind != super.DumpData {
		return nil
	}
	// Whoever writes dumps must not wait for ever for a loop that is stuck.
	ctx, cancel := context.WithTimeout(context.Background(), dumpWait)
	defer cancel()
	s, err := e.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("cannot write the BFD data: %w", err)
	}
	e.log.Info(fmt.Sprintf("Printing BFD data for process(%d) on signal", os.Getpid()))
	if err := report.Write(dumpFile, sessions.Data(s, runas.IDs)); err != nil {
		return fmt.Errorf("cannot write the BFD data: %w", err)
	}
	return nil
}

// Snapshot is made by the loop when somebody asks.
func (e *Engine) Snapshot(ctx context.Context) (*sessions.Snapshot, error) {
	var s *sessions.Snapshot
	if err := e.call(ctx, func() { s = e.loop.snapshot(time.Now()) }); err != nil {
		return nil, err
	}
	return s, nil
}

func (l *loop) snapshot(now time.Time) *sessions.Snapshot {
	s := &sessions.Snapshot{At: now, Global: l.cfg.Global, Refused: l.core.Refused()}
	for _, st := range l.core.Status() {
		s.Sessions = append(s.Sessions, sessions.Session{Status: st, SendFails: l.sendFails(st.Session)})
	}
	return s
}

func (l *loop) sendFails(id bfd.ID) bool {
	s := l.senders[id]
	return s != nil && s.failing
}
