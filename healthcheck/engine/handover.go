package engine

import (
	"context"
	"time"

	"holdfast/healthcheck/announce"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/announcer"
	"holdfast/internal/speaker"
	"holdfast/internal/super"
)

// This file is how the role goes on in another process (super.Successor). What is in the kernel's table stays there
// and is adopted as after a crash; what the core knows of the servers goes over, and what routers are shown.

// A handover is what goes over.
type handover struct {
	lvs.Handover
	Announced *formerShow `json:",omitempty"`
}

// A formerShow is what is shown.
type formerShow struct {
	announce.Former
	Kernel announcer.Former
	Files  int             // of all descriptors those that are the kernel's
	BGP    *speaker.Former `json:",omitempty"`
}

// HandOver has the loop stand still and gives what a successor goes on from.
func (e *Engine) HandOver(ctx context.Context, verdict <-chan bool) (super.Handover, error) {
	return super.StandStill(func(f func()) error { return e.call(ctx, f) }, verdict, func() (super.Handover, error) {
		return e.loop.handOver(time.Now())
	}, func(left bool) {
		if e.loop.left = left; !left {
			e.loop.showOn()
		}
	})
}

// showOn has what shows places go on that has stood still.
func (l *loop) showOn() {
	if l.e.opt.Announcer != nil {
		l.e.opt.Announcer.Resume()
	}
	if l.e.opt.Speaker != nil {
		l.e.opt.Speaker.Resume()
	}
}

func (l *loop) handOver(now time.Time) (out super.Handover, err error) {
	h := handover{Handover: l.core.Handover(now)}
	if a := l.e.opt.Announcer; a != nil {
		h.Announced = &formerShow{Former: l.shows.Handover(now)}
		h.Announced.Kernel, out.Files = a.HandOver()
		h.Announced.Files = len(out.Files)
		if s := l.e.opt.Speaker; s != nil {
			f, fds := s.HandOver(now)
			h.Announced.BGP, out.Files = &f, append(out.Files, fds...)
		}
	}
	if out.State, err = super.Pack(now, h); err != nil {
		l.showOn()
	}
	return out, err
}

// Succeed has the first Commit go on from what former gives.
func (e *Engine) Succeed(former func() (super.Handover, error)) { e.former = former }

// recall puts what a predecessor hands over into the setup of the first configuration, which is of a later moment then.
func (l *loop) recall(s *lvs.Setup, now *time.Time) error {
	if l.e.former == nil {
		return nil
	}
	in, err := l.e.former()
	if err != nil {
		return err
	}
	l.e.former = nil
	h := &handover{}
	then, err := super.Unpack(in.State, h)
	if a := h.Announced; err == nil && a != nil && l.e.opt.Announcer != nil {
		l.shows.Recall(then, a.Former)
		l.succeeds = true
		apart := min(a.Files, len(in.Files))
		err = l.e.opt.Announcer.Succeed(a.Kernel, in.Files[:apart])
		in.Files = in.Files[apart:]
		if s := l.e.opt.Speaker; s != nil && a.BGP != nil && err == nil {
			err, in.Files = s.Succeed(*a.BGP, then, in.Files), nil
		}
	}
	in.Close() // what nobody has use for
	if err != nil {
		return err
	}
	s.Former, s.Then, *now = &h.Handover, then, time.Now()
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
