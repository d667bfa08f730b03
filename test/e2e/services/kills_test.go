//go:build e2e && uml

package services

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/ipvs"
	"holdfast/test/lab"
	"holdfast/test/reload"
)

// TestTheCheckerIsKilled kills the checker process at some moment of a start, of a day without events, of a reload and of a
// stop. The one that takes its place leaves in the kernel what a start would, and until then nothing is missing that
// both configurations have: without a reload not even a weight. Connections are counted on. A stop leaves
// nothing, whether it is cut short or not.
// KILL_LIVES is how many daemons there are in each chain, RELOAD_SEED the seed of the first chain.
func TestTheCheckerIsKilled(t *testing.T) {
	seed, lives := lab.Number(t, "RELOAD_SEED", rand.Uint64()>>16), lab.Number(t, "KILL_LIVES", 2)
	t.Logf("RELOAD_SEED=%d", seed)
	counted := 0
	for chain := range uint64(chains) {
		t.Run(fmt.Sprint(seed+chain), func(t *testing.T) {
			lab.Judge(t, func(t *lab.Trial) {
				k := &killer{stage: newStage(t), Rand: rand.New(rand.NewPCG(seed+chain, 1))}
				k.play(lives)
				counted += k.counted
			})
		})
	}
	if counted == 0 {
		t.Error("no service had connections")
	}
}

// A killer kills the checker process of a stage.
type killer struct {
	*stage
	*rand.Rand
	f       *reload.Services
	c       *config.Config
	refused int // reloads
}

func (k *killer) play(lives uint64) {
	k.f = reload.NewServices(k.Rand)
	k.c, _ = k.f.Config()
	for n := range lives {
		what := fmt.Sprintf("life %d", n+1)
		k.start(what)
		k.day(what)
		k.reload(what)
		k.stop(what)
		k.f, _ = k.f.Change(k.Rand)
		k.c, _ = k.f.Config()
	}
	k.start("the last life")
	k.end()
	k.Logf("%d lives, %d looks at the table, %d services with connections were not concerned, %d reloads were refused; "+
		"the machine was too busy to judge %d", lives, k.looks, k.counted, k.refused, k.unjudged)
	if k.looks == 0 {
		k.Error("nobody looked")
	}
}

// kill kills a process some time later, about once, five or twenty times what is given at most, because nobody knows how
// fast the machine is, and reports whether it was there.
func (k *killer) kill(pid int, about time.Duration) bool {
	time.Sleep(time.Duration(k.Int64N(int64(about) * []int64{1, 5, 20}[k.IntN(3)])))
	err := syscall.Kill(pid, syscall.SIGKILL)
	if err != nil && !errors.Is(err, syscall.ESRCH) {
		k.Fatal(err)
	}
	return err == nil
}

// died waits until the mark is followed by a death, and that by the work of the next process.
func (k *killer) died(mark int) {
	k.Helper()
	k.must(lab.Eventually(patience, "a checker process after the one that was killed", func() (bool, string) {
		log := k.d.Proc.LogSince(mark)
		_, after, _ := strings.Cut(log, "died: Respawning")
		return strings.Contains(after, "Initializing ipvs"), log
	}))
}

// watched does something and checks meanwhile, and until the table is that of a configuration, that nothing of stays is
// missing, and that the connections of its services are counted on.
func (k *killer) watched(what string, wrong func(ipvs.Table) []string, stays ipvs.Table, do func() *config.Config) {
	k.Helper()
	counted, since, mark := k.connections(), time.Now(), 0
	if k.d.Proc != nil && !k.d.Proc.Exited() {
		mark = k.d.Proc.LogSize()
	}
	seen := k.watch(wrong)
	c := do()
	k.settle(c, what, k.f)
	log := k.d.Proc.LogSince(mark)
	if missed := seen(); len(missed) > 0 {
		k.judge(since, log, fmt.Sprintf("%s: meanwhile: %.2000v", what, missed))
	}
	for id, n := range k.connections() {
		if _, same := stays[id]; same && counted[id] > 0 {
			k.counted++
			if n < counted[id] {
				k.Errorf("%s: %v had %d connections and has %d", what, id, counted[id], n)
			}
		}
	}
}

// start starts a daemon, whose first checker process is killed.
func (k *killer) start(what string) {
	k.Helper()
	before := k.table()
	stays := both(before, k.fresh(k.c), k.c, k.c)
	k.must(k.d.Configure(k.f.String()))
	k.watched(what+", start", lacks(stays), stays, func() *config.Config {
		k.must(k.d.Start())
		k.Witness(k.d.Proc.Log)
		line, err := k.d.WaitLog(0, "Starting Healthcheck child process, pid=", patience)
		k.must(err)
		var pid int
		if _, err := fmt.Sscanf(line[strings.Index(line, "pid="):], "pid=%d", &pid); err != nil {
			k.Fatal(line, err)
		}
		if !k.kill(pid, 150*time.Millisecond) {
			k.Fatal("the first checker process was gone")
		}
		k.died(0)
		return k.c
	})
}

// day kills the checker process when nothing happens.
func (k *killer) day(what string) {
	k.Helper()
	k.visit(k.c)
	before := k.table()
	k.watched(what+", an ordinary day", func(now ipvs.Table) (all []string) {
		for _, c := range ipvs.Diff(now, before) {
			all = append(all, "lacks "+c.String())
		}
		return all
	}, before, func() *config.Config {
		k.die(10 * time.Millisecond)
		return k.c
	})
}

// die kills the checker process and waits for the next one to be ready.
func (k *killer) die(about time.Duration) {
	k.Helper()
	mark := k.d.Proc.LogSize()
	pid, err := k.d.RolePid("checkers")
	k.must(err)
	if !k.kill(pid, about) {
		k.Fatal("no checker process")
	}
	k.died(mark)
}

// reload kills the checker process while it reloads.
func (k *killer) reload(what string) {
	k.Helper()
	next, change := k.f.Change(k.Rand)
	c, _ := next.Config()
	what = fmt.Sprintf("%s, reload, %s", what, change)
	k.visit(k.c)
	stays := both(k.table(), k.fresh(c), k.c, c)
	k.watched(what, lacks(stays), stays, func() *config.Config {
		mark := k.d.Proc.LogSize()
		k.must(k.d.Configure(next.String()))
		k.must(k.d.Reload())
		k.die(100 * time.Millisecond)
		line, err := k.d.WaitLog(mark, "Reload ", patience)
		k.must(err)
		if strings.Contains(line, "Reload refused") {
			k.refused++
			return k.c
		}
		k.f, k.c = next, c
		return c
	})
}

// stop kills the checker process while it gives back its services.
func (k *killer) stop(what string) {
	k.Helper()
	pid, err := k.d.RolePid("checkers")
	k.must(err)
	k.must(k.d.Proc.Signal(syscall.SIGTERM))
	k.kill(pid, 20*time.Millisecond)
	k.ended()
	if left := k.table(); len(left) > 0 {
		k.Errorf("%s, stop: the checker process was killed, and this is left:\n%s", what, ipvs.Format(left))
	}
}

func (k *killer) ended() {
	k.Helper()
	_, _, err := k.d.Proc.Wait(time.Now(), patience)
	k.must(err)
}

// end stops the daemon in order.
func (k *killer) end() {
	k.Helper()
	k.must(k.d.Proc.Signal(syscall.SIGTERM))
	k.ended()
	if left := k.table(); len(left) > 0 {
		k.Errorf("left after an orderly stop:\n%s", ipvs.Format(left))
	}
	files, err := filepath.Glob(filepath.Join(k.d.Dir, "holdfast_*"))
	k.must(err)
	for _, f := range files {
		text, err := os.ReadFile(f)
		k.Errorf("left after an orderly stop: %s (%v)\n%s", f, err, text)
	}
}
