//go:build e2e

package vrrp

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"holdfast/test/lab"
)

func variants() map[string]setup {
	u2, u3 := v2(), v3()
	u2.unicast, u3.unicast = true, true
	bare := v2()
	bare.pass = false
	return map[string]setup{
		"v2_PASS": v2().in("version 2, `auth_type PASS`"), "v2_bare": bare.in("version 2, multicast"),
		"v3": v3().in("version 3, multicast, 0.2 s"), "v2_PASS_unicast": u2.in("version 2, `auth_type PASS`, unicast"),
		"v3_unicast": u3.in("version 3, unicast"), "v2_IPv6": v2().over6().in("version 2 over IPv6"),
		"v3_IPv6":         v3().over6().in("version 3 over IPv6"),
		"v2_IPv6_unicast": u2.over6().in("version 2 over IPv6, unicast"), "v3_IPv6_unicast": u3.over6().in("version 3 over IPv6, unicast"),
	}
}

// TestLife takes a pair through election, a clean stop with priority 0, a return
// with preemption and a crash, with every way to speak.
func TestLife(t *testing.T) {
	t.Parallel()
	for name, s := range variants() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachPairing(t, s, life)
		})
	}
}

func life(p *pair) {
	p.startBoth()
	p.speaksAs(0)

	told := p.terminate(0)
	zero, err := p.capture.Wait(told, 3*time.Second, "priority 0", func(a lab.Advert) bool {
		return a.Src == p.addr[0] && a.Priority == 0
	})
	p.must(err)
	stop := p.becomesMaster(1, told, 5*time.Second).Sub(zero.At)
	p.within("takeover after priority 0", stop, p.skew(1)+slack)
	p.ended(0, told)
	p.speaksAs(1)

	back := p.start(0)
	// The lower priority is heard and refused, so our own timer runs out.
	took := p.becomesMaster(0, back, 3*time.Second).Sub(back)
	p.within("preemption, from the start", took, p.masterDown(0)+time.Second)
	p.only(0)

	p.must(p.d[0].Proc.KillTree())
	last := p.lastAdvert(0)
	took = p.becomesMaster(1, last, 5*time.Second).Sub(last)
	p.within("takeover after the last advertisement of a killed master", took, p.masterDown(1)+slack)
	p.cell("stop %s, crash %s", seconds(stop), seconds(took))
}

// seconds are as they stand in docs/interop.md.
func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// speaksAs checks the form of what director i says on the wire.
func (p *pair) speaksAs(i int) {
	p.Helper()
	now := time.Now()
	p.must(lab.Eventually(5*time.Second+3*p.interval, "three advertisements", func() (bool, string) {
		return len(p.capture.Adverts(now, lab.From(p.addr[i]))) >= 3, ""
	}))
	list := p.capture.Adverts(now, lab.From(p.addr[i]))
	a := list[0]
	wantAuth := uint8(0)
	if p.pass {
		wantAuth = 1
	}
	if p.ah {
		wantAuth = 2
	}
	if p.ah != (a.AH != nil) {
		p.Errorf("authentication header % x", a.AH)
	}
	wantDst, wantTTL := p.group, []uint8{255}
	if p.unicast {
		wantDst = p.addr[1-i]
		if p.six() && !underTest(p.d[i]) {
			wantTTL = []uint8{64} // the kernel's
		}
	}
	if int(a.Version) != p.version || a.VRID != 51 || int(a.Priority) != p.priority[i] || a.Interval != p.interval ||
		a.AuthType != wantAuth || !slices.Equal(a.Addrs, p.vips) || !slices.Contains(wantTTL, a.TTL) || a.Dst != wantDst {
		p.Errorf("advertisement %+v", a)
	}
	if worst, err := lab.Regular(list, time.Now(), p.interval, p.interval/5+20*time.Millisecond); err != nil {
		p.Errorf("worst %v: %v", worst, err)
	}
	if p.six() && len(p.capture.NAs(p.vip(), time.Time{})) == 0 {
		p.Error("no neighbour advertisement for the address")
	}
	if !p.six() && len(p.capture.GARPs(p.vip(), time.Time{})) == 0 {
		p.Error("no gratuitous ARP for the address")
	}
}

// TestNopreempt: semantics 1.11 and 1.14.
func TestNopreempt(t *testing.T) {
	t.Parallel()
	s := v3().in("`nopreempt`")
	s.extra[0] = "    nopreempt"
	eachPairing(t, s, func(p *pair) {
		// One after the other: whoever is master first stays it, and programs start at different speed.
		p.start(0)
		p.becomesMaster(0, time.Time{}, 5*time.Second)
		p.start(1)
		p.logged(1, 0, "(VI_1) Entering BACKUP STATE")
		told := p.terminate(0)
		p.becomesMaster(1, told, 3*time.Second)
		p.ended(0, told)
		p.start(0)
		p.logged(0, 0, "(VI_1) Entering BACKUP STATE")
		p.remains(1, 2*p.masterDown(0))
		told = p.terminate(1)
		p.becomesMaster(0, told, 3*time.Second)
		p.cell("the lower one stays master for %s, until it stops", seconds(2*p.masterDown(0)))
	})
}

// TestPreemptDelay: semantics 1.13.
func TestPreemptDelay(t *testing.T) {
	t.Parallel()
	s := v3().in("`preempt_delay 3`")
	s.extra[0] = "    preempt_delay 3"
	eachPairing(t, s, func(p *pair) {
		p.start(1)
		p.becomesMaster(1, time.Time{}, 5*time.Second)
		p.start(0)
		p.logged(0, 0, "(VI_1) Entering BACKUP STATE")
		since := time.Now()
		p.remains(1, 2500*time.Millisecond)
		at := p.becomesMaster(0, time.Time{}, 5*time.Second)
		p.only(0)
		p.cell("preempted %s after it was back", seconds(at.Sub(since)))
	})
}

// TestEqualPriority: the higher address wins when both are master, semantics 1.16.
func TestEqualPriority(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]setup{"IPv4": v3().in("equal priority"), "IPv6": v3().over6().in("equal priority over IPv6")} {
		s.priority = [2]int{100, 100}
		t.Run(name, func(t *testing.T) { equalPriority(t, s) })
	}
}

func equalPriority(t *testing.T, s setup) {
	eachPairing(t, s, func(p *pair) {
		p.must(p.d[0].Detach())
		at := p.start(0)
		p.start(1)
		p.becomesMaster(0, at, 5*time.Second)
		p.becomesMaster(1, at, 5*time.Second)
		attached := time.Now()
		p.must(p.d[0].Attach())
		p.only(1)
		took := time.Since(attached)
		p.remains(1, 5*p.interval)
		p.cell("of two masters the one with the lower address yields, in %s", seconds(took))
	})
}

// TestCableOfTheMaster: losing the carrier is a fault, its return starts anew.
func TestCableOfTheMaster(t *testing.T) {
	t.Parallel()
	eachPairing(t, v3().in("the cable of the master"), func(p *pair) {
		p.startBoth()
		mark := p.mark(0)
		cut := time.Now()
		p.must(p.d[0].CutCable())
		took := p.becomesMaster(1, cut, 3*time.Second).Sub(cut)
		p.logged(0, mark, "(VI_1) Entering FAULT STATE")
		p.only(1)
		plugged := time.Now()
		p.must(p.d[0].PlugCable())
		p.becomesMaster(0, plugged, 5*time.Second)
		p.only(0)
		p.cell("taken over %s after it is pulled, and back", seconds(took))
	})
}
