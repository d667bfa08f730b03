package engine

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/bfd"
	"holdfast/internal/super"
)

// This file is how the role goes on in another process (super.Successor). The sockets that packets come in by are
// handed over, so that none is lost; those that packets go out by are opened anew at the same ports.

// A handover is what goes over.
type handover struct {
	Core bfd.Handover
	// Doors are in the order of the descriptors.
	Doors   []formerDoor
	Senders []formerSender
}

type formerDoor struct{ IPv6, Multihop bool }

// A formerSender is that of the session called Name. Port is 0 if it was never opened.
type formerSender struct {
	Name    string
	Port    uint16
	Failing bool
}

// HandOver has the loop stand still and gives what a successor goes on from.
func (e *Engine) HandOver(ctx context.Context, verdict <-chan bool) (super.Handover, error) {
	return super.StandStill(func(f func()) error { return e.events.Call(ctx, f) }, verdict, e.handOver, func(left bool) {
		if left {
			e.events.Leave()
		} else {
			e.share(false)
		}
	})
}

func (e *Engine) handOver() (out super.Handover, err error) {
	now := time.Now()
	h := handover{Core: e.core.Handover(now)}
	for k, d := range e.doors.all {
		if d.fd >= 0 { // one that is not open is opened by the successor, if it can be
			h.Doors = append(h.Doors, formerDoor{k.ipv6, k.multihop})
			out.Files = append(out.Files, d.fd)
		}
	}
	for _, s := range e.senders {
		h.Senders = append(h.Senders, formerSender{s.cfg.Name, s.port, s.failing})
	}
	e.share(true)
	out.State, err = super.Pack(now, h)
	return out, err
}

// share has the ports of the senders bound by a successor too, or not any more.
func (e *Engine) share(on bool) {
	for _, s := range e.senders {
		s.share(on)
	}
}

// Succeed has the first Commit go on from what former gives.
func (e *Engine) Succeed(former func() (super.Handover, error)) { e.former = former }

// recall asks the predecessor where it is, and takes over the doors. It gives nil if there is none.
func (e *Engine) recall(cfg *config.Config) (h *handover, then time.Time, err error) {
	if e.former == nil {
		return nil, then, nil
	}
	in, err := e.former()
	if err != nil {
		return nil, then, err
	}
	e.former = nil
	h = &handover{}
	if then, err = super.Unpack(in.State, h); err == nil && len(in.Files) != len(h.Doors) {
		err = errors.New("the descriptors that are handed over are not those that are told of")
	}
	if err != nil {
		in.Close()
		return nil, then, err
	}
	e.doors.want(cfg.BFDs)
	for i, d := range h.Doors {
		if err := e.doors.take(doorKey{d.IPv6, d.Multihop}, in.Files[i]); err != nil {
			return nil, then, err
		}
	}
	return h, then, nil
}

// take has a socket be the door that is wanted for it.
func (ds *doors) take(k doorKey, fd int) error {
	d := ds.all[k]
	if d == nil || d.fd >= 0 { // nobody wants it
		return unix.Close(fd)
	}
	if err := ds.poll.Add(fd); err != nil {
		return err
	}
	d.fd, ds.byFD[fd] = fd, d
	return nil
}

// inherit has a sender go on in the place of another one.
func (s *sender) inherit(f formerSender) {
	s.port, s.failing, s.shared = f.Port, f.Failing, f.Port != 0
}

var _ super.Successor = (*Engine)(nil)
