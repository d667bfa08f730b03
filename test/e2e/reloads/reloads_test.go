//go:build e2e

package reloads

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/test/lab"
	"holdfast/test/reload"
)

// chains is how many daemons are reloaded side by side; each mostly waits.
const chains = 4

// TestReloads: RELOAD_PAIRS is how many reloads there are in all, RELOAD_SEED the seed of the first chain.
func TestReloads(t *testing.T) {
	seed, pairs := lab.Number(t, "RELOAD_SEED", rand.Uint64()>>16), lab.Number(t, "RELOAD_PAIRS", 24)
	for chain := range uint64(chains) {
		t.Run(fmt.Sprint(seed+chain), func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) { newStage(t).play(rand.New(rand.NewPCG(seed+chain, 0)), pairs/chains) })
		})
	}
}

// play gives the director one configuration after the other.
func (s *stage) play(rng *rand.Rand, pairs uint64) {
	f := reload.New(rng)
	was := s.start(f)
	for range pairs {
		next, what := f.Change(rng)
		was = s.reload(was, next, what)
		f = next
	}
	s.Logf("%d routers were not concerned by %d reloads; the machine was too busy to judge %d", s.still, s.pairs,
		s.unjudged)
	if s.still == 0 {
		s.Error("every reload concerned all routers")
	}
	if s.unjudged > s.pairs/2 {
		s.Busy("half of the reloads could not be judged")
		s.Error("too few reloads were judged")
	}
}

// reload makes another configuration run and checks who noticed.
func (s *stage) reload(was *config.Config, next *reload.File, what string) *config.Config {
	s.Helper()
	s.pairs++
	c, wrong := next.Config()
	if len(wrong) > 0 {
		s.Fatal(wrong)
	}
	before, since := s.kernel(s.d.Host), time.Now()
	logged, told := s.d.Proc.LogSize(), s.monitor.LogSize()
	s.must(s.d.Configure(next.String()))
	s.must(s.d.Reload())
	if _, err := s.d.WaitLog(logged, "Reload complete", patience); err != nil {
		s.Fatalf("%s: %v\n%s", what, err, next)
	}
	s.settle(s.d, c)
	s.listen()
	until := time.Now()
	same := reload.Untouched(was, c)
	var late []string
	for i := range c.Instances {
		in := &c.Instances[i]
		if !same[in.Router()] {
			s.changed[in.Router()] = until
		} else {
			s.still++
			s.unmoved(in, before, logged, told, what)
			if err := s.onTime(in, since, until); err != nil {
				late = append(late, fmt.Sprintf("%s: %v", in.Name, err))
			}
		}
	}
	s.judge(late, since, logged, what)
	s.staticThings(was, c, told, what)
	if s.pairs%5 == 0 {
		s.asFresh(next, c, what)
	}
	return c
}

// listen waits until routers had time for some adverts after the reload.
func (s *stage) listen() {
	since := time.Now()
	s.must(lab.Eventually(patience, "adverts after the reload", func() (bool, string) {
		return time.Since(since) > 250*time.Millisecond, ""
	}))
}

// judge fails for late adverts, unless this machine or a daemon had no time.
func (s *stage) judge(late []string, since time.Time, logged int, what string) {
	s.Helper()
	if len(late) == 0 {
		return
	}
	if s.beat.Busy(since) != "" || lab.Lateness(s.d.Proc.LogSince(logged)) != "" {
		s.unjudged++
		return
	}
	s.Errorf("pair %d, %s:\n%s\n%s", s.pairs, what, strings.Join(late, "\n"), s.d.Proc.LogSince(logged))
}

// unmoved checks that a router that did not change kept its state and all that it has in the kernel.
func (s *stage) unmoved(in *config.Instance, before map[thing]string, logged, told int, what string) {
	s.Helper()
	log := s.d.Proc.LogSince(logged)
	if strings.Contains(log, "("+in.Name+") Entering") && lab.Lateness(log) == "" && !isBackup(in) {
		s.Errorf("pair %d, %s: %s did not change\n%s", s.pairs, what, in.Name, log)
	}
	things := map[thing]bool{}
	addThings(things, in)
	s.unflapped(things, told, what)
	after := s.kernel(s.d.Host)
	for t := range things {
		if before[t] != "" && after[t] != before[t] {
			s.Errorf("pair %d, %s: %s of %s was\n%s and is\n%s", s.pairs, what, t, in.Name, before[t], after[t])
		}
	}
}

// unflapped checks that the kernel told nothing of these things.
func (s *stage) unflapped(things map[thing]bool, told int, what string) {
	s.Helper()
	for l := range strings.Lines(s.monitor.LogSince(told)) {
		a := ours.FindString(l)
		if a == "" || strings.Contains(a, ":") && !strings.HasPrefix(l, "Deleted") {
			continue // of IPv6 it tells also that an address is not tentative any more
		}
		for t := range things {
			if t.addr == a {
				s.Errorf("pair %d, %s: %v did not change, and the kernel tells: %s", s.pairs, what, t, l)
			}
		}
	}
}

// staticThings checks those that both configurations have alike.
func (s *stage) staticThings(was, c *config.Config, told int, what string) {
	s.Helper()
	things := map[thing]bool{}
	for _, a := range c.StaticAddresses {
		if slices.ContainsFunc(was.StaticAddresses, func(b config.Address) bool { return config.Equal(a, b) }) {
			things[thing{"address", a.Prefix.Addr().String()}] = true
		}
	}
	for _, a := range c.StaticRoutes {
		if slices.ContainsFunc(was.StaticRoutes, func(b config.Route) bool { return config.Equal(a, b) }) {
			things[thing{"route", a.Dest.Addr().String()}] = true
		}
	}
	for _, a := range c.StaticRules {
		if slices.ContainsFunc(was.StaticRules, func(b config.Rule) bool { return config.Equal(a, b) }) {
			things[thing{"rule", a.From.Addr().String()}] = true
		}
	}
	s.unflapped(things, told, what)
}

// onTime checks the adverts of a router: of a master none is missing, late or early; a backup says nothing.
func (s *stage) onTime(in *config.Instance, since, until time.Time) error {
	slot := slotOf(in)
	interval := time.Duration(reload.Interval(slot)) * time.Millisecond
	wire := s.wires[0]
	if in.Interface == "eth1" {
		wire = s.wires[1]
	}
	one := in.UnicastPeers
	from := since.Add(-2 * interval)
	if at := s.changed[in.Router()]; at.After(from) {
		from = at
	}
	list := wire.Adverts(from, func(a lab.Advert) bool {
		return a.VRID == in.VRID && a.At.Before(until) && (len(one) == 0 || a.Dst == one[0].Addr)
	})
	if isBackup(in) {
		list = slices.DeleteFunc(list, func(a lab.Advert) bool { return a.Priority >= 200 })
		if len(list) > 0 {
			return fmt.Errorf("the backup said %v", list)
		}
		return nil
	}
	if until.Sub(from) < interval+interval/4 {
		return nil // there need not have been any
	}
	_, err := lab.Regular(list, until, interval, interval/4)
	return err
}

// asFresh starts the other director with the configuration and compares what both have in the kernel.
func (s *stage) asFresh(f *reload.File, c *config.Config, what string) {
	s.Helper()
	s.must(s.fresh.Configure(f.String()))
	s.must(s.fresh.Start())
	s.settle(s.fresh, c)
	var diff []string
	s.must(lab.Eventually(patience, "the same on both directors", func() (bool, string) {
		have, fresh := s.kernel(s.d.Host), s.kernel(s.fresh.Host)
		diff = nil
		if a, b := s.filtered(s.d.Host), s.filtered(s.fresh.Host); !slices.Equal(a, b) {
			diff = append(diff, fmt.Sprintf("packet filter after the reload %v, after a start %v\n", a, b))
		}
		for t := range have {
			if have[t] != fresh[t] {
				diff = append(diff, fmt.Sprintf("%v after the reload\n%safter a start\n%s", t, have[t], fresh[t]))
			}
		}
		return len(diff) == 0, fmt.Sprintf("pair %d, %s: %s\n%s", s.pairs, what, strings.Join(diff, ""), f)
	}))
	s.must(s.fresh.Proc.Signal(15))
	_, _, err := s.fresh.Proc.Wait(time.Now(), patience)
	s.must(err)
}
