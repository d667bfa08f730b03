//go:build e2e && uml

package services

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/ipvs"
	"holdfast/test/lab"
	"holdfast/test/reload"
)

// chains is how many daemons are reloaded side by side; each mostly waits.
const chains = 3

// TestReloadsOfServices: after each reload the kernel has what a start with the new configuration comes to. What is in
// both tables is in every look between, counters of services go on, and checkers that are the same are not begun anew.
// RELOAD_PAIRS is how many reloads there are in all, RELOAD_SEED the seed of the first chain.
func TestReloadsOfServices(t *testing.T) {
	seed, pairs := lab.Number(t, "RELOAD_SEED", rand.Uint64()>>16), lab.Number(t, "RELOAD_PAIRS", 24)
	t.Logf("RELOAD_SEED=%d", seed)
	for chain := range uint64(chains) {
		t.Run(fmt.Sprint(seed+chain), func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) { newStage(t).play(rand.New(rand.NewPCG(seed+chain, 0)), pairs/chains) })
		})
	}
}

// play gives the director one configuration after the other.
func (s *stage) play(rng *rand.Rand, pairs uint64) {
	f := reload.NewServices(rng)
	was, _ := f.Config()
	s.must(s.d.Configure(f.String()))
	s.must(s.d.Start())
	s.Witness(s.d.Proc.Log)
	s.settle(was, "the first", f)
	for range pairs {
		next, what := f.Change(rng)
		was = s.reload(was, next, what)
		f = next
	}
	s.Logf("%d reloads, %d looks at the table meanwhile, %d checkers and %d services with connections were not concerned; "+
		"the machine was too busy to judge %d", s.pairs, s.looks, s.still, s.counted, s.unjudged)
	if s.unjudged > s.pairs/2 {
		s.Busy("half of the reloads could not be judged")
		s.Error("too few reloads were judged")
	}
	if s.still == 0 || s.counted == 0 || s.looks == 0 {
		s.Error("too little was looked at")
	}
}

// reload makes another configuration run and checks who noticed.
func (s *stage) reload(was *config.Config, f *reload.Services, what string) *config.Config {
	s.Helper()
	s.pairs++
	what = fmt.Sprintf("pair %d, %s", s.pairs, what)
	next, wrong := f.Config()
	if len(wrong) > 0 {
		s.Fatal(wrong)
	}
	s.visit(was)
	before, counted := s.table(), s.connections()
	stays := both(before, s.fresh(next), was, next)
	s.must(s.d.Configure(f.String()))
	if s.pairs%planned == 0 {
		s.plan(was, next, what)
	}
	since, logged := time.Now(), s.d.Proc.LogSize()
	watched := s.watch(lacks(stays))
	s.must(s.d.Reload())
	if _, err := s.d.WaitLog(logged, "Reload complete", patience); err != nil {
		s.Fatalf("%s: %v\n%s", what, err, f)
	}
	s.settle(next, what, f)
	if missed := watched(); len(missed) > 0 {
		s.judge(since, s.d.Proc.LogSince(logged), fmt.Sprintf("%s: not there meanwhile: %v", what, missed))
	}
	for id, n := range s.connections() {
		if _, same := stays[id]; same && counted[id] > 0 {
			s.counted++
			if n < counted[id] {
				s.Errorf("%s: %v had %d connections and has %d", what, id, counted[id], n)
			}
		}
	}
	s.unmoved(was, next, s.d.Proc.LogSince(logged), what)
	return next
}

// planned is of how many reloads one is asked for in advance.
const planned = 8

// plan asks what a reload with the file as it is now would do: whoever only asks changes nothing, and hears of a change
// where there will be one.
func (s *stage) plan(was, next *config.Config, what string) {
	s.Helper()
	logged, before := s.d.Proc.LogSize(), s.table()
	out, err := s.d.Run(s.d.Program, "plan", "--running", "--exit-code", "-p", filepath.Join(s.d.Dir, "parent.pid"))
	var exit *exec.ExitError
	changes := errors.As(err, &exit) && exit.ExitCode() == 2
	if err != nil && !changes {
		s.Fatalf("%s: plan: %v\n%s", what, err, out)
	}
	if will := ipvs.Diff(s.fresh(was), s.fresh(next)); len(will) > 0 && !changes {
		s.Errorf("%s: plan tells of no change, and %v will be\n%s", what, will, out)
	}
	// Not by Diff: that puts servers of mh in order, of which a table that was only read does not tell how they came.
	if is := s.table(); ipvs.Format(is) != ipvs.Format(before) {
		s.Errorf("%s: plan changed the table from\n%sto\n%s", what, ipvs.Format(before), ipvs.Format(is))
	}
	for _, word := range []string{"Reload", "Activating", "Removing"} {
		if log := s.d.Proc.LogSince(logged); strings.Contains(log, word) {
			s.Errorf("%s: plan did something: %s", what, log)
		}
	}
}

// both is what is in two tables, without real servers that a quorum may have let go meanwhile.
func both(before, after ipvs.Table, was, next *config.Config) ipvs.Table {
	sorry := map[string]bool{}
	for _, c := range []*config.Config{was, next} {
		for i := range c.VirtualServers {
			v := &c.VirtualServers[i]
			in := v.Sorry != nil || slices.ContainsFunc(v.RealServers, func(r config.RealServer) bool { return r.Backup })
			sorry[v.Addr.String()] = sorry[v.Addr.String()] || in
			if v.Group != "" || v.FWMark != 0 {
				sorry["invalid IP"] = sorry["invalid IP"] || in
			}
		}
	}
	all := ipvs.Table{}
	for id, a := range before {
		b, in := after[id]
		if !in {
			continue
		}
		// Addresses of groups are no virtual server's own.
		mayLose, known := sorry[id.Addr.String()]
		if !known {
			mayLose = sorry["invalid IP"]
		}
		all[id] = ipvs.Service{Dests: map[ipvs.DestID]ipvs.DestSettings{}}
		for d := range a.Dests {
			if _, in := b.Dests[d]; in && !mayLose {
				all[id].Dests[d] = ipvs.DestSettings{}
			}
		}
	}
	return all
}

// unmoved checks that nothing is said of the checkers that are the same.
func (s *stage) unmoved(was, next *config.Config, log, what string) {
	s.Helper()
	servers := map[string][]config.Checker{}
	for i := range was.VirtualServers {
		v := &was.VirtualServers[i]
		for _, r := range v.RealServers {
			servers[v.ServerName(&r)+" for VS "+v.Name()] = r.Checkers
		}
	}
	for i := range next.VirtualServers {
		v := &next.VirtualServers[i]
		for _, r := range v.RealServers {
			name := v.ServerName(&r) + " for VS " + v.Name()
			old, kept := servers[name]
			if !kept || !config.Equal(old, r.Checkers) {
				continue
			}
			s.still += len(old)
			if strings.Contains(log, "Activating healthchecker for service "+name+"\n") {
				s.Errorf("%s: %s is the same, and its checkers were begun anew\n%s", what, name, log)
			}
		}
	}
}

// settle waits until the kernel has what a start with a configuration would come to.
func (s *stage) settle(c *config.Config, what string, f *reload.Services) {
	s.Helper()
	want := s.fresh(c)
	if err := lab.Eventually(patience, "what a start would come to", func() (bool, string) {
		left := ipvs.Diff(s.table(), want)
		var b strings.Builder
		for _, cmd := range left {
			fmt.Fprintf(&b, "ipvsadm %s\n", cmd)
		}
		return len(left) == 0, b.String()
	}); err != nil {
		log := s.d.Proc.Log()
		s.Fatalf("%s: %v\n%s\n%s", what, err, f, log[max(0, len(log)-3000):])
	}
}

// fresh is the table that a start comes to, as a kernel tells it.
func (s *stage) fresh(c *config.Config) ipvs.Table {
	return reload.Told(reload.Fresh(c, reload.Passes))
}
