package super

import (
	"context"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// blockedEngine writes a dump when it is told to go on.
type blockedEngine struct {
	Engine
	began chan DumpKind
	goOn  chan struct{}
}

func (r blockedEngine) Dump(k DumpKind) error {
	r.began <- k
	<-r.goOn
	return nil
}

// Asking never waits; what is asked for beyond reason is refused with a line, and the rest is
// written when that is possible again.
func TestDumperNeverWaits(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	r := blockedEngine{began: make(chan DumpKind), goOn: make(chan struct{})}
	d := newDumper(r, zap.New(core))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); d.run(ctx) }()
	d.ask(DumpStats)
	if k := <-r.began; k != DumpStats {
		t.Errorf("began %v", k)
	}
	for range maxDumps + 2 {
		d.ask(DumpData)
	}
	if n := logs.Len(); n != 2 {
		t.Errorf("%d requests were refused, want 2", n)
	}
	for range maxDumps {
		r.goOn <- struct{}{}
		if k := <-r.began; k != DumpData {
			t.Errorf("began %v", k)
		}
	}
	cancel()
	r.goOn <- struct{}{}
	<-ended
}
