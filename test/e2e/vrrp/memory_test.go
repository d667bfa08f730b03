//go:build e2e

package vrrp

import (
	"fmt"
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
		var before [2]int
		for i, d := range p.d {
			before[i] = p.fileMemory(d.Proc.Tree())
		}
		for i, d := range p.d {
			if underTest(d) {
				p.settles(i, d.Proc.Tree(), before[i])
			}
		}
		settled := time.Now()
		p.must(lab.Eventually(5*time.Second, "advertisements after it", func() (bool, string) {
			return len(p.capture.Adverts(settled, lab.From(p.addr[0]))) >= 5, ""
		}))
		list := p.capture.Adverts(started, lab.From(p.addr[0]))
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
		var supervisor, role [2]int
		for i, d := range p.d {
			supervisor[i], role[i] = p.fileMemory([]int{d.Proc.Pid}), p.fileMemory(d.Proc.Children())
		}
		for i, d := range p.d {
			if !underTest(d) {
				continue
			}
			p.settles(i, []int{d.Proc.Pid}, supervisor[i])
			// The role, which was ready first, has settled too.
			if now := p.fileMemory(d.Proc.Children()); now < role[i] {
				p.Errorf("d%d: %d kB of files in the role's memory, at first %d kB", i+1, now, role[i])
			}
		}
	})
}

// settles waits until processes of director i have let go of half of their files.
func (p *pair) settles(i int, pids []int, before int) {
	p.must(lab.Eventually(20*time.Second, "less of the program in memory", func() (bool, string) {
		now := p.fileMemory(pids)
		return now < before/2, fmt.Sprintf("d%d: %d kB of files, at first %d kB", i+1, now, before)
	}))
}

// fileMemory is how much of files is in the memory of processes, in kB.
func (p *pair) fileMemory(pids []int) int {
	kB, err := lab.Memory("RssFile", pids...)
	p.must(err)
	return kB
}
