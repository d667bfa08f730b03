package engine

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
	"holdfast/ipvs/maglev"
)

// pool is a configuration with one service with mh and some of nine real servers.
func pool(flags ipvs.Flags, shared bool, servers ...int) *config.Config {
	v := config.VirtualServer{
		Addr: netip.MustParseAddr("10.0.0.1"), Port: 80, Protocol: config.TCP, Quorum: 1,
		Scheduler: "mh", SchedulerFlags: uint32(flags), SharedClients: shared,
	}
	for _, n := range servers {
		weight := n
		if flags&ipvs.MaglevFallback == 0 && !shared {
			weight++ // what slots one with weight 0 has is known only where it is wanted
		}
		at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, 0, byte(n)}), 80)
		v.RealServers = append(v.RealServers, config.RealServer{
			Addr: at.Addr(), Port: 80, Weight: weight, Method: config.DR, Checkers: []config.Checker{{
				Connect: at, ConnectTimeout: time.Second, DelayLoop: time.Second, Warmup: 1,
			}},
		})
	}
	return &config.Config{VirtualServers: []config.VirtualServer{v}}
}

// fingerprint is that of the one service, which has to be that of the kernel.
func (w *world) fingerprint() string {
	w.t.Helper()
	s := w.snapshot()
	id := lvs.ID{Service: webID(80)}
	is := maglev.Fingerprint(maglev.New(maglev.Of(id.Service, w.kernel.Known(id.Service)), maglev.Slots))
	if got := s.Slots[id]; got != is {
		w.t.Errorf("the fingerprint shown is %q, that of the kernel %s", got, is)
	}
	return is
}

// wander gives a director a history: reloads, servers that fail and come back.
func (w *world) wander(rng *rand.Rand, flags ipvs.Flags, shared bool) {
	for range 1 + rng.IntN(5) {
		w.load(pool(flags, shared, rng.Perm(9)[:1+rng.IntN(9)]...))
		for n := range 9 {
			w.set(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, 0, byte(n)}), 80).String(), rng.IntN(3) == 0)
		}
		after(time.Duration(rng.IntN(3000)) * time.Millisecond)
	}
}

// Two directors with one configuration have the same table, whatever each has been through, and whichever
// servers are down at the end.
func TestDirectorsAgree(t *testing.T) {
	for seed := range uint64(40) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 0))
			k := fake.New()
			w := begin(t, k, nil)
			w.wander(rng, ipvs.MaglevFallback, false)
			if rng.IntN(2) == 0 {
				// As if it was killed, and started again: what was there is adopted.
				left := fake.New()
				left.Apply(k.Commands())
				w.end()
				w = begin(t, left, nil)
			}
			servers := rng.Perm(9)[:3+rng.IntN(6)]
			w.load(pool(ipvs.MaglevFallback, false, servers...))
			fresh := begin(t, fake.New(), nil)
			fresh.load(pool(ipvs.MaglevFallback, false, servers...))
			after(5 * time.Second)
			if a, b := w.fingerprint(), fresh.fingerprint(); a != b {
				t.Errorf("seed %d: %s and, of a fresh director, %s\n%s", seed, a, b, w.lines())
			}
			w.end()
			fresh.end()
		})
	}
}

// A hundred histories of three directors: servers that are added and go, fail and come back, directors that are killed
// and started again. With one configuration in the end all have one table. Servers change their places for that only at
// a reload, never because one fails.
func TestThreeDirectorsAgree(t *testing.T) {
	moved := 0
	for seed := range uint64(100) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 2))
			servers := rng.Perm(9)[:3+rng.IntN(6)]
			id := lvs.ID{Service: webID(80)}
			var all []*world
			for range 3 {
				w := begin(t, fake.New(), nil)
				for range 1 + rng.IntN(4) {
					w.load(pool(ipvs.MaglevFallback, false, rng.Perm(9)[:1+rng.IntN(9)]...))
					mark := len(w.kernel.Commands())
					w.fail(rng)
					if n := replaced(w.kernel.Commands()[mark:]); n > 0 {
						t.Errorf("seed %d: %d servers changed their places while others failed", seed, n)
					}
					if rng.IntN(3) == 0 {
						left := fake.New()
						left.Apply(w.kernel.Commands())
						w.end()
						w = begin(t, left, nil)
					}
				}
				all = append(all, w)
			}
			var digests []uint64
			var prints []string
			for _, w := range all {
				mark := len(w.kernel.Commands())
				w.load(pool(ipvs.MaglevFallback, false, servers...))
				moved += replaced(w.kernel.Commands()[mark:])
				w.fail(rng)
				digests = append(digests, w.snapshot().Digests[id])
				prints = append(prints, w.fingerprint())
			}
			for n := range all {
				if digests[n] != digests[0] || digests[n] == 0 || prints[n] != prints[0] {
					t.Errorf("seed %d: director %d: hash %012x and %012x, slots %s and %s\n%s", seed, n, digests[n], digests[0],
						prints[n], prints[0], all[n].lines())
				}
				all[n].end()
			}
		})
	}
	t.Logf("%d servers were put in their places", moved)
	if moved == 0 {
		t.Error("no history left a server in another place: there is nothing to show")
	}
}

// fail has some servers fail and others come back, and waits for the verdicts.
func (w *world) fail(rng *rand.Rand) {
	for n := range 9 {
		w.set(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, 0, byte(n)}), 80).String(), rng.IntN(3) == 0)
	}
	after(5 * time.Second)
}

// replaced is how many servers are taken out and added again.
func replaced(commands []ipvs.Command) (n int) {
	out := map[ipvs.DestID]bool{}
	for _, c := range commands {
		switch {
		case c.Op == ipvs.DeleteDest:
			out[c.Dest] = true
		case c.Op == ipvs.AddDest && out[c.Dest]:
			n++
		}
	}
	return n
}

// Without mh-fallback the order is kept when it is asked for; what is shown is the kernel's in any case.
func TestDirectorsAgreeWithoutFallback(t *testing.T) {
	differ := 0
	for seed := range uint64(40) {
		shared := seed%2 == 0
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			w, fresh := begin(t, fake.New(), nil), begin(t, fake.New(), nil)
			w.wander(rng, 0, shared)
			servers := rng.Perm(9)[:3+rng.IntN(6)]
			w.load(pool(0, shared, servers...))
			fresh.load(pool(0, shared, servers...))
			for n := range 9 {
				w.set(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, 0, byte(n)}), 80).String(), false)
			}
			after(5 * time.Second)
			if a, b := w.fingerprint(), fresh.fingerprint(); a != b {
				differ++
				if shared {
					t.Errorf("seed %d: %s and, of a fresh director, %s\n%s", seed, a, b, w.lines())
				}
			}
			w.end()
			fresh.end()
		})
	}
	if differ == 0 {
		t.Error("no history changed the order of a service that does not keep it: there is nothing to show")
	}
}

// A reload by which the order of servers comes to count takes those out that are not in their place, and no other,
// however short before it the service was made.
func TestOrderThatComesToCount(t *testing.T) {
	for _, test := range []struct {
		name    string
		flags   ipvs.Flags // of the next configuration, as shared
		shared  bool
		servers []int // of the one before
		moved   string
	}{
		{"shared_clients, in order", 0, true, []int{1, 2, 3, 4}, ""},
		{"mh-fallback, in order", ipvs.MaglevFallback, false, []int{1, 2, 3, 4}, ""},
		{"shared_clients, in disorder", 0, true, []int{1, 2, 4}, "-d 4 -a 4 "},
		{"mh-fallback, in disorder", ipvs.MaglevFallback, false, []int{1, 2, 4}, "-d 4 -a 4 "},
	} {
		for _, pause := range []time.Duration{time.Millisecond, 20 * time.Second} {
			synctest.Test(t, func(t *testing.T) {
				k := fake.New()
				w := begin(t, k, nil)
				defer w.end()
				w.load(pool(0, false, test.servers...))
				after(pause)
				w.load(pool(0, false, 1, 2, 3, 4)) // who was not there is added behind all
				after(pause)
				mark := len(k.Commands())
				w.load(pool(test.flags, test.shared, 1, 2, 3, 4))
				moved := ""
				for _, c := range k.Commands()[mark:] {
					switch c.Op {
					case ipvs.AddDest:
						moved += fmt.Sprintf("-a %d ", c.Dest.Addr.As4()[3])
					case ipvs.DeleteDest:
						moved += fmt.Sprintf("-d %d ", c.Dest.Addr.As4()[3])
					}
				}
				if moved != test.moved {
					t.Errorf("%s, after %v: %q, want %q", test.name, pause, moved, test.moved)
				}
			})
		}
	}
}
