package bfd

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"holdfast/config"
)

var (
	epoch = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	here  = netip.MustParseAddr("192.0.2.1")
	there = netip.MustParseAddr("192.0.2.2")
)

// session is a bfd_instance with what the language gives one that says nothing.
func instance(name string, change ...func(*config.BFD)) config.BFD {
	b := config.BFD{
		Name: name, Neighbor: there, MinRX: 10 * time.Millisecond, MinTX: 10 * time.Millisecond, IdleTX: time.Second,
		Multiplier: 5, TTL: 255, VRRP: true, Checker: true,
	}
	for _, f := range change {
		f(&b)
	}
	return b
}

// A bench is a Core with one neighbour that the test plays.
type bench struct {
	t     *testing.T
	core  *Core
	now   time.Time
	sent  []Packet // since the last look
	log   []string
	told  []string
	moved []string // transitions
	ttl   int
	src   netip.AddrPort
	hops  bool
}

func newBench(t *testing.T, sessions ...config.BFD) *bench {
	b := &bench{t: t, core: New(1), now: epoch, ttl: 255, src: netip.AddrPortFrom(there, 49152)}
	b.configure(sessions...)
	return b
}

func (b *bench) configure(sessions ...config.BFD) []ID {
	ids, out := b.core.Configure(b.now, Setup{Sessions: sessions})
	b.take(out)
	return ids
}

func (b *bench) take(o Output) {
	b.t.Helper()
	for _, s := range o.Send {
		p, why := Decode(s.Packet[:])
		if why.Reason != Accepted {
			b.t.Fatalf("it sends what it would refuse: %v", why)
		}
		b.sent = append(b.sent, p)
	}
	for _, l := range o.Log {
		b.log = append(b.log, l.Text)
	}
	for _, t := range o.Transitions {
		b.moved = append(b.moved, fmt.Sprintf("%s %v -> %v %s", t.Session, t.From, t.To, t.Diag.Word()))
	}
	for _, c := range o.Changed {
		b.told = append(b.told, fmt.Sprint(c.Name, "=", [...]string{"unsettled", "down", "up", "gone"}[c.Verdict]))
	}
}

// hear gives the Core a packet.
func (b *bench) hear(p Packet) {
	b.t.Helper()
	if p.Multiplier == 0 {
		p.Multiplier = 5
	}
	if p.Mine == 0 {
		p.Mine = 77
	}
	raw := p.Encode()
	b.raw(raw[:])
}

func (b *bench) raw(p []byte) {
	b.t.Helper()
	b.take(b.core.Receive(b.now, Arrival{From: b.src, TTL: b.ttl, Multihop: b.hops, Packet: p}))
}

// pass lets time go by.
func (b *bench) pass(d time.Duration) {
	b.t.Helper()
	end := b.now.Add(d)
	for {
		next, ok := b.core.Next()
		if !ok || next.After(end) {
			break
		}
		b.now = next
		b.take(b.core.Expire(b.now))
	}
	b.now = end
}

func (b *bench) status() Status { return b.core.Status()[0] }

// said is the log, and told what others were told, since the last look.
func (b *bench) said() string { l := strings.Join(b.log, "\n"); b.log = nil; return l }
func (b *bench) news() string { l := strings.Join(b.told, " "); b.told = nil; return l }
func (b *bench) packets() []Packet {
	p := b.sent
	b.sent = nil
	return p
}

func (b *bench) expect(what string, got, want any) {
	b.t.Helper()
	if got != want {
		b.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// slow and fast are what a neighbour announces that is like us.
func (b *bench) slow(s State) Packet {
	return Packet{State: s, Yours: b.status().Mine, MinTX: 1_000_000, MinRX: 10_000}
}
func (b *bench) fast(s State) Packet {
	return Packet{State: s, Yours: b.status().Mine, MinTX: 10_000, MinRX: 10_000}
}

// up brings the session up; the neighbour then sends every 10 ms.
func (b *bench) up() {
	b.t.Helper()
	b.hear(b.slow(Down))
	b.hear(b.slow(Init))
	b.hear(b.fast(Up))
	f := b.fast(Up)
	f.Final = true
	b.hear(f)
	b.expect("state", b.status().State, Up)
	b.log, b.sent, b.told = nil, nil, nil
}

func TestFirstPackets_semantics11_2(t *testing.T) {
	b := newBench(t, instance("peer"))
	b.pass(firstPackets)
	p := b.packets()
	want := Packet{State: Down, Multiplier: 5, Mine: b.status().Mine, MinTX: 1_000_000, MinRX: 10_000}
	if len(p) != 1 || p[0] != want {
		t.Fatalf("%+v", p)
	}
	b.pass(100 * time.Second)
	if n := len(b.packets()); n < 111 || n > 133 { // every 750 to 900 ms
		t.Errorf("%d packets in 100 s", n)
	}
	b.expect("told", b.news(), "peer=unsettled peer=down")
}

func TestComingUp_semantics11_5(t *testing.T) {
	b := newBench(t, instance("peer"))
	b.pass(200 * time.Millisecond)
	b.packets()
	b.hear(Packet{State: Down, MinTX: 1_000_000, MinRX: 10_000})
	p := b.packets()
	if len(p) != 1 || p[0].State != Init || p[0].Yours != 77 || p[0].Poll {
		t.Fatalf("after Down: %+v", p)
	}
	b.hear(b.slow(Init))
	b.expect("log", b.said(), "(peer) Entering Up state\n(peer) Starting poll sequence")
	b.expect("told", b.news(), "peer=unsettled peer=up")
	p = b.packets()
	if len(p) != 1 || p[0].State != Up || !p[0].Poll || p[0].MinTX != 10_000 {
		t.Fatalf("after Init: %+v", p)
	}
	// It sends as often as the neighbour wants at once, and polls until it hears the final.
	b.pass(time.Second)
	p = b.packets()
	if len(p) < 111 || len(p) > 134 || !p[0].Poll || !p[len(p)-1].Poll {
		t.Errorf("%d packets in a second", len(p))
	}
	f := b.slow(Up)
	f.Final = true
	b.hear(f)
	b.pass(100 * time.Millisecond)
	for _, p := range b.packets() {
		if p.Poll {
			t.Fatal("it polls after the final")
		}
	}
}

func TestDownToUpAtOnce(t *testing.T) {
	b := newBench(t, instance("peer"))
	b.hear(b.slow(Init))
	b.expect("state", b.status().State, Up)
	b.expect("told", b.news(), "peer=unsettled peer=up")
}

func TestPollIsAnsweredAtOnce_semantics11_5(t *testing.T) {
	b := newBench(t, instance("peer"))
	b.up()
	p := b.fast(Up)
	p.Poll = true
	b.hear(p)
	got := b.packets()
	if len(got) != 1 || !got[0].Final || got[0].Poll {
		t.Errorf("%+v", got)
	}
}

func TestSilence_semantics11_6(t *testing.T) {
	b := newBench(t, instance("peer"))
	b.up()
	was := b.status().Mine
	b.pass(49 * time.Millisecond)
	b.expect("state", b.status().State, Up)
	b.packets()
	b.pass(1 * time.Millisecond)
	b.expect("log", b.said(), "(peer) Expired after 50 ms (0 usec overdue)\n"+
		"(peer) Entering Down state (Local diagnostic - Control Detection Time Expired, Remote diagnostic - No Diagnostic)")
	b.expect("told", b.news(), "peer=down")
	s := b.status()
	if s.Mine == was || s.Mine == 0 || s.Yours != 0 || s.Interval != time.Second {
		t.Errorf("%+v", s)
	}
	// What is still under way for the session of before is dropped without a word.
	b.hear(Packet{State: Up, Yours: was, MinTX: 10_000, MinRX: 10_000})
	b.expect("state", b.status().State, Down)
	b.expect("log", b.said(), "")
	b.pass(2 * time.Second)
	p := b.packets()
	last := p[len(p)-1]
	if last.State != Down || last.Diag != DetectionExpired || last.Yours != 0 || last.MinTX != 1_000_000 {
		t.Errorf("%+v", last)
	}
}

func TestNeighborSignalsDown_semantics11_6(t *testing.T) {
	b := newBench(t, instance("peer"))
	b.up()
	d := b.slow(Down)
	d.Diag = DetectionExpired
	b.hear(d)
	b.expect("log", b.said(),
		"(peer) Entering Down state (Local diagnostic - Neighbor Signaled Session Down, "+
			"Remote diagnostic - Control Detection Time Expired)")
	b.expect("told", b.news(), "peer=down")
	p := b.packets()
	if len(p) != 1 || p[0].State != Down || p[0].Diag != NeighborSignaledDown || p[0].Yours != 77 {
		t.Fatalf("%+v", p)
	}
	// Its discriminator is sent for one more detection time.
	b.pass(4900 * time.Millisecond)
	b.expect("yours", b.status().Yours, uint32(77))
	b.pass(200 * time.Millisecond)
	b.expect("yours", b.status().Yours, uint32(0))
	b.expect("log", b.said(), "")
}

func TestNeighborIsAdminDown_semantics11_3(t *testing.T) {
	b := newBench(t, instance("peer"))
	b.up()
	b.hear(b.slow(AdminDown))
	b.expect("told", b.news(), "")
	b.expect("state", b.status().State, Down)
	b.hear(b.slow(AdminDown))
	b.expect("state", b.status().State, Down)
	b.pass(20 * time.Second)
	b.expect("told", b.news(), "")
	b.hear(b.slow(Down))
	b.hear(b.slow(Init))
	b.expect("told", b.news(), "")
	b.hear(b.slow(Down))
	b.expect("told", b.news(), "peer=down")
}

func TestPassive_semantics11_3(t *testing.T) {
	b := newBench(t, instance("peer", func(c *config.BFD) { c.Passive = true }))
	b.pass(30 * time.Second)
	if p := b.packets(); len(p) != 0 {
		t.Fatalf("it sent %+v", p)
	}
	b.hear(b.slow(Down))
	b.expect("packets", len(b.packets()), 1)
	b.up()
	b.pass(20 * time.Second)
	b.packets()
	b.pass(20 * time.Second)
	if p := b.packets(); len(p) != 0 {
		t.Errorf("it sends to a neighbour that is gone: %+v", p)
	}
}

func TestTTL_semantics11_1(t *testing.T) {
	for _, c := range []struct {
		ttl     uint8
		hops    int
		got     int
		refused bool
	}{{255, 0, 255, false}, {255, 0, 254, true}, {255, 3, 252, false}, {255, 3, 251, true}, {255, 255, 1, false},
		{255, -1, 1, false}, {64, 0, 255, false}, {64, 0, 63, true}, {64, 64, 0, false}} {
		b := newBench(t, instance("peer", func(b *config.BFD) { b.TTL, b.MaxHops = c.ttl, c.hops }))
		b.ttl = c.got
		b.hear(b.slow(Down))
		if refused := b.status().State == Down; refused != c.refused {
			t.Errorf("%+v: refused %v", c, refused)
		}
	}
	b := newBench(t, instance("peer"))
	b.ttl = 254
	b.hear(b.slow(Down))
	b.expect("log", b.said(), "Packet ttl(254) < 255 - discarding, from [192.0.2.2]:49152")
}

// A flood of what is refused is counted and does not fill the log.
func TestRefusedPacketsAreLoggedOnce(t *testing.T) {
	b := newBench(t, instance("peer"))
	for range 1000 {
		b.raw([]byte("rubbish"))
	}
	b.hear(Packet{State: Up, Yours: 5})
	b.expect("log", b.said(), "Discarding bogus packet from [192.0.2.2]:49152 (Packet is too small: 7 bytes)\n"+
		"Discarding packet from [192.0.2.2]:49152 (session is not found - your discriminator field is 0x00000005)")
	b.pass(quiet)
	b.raw([]byte("rubbish"))
	b.expect("log", b.said(), "Discarding bogus packet from [192.0.2.2]:49152 (Packet is too small: 7 bytes), "+
		"and 999 more for such a reason before")
	if n := b.core.Refused(); n[TooShort] != 1001 || n[UnknownSession] != 1 || len(n) != 2 {
		t.Error(n)
	}
}

func TestWhoseAPacketIs(t *testing.T) {
	other := netip.MustParseAddr("192.0.2.3")
	b := newBench(t, instance("peer"), instance("far", func(c *config.BFD) { c.Neighbor, c.Multihop = other, true }))
	b.src = netip.AddrPortFrom(other, 5)
	b.hear(Packet{State: Down}) // on the port for the link
	b.expect("state", b.core.Status()[1].State, Down)
	b.hops = true
	b.hear(Packet{State: Down})
	b.expect("state", b.core.Status()[1].State, Init)
	b.hear(Packet{State: Init, Yours: b.status().Mine}) // another session, by its discriminator, on the wrong port
	b.expect("state", b.status().State, Down)
	b.hops = false
	b.hear(Packet{State: Init, Yours: b.status().Mine}) // from an address that the neighbour has, too
	b.expect("state", b.status().State, Up)
}

func TestDemandIsHonoured(t *testing.T) {
	b := newBench(t, instance("peer"))
	b.up()
	d := b.fast(Up)
	d.Demand = true
	b.hear(d)
	b.packets()
	for range 100 {
		b.pass(10 * time.Millisecond)
		b.hear(d)
	}
	if p := b.packets(); len(p) != 0 {
		t.Errorf("%d packets", len(p))
	}
	d.Poll = true
	b.hear(d)
	if p := b.packets(); len(p) != 1 || !p[0].Final || p[0].Demand || p[0].MinEchoRX != 0 {
		t.Errorf("%+v", p)
	}
	b.hear(b.fast(Up))
	b.pass(20 * time.Millisecond)
	if p := b.packets(); len(p) == 0 {
		t.Error("it does not send again")
	}
}

func TestNeighborThatWantsNoPackets(t *testing.T) {
	b := newBench(t, instance("peer"))
	b.pass(firstPackets)
	b.packets()
	p := b.slow(Down)
	p.MinRX = 0
	b.hear(p)
	if got := b.packets(); len(got) != 1 || got[0].State != Init {
		t.Errorf("it is told of the state once: %+v", got)
	}
	b.pass(4 * time.Second)
	b.expect("packets", len(b.packets()), 0)
	b.pass(2 * time.Second) // it is gone
	if len(b.packets()) == 0 {
		t.Error("nothing is sent to whoever may be there now")
	}
}

func TestIntervalsFollowTheNeighbor_semantics11_2(t *testing.T) {
	b := newBench(t, instance("peer", func(c *config.BFD) {
		c.MinTX, c.MinRX = 50*time.Millisecond, 100*time.Millisecond
	}))
	b.up()
	for _, c := range []struct {
		tx, rx              uint32
		mult                uint8
		interval, detection time.Duration
	}{
		{10_000, 10_000, 5, 50 * time.Millisecond, 500 * time.Millisecond},
		{300_000, 10_000, 3, 50 * time.Millisecond, 900 * time.Millisecond},
		{300_000, 200_000, 1, 200 * time.Millisecond, 300 * time.Millisecond},
		{10_000, 10_000, 2, 50 * time.Millisecond, 200 * time.Millisecond},
	} {
		p := Packet{State: Up, Yours: b.status().Mine, MinTX: c.tx, MinRX: c.rx, Multiplier: c.mult}
		b.hear(p)
		s := b.status()
		if s.Interval != c.interval || s.Detection != c.detection {
			t.Errorf("%+v: %v, %v", c, s.Interval, s.Detection)
		}
		// A shorter detection time counts from the last packet on, a shorter interval for the packet that is due.
		b.packets()
		b.pass(c.interval)
		if len(b.packets()) == 0 {
			t.Errorf("%+v: nothing was sent", c)
		}
		b.hear(p)
		b.pass(c.detection - 1)
		b.expect("state", b.status().State, Up)
		b.hear(p)
	}
	b.pass(200 * time.Millisecond)
	b.expect("state", b.status().State, Down)
}

// A reload: what did not change is not touched, other intervals are negotiated by a poll, other ends are
// another session.
func TestReload_semantics11_7(t *testing.T) {
	b := newBench(t, instance("peer"))
	b.up()
	before, next := b.status(), func() time.Time { n, _ := b.core.Next(); return n }
	due := next()
	b.configure(instance("peer", func(c *config.BFD) { c.Weight = 5 }))
	after := b.status()
	before.Config, after.Config = nil, nil
	if after != before || next() != due || len(b.packets()) != 0 || b.said() != "" || b.news() != "" {
		t.Errorf("%+v became %+v", before, after)
	}

	b.configure(instance("peer", func(c *config.BFD) { c.MinTX, c.MinRX = 100*time.Millisecond, 5*time.Millisecond }))
	b.expect("log", b.said(), "(peer) Starting poll sequence")
	b.hear(b.fast(Up))
	s := b.status()
	if s.Interval != 10*time.Millisecond || s.Detection != 50*time.Millisecond {
		t.Errorf("before the final: %v, %v", s.Interval, s.Detection)
	}
	b.pass(10 * time.Millisecond)
	if p := b.packets(); len(p) == 0 || !p[0].Poll || p[0].MinTX != 100_000 || p[0].MinRX != 5_000 {
		t.Errorf("%+v", p)
	}
	f := b.fast(Up)
	f.Final = true
	b.hear(f)
	s = b.status()
	if s.Interval != 100*time.Millisecond || s.Detection != 50*time.Millisecond || s.Polling {
		t.Errorf("after the final: %v, %v, polling %v", s.Interval, s.Detection, s.Polling)
	}

	b.configure(instance("peer", func(c *config.BFD) { c.Neighbor = here }))
	b.expect("told", b.news(), "peer=gone peer=down")
	b.expect("state", b.status().State, Down)
	b.configure()
	b.expect("told", b.news(), "peer=gone")
	if _, ok := b.core.Next(); ok {
		t.Error("a timer is left")
	}
	if len(b.core.byMine)+len(b.core.byPeer)+len(b.core.byName) != 0 {
		t.Error("something is left")
	}
}

func TestSecondPollSequence(t *testing.T) {
	b := newBench(t, instance("peer"))
	b.up()
	interval := func(ms time.Duration) config.BFD {
		return instance("peer", func(c *config.BFD) { c.MinTX = ms * time.Millisecond })
	}
	f := b.fast(Up)
	f.Final = true
	b.configure(interval(20))
	b.configure(interval(40))
	b.hear(f)
	b.expect("interval", b.status().Interval, 10*time.Millisecond) // that was for the first
	b.hear(f)
	b.expect("interval", b.status().Interval, 40*time.Millisecond)
}

func TestNeighborsChangePlacesInAReload(t *testing.T) {
	x := instance("x")
	y := instance("y", func(c *config.BFD) { c.Neighbor = here })
	b := newBench(t, x, y)
	x.Neighbor, y.Neighbor = y.Neighbor, x.Neighbor
	ids := b.configure(x, y)
	b.hear(Packet{State: Down}) // of there, which is y now
	all := b.core.Status()
	if all[0].State != Down || all[1].State != Init || ids[0] == ids[1] || ids[0] != all[0].Session {
		t.Errorf("%v %+v", ids, all)
	}
}

// What happens for every packet allocates nothing.
func TestPacketsAllocateNothing(t *testing.T) {
	b := newBench(t, instance("peer"))
	b.up()
	p := b.fast(Up)
	p.Mine, p.Multiplier = 77, 5
	raw := p.Encode()
	a := Arrival{From: b.src, TTL: 255, Packet: raw[:]}
	if n := testing.AllocsPerRun(1000, func() {
		b.now = b.now.Add(10 * time.Millisecond)
		b.core.Receive(b.now, a)
		if len(b.core.Expire(b.now).Send) == 0 {
			t.Fatal("nothing is sent")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	b.expect("state", b.status().State, Up)
}
