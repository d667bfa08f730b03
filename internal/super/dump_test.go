package super

import (
	"context"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// Asking never waits; what is asked for beyond reason is refused with a line, and the rest is
// written when that is possible again.
func TestDumperNeverWaits(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	began, goOn := make(chan DumpKind), make(chan struct{})
	dump := func(k DumpKind) func() error {
		return func() error { began <- k; <-goOn; return nil }
	}
	d := newDumper(zap.New(core))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); d.run(ctx) }()
	d.ask(dump(DumpStats))
	if k := <-began; k != DumpStats {
		t.Errorf("began %v", k)
	}
	for range maxDumps + 2 {
		d.ask(dump(DumpData))
	}
	if n := logs.Len(); n != 2 {
		t.Errorf("%d requests were refused, want 2", n)
	}
	for range maxDumps {
		goOn <- struct{}{}
		if k := <-began; k != DumpData {
			t.Errorf("began %v", k)
		}
	}
	cancel()
	goOn <- struct{}{}
	<-ended
}
