package engine

import (
	"context"
	"time"

	"holdfast/config"
	"holdfast/internal/bfd"
	"holdfast/internal/report"
	"holdfast/internal/report/sessions"
	"holdfast/internal/runas"
	"holdfast/internal/state"
	"holdfast/internal/super"
)

// dumpOf is what the name of the dump file has beside those of other roles.
const dumpOf = "_bfd"

// Dump writes keepalived_bfd.data, readable by its owner only. There are no statistics of sessions: the
// other kinds write nothing.
func (e *Engine) Dump(kind super.DumpKind) error {
	if kind != super.DumpData {
		return nil
	}
	return report.Dump(e.log, "BFD data", dumpOf, func(ctx context.Context) (config.Global, []byte, error) {
		s, err := e.Snapshot(ctx)
		if err != nil {
			return config.Global{}, nil, err
		}
		return s.Global, sessions.Data(s, runas.IDs), nil
	})
}

// State is the snapshot for those who ask the daemon; the loop only makes the picture.
func (e *Engine) State(ctx context.Context) (state.Report, error) {
	s, err := e.Snapshot(ctx)
	if err != nil {
		return state.Report{}, err
	}
	return sessions.State(s)
}

// Metrics is the same for those who count and measure.
func (e *Engine) Metrics(ctx context.Context) (state.Report, error) {
	s, err := e.Snapshot(ctx)
	if err != nil {
		return state.Report{}, err
	}
	return sessions.Metrics(s), nil
}

// Objects are what SNMP shows of sessions: nothing, those that follow them say it.
func (e *Engine) Objects(context.Context) (state.Report, error) {
	return state.Report{At: time.Now().UnixNano()}, nil
}

// Snapshot is made by the loop when somebody asks.
func (e *Engine) Snapshot(ctx context.Context) (*sessions.Snapshot, error) {
	var s *sessions.Snapshot
	if err := e.events.Call(ctx, func() { s = e.loop.snapshot(time.Now()) }); err != nil {
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
