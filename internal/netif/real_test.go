package netif

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"holdfast/internal/sockbuf"
	"holdfast/test/lab"
)

// All tests of this package run in namespaces of their own.
func TestMain(m *testing.M) { os.Exit(lab.Isolate(m.Run)) }

// veth makes a pair of interfaces, both up, and removes it after the test.
func veth(t *testing.T, name, peer string) {
	t.Helper()
	attrs := netlink.NewLinkAttrs()
	attrs.Name = name
	link := &netlink.Veth{LinkAttrs: attrs, PeerName: peer}
	if err := netlink.LinkAdd(link); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := netlink.LinkDel(link); err != nil && !strings.Contains(err.Error(), "not found") && err != unix.ENODEV && err != unix.EINVAL {
			t.Error(err)
		}
	})
	for _, n := range []string{name, peer} {
		// No link-local addresses that come when they like, no duplicate address detection.
		for file, v := range map[string]string{"accept_dad": "0", "addr_gen_mode": "1"} {
			if err := os.WriteFile("/proc/sys/net/ipv6/conf/"+n+"/"+file, []byte(v), 0); err != nil {
				t.Fatal(err)
			}
		}
		setUp(t, n, true)
	}
	k := openKernel(t)
	err := lab.Eventually(5*time.Second, "both ends up", func() (bool, string) {
		s, err := k.State()
		if err != nil {
			return false, err.Error()
		}
		a, _ := s.Link(name)
		b, _ := s.Link(peer)
		return a.Up() && b.Up(), s.String()
	})
	if err != nil {
		t.Fatal(err)
	}
}

func setUp(t *testing.T, name string, up bool) {
	t.Helper()
	l, err := netlink.LinkByName(name)
	if err != nil {
		t.Fatal(err)
	}
	do := netlink.LinkSetDown
	if up {
		do = netlink.LinkSetUp
	}
	if err := do(l); err != nil {
		t.Fatal(err)
	}
}

func openKernel(t *testing.T) *Kernel {
	t.Helper()
	k, err := OpenKernel()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	return k
}

func TestSemantics3_ApplyOnRealKernel(t *testing.T) {
	for _, s := range applySteps {
		t.Run(s.name, func(t *testing.T) {
			veth(t, "eth0", "eth1")
			checkApply(t, openKernel(t), addrs(t, s.before...), addrs(t, s.want...), addrs(t, s.owned...), s.added, s.there, s.err, s.once)
		})
	}
}

func TestSemantics3_3_AddressesCarryTheProtocolNumber(t *testing.T) {
	veth(t, "eth0", "eth1")
	k := openKernel(t)
	if _, err := NewAddresses(k).Apply(addrs(t, "10.0.0.1/32@eth0"), nil); err != nil {
		t.Fatal(err)
	}
	have, err := k.Addresses()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(have, func(a Address) bool { return a.Prefix.String() == "10.0.0.1/32" })
	if i < 0 || have[i].Proto != protoKeepalived {
		t.Errorf("addresses %+v, want 10.0.0.1/32 with protocol %d", have, protoKeepalived)
	}
}

// The errors of the fake are the kernel's.
func TestFakeFailsAsTheKernelDoes(t *testing.T) {
	veth(t, "eth0", "eth1")
	k, f := openKernel(t), NewFake("eth0", "eth1")
	sequence := []struct {
		op   Op
		addr string
	}{
		{Add, "10.0.0.1/24@eth0"}, {Add, "10.0.0.1/24@eth0"}, {Delete, "10.0.0.2/24@eth0"}, {Add, "10.0.0.1/32@eth0"},
		{Add, "10.0.0.3/24@eth0"}, {Delete, "10.0.0.1/24@eth0"}, {Delete, "10.0.0.3/24@eth0"}, {Delete, "10.0.0.1/32@eth0"},
		{Add, "fd00::1/64@eth0"}, {Add, "fd00::1/64@eth0"}, {Delete, "fd00::2/64@eth0"}, {Replace, "fd00::1/64@eth0"},
	}
	for _, s := range sequence {
		c := addr(t, s.addr)
		run := func(k addressKernel) error {
			i, err := k.Index(c.Dev)
			if err != nil {
				t.Fatal(err)
			}
			return k.ChangeAddresses([]Change[Address]{{s.op, c.on(i)}})[0]
		}
		if want, got := run(k), run(f); want != got {
			t.Errorf("%d %s: the kernel says %v, the fake %v", s.op, s.addr, want, got)
		}
	}
	if _, err := k.Index("eth9"); err != unix.ENODEV {
		t.Errorf("index of a missing interface: %v", err)
	}
}

func TestStateStringIsThatOfIP(t *testing.T) {
	veth(t, "eth0", "eth1")
	k := openKernel(t)
	if _, err := NewAddresses(k).Apply(addrs(t, "10.0.0.1/24@eth0", "10.0.0.9/32@eth0 peer=172.16.0.1/30", "fd00::1/64@eth0"), nil); err != nil {
		t.Fatal(err)
	}
	s, err := k.State()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command("ip", "-br", "addr", "show", "dev", "eth0")
	if err != nil {
		t.Fatal(err)
	}
	l, ok := s.Link("eth0")
	if !ok {
		t.Fatal("no eth0")
	}
	var one State
	one.Links = []Link{l}
	one.Addresses = s.Addresses
	want := strings.Fields(strings.Replace(out, "eth0@eth1", "eth0", 1))
	if d := cmp.Diff(want, strings.Fields(one.String())); d != "" {
		t.Errorf("(-ip +ours):\n%s", d)
	}
}

func TestApply1000Addresses(t *testing.T) {
	veth(t, "eth0", "eth1")
	k := openKernel(t)
	a := NewAddresses(k)
	var list []Wanted
	for i := range 1000 {
		list = append(list, plain("eth0", netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 32)))
	}
	start := time.Now()
	added, err := a.Apply(list, list)
	if err != nil || len(added.Added) != len(list) {
		t.Fatalf("%d added, %v", len(added.Added), err)
	}
	t.Logf("added 1000 in %v", time.Since(start))
	start = time.Now()
	if added, err = a.Apply(list, list); err != nil || len(added.Added) != 0 {
		t.Fatalf("%d added, %v", len(added.Added), err)
	}
	t.Logf("checked 1000 in %v", time.Since(start))
	start = time.Now()
	if _, err = a.Apply(nil, list); err != nil {
		t.Fatal(err)
	}
	t.Logf("removed 1000 in %v", time.Since(start))
	have, err := k.Addresses()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(lines(have, map[int]string{1: ""})); n != 0 {
		t.Errorf("%d addresses are left", n)
	}
}

// next waits for an event that want accepts.
func next(t *testing.T, w *Watcher, what string, want func(Event) bool) {
	t.Helper()
	limit := time.After(5 * time.Second)
	for {
		select {
		case e := <-w.Events():
			if want(e) {
				return
			}
		case <-limit:
			t.Fatalf("no event: %s", what)
		}
	}
}

func TestWatcherTellsChanges(t *testing.T) {
	veth(t, "eth0", "eth1")
	w, s, err := Watch()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	l, ok := s.Link("eth0")
	if !ok {
		t.Fatalf("the first state has no eth0: %v", s)
	}
	a := NewAddresses(openKernel(t))
	vip := addrs(t, "10.0.0.1/32@eth0")
	ours := func(x Address) bool { return x.Index == l.Index && x.Prefix == vip[0].Prefix }
	if _, err := a.Apply(vip, vip); err != nil {
		t.Fatal(err)
	}
	next(t, w, "address added", func(e Event) bool { x, ok := e.(AddressAdded); return ok && ours(x.Address) })
	if _, err := a.Apply(nil, vip); err != nil {
		t.Fatal(err)
	}
	next(t, w, "address removed", func(e Event) bool { x, ok := e.(AddressRemoved); return ok && ours(x.Address) })
	setUp(t, "eth0", false)
	next(t, w, "link down", func(e Event) bool { x, ok := e.(LinkChanged); return ok && x.Link.Name == "eth0" && !x.Link.Up() })
	setUp(t, "eth0", true)
	next(t, w, "link up", func(e Event) bool { x, ok := e.(LinkChanged); return ok && x.Link.Name == "eth0" && x.Link.Up() })
	if out, err := command("ip", "link", "del", "eth0"); err != nil {
		t.Fatal(err, out)
	}
	next(t, w, "link removed", func(e Event) bool { x, ok := e.(LinkRemoved); return ok && x.Link.Name == "eth0" })
}

// Routes and rules are told of from Follow on, also by the socket that takes the place of a broken one.
func TestWatcherFollowsRoutesAndRules(t *testing.T) {
	veth(t, "eth0", "eth1")
	w, _, err := Watch()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	k := openKernel(t)
	routes, rules := NewRoutes(k), NewRules(k)
	wanted, policy := []Route{route(t, "10.8.0.0/16 dev eth0")}, []Rule{rule(300, 100, "10.0.0.0/8")}
	lost := func(e Event) bool { x, ok := e.(RouteLost); return ok && x.Route.Rivals(wanted[0]) }
	for _, g := range []Groups{RouteGroups(), RuleGroups(), RouteGroups(), nil} {
		if err := w.Follow(g); err != nil {
			t.Fatal(err)
		}
	}
	for _, broken := range []bool{false, true} {
		if broken {
			w.mu.Lock()
			err := w.sock.Close()
			w.mu.Unlock()
			if err != nil {
				t.Fatal(err)
			}
			next(t, w, "resync", func(e Event) bool { _, ok := e.(Resync); return ok })
		}
		if _, err := routes.Apply(wanted, nil); err != nil {
			t.Fatal(err)
		}
		if out, err := command("ip", "route", "replace", "10.8.0.0/16", "dev", "eth1"); err != nil {
			t.Fatal(err, out)
		}
		next(t, w, "another one in its place", lost)
		if out, err := command("ip", "route", "del", "10.8.0.0/16"); err != nil {
			t.Fatal(err, out)
		}
		next(t, w, "that one removed", lost)
		if _, err := rules.Apply(policy, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := rules.Apply(nil, policy); err != nil {
			t.Fatal(err)
		}
		next(t, w, "rule removed", func(e Event) bool { x, ok := e.(RuleLost); return ok && x.Rule == policy[0] })
	}
}

// Nobody reads the events while thousands of addresses come and go: the buffer
// overruns, and what is read then ends with the true state.
func TestWatcherReadsAgainAfterAnOverrun(t *testing.T) {
	veth(t, "eth0", "eth1")
	w, _, err := Watch()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	a := NewAddresses(openKernel(t))
	var list []Wanted
	for i := range 2000 {
		list = append(list, plain("eth0", netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 32)))
	}
	for range 3 {
		if _, err := a.Apply(list, list); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Apply(nil, list); err != nil {
			t.Fatal(err)
		}
	}
	last := addrs(t, "10.9.9.9/32@eth0")
	if _, err := a.Apply(last, last); err != nil {
		t.Fatal(err)
	}
	next(t, w, "resync with the last address", func(e Event) bool {
		x, ok := e.(Resync)
		return ok && slices.ContainsFunc(x.State.Addresses, func(a Address) bool { return a.Prefix == last[0].Prefix })
	})
	if _, err := a.Apply(nil, last); err != nil {
		t.Fatal(err)
	}
	next(t, w, "an event after the resync", func(e Event) bool {
		x, ok := e.(AddressRemoved)
		return ok && x.Address.Prefix == last[0].Prefix
	})
}

func TestWatcherSubscribesAgainWhenItsSocketBreaks(t *testing.T) {
	veth(t, "eth0", "eth1")
	w, _, err := Watch()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	const events = 301000
	if err := w.SetReceiveBuffers(sockbuf.Size{Bytes: events}, sockbuf.Size{}); err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	err = w.sock.Close()
	w.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	next(t, w, "resync", func(e Event) bool { _, ok := e.(Resync); return ok })
	w.mu.Lock()
	size, err := unix.GetsockoptInt(w.sock.GetFd(), unix.SOL_SOCKET, unix.SO_RCVBUF)
	w.mu.Unlock()
	if err != nil || size != 2*events {
		t.Errorf("the socket after it has a buffer of %d bytes (%v), want %d", size, err, 2*events)
	}
	setUp(t, "eth0", false)
	next(t, w, "link down", func(e Event) bool { x, ok := e.(LinkChanged); return ok && x.Link.Name == "eth0" && !x.Link.Up() })
}

// arps listens for ARP on an interface.
func arps(t *testing.T, dev string) func(limit time.Duration) []byte {
	t.Helper()
	return listen(t, dev, 0x0608)
}

// listen reads frames of an EtherType, given in network order, that arrive at an interface.
func listen(t *testing.T, dev string, ethertype uint16) func(limit time.Duration) []byte {
	t.Helper()
	ifi, err := net.InterfaceByName(dev)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(ethertype))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: ethertype, Ifindex: ifi.Index}); err != nil {
		t.Fatal(err)
	}
	return func(limit time.Duration) []byte {
		tv := unix.NsecToTimeval(int64(limit))
		if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 2048)
		n, _, err := unix.Recvfrom(fd, b, 0)
		for err == unix.EINTR { // the runtime's own signals
			n, _, err = unix.Recvfrom(fd, b, 0)
		}
		if err == unix.EAGAIN {
			return nil
		}
		if err != nil {
			t.Fatal(err)
		}
		return b[:n]
	}
}

// A pumped Announcer sends what is due from a goroutine, as the event loop does.
type pumped struct {
	mu sync.Mutex
	a  *Announcer
}

func (p *pumped) do(f func(*Announcer)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(p.a)
}

func (p *pumped) Announce(owner Owner, targets []Target, repeat int, pauses Pauses) {
	p.do(func(a *Announcer) { a.Announce(owner, targets, repeat, pauses) })
}
func (p *pumped) Cancel(owner Owner) { p.do(func(a *Announcer) { a.Cancel(owner) }) }
func (p *pumped) SetLink(l Link)     { p.do(func(a *Announcer) { a.SetLink(l) }) }
func (p *pumped) RemoveLink(l Link)  { p.do(func(a *Announcer) { a.RemoveLink(l) }) }
func (p *pumped) owed() (left int) {
	p.do(func(a *Announcer) { left = len(a.turns.debts) })
	return left
}

func announcer(t *testing.T, names ...string) (*pumped, chan error) {
	t.Helper()
	reports := make(chan error, 16)
	p := &pumped{a: NewAnnouncer(func(dev string, err error) { reports <- err })}
	done := make(chan struct{})
	var pump sync.WaitGroup
	pump.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			p.do(func(a *Announcer) {
				for a.Send(time.Now()) {
				}
			})
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	})
	t.Cleanup(func() {
		close(done)
		pump.Wait()
		if err := p.a.Close(); err != nil {
			t.Error(err)
		}
	})
	s, err := openKernel(t).State()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range s.Links {
		if slices.Contains(names, l.Name) {
			p.SetLink(l)
		}
	}
	return p, reports
}

func TestSemantics3_8_GratuitousARPOnTheWire(t *testing.T) {
	veth(t, "eth0", "eth1")
	a, _ := announcer(t, "eth0")
	read := arps(t, "eth1")
	a.Announce(1, []Target{{"eth0", netip.MustParseAddr("10.0.0.1")}}, 1, Pauses{})
	got := read(5 * time.Second)
	ifi, err := net.InterfaceByName("eth0")
	if err != nil {
		t.Fatal(err)
	}
	hw := ifi.HardwareAddr
	bcast := bytes.Repeat([]byte{0xff}, 6)
	want := slices.Concat(bcast, hw, []byte{0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1}, hw, []byte{10, 0, 0, 1}, bcast, []byte{10, 0, 0, 1})
	if !bytes.HasPrefix(got, want) || len(bytes.Trim(got[len(want):], "\x00")) > 0 {
		t.Errorf("frame\n%x, want\n%x and zero padding", got, want)
	}
}

func TestSemantics3_9_RepetitionOutermost(t *testing.T) {
	veth(t, "eth0", "eth1")
	a, _ := announcer(t, "eth0")
	read := arps(t, "eth1")
	targets := []Target{{"eth0", netip.MustParseAddr("10.0.0.1")}, {"eth0", netip.MustParseAddr("10.0.0.2")}, {"eth0", netip.MustParseAddr("fd00::1")}}
	a.Announce(1, targets, 3, Pauses{})
	var order []byte
	for range 6 {
		order = append(order, read(5 * time.Second)[31])
	}
	if want := []byte{1, 2, 1, 2, 1, 2}; !bytes.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
	if extra := read(20 * time.Millisecond); extra != nil {
		t.Errorf("one more: %x", extra)
	}
}

func TestSemantics3_9_PauseAndCancel(t *testing.T) {
	veth(t, "eth0", "eth1")
	a, _ := announcer(t, "eth0")
	read := arps(t, "eth1")
	const pause = 30 * time.Millisecond
	start := time.Now()
	a.Announce(1, []Target{{"eth0", netip.MustParseAddr("10.0.0.1")}}, 4, Pauses{ARP: pause})
	for range 4 {
		if read(5*time.Second) == nil {
			t.Fatal("no frame")
		}
	}
	if took := time.Since(start); took < 3*pause {
		t.Errorf("4 frames in %v, want pauses of %v", took, pause)
	}
	a.Announce(1, []Target{{"eth0", netip.MustParseAddr("10.0.0.1")}}, 100, Pauses{ARP: pause})
	a.Cancel(1)
	for early := true; early; { // sent before Cancel
		early = read(time.Millisecond) != nil
	}
	a.Announce(2, []Target{{"eth0", netip.MustParseAddr("10.0.0.2")}}, 2, Pauses{})
	for range 2 {
		f := read(5 * time.Second)
		if f == nil || f[31] != 2 {
			t.Errorf("frame %x, want one of VI_2", f)
		}
	}
	if f := read(2 * pause); f != nil {
		t.Errorf("after Cancel: %x", f)
	}
}

func TestAnnouncerSurvivesAnInterfaceThatGoesDownAndComesBackAnew(t *testing.T) {
	veth(t, "eth0", "eth1")
	a, reports := announcer(t, "eth0")
	target := []Target{{"eth0", netip.MustParseAddr("10.0.0.1")}}
	report := func() error {
		select {
		case err := <-reports:
			return err
		case <-time.After(5 * time.Second):
			t.Fatal("no report")
			return nil
		}
	}
	read := arps(t, "eth1")
	setUp(t, "eth0", false)
	a.Announce(1, target, 3, Pauses{})
	if err := report(); err == nil {
		t.Error("sending on an interface that is down was reported as working")
	}
	setUp(t, "eth0", true)
	a.Announce(1, target, 1, Pauses{})
	if err := report(); err != nil {
		t.Errorf("after up: %v", err)
	}
	if read(5*time.Second) == nil {
		t.Error("no frame after up")
	}

	before, err := openKernel(t).State()
	if err != nil {
		t.Fatal(err)
	}
	gone, _ := before.Link("eth0")
	if out, err := command("ip", "link", "del", "eth0"); err != nil {
		t.Fatal(err, out)
	}
	a.RemoveLink(gone)
	a.Announce(1, target, 1, Pauses{})
	if err := report(); err == nil {
		t.Error("sending on an interface that is gone was reported as working")
	}
	veth(t, "eth0", "eth1")
	s, err := openKernel(t).State()
	if err != nil {
		t.Fatal(err)
	}
	l, _ := s.Link("eth0")
	a.SetLink(l)
	read = arps(t, "eth1")
	a.Announce(1, target, 1, Pauses{})
	if err := report(); err != nil || read(5*time.Second) == nil {
		t.Errorf("no frame from the new interface: %v", err)
	}
}

func TestAnnouncerSkipsInterfacesWithoutARP(t *testing.T) {
	veth(t, "eth0", "eth1")
	if out, err := command("ip", "link", "set", "eth0", "arp", "off"); err != nil {
		t.Fatal(err, out)
	}
	a, reports := announcer(t, "eth0", "lo")
	read := arps(t, "eth1")
	a.Announce(1, []Target{{"eth0", netip.MustParseAddr("10.0.0.1")}, {"lo", netip.MustParseAddr("10.0.0.1")}}, 2, Pauses{})
	if f := read(50 * time.Millisecond); f != nil {
		t.Errorf("frame %x on an interface without ARP", f)
	}
	select {
	case err := <-reports:
		t.Errorf("reported %v, want silence", err)
	default:
	}
}

func TestSemantics3_6_PromoteSecondariesForTheRun(t *testing.T) {
	veth(t, "eth0", "eth1")
	read := func() string {
		b, err := os.ReadFile("/proc/sys/net/ipv4/conf/eth0/promote_secondaries")
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(b))
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/conf/eth0/promote_secondaries", []byte("0"), 0); err != nil {
		t.Fatal(err)
	}
	var s Sysctls
	for range 2 {
		if err := s.PromoteSecondaries("eth0"); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(); got != "1" {
		t.Errorf("promote_secondaries is %s during the run", got)
	}
	if err := s.Restore(); err != nil {
		t.Fatal(err)
	}
	if got := read(); got != "0" {
		t.Errorf("promote_secondaries is %s after the run, want what it was", got)
	}
	if err := s.PromoteSecondaries("eth9"); err == nil {
		t.Error("no error for a missing interface")
	}
}

// What a life that was killed has changed, the next one restores.
func TestDisableLocalIGMP(t *testing.T) {
	veth(t, "eth0", "eth1")
	k := procSys{}
	is := func(want string) {
		t.Helper()
		if got, err := k.Sysctl(localIGMP); err != nil || got != want {
			t.Errorf("%s is %q (%v), want %s", localIGMP, got, err, want)
		}
	}
	is("1")
	var killed, next Sysctls
	for range 2 {
		if err := killed.DisableLocalIGMP(); err != nil {
			t.Fatal(err)
		}
	}
	is("0")
	if lines := killed.Lines(); len(lines) != 1 {
		t.Errorf("left for the next life: %q", lines)
	}
	next.Inherit(slices.Values(append([]string{"eth0 10.0.0.1/24"}, killed.Lines()...)))
	if err := next.DisableLocalIGMP(); err != nil {
		t.Fatal(err)
	}
	is("0")
	if err := next.Restore(); err != nil {
		t.Fatal(err)
	}
	is("1")
	if lines := next.Lines(); len(lines) != 0 {
		t.Errorf("left when all is restored: %q", lines)
	}
}

func command(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %v: %v: %s", name, args, err, out)
	}
	return string(out), nil
}

// The kernel takes its time to close a packet socket: a host with hundreds of virtual MAC
// interfaces could not stop in time if each had one.
func TestAnnouncerHasOneSocket(t *testing.T) {
	veth(t, "eth0", "eth1")
	before := packetSockets(t)
	a, reports := announcer(t, "eth0", "eth1")
	a.Announce(1, []Target{{"eth0", netip.MustParseAddr("192.0.2.1")}, {"eth1", netip.MustParseAddr("2001:db8::1")}}, 2, Pauses{})
	for deadline := time.Now().Add(10 * time.Second); a.owed() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d addresses are still owed announcements", a.owed())
		}
	}
	if n := packetSockets(t) - before; n != 1 {
		t.Errorf("%d packet sockets", n)
	}
	if len(reports) > 0 {
		t.Error(<-reports)
	}
}

// packetSockets is how many there are in this network namespace.
func packetSockets(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/thread-self/net/packet")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(b), "\n") - 1
}
