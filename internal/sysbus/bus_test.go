package sysbus

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"holdfast/config"
	"holdfast/internal/state"
)

// patient bounds every wait of the tests.
const patient = 20 * time.Second

// A daemon is one in memory.
type daemon struct {
	mu     sync.Mutex
	answer state.Answer
	events chan state.Event
}

func newDaemon() *daemon { return &daemon{events: make(chan state.Event)} }

func (d *daemon) State(context.Context) state.Answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.answer
}

func (d *daemon) Follow(context.Context, uint64) <-chan state.Event { return d.events }

// runs has a configuration run, with all virtual routers in one state.
func (d *daemon) runs(c *config.Config, word string) *config.Config {
	var list []state.Instance
	for _, i := range c.Instances {
		list = append(list, state.Instance{Name: i.Name, State: word})
	}
	text, _ := json.Marshal(list)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer = state.Answer{Daemon: state.Daemon{Complete: true}, Running: c, Sources: []state.Source{{Role: vrrp, At: time.Now(),
		Report: state.Report{Lists: map[string]string{state.Instances: string(text)}}}}}
	return c
}

// tell has a virtual router change its state.
func (d *daemon) tell(t *testing.T, c *config.Config, name, word string) {
	t.Helper()
	at := time.Now()
	d.runs(c, word)
	d.happens(t, state.Event{About: state.AboutInstance, Name: name, To: word, At: at})
}

func (d *daemon) happens(t *testing.T, e state.Event) {
	t.Helper()
	select {
	case d.events <- e:
	case <-time.After(patient):
		t.Fatal("nobody follows")
	}
}

// A fakeBus is a bus in this process that takes one connection at a time, and whatever it is told to do.
type fakeBus struct {
	t    *testing.T
	l    *net.UnixListener
	path string
	conn net.Conn
	in   *bufio.Reader
}

func newFakeBus(t *testing.T) *fakeBus {
	b := &fakeBus{t: t, path: filepath.Join(t.TempDir(), "bus")}
	b.listen()
	return b
}

func (b *fakeBus) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *fakeBus) listen() {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: b.path, Net: "unix"})
	b.must(err)
	b.l = l
	b.t.Cleanup(func() { _ = l.Close() })
}

// accept waits for a connection and lets it in.
func (b *fakeBus) accept() {
	b.t.Helper()
	b.must(b.l.SetDeadline(time.Now().Add(patient)))
	conn, err := b.l.Accept()
	b.must(err)
	b.t.Cleanup(func() { _ = conn.Close() })
	b.must(conn.SetDeadline(time.Now().Add(patient)))
	b.conn, b.in = conn, bufio.NewReader(conn)
	for _, answer := range []string{"OK 0123\r\n", ""} {
		_, err := b.in.ReadString('\n')
		b.must(err)
		_, err = conn.Write([]byte(answer))
		b.must(err)
	}
}

// next is the next message, as a line.
func (b *fakeBus) next() (*dbus.Message, string) {
	b.t.Helper()
	m, err := (&wire{in: b.in}).read()
	b.must(err)
	c := callOf(m)
	if m.Type == dbus.TypeSignal {
		return m, shown([]signal{{c.path, c.face, c.member, c.args}})[0]
	}
	return m, strings.TrimSpace(m.Type.String() + " " + c.member + " " + strings.Trim(strings.Join(words(m.Body), " "), "[]"))
}

func words(all []any) (list []string) {
	for _, v := range all {
		list = append(list, dbus.MakeVariant(v).String())
	}
	return list
}

// hears fails unless these messages come next.
func (b *fakeBus) hears(want ...string) *dbus.Message {
	b.t.Helper()
	var last *dbus.Message
	for _, w := range want {
		m, got := b.next()
		if got != w {
			b.t.Fatalf("the bus heard %q, want %q", got, w)
		}
		last = m
	}
	return last
}

func (b *fakeBus) send(m *dbus.Message) {
	b.t.Helper()
	_, err := b.conn.Write(frame(b.t, m))
	b.must(err)
}

func (b *fakeBus) answer(to *dbus.Message, values ...any) {
	b.send(&dbus.Message{Type: dbus.TypeMethodReply, Body: values,
		Headers: map[dbus.HeaderField]dbus.Variant{dbus.FieldReplySerial: dbus.MakeVariant(to.Serial())}})
}

// stage is a Bus with what it is between.
type stage struct {
	*fakeBus
	*daemon
	bus  *Bus
	log  *observer.ObservedLogs
	does chan Request
}

func newStage(t *testing.T) *stage {
	core, log := observer.New(zap.DebugLevel)
	s := &stage{fakeBus: newFakeBus(t), daemon: newDaemon(), log: log, does: make(chan Request, 10)}
	s.bus = New(Options{Log: zap.New(core), Source: s.daemon, Address: "unix:path=" + s.path, Do: func(r Request) { s.does <- r },
		pauses: pauses{retry: time.Millisecond, retryMost: 10 * time.Millisecond, look: time.Millisecond,
			again: 20 * time.Millisecond}})
	t.Cleanup(s.bus.Close)
	return s
}

func (s *stage) said(text string) bool { return s.log.FilterMessageSnippet(text).Len() > 0 }

func (s *stage) waitSaid(text string) {
	s.t.Helper()
	for end := time.Now().Add(patient); !s.said(text); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("nothing said %q: %v", text, s.log.All())
		}
	}
}

// begin has a bus that knows the daemon.
func (s *stage) begin() {
	s.t.Helper()
	s.accept()
	s.hears("method call Hello")
	s.hears("/Vrrp VrrpStarted", "/Instance/eth0/10/IPv4 VrrpStatusChange 1")
	s.fakeBus.answer(s.hears(`method call RequestName "org.keepalived.Vrrp1" @u 0`), uint32(primaryOwner))
	s.waitSaid("Acquired the name org.keepalived.Vrrp1 on the system bus")
}

const path10 = root + "/Instance/eth0/10/IPv4"

// From the start to the end of a daemon.
func TestALife(t *testing.T) {
	s := newStage(t)
	one := s.runs(cfg(vi("a", "eth0", 10)), "BACKUP")
	s.bus.Configure(one)
	s.begin()
	s.tell(t, one, "a", "MASTER")
	s.hears("/Instance/eth0/10/IPv4 VrrpStatusChange 2")
	s.fakeBus.send(callTo(path10, properties, "Get", routerFace, "State"))
	s.hears(`reply  <@(us) [2, "Master"]>`)
	s.fakeBus.send(callTo(path10, routerFace, "SendGarp"))
	s.hears("reply")
	if r := <-s.does; r != (Request{Announce, "a"}) || !s.said("Sending garps on a on DBus request") {
		t.Errorf("%v", r)
	}
	quiet := callTo(root+"/Vrrp", daemonFace, "PrintData")
	quiet.Flags = dbus.FlagNoReplyExpected
	s.fakeBus.send(quiet)
	if r := <-s.does; r.Kind != PrintData {
		t.Errorf("%v", r)
	}
	// A reload with another one.
	s.bus.Configure(s.runs(cfg(vi("a", "eth0", 10), vi("b", "eth0", 11)), "BACKUP"))
	s.hears("/Vrrp VrrpReloaded", "/Instance/eth0/10/IPv4 VrrpStatusChange 1", "/Instance/eth0/11/IPv4 VrrpStatusChange 1")
	s.bus.Configure(s.runs(cfg(vi("b", "eth0", 11)), "BACKUP"))
	s.hears("/Instance/eth0/10/IPv4 VrrpStatusChange 3", "/Vrrp VrrpReloaded")
	// The process dies, and another one comes.
	s.happens(t, state.Event{About: state.AboutDaemon, Name: vrrp, To: "died"})
	s.hears("/Vrrp VrrpStarted", "/Instance/eth0/11/IPv4 VrrpStatusChange 1")
	s.bus.Close()
	s.hears("/Instance/eth0/11/IPv4 VrrpStatusChange 98", "/Vrrp VrrpStopped")
	if !s.said("Released DBus") {
		t.Error("nothing said of the end")
	}
}

// A daemon that goes on from another program has told already that it runs, and in which states; what happens then it
// tells, as that it is another life, or shown anew.
func TestAnUpgradeIsNoTransition(t *testing.T) {
	s := newStage(t)
	s.bus.o.Resumes = true
	one := s.runs(cfg(vi("a", "eth0", 10)), "MASTER")
	s.bus.Configure(one)
	s.accept()
	s.hears("method call Hello")
	s.fakeBus.answer(s.hears(`method call RequestName "org.keepalived.Vrrp1" @u 0`), uint32(primaryOwner))
	s.fakeBus.send(callTo(path10, properties, "Get", routerFace, "State"))
	s.hears(`reply  <@(us) [2, "Master"]>`)
	s.tell(t, one, "a", "BACKUP")
	s.hears("/Instance/eth0/10/IPv4 VrrpStatusChange 1")
	s.happens(t, state.Event{About: state.AboutDaemon, Name: vrrp, To: "died"})
	s.hears("/Vrrp VrrpStarted", "/Instance/eth0/10/IPv4 VrrpStatusChange 1")
	off := cfg(vi("a", "eth0", 10))
	off.Global.DBus.Enabled = false
	s.bus.Configure(s.runs(off, "BACKUP"))
	s.hears("/Vrrp VrrpStopped")
	s.bus.Configure(s.runs(cfg(vi("a", "eth0", 10)), "BACKUP"))
	s.begin()
}

// A reload may end it, begin it again, and give it another name.
func TestReloadsDecide(t *testing.T) {
	s := newStage(t)
	off := cfg(vi("a", "eth0", 10))
	off.Global.DBus.Enabled = false
	s.bus.Configure(off)
	s.bus.Configure(cfg()) // nobody to show
	s.bus.Configure(s.runs(cfg(vi("a", "eth0", 10)), "BACKUP"))
	s.begin()
	s.bus.Configure(off)
	s.hears("/Vrrp VrrpStopped")
	s.bus.Configure(s.runs(cfg(vi("a", "eth0", 10)), "BACKUP"))
	s.begin()
	other := cfg(vi("a", "eth0", 10))
	other.Global.DBus.Service = "org.example.K"
	s.bus.Configure(s.runs(other, "BACKUP"))
	s.hears("/Vrrp VrrpStopped")
	s.accept()
	s.hears("method call Hello", "/Vrrp VrrpStarted", "/Instance/eth0/10/IPv4 VrrpStatusChange 1",
		`method call RequestName "org.example.K" @u 0`)
}

// A bus that goes, is not there, refuses, hangs up in the middle or talks nonsense: the next one is found.
func TestABusThatMeansNoGood(t *testing.T) {
	s := newStage(t)
	s.bus.Configure(s.runs(cfg(vi("a", "eth0", 10)), "BACKUP"))
	s.begin()
	again := func() *dbus.Message {
		t.Helper()
		s.accept()
		return s.hears("method call Hello", "/Instance/eth0/10/IPv4 VrrpStatusChange 1", `method call RequestName "org.keepalived.Vrrp1" @u 0`)
	}
	_ = s.conn.Close()
	s.waitSaid("the bus has closed the connection")
	request := again()
	s.fakeBus.send(&dbus.Message{Type: dbus.TypeError, Body: []any{"not you"}, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldReplySerial: dbus.MakeVariant(request.Serial()), dbus.FieldErrorName: dbus.MakeVariant(failed + "AccessDenied")}})
	s.waitSaid("not you (org.freedesktop.DBus.Error.AccessDenied)")
	again()
	// Signals without what they should have, answers to what nobody asked, and then no messages at all.
	for _, member := range []string{"NameLost", "NameAcquired", "NameOwnerChanged"} {
		for _, body := range [][]any{nil, {uint32(1)}, {"org.keepalived.Vrrp1"}} {
			s.fakeBus.send(&dbus.Message{Type: dbus.TypeSignal, Body: body, Headers: map[dbus.HeaderField]dbus.Variant{
				dbus.FieldPath: dbus.MakeVariant(dbus.ObjectPath("/")), dbus.FieldInterface: dbus.MakeVariant(standard),
				dbus.FieldMember: dbus.MakeVariant(member), dbus.FieldSender: dbus.MakeVariant(standard)}})
		}
	}
	s.waitSaid("Lost the name org.keepalived.Vrrp1 on the system bus")
	s.fakeBus.answer(&dbus.Message{}, "x")
	_, err := s.conn.Write(bytes.Repeat([]byte{0xff}, 100))
	s.must(err)
	s.waitSaid("a message begins with 0xff")
	// Somebody else has the name.
	s.fakeBus.answer(again(), uint32(inQueue))
	s.waitSaid("is somebody else's")
	_ = s.l.Close()
	_ = s.conn.Close()
	s.waitSaid("no such file or directory")
	s.listen()
	s.fakeBus.answer(again(), uint32(primaryOwner))
}

// Many calls are answered, each of them, and one second has no more than it can take.
func TestCallsAreNotTakenWithoutEnd(t *testing.T) {
	s := newStage(t)
	s.bus.Configure(s.runs(cfg(vi("a", "eth0", 10)), "BACKUP"))
	s.begin()
	began := time.Now()
	go func() {
		ping := frame(t, callTo(path10, peer, "Ping"))
		for range callsAtOnce + 50 {
			if _, err := s.conn.Write(ping); err != nil {
				return // the test says what is missing
			}
		}
	}()
	for range callsAtOnce + 50 {
		s.hears("reply")
	}
	if took := time.Since(began); took < 900*time.Millisecond {
		t.Errorf("%d calls were answered in %v", callsAtOnce+50, took)
	}
}

// What no event told is found all the same.
func TestAStateThatNoEventTold(t *testing.T) {
	s := newStage(t)
	one := s.runs(cfg(vi("a", "eth0", 10)), "BACKUP")
	s.bus.Configure(one)
	s.begin()
	s.runs(one, "FAULT")
	s.hears("/Instance/eth0/10/IPv4 VrrpStatusChange 3")
	s.happens(t, state.Event{About: state.AboutInstance, Name: "a", To: "MASTER", At: time.Now().Add(-time.Minute)})
	s.runs(one, "MASTER")
	s.hears("/Instance/eth0/10/IPv4 VrrpStatusChange 2")
}

// Nothing is shown before virtual routers run, and one that is off is nothing at all.
func TestNothingIsShownTooEarly(t *testing.T) {
	s := newStage(t)
	c := cfg(vi("a", "eth0", 10))
	s.bus.Configure(c)
	s.must(s.l.SetDeadline(time.Now().Add(50 * time.Millisecond)))
	if conn, err := s.l.Accept(); err == nil {
		_ = conn.Close()
		t.Error("it is on the bus before it runs")
	}
	s.runs(c, "INIT")
	s.accept()
	s.hears("method call Hello", "/Vrrp VrrpStarted", "/Instance/eth0/10/IPv4 VrrpStatusChange 0")
	idle := New(Options{})
	idle.Close()
	var none *Bus
	none.Configure(c)
	none.Close()
}
