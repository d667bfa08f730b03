package engine

import (
	"context"
	"iter"
	"slices"
	"time"

	"holdfast/config"
	"holdfast/internal/super"
	"holdfast/internal/track"
	"holdfast/vrrp"
)

// This file is how the role goes on in another process (super.Successor). What is in the kernel stays there and is
// found as after a crash; what the core knows goes over; sockets are opened by the successor while this process still
// has its own, so that nothing that comes is missed.

// A handover is what goes over.
type handover struct {
	Core vrrp.Handover
	// Announcing is whether addresses were about to be announced once more.
	Announcing bool
	Scripts    []track.FormerScript
}

// A mover is a Source of what is counted; track.Scripts is one. It stands still from Handover on until Resume.
type mover interface {
	Handover(now time.Time) []track.FormerScript
	Resume()
	Succeed(then time.Time, all []track.FormerScript)
}

// HandOver has the loop stand still and gives what a successor goes on from.
func (e *Engine) HandOver(ctx context.Context, verdict <-chan bool) (super.Handover, error) {
	return super.StandStill(func(f func()) error { return e.call(ctx, f) }, verdict, func() (super.Handover, error) {
		e.tick(time.Now())
		return e.handOver()
	}, func(left bool) {
		if left {
			e.leave()
			return
		}
		for m := range e.movers() {
			m.Resume()
		}
		if err := e.vmacs.Reclaim(); err != nil {
			e.log.Warn("virtual MAC interfaces are not known to be ours any more: " + err.Error())
		}
	})
}

func (e *Engine) handOver() (super.Handover, error) {
	h := handover{Core: e.core.Handover(e.now)}
	_, h.Announcing = e.nextAnnouncement()
	for m := range e.movers() {
		h.Scripts = append(h.Scripts, m.Handover(e.now)...)
	}
	text, err := super.Pack(e.now, h)
	if err == nil {
		err = e.vmacs.Close() // the successor takes them for left behind, and makes them its own
	}
	return super.Handover{State: text}, err
}

// movers are the sources that hand something over.
func (e *Engine) movers() iter.Seq[mover] {
	return func(yield func(mover) bool) {
		for _, s := range e.sources {
			if m, is := s.(mover); is && !yield(m) {
				return
			}
		}
	}
}

// A leaver is a Notifier that can be closed while another process goes on with what it has; notify.Notifier is one.
type leaver interface{ Leave() }

// leave ends the loop and leaves the host as it is.
func (e *Engine) leave() {
	for _, s := range e.sources {
		s.Stop()
	}
	if e.beats != nil {
		_ = e.beats.Close() // it ends with the process anyway
	}
	e.events.Leave()
	if n, is := e.opt.Notifier.(leaver); is {
		n.Leave()
	}
}

// Succeed has the first Commit go on from what former gives.
func (e *Engine) Succeed(former func() (super.Handover, error)) { e.former = former }

// recall asks the predecessor where it is, once. It stands still from here on.
func (e *Engine) recall() error {
	if e.former == nil || e.recalled != nil {
		return nil
	}
	all, err := e.former()
	if err != nil {
		return err
	}
	defer all.Close()
	h := &handover{}
	if e.then, err = super.Unpack(all.State, h); err != nil {
		return err
	}
	e.recalled = h
	e.startSources()
	for m := range e.movers() {
		m.Succeed(e.then, h.Scripts)
	}
	e.tick(time.Now())
	return nil
}

// recallFor is recall where there is a reason to ask already.
func (e *Engine) recallFor(reason bool) error {
	if !reason {
		return nil
	}
	return e.recall()
}

// usesVMACs reports whether interfaces are made for a configuration. Whose they are has to be settled before anything
// is done to them.
func usesVMACs(cfg *config.Config) bool {
	return slices.ContainsFunc(cfg.Instances, func(i config.Instance) bool {
		lodging := lodgingOf(&cfg.Global, &i)
		return lodging.made || slices.ContainsFunc(addressesOf(&i), func(a address) bool { return a.written.VMAC })
	})
}

// goOn has the core go on from where the predecessor is. What is due is done first of all.
func (e *Engine) goOn(s vrrp.Setup) error {
	if err := e.recall(); err != nil {
		return err
	}
	h := e.recalled
	s.Former, s.Then = &h.Core, e.then
	e.do(e.core.Configure(e.now, s))
	e.tick(time.Now())
	e.do(e.core.Expire(e.now))
	e.settle()
	e.former, e.recalled = nil, nil
	if !h.Announcing {
		return nil
	}
	for _, r := range e.routers.all {
		if wanted := e.addrs.wanted[r.id]; len(wanted) > 0 {
			e.wanted = e.wanted[:0]
			for _, a := range wanted {
				e.wanted = append(e.wanted, a.Wanted)
			}
			e.burst(r, e.wanted, 1)
		}
	}
	return nil
}
