//go:build e2e

package faults

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

// One router that changes its state again and again needs next to nothing of memory, and no
// collection may come when it is over.
func TestMemoryOfTransitionsIsGivenBack(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		const MiB, interval = 1 << 10, 10 * time.Millisecond // in kB
		s := newSite(t)
		h, other := s.host("d1", "10.9.0.1/16"), s.host("d2", "10.9.0.9/16")
		d := s.start(h, router("R", "eth0", 1, 150, 0.01, "10.9.1.1"))
		_, err := d.WaitLog(0, "(R) Entering MASTER STATE", 20*time.Second)
		s.must(err)
		role, err := d.RolePid("vrrp")
		s.must(err)
		transitions := func() int { return strings.Count(d.Proc.Log(), "Entering MASTER STATE") }
		peak := 0
		s.must(lab.Eventually(60*time.Second, "many transitions", func() (bool, string) {
			s.forge(other, "10.9.0.9", interval, 1, 250, "10.9.1.1")
			s.forge(other, "10.9.0.9", interval, 1, 0, "10.9.1.1")
			kB, err := lab.Memory("RssAnon", role)
			s.must(err)
			peak = max(peak, kB)
			n := transitions()
			return n >= 400, fmt.Sprint(n)
		}))
		if peak > 16*MiB {
			t.Errorf("%d kB after %d transitions", peak, transitions())
		}
		s.must(lab.Eventually(30*time.Second, "memory of the transitions is given back", func() (bool, string) {
			kB, err := lab.Memory("RssAnon", role)
			s.must(err)
			return kB < 6*MiB, fmt.Sprint(kB, " kB")
		}))
	})
}

// A second master whose adverts come for all routers, and reloads one after another: what the
// vrrp process needs for that is bounded, and it gives it back when it is over.
func TestMemoryOfAStormIsGivenBack(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		const routers, MiB = 200, 1 << 10 // in kB
		s := newSite(t)
		h, other := s.host("d1", "10.9.0.1/16"), s.host("d2", "10.9.0.9/16")
		conf := "global_defs {\n vrrp_garp_master_delay 5\n}\n"
		for i := range routers {
			conf += router(fmt.Sprint("R", i), "eth0", i+1, 150, 1, fmt.Sprintf("10.9.1.%d", i+1))
		}
		d := s.start(h, conf)
		s.must(lab.Eventually(30*time.Second, "all are masters", func() (bool, string) {
			n := strings.Count(d.Proc.Log(), "Entering MASTER STATE")
			return n == routers, fmt.Sprint(n)
		}))
		role, err := d.RolePid("vrrp")
		s.must(err)
		anonymous := func() int {
			kB, err := lab.Memory("RssAnon", role)
			s.must(err)
			return kB
		}
		settled := func(what string, limit int) {
			s.must(lab.Eventually(30*time.Second, what, func() (bool, string) {
				now := anonymous()
				return now < limit, fmt.Sprint(now, " kB, want less than ", limit)
			}))
		}
		settled("memory of the start is given back", 9*MiB)
		peak := 0
		for range 30 {
			for i := range routers {
				s.forge(other, "10.9.0.9", time.Second, uint8(i+1), 10, fmt.Sprintf("10.9.1.%d", i+1))
			}
			peak = max(peak, anonymous())
		}
		if peak > 22*MiB {
			t.Errorf("%d kB in a storm of adverts", peak)
		}
		settled("memory of a storm of adverts is given back", 9*MiB)
		for i := range 60 {
			s.must(d.Edit(fmt.Sprintf("garp_master_delay %d", 5+i), fmt.Sprintf("garp_master_delay %d", 6+i)))
			s.must(d.Reload())
			time.Sleep(50 * time.Millisecond)
			peak = max(peak, anonymous())
		}
		if peak > 26*MiB {
			t.Errorf("%d kB in a storm of reloads", peak)
		}
		settled("memory of a storm of reloads is given back", 9*MiB)
	})
}
