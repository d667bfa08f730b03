package engine

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"holdfast/config"
	"holdfast/internal/netif"
	"holdfast/vrrp"
)

// A fakeHost is interfaces that come and go, and sockets on them.
type fakeHost struct {
	links   map[string]netif.Link
	lives   map[int]int // how often an index was given away
	refuse  map[portKey]error
	polls   error // of the poller
	lastFD  int
	sockets map[int]*fakeSocket // that are open
	polled  map[int]bool
	said    []string
}

type fakeSocket struct {
	h    *fakeHost
	n    int
	key  portKey
	link netif.Link
	life int
}

func (s *fakeSocket) fd() int                  { return s.n }
func (s *fakeSocket) send(vrrp.Transmit) error { return nil }
func (s *fakeSocket) resize(int)               {}
func (s *fakeSocket) close() {
	if s.h.sockets[s.n] != s {
		panic("closed twice")
	}
	delete(s.h.sockets, s.n)
	for _, o := range s.h.sockets { // as in the kernel, which knows an interface by its index
		if o.key == s.key && o.link.Index == s.link.Index && o.life != s.life {
			panic("took the group of another socket")
		}
	}
}

func (h *fakeHost) Add(fd int) error {
	if h.polls != nil {
		return h.polls
	}
	if h.polled[fd] || h.sockets[fd] == nil {
		panic("polled twice, or closed")
	}
	h.polled[fd] = true
	return nil
}

func (h *fakeHost) Remove(fd int) { delete(h.polled, fd) }

func (h *fakeHost) open(k portKey, l netif.Link) (socket, error) {
	if err := h.refuse[k]; err != nil {
		return nil, err
	}
	if h.links[k.dev] != l {
		panic("opened on an interface that is not there")
	}
	h.lastFD++
	s := &fakeSocket{h, h.lastFD, k, l, h.lives[l.Index]}
	h.sockets[s.n] = s
	return s, nil
}

func newFakeHost() (*fakeHost, *ports) {
	h := &fakeHost{links: map[string]netif.Link{}, lives: map[int]int{}, refuse: map[portKey]error{},
		sockets: map[int]*fakeSocket{}, polled: map[int]bool{}}
	link := func(name string) (netif.Link, bool) { l, ok := h.links[name]; return l, ok }
	say := func(k portKey, err error) { h.said = append(h.said, fmt.Sprintf("%s %v: %v", k.dev, k.group, err)) }
	return h, newPorts(h.open, h, link, say)
}

// appear is an interface with an index that is new, or free again.
func (h *fakeHost) appear(name string, index int) {
	h.lives[index]++
	h.links[name] = netif.Link{Name: name, Index: index}
}

func (h *fakeHost) vanish(ps *ports, name string) {
	ps.gone(h.links[name].Index)
	delete(h.links, name)
}

var (
	groupA = netip.MustParseAddr("224.0.0.18")
	groupB = netip.MustParseAddr("224.0.0.19")
	hostA  = netip.MustParseAddr("10.0.0.1")
	start  = time.Unix(1000, 0)
)

// portsFor are the ports that routers want, written as "eth0 224.0.0.18"; without a group they are unicast.
func portsFor(routers ...string) []portKey {
	var list []config.Instance
	for _, r := range routers {
		dev, group, multicast := strings.Cut(r, " ")
		i := config.Instance{Interface: dev, UnicastPeers: []config.Peer{{}}}
		if multicast {
			i.UnicastPeers, i.MulticastGroup = nil, netip.MustParseAddr(group)
		}
		list = append(list, i)
	}
	return portsOf(list...)
}

// portsOf are the ports of instances on interfaces that are there.
func portsOf(instances ...config.Instance) []portKey {
	var want []portKey
	for n := range instances {
		want = append(want, portOf(&instances[n], lodging{}, ""))
	}
	return inOrder(want)
}

// state is what the ports are: their sockets, or why there is none.
func (h *fakeHost) state(ps *ports) string {
	var list []string
	for _, k := range ps.want {
		p, word := ps.all[k], "away"
		switch {
		case p.err != nil:
			word = p.err.Error()
		case p.socket != nil:
			word = "open"
		}
		list = append(list, strings.TrimSuffix(fmt.Sprintf("%s %v", k.dev, k.group), " invalid IP")+" "+word)
	}
	return strings.Join(list, ", ")
}

func TestWhichPortsAreWanted(t *testing.T) {
	six := portTo("eth0", netip.MustParseAddr("fe80::1"))
	ah := portTo("eth0", groupA)
	ah.protocol = 51
	a, b := portTo("eth0", groupA), portTo("eth0", groupB)
	for _, c := range []struct {
		routers []string
		want    []portKey
	}{
		{nil, nil},
		{[]string{"eth0 224.0.0.18", "eth0 224.0.0.18"}, []portKey{a}},
		{[]string{"eth0 224.0.0.19", "eth0 224.0.0.18", "eth0", "eth0"}, []portKey{portTo("eth0", hostA), a, b}},
		{[]string{"eth1 224.0.0.18", "eth0 224.0.0.18"}, []portKey{a, portTo("eth1", groupA)}},
		{[]string{"eth0 ff02::12", "eth0 224.0.0.18", "eth0 ff02::12"}, []portKey{a, portTo("eth0", group6)}},
	} {
		if got := portsFor(c.routers...); !slices.Equal(got, c.want) {
			t.Errorf("%q want %v", c.routers, got)
		}
	}
	if got := portsOf(config.Instance{Interface: "eth0"}); !slices.Equal(got, []portKey{a}) {
		t.Errorf("without a group of its own: %v", got)
	}
	peers := []config.Peer{{Addr: netip.MustParseAddr("fe80::1")}}
	if got := portsOf(config.Instance{Interface: "eth0", IPv6: true}, config.Instance{Interface: "eth0", IPv6: true, UnicastPeers: peers}); !slices.Equal(got, []portKey{six, portTo("eth0", group6)}) {
		t.Errorf("IPv6, without a group of its own and with peers: %v", got)
	}
	for _, other := range []portKey{six, ah, b, portTo("eth1", groupA)} {
		if other == a || a.compare(other) == 0 || a.compare(other) != -other.compare(a) {
			t.Errorf("%v and %v are the same port", a, other)
		}
	}
}

// What was sent to this host alone comes out of every socket of an interface: one port hands it on.
func TestOnePortOfAnInterfaceHandsOnUnicast(t *testing.T) {
	for _, c := range []struct{ routers, takes string }{
		{"eth0 224.0.0.18", "eth0 224.0.0.18"},
		{"eth0 224.0.0.18,eth0 224.0.0.19,eth1 224.0.0.18", "eth0 224.0.0.18,eth1 224.0.0.18"},
		{"eth0 224.0.0.19,eth0,eth1", "eth0,eth1"},
		{"eth0 224.0.0.18,eth0 224.0.0.19,eth0 ff02::12,eth0 ff02::13", "eth0 224.0.0.18,eth0 ff02::12"}, // a family's own
	} {
		_, ps := newFakeHost()
		must(t, ps.prepare(portsFor("eth0 224.0.0.18", "eth0 224.0.0.19", "eth1", "eth1 224.0.0.18"))) // others before
		ps.commit(start)
		must(t, ps.prepare(portsFor(strings.Split(c.routers, ",")...)))
		ps.commit(start)
		var takes []portKey
		for _, k := range ps.want {
			if !ps.all[k].takes(groupB) {
				t.Errorf("%s: %v takes no multicast", c.routers, k)
			}
			if ps.all[k].takes(hostA) {
				takes = append(takes, k)
			}
		}
		if want := portsFor(strings.Split(c.takes, ",")...); !slices.Equal(takes, want) {
			t.Errorf("%s: unicast is taken by %v", c.routers, takes)
		}
	}
}

// The life of ports, step by step, as the loop leads it.
func TestPortsOwnTheirLife(t *testing.T) {
	lacks, full := error(unix.EMFILE), errors.New("join 224.0.0.19: full")
	a, b := portTo("eth0", groupA), portTo("eth0", groupB)
	h, ps := newFakeHost()
	now := start
	step := func(what, want string, said ...string) {
		t.Helper()
		if got := h.state(ps); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
		if !slices.Equal(h.said, said) {
			t.Errorf("%s: said %q, want %q", what, h.said, said)
		}
		h.said = nil
		if len(h.sockets) != len(h.polled) {
			t.Errorf("%s: %d sockets, %d waited for", what, len(h.sockets), len(h.polled))
		}
	}
	reload := func(routers ...string) {
		t.Helper()
		must(t, ps.prepare(portsFor(routers...)))
		ps.commit(now)
		ps.dropUnwanted()
	}
	h.appear("eth0", 2)
	h.refuse[b] = full
	reload("eth0 224.0.0.18", "eth0 224.0.0.19", "eth1 224.0.0.18")
	step("a group is refused at the start",
		"eth0 224.0.0.18 open, eth0 224.0.0.19 join 224.0.0.19: full, eth1 224.0.0.18 away",
		"eth0 224.0.0.19: join 224.0.0.19: full")
	for _, k := range []portKey{a, portTo("eth1", groupA), portTo("eth9", groupA)} {
		if ps.deaf(k) != nil {
			t.Errorf("%v is deaf", k)
		}
	}
	if ps.deaf(b) == nil || !ps.anyDeaf() {
		t.Error("the group that was refused is not deaf")
	}
	ps.attempt(now.Add(firstRetry - 1))
	now = ps.next()
	ps.attempt(now)
	step("refused again", "eth0 224.0.0.18 open, eth0 224.0.0.19 join 224.0.0.19: full, eth1 224.0.0.18 away")
	delete(h.refuse, b)
	ps.hasten(now)
	now = ps.next()
	if now.Sub(start) != firstRetry+soonest {
		t.Errorf("hastened to %v", now.Sub(start))
	}
	ps.attempt(now)
	step("room for it", "eth0 224.0.0.18 open, eth0 224.0.0.19 open, eth1 224.0.0.18 away", "eth0 224.0.0.19: <nil>")
	h.refuse[a] = lacks
	h.vanish(ps, "eth0")
	h.appear("eth0", 2) // with the same index
	ps.follow(now)
	step("another interface", "eth0 224.0.0.18 too many open files, eth0 224.0.0.19 open, eth1 224.0.0.18 away",
		"eth0 224.0.0.18: too many open files")
	h.vanish(ps, "eth0")
	ps.follow(now)
	step("no interface", "eth0 224.0.0.18 away, eth0 224.0.0.19 away, eth1 224.0.0.18 away")
	clear(h.refuse)
	h.appear("eth0", 7)
	ps.follow(now)
	step("back", "eth0 224.0.0.18 open, eth0 224.0.0.19 open, eth1 224.0.0.18 away")
	h.appear("eth1", 8)
	h.polls = unix.ENOSPC
	ps.follow(now)
	step("not waited for", "eth0 224.0.0.18 open, eth0 224.0.0.19 open, eth1 224.0.0.18 no space left on device",
		"eth1 224.0.0.18: no space left on device")
	h.polls = nil
	reload("eth0 224.0.0.19", "eth1 224.0.0.18")
	step("a reload removes one, and tries the other", "eth0 224.0.0.19 open, eth1 224.0.0.18 open",
		"eth1 224.0.0.18: <nil>")
	ps.close()
	if len(h.sockets)+len(h.polled)+len(ps.all) > 0 {
		t.Errorf("closed, and there are %v", h.sockets)
	}
}

// An aborted reload leaves what it found; only a process that may not have sockets is refused.
func TestPrepareAndAbort(t *testing.T) {
	h, ps := newFakeHost()
	h.appear("eth0", 2)
	h.appear("eth1", 3)
	must(t, ps.prepare(portsFor("eth0 224.0.0.18")))
	ps.commit(start)
	before := *ps.all[portTo("eth0", groupA)]
	h.refuse[portTo("eth1", groupB)] = unix.EMFILE
	must(t, ps.prepare(portsFor("eth0 224.0.0.19", "eth1", "eth1 224.0.0.19")))
	if len(h.sockets) != 3 || len(h.polled) != 1 {
		t.Errorf("prepared: %d sockets, %d waited for", len(h.sockets), len(h.polled))
	}
	must(t, ps.prepare(portsFor("eth1"))) // instead
	if len(h.sockets) != 2 {
		t.Errorf("prepared anew: %d sockets", len(h.sockets))
	}
	ps.abort()
	ps.abort()
	for _, err := range []error{unix.EPERM, unix.EACCES} {
		h.refuse[portTo("eth1", groupB)] = fmt.Errorf("socket: %w", err)
		if got := ps.prepare(portsFor("eth1", "eth1 224.0.0.19")); !errors.Is(got, err) {
			t.Errorf("without the right: %v", got)
		}
	}
	if len(h.sockets) != 1 || len(ps.all) != 1 || *ps.all[before.key] != before || len(h.said) > 0 {
		t.Errorf("it changed something: %v, said %q", h.sockets, h.said)
	}
	h.refuse[portTo("eth0", groupA)] = unix.EPERM
	h.vanish(ps, "eth0")
	h.appear("eth0", 2)
	ps.follow(start)
	if got := h.state(ps); got != "eth0 224.0.0.18 "+unix.EPERM.Error() {
		t.Errorf("a right that was lost since: %s", got)
	}
}

// Whatever happens between prepare and commit, what is committed hears.
func TestAnInterfaceGoesBetweenPrepareAndCommit(t *testing.T) {
	for what, change := range map[string]func(*fakeHost, *ports){
		"removed and made again": func(h *fakeHost, ps *ports) { h.vanish(ps, "eth0"); h.appear("eth0", 2) },
		"events lost":            func(h *fakeHost, ps *ports) { h.appear("eth0", 2); ps.unknown() },
		"another index":          func(h *fakeHost, ps *ports) { h.vanish(ps, "eth0"); h.appear("eth0", 3) },
	} {
		h, ps := newFakeHost()
		h.appear("eth0", 2)
		must(t, ps.prepare(portsFor("eth0 224.0.0.18")))
		change(h, ps)
		ps.commit(start)
		h.check(t, ps, what)
		if got := h.state(ps); got != "eth0 224.0.0.18 open" {
			t.Errorf("%s: %s", what, got)
		}
	}
}

// check holds ports that have followed to what is always true of them.
func (h *fakeHost) check(t interface{ Fatalf(string, ...any) }, ps *ports, after string) {
	inUse := 0
	for k, p := range ps.all {
		_, exists := h.links[k.dev]
		switch {
		case !exists && (p.socket != nil || p.err != nil || p.retry.planned()):
			t.Fatalf("after %s: %v without an interface: %+v", after, k, p)
		case exists && (p.socket == nil) != (p.err != nil), (p.err != nil) != p.retry.planned():
			t.Fatalf("after %s: %v neither works nor has it a reason and an attempt to come: %+v", after, k, p)
		case p.socket != nil:
			inUse++
			s := p.socket.(*fakeSocket)
			if s.key != k || s.link != h.links[k.dev] || s.life != h.lives[s.link.Index] {
				t.Fatalf("after %s: %v has a socket of a former interface: %+v", after, k, s)
			}
			if ps.byFD[s.n] != p || !h.polled[s.n] {
				t.Fatalf("after %s: nobody waits for the socket of %v", after, k)
			}
		}
	}
	spare := 0
	if ps.prepared != nil {
		spare = len(ps.prepared.fresh)
	}
	if len(h.polled) != inUse || len(ps.byFD) != inUse || len(h.sockets) != inUse+spare {
		t.Fatalf("after %s: %d in use, %d prepared, of %d sockets %d are waited for", after, inUse, spare,
			len(h.sockets), len(h.polled))
	}
}

// Interfaces, reloads and refusals in any order: no socket is leaked, closed twice or left on an interface that
// is gone, whoever has none has a reason, and when nothing is refused any more all hear within a minute.
func TestPortsWhateverHappens(t *testing.T) {
	routers := []string{"eth0", "eth0 224.0.0.18", "eth0 224.0.0.19", "eth1", "eth1 224.0.0.18"}
	rapid.Check(t, func(t *rapid.T) {
		h, ps := newFakeHost()
		now := start
		dev := func() string { return rapid.SampledFrom([]string{"eth0", "eth1"}).Draw(t, "interface") }
		remove := func(name string) {
			if _, ok := h.links[name]; ok {
				h.vanish(ps, name)
			}
		}
		add := func(name string) {
			remove(name)
			base := map[string]int{"eth0": 10, "eth1": 20}[name]
			h.appear(name, base+rapid.IntRange(0, 2).Draw(t, "index"))
		}
		acts := map[string]func(){
			"prepare": func() { _ = ps.prepare(portsFor(rapid.SliceOf(rapid.SampledFrom(routers)).Draw(t, "routers")...)) },
			"abort":   ps.abort,
			"commit": func() {
				if ps.prepared != nil {
					ps.commit(now)
					ps.dropUnwanted()
				}
			},
			"remove": func() { remove(dev()); ps.follow(now) },
			"add":    func() { add(dev()); ps.follow(now) },
			"lose events": func() {
				delete(h.links, dev())
				if rapid.Bool().Draw(t, "back") {
					add(dev())
				}
				ps.unknown()
				ps.follow(now)
			},
			"refuse": func() {
				k := portsFor(rapid.SampledFrom(routers).Draw(t, "router"))[0]
				h.refuse[k] = rapid.SampledFrom([]error{nil, unix.EMFILE, unix.ENOBUFS, unix.EPERM}).Draw(t, "error")
			},
			"poll": func() { h.polls = rapid.SampledFrom([]error{nil, unix.ENOSPC}).Draw(t, "error") },
			"wait": func() {
				now = now.Add(time.Duration(rapid.IntRange(0, 70).Draw(t, "s")) * time.Second)
				ps.attempt(now)
			},
			"hasten": func() { ps.hasten(now) },
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			name := rapid.SampledFrom(sortedKeys(acts)).Draw(t, "act")
			acts[name]()
			h.check(t, ps, name)
		}
		ps.abort()
		clear(h.refuse)
		h.polls = nil
		ps.attempt(now.Add(lastRetry))
		h.check(t, ps, "a minute")
		if ps.anyDeaf() {
			t.Fatalf("still deaf: %s", h.state(ps))
		}
		ps.close()
		if len(h.sockets)+len(h.polled) > 0 {
			t.Fatalf("left open: %v", h.sockets)
		}
	})
}

// The group of a router on a virtual MAC interface is joined on the interface below, and lost with the MTU of that.
func TestAnInterfaceBelowTooNarrowForIPv6(t *testing.T) {
	h, ps := newFakeHost()
	h.appear("eth0", 2)
	h.appear("vrrp6.51", 5)
	l := h.links["vrrp6.51"]
	l.Parent = 2
	h.links["vrrp6.51"] = l
	k := portTo("vrrp6.51", group6)
	k.vrid = 51
	must(t, ps.prepare([]portKey{k}))
	ps.commit(start)
	before := ps.all[k].socket
	ps.narrow(5) // its own MTU says nothing about the group
	if ps.all[k].socket != before {
		t.Error("opened anew for nothing")
	}
	ps.narrow(2)
	ps.follow(start)
	if s := ps.all[k].socket; s == nil || s == before {
		t.Errorf("socket %v, before it was %v", s, before)
	}
}

// An interface that IPv6 leaves keeps its sockets of IPv4.
func TestAnInterfaceTooNarrowForIPv6(t *testing.T) {
	h, ps := newFakeHost()
	h.appear("eth0", 2)
	h.appear("eth1", 3)
	must(t, ps.prepare(portsFor("eth0 224.0.0.18", "eth0 ff02::12", "eth1 ff02::12")))
	ps.commit(start)
	four, other := ps.all[portTo("eth0", groupA)].socket, ps.all[portTo("eth1", group6)].socket
	must(t, ps.prepare(portsFor("eth0 224.0.0.18", "eth0 ff02::12", "eth0 ff02::13", "eth1 ff02::12")))
	ps.narrow(2)
	if len(ps.prepared.fresh) > 0 {
		t.Error("a prepared socket stays without its group")
	}
	ps.commit(start)
	six := portTo("eth0", group6)
	h.refuse[six] = errors.New("MTU")
	ps.narrow(2)
	ps.follow(start)
	want := "eth0 224.0.0.18 open, eth0 ff02::12 MTU, eth0 ff02::13 open, eth1 ff02::12 open"
	if got := h.state(ps); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if ps.all[portTo("eth0", groupA)].socket != four || ps.all[portTo("eth1", group6)].socket != other {
		t.Error("others were opened anew")
	}
	clear(h.refuse)
	ps.hasten(start)
	ps.attempt(ps.next())
	if ps.anyDeaf() {
		t.Errorf("wide again: %s", h.state(ps))
	}
}
