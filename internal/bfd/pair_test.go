package bfd

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/config"
)

// A pair is two ends of a session and the way between them, in virtual time. Packets keep their order.
type pair struct {
	t    interface{ Fatalf(string, ...any) }
	rnd  *rand.Rand
	now  time.Time
	ends [2]*end
	// What the way does.
	cut   bool
	loss  int // percent
	delay time.Duration
	shake time.Duration // what may be added to delay

	calm bool // nothing may go down
}

type end struct {
	core *Core
	cfg  config.BFD
	way  []letter // under way to this end
	told Verdict
	// stalled says that the process does not run: packets wait in its socket.
	stalled  bool
	lastSent time.Time // a packet that was no answer
	agreed   time.Duration
	state    State // what it has told last
	diag     Diag
}

type letter struct {
	at     time.Time
	packet [Length]byte
}

func newPair(t interface{ Fatalf(string, ...any) }, seed uint64, a, b config.BFD) *pair {
	p := &pair{t: t, rnd: rand.New(rand.NewPCG(seed, 1)), now: epoch, delay: time.Millisecond}
	for i, cfg := range []config.BFD{a, b} {
		cfg.Neighbor = [2]netip.Addr{there, here}[i]
		p.ends[i] = &end{cfg: cfg}
		p.start(i)
	}
	return p
}

// start starts the process of an end, again if it ran.
func (p *pair) start(i int) {
	e := p.ends[i]
	e.core, e.told, e.state = New(p.rnd.Uint64()), Unsettled, Down
	e.lastSent = time.Time{}
	p.configure(i)
}

func (p *pair) configure(i int) {
	_, out := p.ends[i].core.Configure(p.now, Setup{Sessions: []config.BFD{p.ends[i].cfg}})
	p.take(i, out)
}

func (p *pair) take(i int, o Output) {
	e, other := p.ends[i], p.ends[1-i]
	s := e.core.Status()[0]
	e.agreed = min(e.agreed, s.Interval)
	for _, m := range o.Send {
		packet, why := Decode(m.Packet[:])
		if why.Reason != Accepted {
			p.t.Fatalf("end %d sends what is refused: %v", i, why)
		}
		if packet.State != Up && packet.MinTX < 1_000_000 {
			p.t.Fatalf("end %d announces %d us while %v", i, packet.MinTX, packet.State)
		}
		p.paced(i, packet)
		if p.cut || p.rnd.IntN(100) < p.loss {
			continue
		}
		at := p.now.Add(p.delay + time.Duration(p.rnd.Int64N(int64(p.shake)+1)))
		if n := len(other.way); n > 0 && at.Before(other.way[n-1].at) {
			at = other.way[n-1].at
		}
		other.way = append(other.way, letter{at, m.Packet})
	}
	for _, c := range o.Changed {
		if c.Verdict == e.told && c.Verdict != Unsettled {
			p.t.Fatalf("end %d tells %v twice", i, c.Verdict)
		}
		if p.calm && c.Verdict == IsDown {
			p.t.Fatalf("end %d goes down: %+v", i, o.Log)
		}
		e.told = c.Verdict
	}
	if (s.State == Up) && e.told != IsUp {
		p.t.Fatalf("end %d is up and tells %v", i, e.told)
	}
	if s.State != Up && e.told == IsUp {
		p.t.Fatalf("end %d is %v and tells up", i, s.State)
	}
	if s.Mine == 0 {
		p.t.Fatalf("end %d has no discriminator", i)
	}
}

// paced fails if an end sends periodic packets more often than was agreed on.
func (p *pair) paced(i int, packet Packet) {
	e := p.ends[i]
	s := e.core.Status()[0]
	// What differs from the packet before is told between periodic ones (RFC 5880 6.8.7): another state, or the same one
	// after one that was over before its packet was due.
	changed := packet.State != e.state || packet.Diag != e.diag
	e.state, e.diag = packet.State, packet.Diag
	if packet.Final {
		return
	}
	if since := p.now.Sub(e.lastSent); !changed && !e.lastSent.IsZero() && since < e.agreed*3/4 {
		p.t.Fatalf("end %d sends after %v, agreed on %v: %+v", i, since, s.Interval, packet)
	}
	e.lastSent, e.agreed = p.now, s.Interval
}

// pass lets time go by.
func (p *pair) pass(d time.Duration) {
	end := p.now.Add(d)
	for {
		next, do := end, func() {}
		for i, e := range p.ends {
			if e.stalled {
				continue
			}
			if at, ok := e.core.Next(); ok && p.later(at).Before(next) {
				next, do = p.later(at), func() { p.take(i, e.core.Expire(p.now)) }
			}
			if len(e.way) > 0 && !p.later(e.way[0].at).After(next) {
				next, do = p.later(e.way[0].at), func() { p.deliver(i) }
			}
		}
		if !next.Before(end) {
			p.now = end
			return
		}
		p.now = next
		do()
	}
}

// later is when something happens that is due at a time: not before an end that was stopped runs again.
func (p *pair) later(at time.Time) time.Time {
	if at.Before(p.now) {
		return p.now
	}
	return at
}

func (p *pair) deliver(i int) {
	e := p.ends[i]
	m := e.way[0]
	e.way = e.way[1:]
	p.take(i, e.core.Receive(p.now, Arrival{
		From: netip.AddrPortFrom(e.cfg.Neighbor, 49152), TTL: 255, Packet: m.packet[:],
	}))
}

func (p *pair) heal() {
	p.cut, p.loss, p.delay, p.shake = false, 0, time.Millisecond, 0
	for _, e := range p.ends {
		e.stalled = false
	}
}

// upSoon fails unless both ends are up, and stay so.
func (p *pair) upSoon() {
	p.heal()
	p.pass(30 * time.Second)
	for i, e := range p.ends {
		if s := e.core.Status()[0]; s.State != Up || e.told != IsUp {
			p.t.Fatalf("end %d is %v after 30 s of a way without faults: %+v", i, s.State, s)
		}
	}
	p.calm = true
	p.pass(10 * time.Second)
	p.calm = false
}

func drawIntervals(t *rapid.T, c *config.BFD) {
	ms := rapid.IntRange(10, 500)
	c.MinTX = time.Duration(ms.Draw(t, "tx")) * time.Millisecond
	c.MinRX = time.Duration(ms.Draw(t, "rx")) * time.Millisecond
	c.IdleTX = time.Duration(rapid.IntRange(1000, 2000).Draw(t, "idle")) * time.Millisecond
	c.Multiplier = uint8(rapid.IntRange(2, 6).Draw(t, "mult"))
}

// Whatever happens to two ends and the way between them: nobody sends too often or what the other refuses, others
// are told what is so, each once, and when the way is whole again both come up and stay up.
func TestPairRecovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := instance("s"), instance("s")
		drawIntervals(t, &a)
		drawIntervals(t, &b)
		b.Passive = rapid.Bool().Draw(t, "passive")
		p := newPair(t, rapid.Uint64().Draw(t, "seed"), a, b)
		which := rapid.IntRange(0, 1)
		t.Repeat(map[string]func(*rapid.T){
			"pass":  func(t *rapid.T) { p.pass(time.Duration(rapid.IntRange(1, 8000).Draw(t, "ms")) * time.Millisecond) },
			"blink": func(t *rapid.T) { p.pass(time.Duration(rapid.IntRange(1, 5000).Draw(t, "us")) * time.Microsecond) },
			"cut":   func(*rapid.T) { p.cut = true },
			"heal":  func(*rapid.T) { p.heal() },
			"loss":  func(t *rapid.T) { p.loss = rapid.IntRange(0, 90).Draw(t, "percent") },
			"delay": func(t *rapid.T) {
				p.delay = time.Duration(rapid.IntRange(0, 2000).Draw(t, "ms")) * time.Millisecond
				p.shake = time.Duration(rapid.IntRange(0, 500).Draw(t, "shake")) * time.Millisecond
			},
			"restart": func(t *rapid.T) { p.start(which.Draw(t, "end")) },
			"reload": func(t *rapid.T) {
				i := which.Draw(t, "end")
				drawIntervals(t, &p.ends[i].cfg)
				p.configure(i)
			},
			"stall": func(t *rapid.T) { p.ends[which.Draw(t, "end")].stalled = true },
			"wake":  func(*rapid.T) { p.ends[0].stalled, p.ends[1].stalled = false, false },
		})
		p.upSoon()
	})
}

// On a way without faults a reload of either end, whatever it does to intervals and multiplier, takes nothing down.
func TestReloadsTakeNothingDown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := instance("s"), instance("s")
		drawIntervals(t, &a)
		drawIntervals(t, &b)
		p := newPair(t, rapid.Uint64().Draw(t, "seed"), a, b)
		p.upSoon()
		p.calm = true
		for range 10 {
			i := rapid.IntRange(0, 1).Draw(t, "end")
			drawIntervals(t, &p.ends[i].cfg)
			p.configure(i)
			p.pass(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
		}
		p.pass(10 * time.Second)
		for i, e := range p.ends {
			s, o := e.core.Status()[0], p.ends[1-i].core.Status()[0]
			want := max(e.cfg.MinTX, p.ends[1-i].cfg.MinRX)
			if s.Interval != want || o.Detection != time.Duration(e.cfg.Multiplier)*want || s.Polling {
				t.Fatalf("end %d sends every %v, want %v; the other waits %v; polling %v",
					i, s.Interval, want, o.Detection, s.Polling)
			}
		}
	})
}

// A neighbour that falls silent is noticed within the detection time, and not before.
func TestSilenceIsNoticedInTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := instance("s"), instance("s")
		drawIntervals(t, &a)
		drawIntervals(t, &b)
		p := newPair(t, rapid.Uint64().Draw(t, "seed"), a, b)
		p.upSoon()
		p.cut = true
		p.pass(p.delay) // what was under way
		first := p.ends[0].core.Status()[0]
		p.pass(first.Detection - p.now.Sub(first.LastSeen) - 1)
		if s := p.ends[0].core.Status()[0]; s.State != Up {
			t.Fatalf("down %v after the last packet, of %v", p.now.Sub(first.LastSeen), first.Detection)
		}
		p.pass(time.Millisecond)
		if s := p.ends[0].core.Status()[0]; s.State != Down || p.ends[0].told != IsDown {
			t.Fatalf("%v, %v after the last packet", s.State, p.now.Sub(first.LastSeen))
		}
	})
}

// A process that was stopped listens to what has come meanwhile before it looks at its timers.
func TestAStalledEndLosesNothing(t *testing.T) {
	p := newPair(t, 1, instance("s"), instance("s"))
	p.upSoon()
	p.ends[0].stalled = true
	p.pass(35 * time.Millisecond) // less than the other waits after the last packet before
	p.calm = true
	p.ends[0].stalled = false
	p.pass(time.Second)
}

// An end that was started again is up after a few packets, and the other end, which was told to, goes down for that
// long only.
func TestRestartIsShort(t *testing.T) {
	worst := time.Duration(0)
	for seed := range uint64(200) {
		p := newPair(t, seed, instance("s"), instance("s"))
		p.upSoon()
		p.start(0)
		began := p.now
		for p.ends[0].told != IsUp || p.ends[1].told != IsUp || p.now == began {
			p.pass(time.Millisecond)
		}
		worst = max(worst, p.now.Sub(began))
	}
	if worst > 1500*time.Millisecond {
		t.Error(fmt.Sprint("up after ", worst))
	}
}
