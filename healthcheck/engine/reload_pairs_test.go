package engine

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/config"
	"holdfast/healthcheck"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/track"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
	"holdfast/test/lab"
	"holdfast/test/reload"
)

// reloading is an engine whose configuration is replaced again and again.
type reloading struct {
	*world
	rng *rand.Rand
	cfg *config.Config
	// still counts the real servers that a reload did not concern.
	still int
}

// answer is the attempt of a checker: what the configuration makes of it, unless the server is down for now.
func (r *reloading) answer(_ context.Context, t healthcheck.Target) attempt.Outcome {
	if r.passes(&t.Checker, t.URL) {
		return attempt.Outcome{Verdict: attempt.Passed}
	}
	return attempt.Outcome{Line: t.Server + " failed."}
}

func (r *reloading) passes(k *config.Checker, url int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return reload.Passes(k, url) && (k.Kind == config.CheckMisc || !r.down[k.Connect])
}

// TestReloadsOfRandomServices: of 400 pairs of configurations of virtual servers, in virtual time. What both have in
// the table is not taken out of it and not changed, checkers that are the same keep their state, counters and
// schedule, and in the end the table is what a start with the new configuration comes to. RELOAD_SEED plays one again.
func TestReloadsOfRandomServices(t *testing.T) {
	const chains, pairs = 20, 20
	seed, still := lab.Number(t, "RELOAD_SEED", rand.Uint64()>>16), 0
	t.Logf("RELOAD_SEED=%d", seed)
	for chain := range uint64(chains) {
		synctest.Test(t, func(t *testing.T) {
			still += playReloads(t, rand.New(rand.NewPCG(seed, chain)), pairs, fmt.Sprintf("seed %d chain %d", seed, chain))
		})
		if t.Failed() {
			return
		}
	}
	t.Logf("%d real servers were not concerned by a reload", still)
	if still < chains*pairs*5 {
		t.Errorf("%d real servers were not concerned by a reload: too few", still)
	}
}

func playReloads(t *testing.T, rng *rand.Rand, pairs int, which string) int {
	r := &reloading{rng: rng}
	files := &numbers{files: map[string]int{"number": reload.FileValue}}
	r.world = begin(t, fake.New(), func(o *Options) {
		o.Probe, o.Seed, o.Programs = r.answer, rng.Uint64(), programs{"/bin/true": "/bin/true", "/bin/false": "/bin/false"}
		o.Sources = map[config.CheckKind]func(track.Report) Source{
			config.CheckFile: func(report track.Report) Source { files.report = report; return files },
		}
	})
	defer r.end()
	f, what := reload.NewServices(rng), "the first"
	for pair := range pairs {
		c, _ := f.Config()
		which := fmt.Sprintf("%s pair %d: %s", which, pair, what)
		if pair == 0 {
			r.load(c)
		} else {
			r.reload(c, which)
		}
		r.cfg = c
		if rng.IntN(3) == 0 {
			after(time.Duration(rng.IntN(2000)) * time.Millisecond) // not all checkers have their verdicts
		} else {
			r.settle(which)
		}
		if t.Failed() {
			t.Fatalf("%s\n%s\n%s", which, f, r.lines())
		}
		r.flip()
		f, what = f.Change(rng)
	}
	return r.still
}

// flip has some real servers go down or come back.
func (r *reloading) flip() {
	for _, v := range r.cfg.VirtualServers {
		for _, s := range v.RealServers {
			for _, k := range s.Checkers {
				if k.Connect.IsValid() && r.rng.IntN(8) == 0 {
					r.set(k.Connect.String(), r.rng.IntN(2) == 0)
				}
			}
		}
	}
	after(time.Duration(r.rng.IntN(1000)) * time.Millisecond)
}

// settle waits until every checker has had its verdicts, and compares the table with that of a start: what a
// read of it tells, and what nobody is told.
func (r *reloading) settle(which string) {
	r.t.Helper()
	after(15 * time.Second)
	is, knows := r.table(), r.known()
	fresh := reload.Fresh(r.cfg, r.passes)
	for _, c := range ipvs.Diff(is, reload.Told(fresh)) {
		r.t.Errorf("%s: who reads the table would do: ipvsadm %s", which, c)
	}
	for _, c := range ipvs.Diff(knows, reload.Kept(fresh)) {
		r.t.Errorf("%s: a start would also have done: ipvsadm %s", which, c)
	}
}

// reload takes over another configuration and checks who noticed.
func (r *reloading) reload(next *config.Config, which string) {
	r.t.Helper()
	before, states, mark := r.known(), r.states(), len(r.kernel.Commands())
	r.told = nil
	r.load(next)
	r.toldOnce(which)
	is := r.states()
	for id, was := range states {
		if now, kept := is[id]; kept && config.Equal(was.Config.Checkers, now.Config.Checkers) {
			r.still++
			r.unmoved(was, now, which)
		}
	}
	r.undisturbed(before, r.known(), r.kernel.Commands()[mark:], which)
}

// toldOnce checks that a reload told of no quorum that it is lost and gained.
func (r *reloading) toldOnce(which string) {
	r.t.Helper()
	said := map[string]string{}
	for _, e := range r.told {
		if strings.HasPrefix(e.Line, "VS ") {
			if said[e.Object] != "" {
				r.t.Errorf("%s: %q and then %q", which, said[e.Object], e.Line)
			}
			said[e.Object] = e.Line
		}
	}
}

func (r *reloading) table() ipvs.Table {
	r.t.Helper()
	table, err := r.kernel.Read()
	if err != nil {
		r.t.Fatal(err)
	}
	return table
}

// known is the table with what nobody is told of it.
func (r *reloading) known() ipvs.Table {
	r.t.Helper()
	table := r.table()
	for id := range table {
		table[id] = r.kernel.Known(id)
	}
	return table
}

// unmoved checks that a real server with the checkers it had is as it was.
func (r *reloading) unmoved(was, now lvs.ServerStatus, which string) {
	r.t.Helper()
	if was.Up != now.Up || was.Failed != now.Failed {
		r.t.Errorf("%s: %s was up: %v, and is: %v", which, was.Name, was.Up, now.Up)
	}
	for i := range was.Checkers {
		a, b := was.Checkers[i], now.Checkers[i]
		a.Config, b.Config = nil, nil
		if !reflect.DeepEqual(a, b) {
			r.t.Errorf("%s: checker %d of %s was\n%+v and is\n%+v", which, i, was.Name, a, b)
		}
	}
}

// undisturbed checks what a reload told the kernel of that which was there before it and is there after it.
func (r *reloading) undisturbed(before, after ipvs.Table, said []ipvs.Command, which string) {
	r.t.Helper()
	for _, c := range said {
		was, there := before[c.Service]
		is, stays := after[c.Service]
		if !there || !stays {
			continue
		}
		wrong := false
		switch c.Op {
		case ipvs.AddService, ipvs.DeleteService:
			wrong = true
		case ipvs.EditService:
			wrong = was.Settings == is.Settings
		default:
			had, in := was.Dests[c.Dest]
			has, remains := is.Dests[c.Dest]
			wrong = in && remains && (c.Op != ipvs.EditDest || had == has) && !moves(c, was, is)
		}
		if wrong {
			r.t.Errorf("%s: the kernel was told of what stays: ipvsadm %s", which, c)
		}
	}
}

// moves reports whether a command may be about the slots of a service with mh: a server comes before the one
// it is about, or gets slots by another weight, or loses them, while its weight is 0.
func moves(c ipvs.Command, was, is ipvs.Service) bool {
	if is.Settings.Scheduler != ipvs.Maglev {
		return false
	}
	if c.Op == ipvs.EditDest {
		return is.Dests[c.Dest].Weight == 0
	}
	for d := range is.Dests {
		a, _ := was.Last(d)
		if b, _ := is.Last(d); a != b {
			return true
		}
	}
	return was.Settings != is.Settings || !maps.Equal(was.Dests, is.Dests)
}

// serverID is a real server of a virtual server.
type serverID struct {
	of   lvs.ID
	dest ipvs.DestID
}

// states are all real servers as they are now.
func (r *reloading) states() map[serverID]lvs.ServerStatus {
	r.t.Helper()
	all := map[serverID]lvs.ServerStatus{}
	err := r.engine.call(r.t.Context(), func() {
		core := r.engine.loop.core
		for _, id := range core.Services() {
			st, _ := core.Status(id)
			for _, s := range st.Servers {
				all[serverID{id, ipvs.DestID{Addr: s.Config.Addr, Port: s.Config.Port}}] = s
			}
		}
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}
