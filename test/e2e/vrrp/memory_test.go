//go:build e2e

package vrrp

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

// What only a start needed is given back when the daemon has settled; no advertisement
// is late for it, nor is a takeover.
func TestMemoryOfTheStartIsGivenBack(t *testing.T) {
	t.Parallel()
	eachPairing(t, v3(), func(p *pair) {
		p.startBoth()
		started := time.Now()
		before := [2]int{fileMemory(p.T, p.d[0].Proc.Tree()...), fileMemory(p.T, p.d[1].Proc.Tree()...)}
		for i, d := range p.d {
			if !underTest(d) {
				continue
			}
			p.must(lab.Eventually(20*time.Second, "less of the program in memory", func() (bool, string) {
				now := fileMemory(p.T, d.Proc.Tree()...)
				return now < before[i]/2, fmt.Sprintf("d%d: %d kB of files, at first %d kB", i+1, now, before[i])
			}))
		}
		settled := time.Now()
		p.must(lab.Eventually(5*time.Second, "advertisements after it", func() (bool, string) {
			return len(p.capture.Adverts(settled, lab.From(addr[0]))) >= 5, ""
		}))
		list := p.capture.Adverts(started, lab.From(addr[0]))
		if worst, err := lab.Regular(list, time.Now(), p.interval, p.interval/5+20*time.Millisecond); err != nil {
			p.Errorf("worst %v: %v", worst, err)
		}
		p.only(0)
		p.must(p.d[0].Proc.KillTree())
		last := p.lastAdvert(0)
		p.within("takeover by a backup that has settled", p.becomesMaster(1, last, 5*time.Second).Sub(last), p.masterDown(1)+slack)
	})
}

// A role that is locked into memory keeps all of it; the supervisor is not locked.
func TestMemoryThatIsLockedStays(t *testing.T) {
	t.Parallel()
	s := v3()
	for i := range s.global {
		s.global[i] = "global_defs {\n    vrrp_no_swap\n}"
	}
	eachPairing(t, s, func(p *pair) {
		p.startBoth()
		for i, d := range p.d {
			if !underTest(d) {
				continue
			}
			role := d.Proc.Children()
			before, whole := fileMemory(p.T, role...), fileMemory(p.T, d.Proc.Pid)
			// The role, which is ready first, settles first.
			p.must(lab.Eventually(20*time.Second, "less of the program in the supervisor's memory", func() (bool, string) {
				now := fileMemory(p.T, d.Proc.Pid)
				return now < whole/2, fmt.Sprintf("d%d: %d kB of files, at first %d kB", i+1, now, whole)
			}))
			if now := fileMemory(p.T, role...); now < before {
				p.Errorf("d%d: %d kB of files in the role's memory, at first %d kB", i+1, now, before)
			}
			return // the other one has settled by now
		}
	})
}

// fileMemory is how much of files is in the memory of processes, in kB.
func fileMemory(t *testing.T, pids ...int) (sum int) {
	for _, pid := range pids {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			t.Fatal(err)
		}
		kB := 0
		_, rest, _ := strings.Cut(string(status), "RssFile:")
		if _, err := fmt.Sscan(rest, &kB); err != nil {
			t.Fatal(err)
		}
		sum += kB
	}
	return sum
}
