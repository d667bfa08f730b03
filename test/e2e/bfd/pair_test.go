//go:build e2e

// Package bfd has BFD sessions between directors: this daemon and keepalived in both places, and, in
// "make proof", this daemon and routers that are made by others.
package bfd

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Isolate(m.Run)) }

// ends are the addresses of the two hosts, of both families.
func ends(six bool) [2]netip.Addr {
	if six {
		return [2]netip.Addr{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")}
	}
	return [2]netip.Addr{netip.MustParseAddr("192.168.1.151"), netip.MustParseAddr("192.168.1.152")}
}

// pair is two hosts on a LAN.
type pair struct {
	*lab.Trial
	host [2]*lab.Host
}

func newPair(t *lab.Trial) *pair {
	p := &pair{Trial: t}
	lan, err := lab.NewLAN(t.TempDir())
	p.must(err)
	t.Cleanup(func() { p.must(lan.Close()) })
	for i := range p.host {
		p.host[i], err = lan.AddHost(fmt.Sprintf("d%d", i+1), netip.PrefixFrom(ends(false)[i], 24))
		p.must(err)
		_, err = p.host[i].Run("ip", "addr", "add", netip.PrefixFrom(ends(true)[i], 64).String(), "dev", "eth0", "nodad")
		p.must(err)
	}
	return p
}

func (p *pair) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// director runs a program on a host.
func (p *pair) director(i int, program, config string) *lab.Director {
	p.Helper()
	d := lab.NewDirector(p.host[i], program)
	p.Witness(d.Logs)
	p.must(d.Configure(config))
	p.must(d.Start())
	return d
}

func (p *pair) logged(d *lab.Director, mark int, text string, limit time.Duration) {
	p.Helper()
	_, err := d.WaitLog(mark, text, limit)
	p.must(err)
}

// never fails if something is in the log since mark.
func (p *pair) never(d *lab.Director, mark int, text string) {
	p.Helper()
	if log := d.Proc.LogSince(mark); strings.Contains(log, text) {
		p.Errorf("%q is in the log:\n%s", text, log)
	}
}

// session is the configuration of the session with the other host.
func session(i int, six bool, lines string) string {
	return fmt.Sprintf("bfd_instance peer {\n neighbor_ip %v\n source_ip %v\n%s\n}\n", ends(six)[1-i], ends(six)[i], lines)
}

const tracking = `vrrp_instance VI {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 0.5
    version 3
    track_bfd {
        peer
    }
    virtual_ipaddress {
        192.168.1.150
    }
}
`

// A sessionCase is a session between two programs.
type sessionCase struct {
	programs [2]string
	six      bool
	multihop bool
	interval int // of both ends, in milliseconds
}

func (c sessionCase) lines() string {
	text := fmt.Sprintf(" min_rx %d\n min_tx %d", c.interval, c.interval)
	if c.interval <= 10 {
		text += "\n multiplier 20" // who waits 50 ms for a processor is not down
	}
	if c.multihop {
		text += "\n hoplimit 255\n multihop on"
	}
	return text
}

// bfdRow is that of docs/interop.md for a session.
func bfdRow(six, multihop bool, interval int) string {
	fast := ""
	if interval <= 10 {
		fast = fmt.Sprintf(", %d ms", interval)
	}
	return map[bool]string{false: "IPv4", true: "IPv6"}[six] + map[bool]string{false: ", one hop", true: ", multihop"}[multihop] + fast
}

// Whoever is at the other end: both come up, an instance that tracks the session is master then, and in FAULT
// when the other end is gone.
func TestSessionWithKeepalived(t *testing.T) {
	for _, c := range []sessionCase{
		{[2]string{lab.Program(), "keepalived"}, false, false, 50},
		{[2]string{lab.Program(), "keepalived"}, true, false, 100},
		{[2]string{"keepalived", lab.Program()}, false, false, 50},
		{[2]string{lab.Program(), lab.Program()}, true, true, 30},
	} {
		c.test(t)
	}
}

// TestInteropSession is what "make interop" plays beside those.
func TestInteropSession(t *testing.T) {
	for _, c := range []sessionCase{
		{[2]string{lab.Program(), lab.Program()}, false, false, 10},
		{[2]string{lab.Program(), "keepalived"}, false, false, 10},
		{[2]string{"keepalived", lab.Program()}, false, false, 10},
		{[2]string{lab.Program(), lab.Program()}, false, false, 50},
		{[2]string{lab.Program(), lab.Program()}, true, false, 50},
		{[2]string{lab.Program(), lab.Program()}, false, true, 50},
		{[2]string{"keepalived", lab.Program()}, true, false, 100},
	} {
		c.test(t)
	}
}

func (c sessionCase) test(t *testing.T) {
	name := fmt.Sprintf("%s_and_%s_%v", filepath.Base(c.programs[0]), filepath.Base(c.programs[1]), c.six)
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		lab.Judge(t, c.play)
	})
}

func (c sessionCase) play(t *lab.Trial) {
	p := newPair(t)
	a := p.director(0, c.programs[0], session(0, c.six, c.lines())+tracking)
	b := p.director(1, c.programs[1], session(1, c.six, c.lines()))
	p.logged(a, 0, "(VI) entering FAULT state", 5*time.Second)
	for _, d := range []*lab.Director{a, b} {
		p.logged(d, 0, "(peer) Entering Up state", 10*time.Second)
	}
	p.logged(a, 0, "VRRP_Instance(VI) Tracked BFD instance peer is UP", time.Second)
	p.logged(a, 0, "(VI) Entering MASTER STATE", 5*time.Second)
	time.Sleep(3 * time.Second) // what goes down without a reason goes down in this time
	for _, d := range []*lab.Director{a, b} {
		p.never(d, 0, "Entering Down state")
	}
	mark := a.Proc.LogSize()
	dead := time.Now()
	p.must(b.Proc.KillTree())
	p.logged(a, mark, "(Local diagnostic - Control Detection Time Expired, "+
		"Remote diagnostic - No Diagnostic)", 3*time.Second)
	took := time.Since(dead)
	p.logged(a, mark, "VRRP_Instance(VI) Tracked BFD instance peer is DOWN", time.Second)
	p.logged(a, mark, "(VI) Entering FAULT STATE", time.Second)
	mark = a.Proc.LogSize()
	p.must(b.Start())
	p.logged(a, mark, "(VI) Entering MASTER STATE", 15*time.Second)
	lab.Cell(t, bfdRow(c.six, c.multihop, c.interval), a.Kind()+" / "+b.Kind(),
		"%d ms: down %.2f s after the other end died, and up again", c.interval, took.Seconds())
}

// started are two of the daemons under test with a session that is up, and a master that tracks it.
func started(t *lab.Trial) (p *pair, a, b *lab.Director) {
	t.Helper()
	p = newPair(t)
	a = p.director(0, lab.Program(), session(0, false, " min_rx 50\n min_tx 50")+tracking)
	b = p.director(1, lab.Program(), session(1, false, " min_rx 50\n min_tx 50"))
	p.logged(a, 0, "(VI) Entering MASTER STATE", 15*time.Second)
	return p, a, b
}

// A reload that changes intervals takes nothing down, and one that changes nothing is not seen at all.
func TestReloadKeepsTheSession(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		p, a, b := started(t)
		mark, markB := a.Proc.LogSize(), b.Proc.LogSize()
		p.must(a.Reload())
		p.logged(a, mark, "Reload complete", 5*time.Second)
		p.must(a.Edit("min_tx 50", "min_tx 200", "min_rx 50", "min_rx 20"))
		p.must(a.Reload())
		p.logged(a, mark, "(peer) Starting poll sequence", 5*time.Second)
		time.Sleep(2 * time.Second) // several detection times of either end
		p.never(a, mark, "Entering Down state")
		p.never(b, markB, "Entering Down state")
		p.never(a, mark, "(VI) Entering")
	})
}

// kill ends the process of a role and waits until another one is there.
func (p *pair) kill(d *lab.Director, role string) {
	p.Helper()
	pid, err := d.RolePid(role)
	p.must(err)
	p.must(syscall.Kill(pid, syscall.SIGKILL))
	p.must(lab.Eventually(10*time.Second, "another process of "+role, func() (bool, string) {
		next, err := d.RolePid(role)
		return err == nil && next != pid, fmt.Sprint(next, err)
	}))
}

// When the bfd process dies, whoever tracks a session goes on; when the new one has found the neighbour, nobody has
// noticed.
func TestTheBFDProcessDies(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		p, a, _ := started(t)
		mark := a.Proc.LogSize()
		p.kill(a, "bfd")
		p.logged(a, mark, "(peer) Entering Up state", 10*time.Second)
		time.Sleep(time.Second) // for the vrrp role to do what it must not
		p.never(a, mark, "Tracked BFD instance")
		p.never(a, mark, "(VI) Entering")
	})
}

// The neighbour is gone before the new bfd process looks for it.
func TestTheBFDProcessDiesAndTheNeighborToo(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		p, a, b := started(t)
		mark := a.Proc.LogSize()
		pid, err := a.RolePid("bfd")
		p.must(err)
		p.must(syscall.Kill(pid, syscall.SIGKILL))
		p.must(b.Proc.KillTree())
		p.logged(a, mark, "VRRP_Instance(VI) Tracked BFD instance peer is DOWN", 15*time.Second)
		p.logged(a, mark, "(VI) Entering FAULT STATE", time.Second)
	})
}

// When the vrrp process dies, the new one knows of the session before it begins.
func TestTheVRRPProcessDies(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		p, a, _ := started(t)
		mark := a.Proc.LogSize()
		p.kill(a, "vrrp")
		p.logged(a, mark, "(VI) Entering MASTER STATE", 10*time.Second)
		p.never(a, mark, "FAULT")
		p.never(a, mark, "(peer) Entering")
	})
}
