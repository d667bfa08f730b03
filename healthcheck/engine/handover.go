package engine

import (
	"context"
	"time"

	"holdfast/healthcheck/lvs"
	"holdfast/internal/super"
)

// This file is how the role goes on in another process (super.Successor). What is in the kernel's table stays there
// and is adopted as after a crash; what the core knows of the servers goes over.

// HandOver has the loop stand still and gives what a successor goes on from.
func (e *Engine) HandOver(ctx context.Context, verdict <-chan bool) ([]byte, error) {
	return super.StandStill(func(f func()) error { return e.call(ctx, f) }, verdict, func() ([]byte, error) {
		now := time.Now()
		return super.Pack(now, e.loop.core.Handover(now))
	}, func(left bool) { e.loop.left = left })
}

// Succeed has the first Commit go on from what former gives.
func (e *Engine) Succeed(former func() ([]byte, error)) { e.former = former }

// recall puts what a predecessor hands over into the setup of the first configuration, which is of a later moment then.
func (e *Engine) recall(s *lvs.Setup, now *time.Time) error {
	if e.former == nil {
		return nil
	}
	text, err := e.former()
	if err != nil {
		return err
	}
	e.former = nil
	h := &lvs.Handover{}
	then, err := super.Unpack(text, h)
	if err != nil {
		return err
	}
	s.Former, s.Then, *now = h, then, time.Now()
	return nil
}

// leave ends and leaves everything as it is.
func (l *loop) leave() {
	l.probes.stop()
	l.stopFollowing()
	if n, is := l.e.opt.Notifier.(interface{ Leave() }); is {
		n.Leave()
	}
}
