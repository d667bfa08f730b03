//go:build e2e

// Package vrrp tests the protocol between two daemons in network namespaces of
// this machine's kernel: the daemon under test against Debian's keepalived, both
// ways round, and against itself.
package vrrp

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

// network are the addresses of one family.
type network struct {
	addr     [2]netip.Addr // of the directors
	stranger netip.Addr
	vips     []netip.Addr
	group    netip.Addr
	bits     int
}

func ipv4() network {
	return network{[2]netip.Addr{netip.MustParseAddr("192.168.1.151"), netip.MustParseAddr("192.168.1.152")},
		netip.MustParseAddr("192.168.1.66"), []netip.Addr{netip.MustParseAddr("192.168.1.150")}, netip.MustParseAddr("224.0.0.18"), 24}
}

func ipv6() network {
	return network{[2]netip.Addr{netip.MustParseAddr("fe80::151"), netip.MustParseAddr("fe80::152")}, netip.MustParseAddr("fe80::66"),
		[]netip.Addr{netip.MustParseAddr("fe80::150"), netip.MustParseAddr("2001:db8::150")}, netip.MustParseAddr("ff02::12"), 64}
}

// six is whether the network is of IPv6.
func (n network) six() bool { return n.group.Is6() }

// vip is the address that is looked for.
func (n network) vip() netip.Addr { return n.vips[len(n.vips)-1] }

// slack is what the daemon may take on top of what the protocol says.
const slack = 100 * time.Millisecond

// pairings are the programs on the two directors.
func pairings() [][2]string {
	d := lab.Program()
	if d == "keepalived" {
		return [][2]string{{d, d}}
	}
	return [][2]string{{d, "keepalived"}, {"keepalived", d}, {d, d}}
}

// underTest reports whether a director runs the daemon under test, of which more is
// asked than keepalived does.
func underTest(d *lab.Director) bool { return d.Kind() != "keepalived" }

// A setup is what the two configurations share.
type setup struct {
	network
	version  int
	interval time.Duration
	pass     bool
	ah       bool
	unicast  bool
	priority [2]int
	extra    [2]string // more lines in the instance
	ours     string    // more lines in those of the daemon under test, which others do not know
	global   [2]string // more blocks before it
	row      string    // of docs/interop.md
	dev      string    // where the addresses are, eth0 if empty
}

func v2() setup {
	return setup{network: ipv4(), version: 2, interval: time.Second, pass: true, priority: [2]int{100, 50}}
}

func v3() setup {
	return setup{network: ipv4(), version: 3, interval: 200 * time.Millisecond, priority: [2]int{100, 50}}
}

// in is the same with the row of docs/interop.md that it fills.
func (s setup) in(row string) setup {
	s.row = row
	return s
}

// over6 is the same over IPv6, where there is no authentication.
func (s setup) over6() setup {
	s.network, s.pass = ipv6(), false
	return s
}

// skew is the skew time of director i.
func (s setup) skew(i int) time.Duration {
	if s.version == 2 {
		return time.Duration(256-s.priority[i]) * time.Second / 256
	}
	return time.Duration(256-s.priority[i]) * s.interval / 256
}

// masterDown is the master down interval of director i.
func (s setup) masterDown(i int) time.Duration { return 3*s.interval + s.skew(i) }

func (s setup) config(i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "global_defs {\n    router_id d%d\n}\n%s\nvrrp_instance VI_1 {\n", i+1, s.global[i])
	fmt.Fprintf(&b, "    state BACKUP\n    interface eth0\n    virtual_router_id 51\n    version %d\n", s.version)
	fmt.Fprintf(&b, "    priority %d\n    advert_int %g\n", s.priority[i], s.interval.Seconds())
	if s.pass {
		b.WriteString("    authentication {\n        auth_type PASS\n        auth_pass sesame\n    }\n")
	}
	if s.ah {
		b.WriteString("    authentication {\n        auth_type AH\n        auth_pass sesame\n    }\n")
	}
	if s.unicast {
		fmt.Fprintf(&b, "    unicast_src_ip %v\n    unicast_peer {\n        %v\n    }\n", s.addr[i], s.addr[1-i])
	}
	fmt.Fprintf(&b, "%s\n    virtual_ipaddress {\n", s.extra[i])
	for _, v := range s.vips {
		fmt.Fprintf(&b, "        %v/%d\n", v, s.bits)
	}
	b.WriteString("    }\n}\n")
	return b.String()
}

// column names the two programs in docs/interop.md, the one with the higher priority first.
func (p *pair) column() string { return p.d[0].Kind() + " / " + p.d[1].Kind() }

// cell says for docs/interop.md what came out of the test.
func (p *pair) cell(format string, args ...any) {
	p.Helper()
	if p.row != "" {
		lab.Cell(p.Trial, p.row, p.column(), format, args...)
	}
}

// A pair is two directors on one switch, and a third host to misbehave from.
type pair struct {
	*lab.Trial
	setup
	lan      *lab.LAN
	capture  *lab.Capture
	d        [2]*lab.Director
	stranger *lab.Host
}

// eachPairing judges a test of a pair for every pairing of programs.
func eachPairing(t *testing.T, s setup, test func(*pair)) {
	eachPrograms(t, func(t *lab.Trial, programs [2]string) { test(newPair(t, s, programs)) })
}

// eachPrograms judges a test for every pairing of programs.
func eachPrograms(t *testing.T, test func(t *lab.Trial, programs [2]string)) {
	eachOf(t, pairings(), test)
}

func eachOf(t *testing.T, pairings [][2]string, test func(t *lab.Trial, programs [2]string)) {
	for _, programs := range pairings {
		name := filepath.Base(programs[0]) + "_and_" + filepath.Base(programs[1])
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) { test(t, programs) })
		})
	}
}

func newPair(t *lab.Trial, s setup, programs [2]string) *pair {
	p := &pair{Trial: t, setup: s}
	var err error
	if p.lan, err = lab.NewLAN(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			p.explain()
		}
		if err := p.lan.Close(); err != nil {
			t.Error(err)
		}
	})
	if p.capture, err = p.lan.Capture(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.capture.Close() })
	for i := range p.d {
		h := p.host(fmt.Sprintf("d%d", i+1), s.addr[i])
		p.d[i] = lab.NewDirector(h, programs[i])
		t.Witness(p.d[i].Logs)
		mine := s
		if underTest(p.d[i]) {
			mine.extra[i] += s.ours
		}
		if err := p.d[i].Configure(mine.config(i)); err != nil {
			t.Fatal(err)
		}
	}
	p.stranger = p.host("stranger", s.network.stranger)
	return p
}

// host plugs a host into the switch, which has this address and, over IPv6, no other to send from.
func (p *pair) host(name string, addr netip.Addr) *lab.Host {
	h, err := p.lan.AddHost(name, netip.PrefixFrom(addr, p.bits))
	if err == nil && p.six() {
		err = h.OnlyLinkLocal("eth0", addr)
	}
	p.must(err)
	return h
}

func (p *pair) explain() {
	for _, d := range p.d {
		if d == nil || d.Proc == nil {
			continue
		}
		addrs, err := d.Addrs("eth0")
		p.Logf("%s runs %s, addresses %v %v, log:\n%s", d.Name, d.Kind(), addrs, err, d.Proc.Log())
	}
	adverts := p.capture.Adverts(time.Time{}, nil)
	var b strings.Builder
	for _, a := range adverts[max(0, len(adverts)-40):] {
		fmt.Fprintln(&b, a)
	}
	p.Logf("the last advertisements:\n%s", b.String())
}

func (p *pair) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// start starts a director and returns when.
func (p *pair) start(i int) time.Time {
	p.Helper()
	at := time.Now()
	p.must(p.d[i].Start())
	return at
}

// startBoth starts both and waits until director 0 is master and has said so: the
// address is there before the log has the line, and what a test marks comes after.
func (p *pair) startBoth() {
	p.Helper()
	at := p.start(0)
	p.start(1)
	p.becomesMaster(0, at, 5*time.Second)
	p.only(0)
	p.logged(0, 0, "(VI_1) Entering MASTER STATE")
	p.logged(1, 0, "(VI_1) Entering BACKUP STATE")
}

// becomesMaster waits until the address has come to director i since a moment and
// returns when it came.
func (p *pair) becomesMaster(i int, since time.Time, limit time.Duration) time.Time {
	p.Helper()
	at, err := p.lan.Events().Wait(p.d[i].Host, p.vip(), true, since, p.masterDown(i)+limit)
	p.must(err)
	return at
}

func (p *pair) count(i int) int {
	dev := p.dev
	if dev == "" {
		dev = "eth0"
	}
	n, err := p.d[i].CountAddr(dev, p.vip())
	if p.dev != "" && err != nil {
		return 0 // the interface goes with the daemon
	}
	p.must(err)
	return n
}

// only waits until director i alone has the address.
func (p *pair) only(i int) {
	p.Helper()
	p.must(lab.Eventually(3*time.Second, fmt.Sprintf("the address on %s alone", p.d[i].Name), func() (bool, string) {
		a, b := p.count(i), p.count(1-i)
		return a == 1 && b == 0, fmt.Sprintf("%d and %d", a, b)
	}))
}

// remains checks that director i alone has the address for the whole span.
func (p *pair) remains(i int, span time.Duration) {
	p.Helper()
	p.must(lab.Throughout(span, fmt.Sprintf("the address on %s alone", p.d[i].Name), func() (bool, string) {
		a, b := p.count(i), p.count(1-i)
		return a == 1 && b == 0, fmt.Sprintf("%d and %d", a, b)
	}))
}

func (p *pair) logged(i, mark int, text string) {
	p.Helper()
	_, err := p.d[i].WaitLog(mark, text, 5*time.Second)
	p.must(err)
}

// mark is a place in the log of director i.
func (p *pair) mark(i int) int { return p.d[i].Proc.LogSize() }

// lastAdvert is when director i was last heard.
func (p *pair) lastAdvert(i int) time.Time {
	p.Helper()
	list := p.capture.Adverts(time.Time{}, lab.From(p.addr[i]))
	if len(list) == 0 {
		p.Fatalf("%s never advertised", p.d[i].Name)
	}
	return list[len(list)-1].At
}

// within checks a duration against what is allowed.
func (p *pair) within(what string, took, allowed time.Duration) {
	p.Helper()
	if took > allowed {
		p.Errorf("%s took %v, allowed are %v", what, took.Round(time.Millisecond), allowed)
		return
	}
	p.Logf("%s: %v (allowed %v)", what, took.Round(time.Millisecond), allowed)
}

// terminate stops director i and returns when it was told to.
func (p *pair) terminate(i int) time.Time {
	p.Helper()
	at := time.Now()
	p.must(p.d[i].Proc.Signal(syscall.SIGTERM))
	return at
}

// ended checks the exit of director i after SIGTERM.
func (p *pair) ended(i int, since time.Time) {
	p.Helper()
	code, took, err := p.d[i].Proc.Wait(since, 10*time.Second)
	p.must(err)
	if code != 0 {
		p.Errorf("%s: exit status %d", p.d[i].Name, code)
	}
	if underTest(p.d[i]) {
		p.within("the exit of "+p.d[i].Name, took, 2*time.Second)
	}
	if n := p.count(i); n != 0 {
		p.Errorf("%s left the address %d times", p.d[i].Name, n)
	}
}
