//go:build e2e

package vrrp

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/test/lab"
)

// FRRouting's vrrpd at one end. Its addresses are on a macvlan that is there always and whose carrier it takes away, so
// what it is shows in what it says.

// A frrPair is a director and a host with FRR's vrrpd.
type frrPair struct {
	*pair
	i   int // the director; the other one is FRR
	frr *lab.FRR
	// more is further lines of vrrpd's configuration.
	more string
}

// eachFRR judges a test for both programs at the other end, in both places.
func eachFRR(t *testing.T, s setup, test func(*frrPair)) {
	for i := range 2 {
		withFRR(t, s, i, test)
	}
}

// withFRR judges a test for both programs in place i.
func withFRR(t *testing.T, s setup, i int, test func(*frrPair)) {
	programs := []string{"keepalived"}
	if d := pairings()[0][0]; d != "keepalived" {
		programs = append(programs, d)
	}
	for _, program := range programs {
		places := [2]string{"FRR", "FRR"}
		places[i] = program[strings.LastIndex(program, "/")+1:]
		t.Run(places[0]+"_and_"+places[1], func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) {
				p := &frrPair{pair: newPair(t, s, [2]string{program, program}), i: i}
				p.d[1-i].Program = "FRR" // its host only
				t.Cleanup(func() {
					if t.Failed() && p.frr != nil {
						t.Logf("vrrpd:\n%s", p.frr.Daemon().Log())
					}
				})
				p.prepare()
				test(p)
			})
		})
	}
}

// prepare makes the macvlan that vrrpd looks for.
func (p *frrPair) prepare() {
	p.Helper()
	h, mac, mode := p.d[1-p.i].Host, "00:00:5e:00:01:33", "bridge"
	if p.six() {
		mac = "00:00:5e:00:02:33"
	}
	for _, args := range [][]string{
		{"link", "add", "vrrp51", "link", "eth0", "type", "macvlan", "mode", mode},
		{"link", "set", "vrrp51", "address", mac, "addrgenmode", "none"},
		{"link", "set", "vrrp51", "up"},
	} {
		_, err := h.Run("ip", args...)
		p.must(err)
	}
	addrs := slices.Clone(p.vips)
	if p.six() { // it sends from a link-local address of the macvlan, whichever comes first
		addrs[0] = p.addr[1-p.i]
	}
	for _, a := range addrs {
		_, err := h.Run("ip", "addr", "add", fmt.Sprintf("%v/%d", a, p.bits), "dev", "vrrp51")
		p.must(err)
	}
}

func (p *frrPair) startFRR() time.Time {
	p.Helper()
	at := time.Now()
	var b strings.Builder
	fmt.Fprintf(&b, "interface eth0\n vrrp 51 version %d\n vrrp 51 priority %d\n vrrp 51 advertisement-interval %d\n",
		p.version, p.priority[1-p.i], p.interval.Milliseconds())
	b.WriteString(p.more)
	for _, v := range p.vips {
		fmt.Fprintf(&b, " vrrp 51 %s %v\n", map[bool]string{false: "ip", true: "ipv6"}[p.six()], v)
	}
	f, err := p.d[1-p.i].StartFRR("vrrpd", b.String())
	p.must(err)
	p.frr = f
	return at
}

func (p *frrPair) ofFRR(a lab.Advert) bool { return a.Src == p.addr[1-p.i] && a.Priority > 0 }

func (p *frrPair) ofDirector(a lab.Advert) bool { return a.Src == p.addr[p.i] && a.Priority > 0 }

// speaks waits until somebody advertises, since a moment, and returns when.
func (p *frrPair) speaks(who func(lab.Advert) bool, since time.Time) time.Time {
	p.Helper()
	a, err := p.capture.Wait(since, p.masterDown(1)+10*time.Second, "an advertisement", who)
	p.must(err)
	return a.At
}

// silent checks that somebody does not advertise for two master down times.
func (p *frrPair) silent(who func(lab.Advert) bool) {
	p.Helper()
	since := time.Now().Add(p.interval) // what was on its way
	time.Sleep(2*p.masterDown(1) + p.interval)
	if list := p.capture.Adverts(since, who); len(list) > 0 {
		p.Errorf("%d advertisements of the backup: %v", len(list), list[0])
	}
}

// last is when somebody was heard last.
func (p *frrPair) last(who func(lab.Advert) bool) time.Time {
	p.Helper()
	list := p.capture.Adverts(time.Time{}, who)
	if len(list) == 0 {
		p.Fatal("nothing was heard")
	}
	return list[len(list)-1].At
}

// lost is how long the first advertisement of FRR cannot be heard: over IPv6 it is sent before the macvlan has the carrier
// that FRR gives it.
func (p *frrPair) lost() time.Duration {
	if p.six() {
		return p.interval
	}
	return 0
}

// TestInteropFRR: a pair with FRR's vrrpd, which has neither unicast nor authentication.
func TestInteropFRR(t *testing.T) {
	t.Parallel()
	bare := v2()
	bare.pass = false
	for _, s := range []setup{
		bare.in("version 2, multicast"),
		v3().every(time.Second).in("version 3, multicast, 1 s"),
		v3().in("version 3, multicast, 0.2 s"),
		v3().every(100 * time.Millisecond).in("version 3, multicast, 0.1 s"),
		v3().every(10 * time.Millisecond).in("version 3, multicast, 0.01 s"),
		v3().over6().in("version 3 over IPv6"),
		v3().with("    use_vmac").on("vrrp.51").in("`use_vmac`"),
		v3().over6().with("    use_vmac").on("vrrp.51").in("`use_vmac` over IPv6"),
	} {
		t.Run(strings.ReplaceAll(s.row, "`", ""), func(t *testing.T) {
			t.Parallel()
			eachFRR(t, s, func(p *frrPair) {
				if p.i == 0 {
					p.directorFirst()
				} else {
					p.frrFirst()
				}
			})
		})
	}
}

// directorFirst: the director has the higher priority.
func (p *frrPair) directorFirst() {
	at := p.start(0)
	p.becomesMaster(0, at, 5*time.Second)
	p.startFRR()
	p.silent(p.ofFRR)

	told := p.terminate(0)
	zero, err := p.capture.Wait(told, 3*time.Second, "priority 0", func(a lab.Advert) bool {
		return a.Src == p.addr[0] && a.Priority == 0
	})
	p.must(err)
	stop := p.speaks(p.ofFRR, zero.At).Sub(zero.At)
	p.within("takeover of FRR after priority 0", stop, p.skew(1)+p.lost()+slack)
	p.ended(0, told)

	at = p.start(0)
	p.becomesMaster(0, at, 5*time.Second)
	p.speaks(p.ofDirector, at)
	p.silent(p.ofFRR)

	p.must(p.d[0].Proc.KillTree())
	last := p.last(p.ofDirector)
	crash := p.speaks(p.ofFRR, last.Add(time.Millisecond)).Sub(last)
	p.within("takeover of FRR after the last advertisement", crash, p.masterDown(1)+p.lost()+slack)
	p.cell("stop %s, crash %s", seconds(stop), seconds(crash))
}

// frrFirst: FRR has the higher priority.
func (p *frrPair) frrFirst() {
	at := p.startFRR()
	p.speaks(p.ofFRR, at)
	p.start(1)
	p.logged(1, 0, "(VI_1) Entering BACKUP STATE")
	p.silent(p.ofDirector)

	// vrrpd that is told to end says goodbye.
	told := time.Now()
	p.must(p.frr.Daemon().Signal(syscall.SIGTERM))
	zero, err := p.capture.Wait(told, 3*time.Second, "priority 0", func(a lab.Advert) bool {
		return a.Src == p.addr[0] && a.Priority == 0
	})
	p.must(err)
	stop := p.becomesMaster(1, told, 5*time.Second).Sub(zero.At)
	p.within("takeover after priority 0 of FRR", stop, p.skew(1)+slack)

	mark := p.mark(1)
	p.must(p.frr.Kill())
	at = p.startFRR()
	p.speaks(p.ofFRR, at)
	p.logged(1, mark, "(VI_1) Entering BACKUP STATE")
	p.silent(p.ofDirector)

	p.must(p.frr.Kill())
	last := p.last(p.ofFRR)
	crash := p.becomesMaster(1, last, 5*time.Second).Sub(last)
	p.within("takeover after the last advertisement of FRR", crash, p.masterDown(1)+slack)
	p.cell("stop %s, crash %s", seconds(stop), seconds(crash))
}

// TestInteropFRRNopreempt: whoever has the higher priority and does not preempt leaves the other one alone.
func TestInteropFRRNopreempt(t *testing.T) {
	t.Parallel()
	s := v3().in("`nopreempt`")
	s.extra[0] = "    nopreempt"
	eachFRR(t, s, func(p *frrPair) {
		low, high := p.startFRR, p.ofDirector
		if p.i == 1 {
			p.more = " no vrrp 51 preempt\n"
			low, high = func() time.Time { return p.start(1) }, p.ofFRR
		}
		at := low()
		p.speaks(func(a lab.Advert) bool { return !high(a) }, at)
		if p.i == 0 {
			p.start(0)
			p.logged(0, 0, "(VI_1) Entering BACKUP STATE")
		} else {
			p.startFRR()
		}
		p.silent(high)
		p.cell("the lower one stays master")
	})
}

// TestInteropFRRPreemptDelay: the director waits before it takes over from FRR.
func TestInteropFRRPreemptDelay(t *testing.T) {
	t.Parallel()
	s := v3().in("`preempt_delay 3`")
	s.extra[0] = "    preempt_delay 3"
	withFRR(t, s, 0, func(p *frrPair) {
		at := p.startFRR()
		p.speaks(p.ofFRR, at)
		p.start(0)
		p.logged(0, 0, "(VI_1) Entering BACKUP STATE")
		since := time.Now()
		took := p.speaks(p.ofDirector, since).Sub(since)
		if took < 2500*time.Millisecond {
			p.Errorf("preempted after %v", took)
		}
		p.silent(p.ofFRR)
		p.cell("preempted %s after it was back", seconds(took))
	})
}

// TestInteropFRREqualPriority: of two masters the one with the lower address yields, whoever it is.
func TestInteropFRREqualPriority(t *testing.T) {
	t.Parallel()
	for _, s := range []setup{v3().in("equal priority"), v3().over6().in("equal priority over IPv6")} {
		s.priority = [2]int{100, 100}
		t.Run(s.row, func(t *testing.T) {
			t.Parallel()
			eachFRR(t, s, func(p *frrPair) {
				lower := p.ofDirector // the first one
				if p.i == 1 {
					lower = p.ofFRR
				}
				// Apart, each hears nobody; what either says passes the switch or does not.
				p.must(p.d[0].Detach())
				at := p.start(p.i)
				p.startFRR()
				p.becomesMaster(p.i, at, 5*time.Second)
				if p.i == 0 {
					p.speaks(p.ofFRR, at)
				} else {
					p.speaks(p.ofDirector, at)
					p.must(lab.Eventually(5*time.Second, "FRR to be master", func() (bool, string) {
						return strings.Contains(p.frr.Daemon().Log(), "Backup -> Master"), p.frr.Daemon().Log()
					}))
				}
				attached := time.Now()
				p.must(p.d[0].Attach())
				p.must(lab.Eventually(5*time.Second, "one to yield", func() (bool, string) {
					list := p.capture.Adverts(attached, nil)
					return len(list) > 0 && time.Since(attached) > 3*p.interval, ""
				}))
				p.silent(lower)
				p.cell("of two masters the one with the lower address yields")
			})
		})
	}
}

// TestInteropFRRCable: the cable of the master is pulled and plugged.
func TestInteropFRRCable(t *testing.T) {
	t.Parallel()
	eachFRR(t, v3().in("the cable of the master"), func(p *frrPair) {
		first, second := p.ofDirector, p.ofFRR
		if p.i == 1 {
			first, second = second, first
		}
		at := time.Now()
		p.start(p.i)
		p.startFRR()
		p.speaks(first, at)
		p.silent(second)
		cut := time.Now()
		p.must(p.d[0].CutCable())
		took := p.speaks(second, cut).Sub(cut)
		plugged := time.Now()
		p.must(p.d[0].PlugCable())
		p.speaks(first, plugged)
		p.silent(second)
		p.cell("taken over %s after it is pulled, and back", seconds(took))
	})
}
