package snmp

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"holdfast/config"
	"holdfast/internal/agentx"
	"holdfast/internal/mib"
	"holdfast/internal/override"
	"holdfast/internal/state"
)

const soon = 10 * time.Second

// source is a daemon with a router identifier; its answers may have to be waited for.
type source struct {
	asked   atomic.Int32
	orders  []override.Request // while nobody asks
	refuses string             // requests about an instance
	events  chan state.Event
	wait    chan struct{} // nil = they come at once
}

func (s *source) Follow(context.Context, uint64) <-chan state.Event { return s.events }

func (s *source) Override(_ context.Context, r override.Request) ([]state.Override, error, error) {
	if s.refuses == r.Name {
		return nil, errors.New("no"), nil
	}
	s.orders = append(s.orders, r)
	return nil, nil, nil
}

func (s *source) Objects(ctx context.Context) state.Answer {
	s.asked.Add(1)
	if s.wait != nil {
		select {
		case <-s.wait:
		case <-ctx.Done():
		}
	}
	return state.Answer{Running: &config.Config{Global: config.Global{RouterID: "R1"},
		Instances: []config.Instance{{Name: "VI_1"}, {Name: "VI_2"}}},
		Sources: []state.Source{{Role: "vrrp", Report: state.Report{Objects: state.Objects{Routers: []state.RouterObjects{
			{Name: "VI_1", Priority: 100, Preempt: true}, {Name: "VI_2", Priority: 200}}}}}}}
}

// A master is the other side, played by hand.
type master struct {
	t    *testing.T
	path string
	l    net.Listener
	c    net.Conn
	log  *observer.ObservedLogs
	src  *source
	a    *Agent
}

func newMaster(t *testing.T) *master {
	m := &master{t: t, path: filepath.Join(t.TempDir(), "master"), src: &source{}}
	core, log := observer.New(zapcore.InfoLevel)
	m.log = log
	m.a = New(Options{Log: zap.New(core), Source: m.src})
	t.Cleanup(func() {
		m.a.Close()
		if m.l != nil {
			_ = m.l.Close()
		}
	})
	return m
}

func (m *master) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *master) listen() {
	l, err := net.Listen("unix", m.path)
	m.must(err)
	m.l = l
}

func (m *master) accept() {
	m.t.Helper()
	m.must(m.l.(*net.UnixListener).SetDeadline(time.Now().Add(soon)))
	c, err := m.l.Accept()
	m.must(err)
	m.t.Cleanup(func() { _ = c.Close() })
	m.must(c.SetDeadline(time.Now().Add(soon)))
	m.c = c
}

func (m *master) read() agentx.PDU {
	m.t.Helper()
	r := read(m.c)
	m.must(r.err)
	return r.pdu
}

func (m *master) write(p agentx.PDU) {
	m.t.Helper()
	b, err := p.Append(nil)
	m.must(err)
	_, err = m.c.Write(b)
	m.must(err)
}

// open takes the session and gives it all that it asks for.
func (m *master) open() {
	m.t.Helper()
	hello := m.read()
	if hello.Kind != agentx.KindOpen || hello.OID.String() != ".1.3.6.1.4.1.9586.100.5" {
		m.t.Fatalf("%+v", hello)
	}
	m.write(agentx.PDU{Kind: agentx.KindResponse, Session: 7, Packet: hello.Packet})
	for range 3 { // two regions, one of them with a text
		m.write(agentx.PDU{Kind: agentx.KindResponse, Session: 7, Packet: m.read().Packet})
	}
}

// routerID is what the daemon is called when it is asked.
func (m *master) routerID() agentx.Value {
	m.t.Helper()
	m.write(agentx.PDU{Kind: agentx.KindGet, Session: 7, Packet: 100,
		Ranges: []agentx.Range{{Start: agentx.OID{1, 3, 6, 1, 4, 1, 9586, 100, 5, 1, 2, 0}}}})
	p := m.read()
	if p.Kind != agentx.KindResponse || p.Packet != 100 || len(p.VarBinds) != 1 {
		m.t.Fatalf("%+v", p)
	}
	return p.VarBinds[0].Value
}

func (m *master) follow(change func(*config.SNMP)) {
	c := &config.Config{}
	c.Global.SNMP = config.SNMP{Socket: "unix:" + m.path, VRRP: true}
	if change != nil {
		change(&c.Global.SNMP)
	}
	m.a.Follow(c)
}

// said waits for a line of the log.
func (m *master) said(text string) {
	m.t.Helper()
	for end := time.Now().Add(soon); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		for _, e := range m.log.All() {
			if strings.Contains(e.Message, text) {
				return
			}
		}
	}
	m.t.Fatalf("nobody says %q: %v", text, m.log.All())
}

func TestTheDaemonIsShown(t *testing.T) {
	t.Parallel()
	m := newMaster(t)
	m.follow(nil)
	m.said("no session with the master agent at unix:" + m.path)
	m.listen()
	m.accept()
	m.open()
	m.said("session with the master agent at unix:")
	if v := m.routerID(); v.Text != "R1" {
		t.Errorf("%+v", v)
	}
	m.routerID()
	if n := m.src.asked.Load(); n != 1 {
		t.Errorf("the daemon was asked %d times for two questions in a row", n)
	}
	m.write(agentx.PDU{Kind: agentx.KindTestSet, Session: 7, Packet: 101, VarBinds: []agentx.VarBind{{Name: agentx.OID{1, 3}, Value: agentx.Int(1)}}})
	if p := m.read(); p.Error != agentx.NotWritable || p.Index != 1 {
		t.Errorf("%+v", p)
	}
	m.write(agentx.PDU{Kind: agentx.KindCommitSet, Session: 7, Packet: 102})
	if p := m.read(); p.Error != agentx.CommitFailed {
		t.Errorf("%+v", p)
	}
	m.write(agentx.PDU{Kind: agentx.KindUndoSet, Session: 7, Packet: 103})
	if p := m.read(); p.Error != agentx.NoError {
		t.Errorf("%+v", p)
	}
	m.write(agentx.PDU{Kind: agentx.KindCleanupSet, Session: 7, Packet: 104}) // has no answer
	m.routerID()

	// The master dies and comes again.
	m.must(m.c.Close())
	m.said("the master agent has closed the connection")
	m.accept()
	m.open()
	if v := m.routerID(); v.Text != "R1" {
		t.Errorf("%+v", v)
	}
	// A configuration with the same words changes nothing; one without any says goodbye.
	m.follow(nil)
	m.routerID()
	m.follow(func(c *config.SNMP) { *c = config.SNMP{Traps: true} })
	if p := m.read(); p.Kind != agentx.KindClose || p.Reason != agentx.ReasonShutdown {
		t.Errorf("%+v", p)
	}
	m.follow(nil)
	m.accept()
	m.open()
}

// A set is tested, carried out and, where another subagent cannot do its part, taken back.
func TestSets(t *testing.T) {
	t.Parallel()
	m := newMaster(t)
	m.src.refuses = "VI_2"
	m.listen()
	m.follow(nil)
	m.accept()
	m.open()
	cell := func(column, row uint32) agentx.OID { return mib.Keepalived().With(2, 3, 1, column, row) }
	bind := func(column, row uint32, v agentx.Value) agentx.VarBind {
		return agentx.VarBind{Name: cell(column, row), Value: v}
	}
	say := func(kind agentx.Kind, transaction uint32, vars ...agentx.VarBind) string {
		t.Helper()
		m.write(agentx.PDU{Kind: kind, Session: 7, Transaction: transaction, Packet: 101, VarBinds: vars})
		p := m.read()
		return fmt.Sprint(p.Error, p.Index)
	}
	both := []agentx.VarBind{bind(7, 1, agentx.Int(50)), bind(13, 1, agentx.Int(2))}
	for _, c := range []struct {
		kind        agentx.Kind
		transaction uint32
		vars        []agentx.VarBind
		want        string
	}{
		{agentx.KindTestSet, 1, append(both, bind(8, 1, agentx.Int(5))), "notWritable 3"},
		{agentx.KindCommitSet, 1, nil, "commitFailed 0"},
		{agentx.KindUndoSet, 1, nil, "noError 0"},
		{agentx.KindTestSet, 2, both, "noError 0"},
		{agentx.KindCommitSet, 3, nil, "commitFailed 0"}, // of another one
		{agentx.KindCommitSet, 2, nil, "noError 0"},
		{agentx.KindUndoSet, 2, nil, "noError 0"},
		{agentx.KindTestSet, 4, append(both, bind(7, 2, agentx.Int(50))), "noError 0"},
		{agentx.KindCommitSet, 4, nil, "commitFailed 3"},
		{agentx.KindUndoSet, 4, nil, "noError 0"},
	} {
		if got := say(c.kind, c.transaction, c.vars...); got != c.want {
			t.Errorf("kind %d of %d: %s, want %s", c.kind, c.transaction, got, c.want)
		}
	}
	m.write(agentx.PDU{Kind: agentx.KindCleanupSet, Session: 7, Transaction: 4, Packet: 102}) // has no answer
	m.said("SNMP: a value cannot be set: no")
	m.a.Close()
	var got []string
	for _, o := range m.src.orders {
		value := fmt.Sprint(o.Priority)
		if o.Preempt != nil {
			value = fmt.Sprint(*o.Preempt)
		}
		if o.Name != "VI_1" || o.By != override.BySNMP || !o.UntilReload {
			t.Errorf("%+v", o)
		}
		got = append(got, value)
	}
	const there, back = "50 false", "true 100"
	if all := strings.Join(got, " "); all != strings.Join([]string{there, back, there, back}, " ") {
		t.Errorf("the daemon was told %s", all)
	}
}

func TestTraps(t *testing.T) {
	t.Parallel()
	m := newMaster(t)
	m.src.events = make(chan state.Event, 3)
	m.listen()
	// What happened before the master was there is told, unless it is old.
	old, now := time.Now().Add(-2*lateNews), time.Now()
	m.src.events <- state.Event{About: state.AboutInstance, Name: "VI_1", To: "FAULT", At: old}
	m.src.events <- state.Event{About: state.AboutDaemon, To: "started", At: now}
	m.src.events <- state.Event{About: state.AboutInstance, Name: "VI_1", To: "BACKUP", At: now}
	m.follow(func(c *config.SNMP) { c.Traps = true })
	m.accept()
	m.open()
	for _, want := range []int{1, 2} {
		p := m.read()
		if p.Kind != agentx.KindNotify || len(p.VarBinds) != 5 || p.VarBinds[1].Value.Text != "VI_1" ||
			p.VarBinds[2].Value.Int() != want {
			t.Fatalf("%+v", p)
		}
		m.write(agentx.PDU{Kind: agentx.KindResponse, Session: 7, Packet: p.Packet})
		if want == 1 {
			m.src.events <- state.Event{About: state.AboutInstance, Name: "VI_1", From: "BACKUP", To: "MASTER", At: time.Now()}
		}
	}
	close(m.src.events)
	m.routerID()
}

// What has happened when the daemon ends is told before the session ends.
func TestTheLastOfWhatHappens(t *testing.T) {
	t.Parallel()
	m := newMaster(t)
	m.src.events = make(chan state.Event, 3)
	m.listen()
	m.follow(func(c *config.SNMP) { c.Traps = true })
	m.accept()
	m.open()
	m.routerID()
	m.src.events <- state.Event{About: state.AboutDaemon, To: "stopping", Role: "daemon", At: time.Now()}
	go m.a.Close()
	for _, want := range []string{"VI_1", "VI_2"} {
		if p := m.read(); p.Kind != agentx.KindNotify || p.VarBinds[1].Value.Text != want || p.VarBinds[2].Value.Int() != 5 {
			t.Fatalf("%+v", p)
		}
	}
	if p := m.read(); p.Kind != agentx.KindClose {
		t.Fatalf("%+v", p)
	}
}

// What a reload has taken away is told of by the configuration of before, which is kept for as long as that takes.
func TestWhatAReloadHasTakenAway(t *testing.T) {
	t.Parallel()
	src := &source{}
	s := &subagent{source: src, want: config.SNMP{VRRP: true}}
	now := time.Now()
	s.latest = state.Answer{Running: &config.Config{Instances: []config.Instance{{Name: "VI_9"}}}, Config: state.Config{Generation: 7},
		Sources: []state.Source{{Role: "vrrp", At: now.Add(-time.Minute)}}}
	gone := state.Event{About: state.AboutInstance, Name: "VI_9", To: "FAULT", Role: "vrrp", At: now}
	if a := s.seen(t.Context(), &gone); !mib.Knows(a, &gone) || mib.Knows(&s.latest, &gone) {
		t.Errorf("%+v", a)
	}
	came := state.Event{About: state.AboutInstance, Name: "VI_1", To: "BACKUP", Role: "vrrp", At: now}
	if a := s.seen(t.Context(), &came); a != &s.latest {
		t.Errorf("%+v", a)
	}
	s.forget(now)
	if s.former.Running == nil {
		t.Error("forgotten at once")
	}
	if s.forget(now.Add(time.Minute)); s.former.Running != nil {
		t.Error("kept")
	}
}

func TestOptionsChangeWhatIsShown(t *testing.T) {
	t.Parallel()
	m := newMaster(t)
	m.a.o.Adjust = func(c *config.SNMP) { c.VRRP, c.Socket = true, "unix:"+m.path }
	m.listen()
	m.a.Follow(&config.Config{})
	m.accept()
	m.open()
}

func TestASocketThatIsNone(t *testing.T) {
	t.Parallel()
	m := newMaster(t)
	m.follow(func(c *config.SNMP) { c.Socket = "udp:127.0.0.1:705" })
	m.said("AgentX over udp is not possible")
	m.a.Close()
}

// A daemon that does not answer is shown as it was, and at first as nothing; the session goes on.
func TestADaemonThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	m := newMaster(t)
	m.listen()
	m.follow(nil)
	m.accept()
	m.open()
	m.routerID()
	m.src.wait = make(chan struct{})
	defer close(m.src.wait)
	time.Sleep(leastKept) // what was seen is old from then on
	began := time.Now()
	if v := m.routerID(); v.Text != "R1" {
		t.Errorf("%+v", v)
	}
	if took := time.Since(began); took < patience {
		t.Errorf("an old answer came after %v", took)
	}
}

// Whatever a master sends, the session ends in order or goes on, and the next one comes.
func TestMastersThatMeanNoGood(t *testing.T) {
	header := func(kind byte, session, length uint32) []byte {
		b := []byte{1, kind, 16, 0}
		for _, n := range []uint32{session, 1, 2, length} {
			b = binary.BigEndian.AppendUint32(b, n)
		}
		return b
	}
	for name, c := range map[string]struct {
		bytes []byte
		ends  bool
	}{
		"half a PDU and the end": {header(5, 7, 8), true},
		"endless":                {header(5, 7, 0xfffffffc), true},
		"another protocol":       {[]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), true},
		"an odd length":          {append(header(5, 7, 3), 0, 0, 0), true},
		"a garbled request":      {append(header(5, 7, 4), 9, 9, 9, 9), false},
		"an unknown kind":        {header(99, 7, 0), false},
		"another session":        {header(13, 8, 0), false},
		"a garbled answer":       {append(header(18, 7, 4), 9, 9, 9, 9), true},
		"a stray answer":         {append(header(18, 7, 8), make([]byte, 8)...), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMaster(t)
			m.listen()
			m.follow(nil)
			m.accept()
			m.open()
			_, err := m.c.Write(c.bytes)
			m.must(err)
			if c.ends {
				m.must(m.c.(*net.UnixConn).CloseWrite())
				_, _ = io.Copy(io.Discard, m.c)
				m.accept()
				m.open()
				return
			}
			for {
				m.write(agentx.PDU{Kind: agentx.KindGet, Session: 7, Packet: 55, Ranges: []agentx.Range{{Start: agentx.OID{1, 3}}}})
				if p := m.read(); p.Packet == 55 {
					return
				}
			}
		})
	}
}

// A master that takes nothing is left alone after a while, and holds up nobody.
func TestAMasterThatDoesNotRead(t *testing.T) {
	t.Parallel()
	m := newMaster(t)
	m.listen()
	m.follow(nil)
	m.accept()
	m.open()
	ask, err := (&agentx.PDU{Kind: agentx.KindGetBulk, Session: 7, MaxRepetitions: 1000, Ranges: []agentx.Range{{Start: agentx.OID{1}}}}).Append(nil)
	m.must(err)
	go func() {
		for {
			if _, err := m.c.Write(ask); err != nil {
				return
			}
		}
	}()
	m.said("i/o timeout")
	began := time.Now()
	m.a.Close()
	if took := time.Since(began); took > soon/2 {
		t.Errorf("the end took %v", took)
	}
}
