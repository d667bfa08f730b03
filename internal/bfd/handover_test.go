package bfd

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/config"
)

// successor is a core that goes on from another one, as in another process: what goes over is bytes.
func successor(t interface{ Fatal(...any) }, c *Core, now time.Time, sessions ...config.BFD) (*Core, Output) {
	b, err := json.Marshal(c.Handover(now))
	if err != nil {
		t.Fatal(err)
	}
	h := &Handover{}
	if err := json.Unmarshal(b, h); err != nil {
		t.Fatal(err)
	}
	next := New(0)
	_, out := next.Configure(now, Setup{Sessions: sessions, Former: h, Then: now})
	next.rnd = c.rnd // whoever starts later draws other numbers, which nobody can tell from these
	return next, out
}

// seen are outputs without the numbers that a process gives its sessions.
func seen(c *Core, o Output) string {
	var b strings.Builder
	for _, s := range o.Send {
		name := ""
		for _, st := range c.Status() {
			if st.Session == s.Session {
				name = st.Config.Name
			}
		}
		fmt.Fprintf(&b, "send %s %x\n", name, s.Packet)
	}
	for _, ch := range o.Changed {
		fmt.Fprintf(&b, "tell %v\n", ch)
	}
	for _, l := range o.Log {
		fmt.Fprintf(&b, "log %v\n", l)
	}
	for _, tr := range o.Transitions {
		fmt.Fprintf(&b, "transition %v\n", tr)
	}
	return b.String()
}

// Whatever has happened, and whenever one core hands over to another: from there on both send, tell and say the same, at
// the same times. Going on itself only tells what sessions are.
func TestHandoverIsNotNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, two := instance("one"), instance("two", func(b *config.BFD) {
			b.Neighbor, b.Multihop, b.Passive = netip.MustParseAddr("192.0.2.9"), true, rapid.Bool().Draw(t, "passive")
		})
		drawIntervals(t, &one)
		drawIntervals(t, &two)
		seed := rapid.Uint64().Draw(t, "seed")
		stays, moves, now := New(seed), New(seed), epoch
		agree := func(what string, a, b Output) {
			if x, y := seen(stays, a), seen(moves, b); x != y {
				t.Fatalf("%s: with a handover\n%s\nwithout\n%s", what, y, x)
			}
		}
		both := func(what string, do func(*Core) Output) { agree(what, do(stays), do(moves)) }
		configure := func(c *Core) Output {
			_, out := c.Configure(now, Setup{Sessions: []config.BFD{one, two}})
			return out
		}
		both("start", configure)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				drawIntervals(t, &one)
				both("reload", configure)
			case 1, 2:
				next, out := successor(t, moves, now, one, two)
				if len(out.Send)+len(out.Log)+len(out.Transitions) > 0 || len(out.Changed) != 2 {
					t.Fatalf("going on does %+v", out)
				}
				for i, s := range stays.Status() {
					if out.Changed[i] != (Change{s.Config.Name, s.Verdict}) {
						t.Fatalf("going on tells %v of %+v", out.Changed[i], s)
					}
				}
				moves = next
			case 3, 4, 5, 6: // a packet of one of the neighbours
				s := stays.Status()[rapid.IntRange(0, 1).Draw(t, "of")]
				p := Packet{
					State: State(rapid.IntRange(0, 3).Draw(t, "state")), Mine: rapid.Uint32Range(1, 3).Draw(t, "mine"),
					Yours: rapid.SampledFrom([]uint32{0, s.Mine, s.Mine + 1}).Draw(t, "yours"), Multiplier: 3,
					MinTX: rapid.SampledFrom([]uint32{10_000, 1_000_000}).Draw(t, "tx"),
					MinRX: rapid.SampledFrom([]uint32{0, 20_000, 1_000_000}).Draw(t, "rx"),
				}
				if p.Yours == 0 {
					p.State = Down
				}
				p.Poll = rapid.Bool().Draw(t, "poll")
				p.Final = !p.Poll && rapid.Bool().Draw(t, "final")
				packet := p.Encode()
				both("packet", func(c *Core) Output {
					return c.Receive(now, Arrival{From: netip.AddrPortFrom(s.Config.Neighbor, 49152), TTL: 255,
						Multihop: s.Config.Multihop, Packet: packet[:]})
				})
			default:
				if next, ok := stays.Next(); ok && next.After(now) {
					now = next
				}
				both("due", func(c *Core) Output { return c.Expire(now) })
				now = now.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "ms")) * time.Millisecond)
			}
			a, b := stays.Status(), moves.Status()
			for i := range b {
				a[i].Session, b[i].Session = 0, 0
				if !reflect.DeepEqual(a[i], b[i]) {
					t.Fatalf("with a handover %+v, without %+v", b[i], a[i])
				}
			}
			x, some := stays.Next()
			if y, others := moves.Next(); some != others || !x.Equal(y) {
				t.Fatalf("due at %v, without a handover at %v", y, x)
			}
		}
	})
}

// An end of a session that hands over again and again takes nothing down at either end, whatever time passes between,
// and however long the process stands still as long as it is shorter than the other end waits.
func TestHandoversTakeNothingDown(t *testing.T) {
	for seed := range uint64(20) {
		p := newPair(t, seed, instance("s"), instance("s"))
		p.upSoon()
		mine := p.ends[0].core.Status()[0].Mine
		p.calm = true
		rnd := rand.New(rand.NewPCG(seed, 2))
		for range 100 {
			e := p.ends[0]
			e.core, _ = successor(t, e.core, p.now, e.cfg)
			e.stalled = true
			p.pass(time.Duration(rnd.IntN(30)) * time.Millisecond)
			e.stalled = false
			p.pass(time.Duration(rnd.IntN(200)) * time.Millisecond)
		}
		s := p.ends[0].core.Status()[0]
		if s.Mine != mine || s.State != Up || s.Counters.Up != 1 || s.Counters.Down != 0 {
			t.Errorf("seed %d: %+v", seed, s)
		}
	}
}

// What was handed over of sessions that are no longer configured is forgotten, and another session is begun.
func TestHandoverToAnotherConfiguration(t *testing.T) {
	c := New(1)
	c.Configure(epoch, Setup{Sessions: []config.BFD{instance("a")}})
	next, out := successor(t, c, epoch, instance("b"))
	if got := fmt.Sprint(out.Changed); got != fmt.Sprint([]Change{{"b", Unsettled}}) {
		t.Errorf("told %s", got)
	}
	if s := next.Status(); len(s) != 1 || s[0].Mine == 0 || s[0].Mine == c.Status()[0].Mine {
		t.Errorf("%+v", s)
	}
	broken := Handover{Sessions: []FormerSession{{Name: "a"}, {Name: "b", Mine: 7}}, Refused: make([]FormerRefusal, 100),
		Timers: []FormerTimer{{Session: 5}, {Session: 0}, {Session: 1, Kind: 200}}}
	last := New(2)
	last.Configure(epoch, Setup{Sessions: []config.BFD{instance("a"), instance("b", func(b *config.BFD) { b.Multihop = true })},
		Former: &broken, Then: epoch})
	if s := last.Status(); s[0].Mine == 0 || s[1].Mine != 7 {
		t.Errorf("%+v", s)
	}
}

// A field that nobody hands over would be forgotten.
func TestHandoverKnowsEveryField(t *testing.T) {
	for _, have := range []struct {
		of   any
		want int
	}{{session{}, 27}, {Core{}, 10}, {Counters{}, 5}} {
		if n := reflect.TypeOf(have.of).NumField(); n != have.want {
			t.Errorf("%T has %d fields, handover.go was written for %d: hand the new ones over, then count anew", have.of, n,
				have.want)
		}
	}
}
