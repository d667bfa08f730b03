package vrrp

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/test/reload"
)

// A shop is a core whose configuration is reloaded again and again.
type shop struct {
	t    *testing.T
	core *Core
	now  time.Time
	cfg  *config.Config
	on   map[ID]bool // whose addresses are set
}

func (s *shop) setup(c *config.Config) Setup {
	u := Setup{Instances: c.Instances, Groups: c.Groups, Values: map[TrackedID]int{}}
	for i := range c.Instances {
		for _, tr := range c.Instances[i].Tracks {
			u.Values[s.core.IdentifyTracked(Tracked{tr.Kind, tr.Name})] = 1
		}
	}
	for i := range c.Groups {
		for _, tr := range c.Groups[i].Tracks {
			u.Values[s.core.IdentifyTracked(Tracked{tr.Kind, tr.Name})] = 1
		}
	}
	return u
}

func (s *shop) do(o Output) {
	for _, w := range o.Addresses {
		s.on[w.Router] = w.On
	}
}

// runTo lets time pass.
func (s *shop) runTo(end time.Time) {
	for {
		at, ok := s.core.Next()
		if !ok || at.After(end) {
			s.now = end
			return
		}
		s.now = at
		s.do(s.core.Expire(at))
	}
}

// reload takes over another configuration at some moment, and checks who noticed.
func (s *shop) reload(next *config.Config, what string) (still int) {
	before := map[ID]stillness{}
	for _, m := range s.core.machines {
		before[m.id] = stillOf(m)
	}
	same := reload.Untouched(s.cfg, next)
	o := s.core.Configure(s.now, s.setup(next))
	for _, m := range s.core.machines {
		was, there := before[m.id]
		if !same[m.cfg.Router()] {
			continue
		}
		still++
		if is := stillOf(m); !there || was.String() != is.String() || o.concerns(m.id) {
			s.t.Fatalf("%s: %s is not changed and noticed it:\n%s\n%s\n%+v", what, m.cfg.Name, was, is, o)
		}
	}
	s.cfg = next
	s.do(o)
	return still
}

// concerns reports whether an output asks for anything for a router.
func (o *Output) concerns(id ID) bool {
	return slices.ContainsFunc(o.Send, func(t Transmit) bool { return t.Router == id }) ||
		slices.ContainsFunc(o.Addresses, func(w VIPs) bool { return w.Router == id }) ||
		slices.ContainsFunc(o.Announce, func(a Announce) bool { return a.Router == id }) ||
		slices.ContainsFunc(o.Notify, func(n Notify) bool { return n.Router == id })
}

// TestReloadsOfRandomConfigurations: of 2,000 pairs of configurations, who is the same in both keeps its state, its
// timers and its counters, and nothing is done for it; when there has been time, all routers are masters and have
// their addresses.
func TestReloadsOfRandomConfigurations(t *testing.T) {
	const chains, pairs = 100, 20
	still := 0
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for chain := range uint64(chains) {
		rng := rand.New(rand.NewPCG(seed, chain))
		s := &shop{t: t, core: New(), now: epoch, on: map[ID]bool{}}
		for n, name := range []string{"eth0", "eth1"} {
			a4 := netip.AddrFrom4([4]byte{10, byte(80 + n), 0, 1})
			s.core.Link(s.now, Link{Name: name, Index: 2 + n, Exists: true, Up: true, Multicast: true, MTU: 1500, Addr4: a4,
				Addrs: []netip.Addr{a4, netip.MustParseAddr(fmt.Sprintf("fe80::%d", n))}})
		}
		f, what := reload.New(rng), "the first"
		for pair := range pairs {
			c, _ := f.Config()
			if pair == 0 {
				s.cfg = c
				s.do(s.core.Configure(s.now, s.setup(c)))
			} else {
				still += s.reload(c, fmt.Sprintf("seed %d chain %d pair %d: %s", seed, chain, pair, what))
			}
			if rng.IntN(3) == 0 {
				s.runTo(s.now.Add(time.Duration(rng.IntN(400)) * time.Millisecond)) // not all are masters yet
			} else {
				s.runTo(s.now.Add(5 * time.Second))
				s.allMasters(what)
			}
			f, what = f.Change(rng)
		}
	}
	if still < chains*pairs*5 {
		t.Errorf("%d routers were not concerned by a reload: too few", still)
	}
}

// allMasters: nobody else is on these networks.
func (s *shop) allMasters(what string) {
	s.t.Helper()
	for _, m := range s.core.machines {
		if m.state != Master || !s.on[m.id] {
			for _, m := range s.core.machines {
				s.t.Logf("%s is %s, %v", m.cfg.Name, m.state, s.core.faults(m))
			}
			s.t.Fatalf("after %s: %s is %s, addresses: %v", what, m.cfg.Name, m.state, s.on[m.id])
		}
	}
}
