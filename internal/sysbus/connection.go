package sysbus

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/godbus/dbus/v5"
)

// This file is how a session comes by a bus, and loses it.

// connect begins to connect, unless there is a connection or somebody makes one.
func (s *session) connect() {
	if s.wire != nil || s.dialling || !s.known {
		return
	}
	s.dialling = true
	go func() {
		w, err := dial(s.ctx, s.o.Address)
		select {
		case s.dialled <- dialled{w, err}: // there is room
		case <-s.ctx.Done():
			if w != nil {
				w.close()
			}
		}
	}()
}

// connected takes a connection, or why there is none.
func (s *session) connected(d dialled) {
	s.dialling = false
	if d.err != nil {
		s.fail(d.err)
		return
	}
	s.wire, s.service = d.wire, serviceOf(s.config)
	s.incoming = make(chan arrival)
	go receive(s.wire, s.incoming)
	if _, err := s.wire.ask("Hello"); err != nil {
		s.lost(err)
		return
	}
	s.o.Log.Info("Acquired DBus bus " + s.service)
	if s.begun {
		s.tell(s.face.states()) // they may have changed while nobody heard of it
	}
	s.begin()
	if s.wire == nil {
		return
	}
	// Without flags, as keepalived asks: who comes second gets the name when the first one goes.
	request, err := s.wire.ask("RequestName", s.service, uint32(0))
	if err != nil {
		s.lost(err)
		return
	}
	s.request = request
}

// receive hands over what comes, one message after the other, and not too many of them.
func receive(w *wire, to chan<- arrival) {
	began, calls := time.Now(), 0
	for {
		m, err := w.read()
		select {
		case to <- arrival{m, err, w}:
		case <-w.done:
			return
		}
		if err != nil {
			return
		}
		if calls++; calls >= callsAtOnce {
			select {
			case <-time.After(time.Second - time.Since(began)):
			case <-w.done:
				return
			}
			began, calls = time.Now(), 0
		}
	}
}

// take takes a message of the bus.
func (s *session) take(in arrival) {
	if in.of != s.wire {
		return // of a connection that was given up
	}
	if in.err != nil {
		s.lost(in.err)
		return
	}
	m := in.message
	switch m.Type {
	case dbus.TypeMethodCall:
		r, wanted := s.face.answer(callOf(m), s.machine)
		if wanted != (Request{}) {
			s.o.Log.Info(wanted.String())
			s.o.Do(wanted)
		}
		if err := s.wire.reply(m, r); err != nil {
			s.lost(err)
		}
	case dbus.TypeMethodReply, dbus.TypeError:
		if to, _ := m.Headers[dbus.FieldReplySerial].Value().(uint32); to == s.request {
			s.named(m)
		}
	case dbus.TypeSignal:
		s.nameSignal(m)
	}
}

// Answers to the request for a name, by the specification.
const (
	primaryOwner = 1
	inQueue      = 2
	alreadyOwner = 4
)

// named takes the answer of the bus to the request for the name.
func (s *session) named(m *dbus.Message) {
	if m.Type == dbus.TypeError {
		s.lost(fmt.Errorf("the name %s: %s", s.service, reason(m)))
		return
	}
	code := uint32(0)
	if len(m.Body) > 0 {
		code, _ = m.Body[0].(uint32)
	}
	s.pause, s.failed, s.queued = 0, "", false
	switch code {
	case primaryOwner, alreadyOwner:
		s.o.Log.Info("Acquired the name " + s.service + " on the system bus")
	case inQueue:
		s.queued = true
		s.o.Log.Warn("The name " + s.service + " on the system bus is somebody else's; it is ours when they are gone")
	}
}

// nameSignal takes word of the bus about the name.
func (s *session) nameSignal(m *dbus.Message) {
	c := callOf(m)
	from, _ := m.Headers[dbus.FieldSender].Value().(string)
	if from != standard || c.face != standard || len(m.Body) == 0 || m.Body[0] != s.service || s.request == 0 {
		return
	}
	switch c.member {
	case "NameAcquired":
		if s.queued {
			s.o.Log.Info("Acquired the name " + s.service + " on the system bus")
		}
	case "NameLost":
		s.o.Log.Warn("Lost the name " + s.service + " on the system bus")
	}
}

// reason is what an error of the bus says.
func reason(m *dbus.Message) string {
	name, _ := m.Headers[dbus.FieldErrorName].Value().(string)
	if len(m.Body) > 0 {
		if text, is := m.Body[0].(string); is {
			return fmt.Sprintf("%.300s (%s)", text, name)
		}
	}
	return name
}

// lost gives up a connection that does not work.
func (s *session) lost(err error) {
	s.hangUp()
	if errors.Is(err, io.EOF) {
		err = errors.New("the bus has closed the connection")
	}
	s.fail(err)
}

func (s *session) hangUp() {
	if s.wire != nil {
		s.wire.close()
	}
	s.wire, s.incoming, s.request = nil, nil, 0
}

// fail tells why there is nothing on the bus, and plans another attempt.
func (s *session) fail(err error) {
	s.pause = min(max(2*s.pause, s.o.pauses.retry), s.o.pauses.retryMost)
	s.retry.Reset(s.pause)
	if text := err.Error(); text != s.failed {
		s.failed = text
		s.o.Log.Warn("D-Bus: " + text + "; it is tried again")
	}
}

// String is the line of the log about a request.
func (r Request) String() string {
	switch r.Kind {
	case PrintData:
		return "Printing VRRP data on DBus request"
	case PrintStats:
		return "Printing VRRP stats on DBus request"
	case PrintStatsClear:
		return "Printing and clearing VRRP stats on DBus request"
	case Reload:
		return "Reloading on DBus request"
	case Announce:
		return "Sending garps on " + r.Instance + " on DBus request"
	}
	return ""
}
