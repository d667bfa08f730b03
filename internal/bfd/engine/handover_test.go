package engine

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/internal/super"
)

// handsOver is what a box hands over, as it arrives in another process: its descriptors are others.
func (b *box) handsOver(ctx context.Context, verdict <-chan bool) (super.Handover, error) {
	h, err := b.engine.HandOver(ctx, verdict)
	if err != nil {
		return h, err
	}
	out := super.Handover{State: h.State}
	for _, fd := range h.Files {
		other, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			return h, err
		}
		out.Files = append(out.Files, other)
	}
	return out, nil
}

// ports are those that the sessions of a box send from.
func (b *box) ports() map[string]uint16 {
	all := map[string]uint16{}
	must(b.t, b.engine.events.Call(b.t.Context(), func() {
		for _, s := range b.engine.senders {
			if s.fd >= 0 {
				all[s.cfg.Name] = s.port
			}
		}
	}))
	return all
}

// Sessions of both families go on in another engine, again and again: nobody is told of anything but that they are up,
// the other end notices nothing, and packets come from the same ports.
func TestSessionsGoOnElsewhere(t *testing.T) {
	all := boxes(t)
	one, other := all[0], all[1]
	one.load(session("four", addrs[0][1]), far(session("six", addrs[1][1])))
	other.load(session("four", addrs[0][0]), far(session("six", addrs[1][0])))
	for _, name := range []string{"four", "six"} {
		one.waits(name+" up", func() bool { return one.told.of(name) == "up" })
		other.waits(name+" up", func() bool { return other.told.of(name) == "up" })
	}
	ports := one.ports()
	for n := range 3 {
		verdict := make(chan bool, 1)
		next := start(t, one.Host, one.told.form, uint64(n+10))
		next.engine.Succeed(func() (super.Handover, error) { return one.handsOver(t.Context(), verdict) })
		next.load(session("four", addrs[0][1]), far(session("six", addrs[1][1])))
		if next.told.of("four") != "up" || next.told.of("six") != "up" {
			t.Errorf("a commit tells %v", next.told.says)
		}
		verdict <- true
		next.waits("packets of both", func() bool { return len(next.ports()) == 2 })
		if is := next.ports(); !maps.Equal(is, ports) {
			t.Errorf("packets came from %v, and come from %v", ports, is)
		}
		one = next
		time.Sleep(500 * time.Millisecond) // two detection times, in which a session goes down that is not kept up
	}
	for _, b := range []*box{one, other} {
		if text := b.lines(); strings.Contains(text, "Entering Down state") || strings.Contains(text, "Unable to open") {
			t.Errorf("said\n%s", text)
		}
		snapshot, err := b.engine.Snapshot(t.Context())
		must(t, err)
		for _, s := range snapshot.Sessions {
			if s.Counters.Up != 1 || s.Counters.Down != 0 {
				t.Errorf("%+v", s)
			}
		}
	}
}

// One that nobody succeeds goes on itself, with sockets that are its own; and what is handed over in another way than it
// says is refused.
func TestSessionsGoOnHere(t *testing.T) {
	all := boxes(t)
	for i, b := range all {
		b.load(session("four", addrs[0][1-i]))
	}
	for _, b := range all {
		b.waits("the session", func() bool { return b.told.of("four") == "up" })
	}
	one := all[0]
	for _, broken := range []func(super.Handover, error) (super.Handover, error){
		func(h super.Handover, _ error) (super.Handover, error) {
			h.Close()
			return h, errors.New("it has died")
		},
		func(h super.Handover, err error) (super.Handover, error) { h.Close(); h.Files = nil; return h, err },
		func(h super.Handover, err error) (super.Handover, error) { h.State = []byte("{"); return h, err },
	} {
		verdict := make(chan bool, 1)
		next := start(t, one.Host, one.told.form, 10)
		next.engine.Succeed(func() (super.Handover, error) { return broken(one.handsOver(t.Context(), verdict)) })
		must(t, next.engine.Prepare(t.Context(), one.engine.cfg))
		if err := next.engine.Commit(t.Context()); err == nil {
			t.Error("it goes on from nothing")
		}
		verdict <- false
	}
	time.Sleep(500 * time.Millisecond) // as above
	for _, b := range all {
		if text := b.lines(); b.told.of("four") != "up" || strings.Contains(text, "Entering Down state") {
			t.Errorf("%v, said\n%s", b.told.says, text)
		}
	}
	must(t, one.engine.events.Call(t.Context(), func() {
		for _, s := range one.engine.senders {
			if on, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_REUSEADDR); err != nil || on != 0 {
				t.Errorf("others may have its port: %d, %v", on, err)
			}
		}
	}))
}
