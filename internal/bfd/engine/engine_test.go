package engine

import (
	"context"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/bfd"
	"holdfast/internal/news"
	"holdfast/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Isolate(m.Run)) }

// soon is how long a test waits for what should happen at once: the machine may be busy.
const soon = 20 * time.Second

// board is what an engine has told.
type board struct {
	mu   sync.Mutex
	form news.Form[news.Session]
	says map[string]string
}

func (b *board) Tell(it news.Item) {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := "gone"
	if s, err := b.form.Read(it); err == nil {
		text = [...]string{"unsettled", "down", "up"}[s.State]
	}
	b.says[it.Name] = text
}

func (b *board) of(name string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.says[name]
}

// box is a host with an engine.
type box struct {
	*lab.Host
	t      *testing.T
	engine *Engine
	told   *board
	logs   *observer.ObservedLogs
}

var addrs = [2][2]netip.Addr{
	{netip.MustParseAddr("192.168.1.1"), netip.MustParseAddr("192.168.1.2")},
	{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")},
}

// boxes are two hosts on a LAN, whose engines run.
func boxes(t *testing.T) (all [2]*box) {
	t.Helper()
	lan, err := lab.NewLAN(t.TempDir())
	must(t, err)
	t.Cleanup(func() { must(t, lan.Close()) })
	form, err := news.FormOf[news.Session]()
	must(t, err)
	for i := range all {
		h, err := lan.AddHost([2]string{"a", "b"}[i], netip.PrefixFrom(addrs[0][i], 24))
		must(t, err)
		_, err = h.Run("ip", "addr", "add", addrs[1][i].String()+"/64", "dev", "eth0", "nodad")
		must(t, err)
		all[i] = start(t, h, form, uint64(i+1))
	}
	return all
}

// start runs an engine on a host.
func start(t *testing.T, h *lab.Host, form news.Form[news.Session], seed uint64) *box {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	b := &box{Host: h, t: t, logs: logs, told: &board{form: form, says: map[string]string{}}}
	b.engine = New(Options{Log: zap.New(core), Teller: b.told, Seed: seed})
	must(t, b.engine.events.Call(t.Context(), func() {})) // what it opens from now on is opened by its loop, on the host
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Do(func() error { return b.engine.Run(ctx) }) }()
	t.Cleanup(func() { cancel(); must(t, <-ended) })
	running := make(chan struct{})
	b.engine.events.Post(func() { close(running) })
	<-running
	return b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (b *box) waits(what string, cond func() bool) {
	b.t.Helper()
	must(b.t, lab.Eventually(soon, what, func() (bool, string) { return cond(), b.lines() }))
}

func (b *box) lines() string {
	var text strings.Builder
	for _, e := range b.logs.All() {
		text.WriteString(e.Message + "\n")
	}
	return text.String()
}

func (b *box) load(sessions ...config.BFD) {
	b.t.Helper()
	must(b.t, b.engine.Prepare(b.t.Context(), &config.Config{BFDs: sessions}))
	must(b.t, b.engine.Commit(b.t.Context()))
}

func session(name string, to netip.Addr) config.BFD {
	return config.BFD{Name: name, Neighbor: to, MinRX: 50 * time.Millisecond, MinTX: 50 * time.Millisecond,
		IdleTX:     time.Second,
		Multiplier: 5, TTL: 255}
}

func far(b config.BFD) config.BFD { b.Multihop = true; return b }

// Sessions of both families come up, on the link and over the port for several hops, and each has a port of its own in
// the range.
func TestSessionsComeUp(t *testing.T) {
	all := boxes(t)
	for i, b := range all {
		other := 1 - i
		b.load(session("four", addrs[0][other]), far(session("six", addrs[1][other])))
		if got := b.told.of("four"); got == "" {
			t.Error("a commit tells of every session")
		}
	}
	seen := map[uint16]bool{}
	for _, b := range all {
		for _, name := range []string{"four", "six"} {
			b.waits(name+" up", func() bool { return b.told.of(name) == "up" })
		}
		must(t, b.engine.events.Call(t.Context(), func() {
			clear(seen)
			for _, s := range b.engine.senders {
				if s.port < firstPort || seen[s.port] {
					t.Errorf("port %d", s.port)
				}
				seen[s.port] = true
			}
		}))
	}
	snapshot, err := all[0].engine.Snapshot(t.Context())
	must(t, err)
	for _, s := range snapshot.Sessions {
		if s.State != bfd.Up || s.Received == 0 || s.SendFails {
			t.Errorf("%+v", s)
		}
	}
	all[1].load(session("four", addrs[0][0])) // the other one is not answered any more
	all[0].waits("six down", func() bool { return all[0].told.of("six") == "down" })
	if all[0].told.of("four") != "up" || all[1].told.of("six") != "gone" {
		t.Errorf("%v %v", all[0].told.says, all[1].told.says)
	}
}

// A packet that has passed a router is refused.
func TestTTLIsLookedAt(t *testing.T) {
	all := boxes(t)
	low := session("four", addrs[0][1])
	all[0].load(low)
	other := session("four", addrs[0][0])
	other.TTL = 254
	all[1].load(other)
	all[0].waits("a refusal", func() bool {
		return strings.Contains(all[0].lines(), "Packet ttl(254) < 255 - discarding, from [192.168.1.2]:")
	})
	low.MaxHops = 1
	all[0].load(low)
	all[0].waits("the session", func() bool { return all[0].told.of("four") == "up" })
}

// What cannot be had yet is tried again: the port, and the source address.
func TestSocketsAreTriedAgain(t *testing.T) {
	all := boxes(t)
	var taken int
	must(t, all[0].Do(func() (err error) { taken, err = listen(doorKey{}); return err }))
	late := session("four", addrs[0][1])
	late.Source = netip.MustParseAddr("192.168.1.77")
	all[0].load(late)
	all[0].waits("failures", func() bool {
		return strings.Contains(all[0].lines(), "Unable to open listening socket for BFD on port 3784 of IPv4: "+
			"bind: address already in use") &&
			strings.Contains(all[0].lines(), "(four) Error sending packet: bind to 192.168.1.77")
	})
	all[1].load(session("four", late.Source))
	unix.Close(taken)
	_, err := all[0].Run("ip", "addr", "add", "192.168.1.77/24", "dev", "eth0")
	must(t, err)
	for _, b := range all {
		b.waits("the session", func() bool { return b.told.of("four") == "up" })
	}
	all[0].waits("that it is said", func() bool {
		return strings.Contains(all[0].lines(), "BFD packets are received on port 3784 of IPv4") &&
			strings.Contains(all[0].lines(), "(four) Sending packets works again")
	})
	if n := strings.Count(all[0].lines(), "Unable to open"); n != 1 {
		t.Errorf("the failure is logged %d times", n)
	}
}

// Abort leaves everything as it was, and a commit without a plan fails.
func TestAbort(t *testing.T) {
	e := New(Options{})
	must(t, e.Prepare(t.Context(), &config.Config{}))
	e.Abort()
	if err := e.Commit(t.Context()); err == nil {
		t.Error("nothing was prepared")
	}
}

// Receiving a packet and sending one allocate nothing.
func TestHotPathAllocatesNothing(t *testing.T) {
	all := boxes(t)
	must(t, all[0].Do(func() error {
		fd, err := listen(doorKey{})
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		s, r, core := newSender(1), newReceiver(), bfd.New(1)
		cfg := session("self", addrs[0][0])
		s.configure(&cfg)
		defer s.close()
		core.Configure(time.Time{}, bfd.Setup{Sessions: []config.BFD{cfg}})
		packet := bfd.Packet{State: bfd.Down, Multiplier: 5, Mine: 7, MinTX: 1_000_000, MinRX: 1}.Encode()
		got := 0
		each := func(a bfd.Arrival) {
			core.Receive(time.Time{}, a)
			got++
		}
		d := &door{fd: fd}
		if n := testing.AllocsPerRun(200, func() {
			if err = s.send(packet[:]); err == nil {
				r.drain(d, burst, each)
			}
		}); n != 0 || err != nil || got < 200 {
			t.Errorf("%v allocations, %d packets, %v", n, got, err)
		}
		return nil
	}))
}
