package vrrp

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/internal/conformance"
)

// A lan is hosts on one Ethernet, simulated from a seed: every host has a Core, the
// network loses, delays and parts, hosts crash, stop, reload and lose their link.
// What must hold is checked after every step.
type lan struct {
	t     *testing.T
	rng   *rand.Rand
	now   time.Time
	hosts []*host
	queue []delivery

	loss      float64 // of adverts
	parted    bool    // hosts of different sides do not hear each other
	calmSince time.Time
	dualSince map[uint8]time.Time // VRID -> since when there are two masters
	maxDown   time.Duration
	group     bool
	six       bool // the routers are of IPv6
}

type host struct {
	n      int
	core   *Core
	setup  Setup
	up     bool // its link
	alive  bool
	side   int
	vipsOn map[ID]bool
	addr   netip.Addr
}

type delivery struct {
	at time.Time
	to *host
	d  Datagram
}

const lanVRIDs = 2

func newLAN(t *testing.T, seed uint64) *lan {
	l := &lan{t: t, rng: rand.New(rand.NewPCG(seed, 0)), now: epoch, calmSince: epoch, dualSince: map[uint8]time.Time{}}
	version, interval := 2+l.rng.IntN(2), time.Second
	l.six = l.rng.IntN(2) == 0
	l.group = l.rng.IntN(2) == 0
	owner := l.rng.IntN(2) == 0
	for n := range 2 + l.rng.IntN(4) {
		h := &host{n: n, addr: l.address(byte(1 + n))}
		prio := uint8(1 + l.rng.IntN(254))
		if owner && n == 0 {
			prio = 255
		}
		if version == 3 {
			interval = time.Duration(1+l.rng.IntN(20)) * 50 * time.Millisecond
		}
		for v := range lanVRIDs {
			in := baseInstance(fmt.Sprintf("VI_%d", v))
			in.VRID, in.Version, in.AdvertInt, in.Priority = uint8(51+v), version, interval, prio
			if l.six {
				in.IPv6, in.VIPs = true, sixVIPs(v)
			}
			in.NoPreempt = prio != 255 && l.rng.IntN(4) == 0
			h.setup.Instances = append(h.setup.Instances, in)
		}
		if l.group {
			h.setup.Groups = []config.SyncGroup{{Name: "G", Members: []string{"VI_0", "VI_1"}}}
		}
		l.maxDown = max(l.maxDown, 4*interval)
		l.hosts = append(l.hosts, h)
		l.boot(h)
	}
	return l
}

// address is that of a host.
func (l *lan) address(n byte) netip.Addr {
	if l.six {
		return netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 15: n})
	}
	return netip.AddrFrom4([4]byte{10, 0, 0, n})
}

func sixVIPs(router int) []config.Address {
	return []config.Address{
		{Prefix: netip.MustParsePrefix(fmt.Sprintf("fe80::51:%d/64", router)), Dev: "eth0"},
		{Prefix: netip.MustParsePrefix(fmt.Sprintf("2001:db8::%d/64", router)), Dev: "eth0"},
	}
}

func (l *lan) link(h *host) Link {
	k := Link{Name: "eth0", Index: 2, Exists: true, Up: h.up, Multicast: true, MTU: 1500}
	if k.Addrs = []netip.Addr{h.addr}; !l.six {
		k.Addr4 = h.addr
	}
	return k
}

func (l *lan) boot(h *host) {
	h.core, h.up, h.alive, h.vipsOn = New(), true, true, map[ID]bool{}
	l.do(h, h.core.Link(l.now, l.link(h)))
	l.do(h, h.core.Configure(l.now, h.setup))
}

// do carries out an output: adverts are put on the wire, addresses on the host.
func (l *lan) do(h *host, o Output) {
	for _, t := range o.Send {
		l.transmit(h, t)
	}
	for _, v := range o.Addresses {
		h.vipsOn[v.Router] = v.On
	}
	for _, st := range h.core.Status() {
		if on := h.vipsOn[st.Router]; on != (st.State == Master) || on != st.VIPsWanted {
			l.t.Fatalf("%s: host %d %s is %s with addresses %v", l.clock(), h.n, st.Config.Name, st.State, on)
		}
	}
}

func (l *lan) clock() string { return l.now.Sub(epoch).String() }

func (l *lan) transmit(from *host, a Transmit) {
	if !from.up {
		return
	}
	for _, to := range l.hosts {
		if to == from || l.parted && to.side != from.side || l.rng.Float64() < l.loss {
			continue
		}
		d := Datagram{
			Interface: "eth0", Src: a.Src, Dst: a.Dst, TTL: a.TTL,
			HeaderLen: 20, TotalLength: 20 + len(a.Payload), Payload: a.Payload,
		}
		if l.six {
			d.HeaderLen, d.TotalLength = 40, 0 // as an IPv6 socket tells it
		}
		at := l.now.Add(time.Duration(l.rng.IntN(5000)) * time.Microsecond)
		i, _ := slices.BinarySearchFunc(l.queue, at, func(x delivery, at time.Time) int {
			return cmp.Or(x.at.Compare(at), -1) // behind those of the same time
		})
		l.queue = slices.Insert(l.queue, i, delivery{at, to, d})
	}
}

// run lets time pass, waking hosts for packets and timers in their order.
func (l *lan) run(d time.Duration) {
	end := l.now.Add(d)
	for {
		next, h := end, (*host)(nil)
		for _, x := range l.hosts {
			if at, ok := x.core.Next(); x.alive && ok && at.Before(next) {
				next, h = at, x
			}
		}
		if len(l.queue) > 0 && !l.queue[0].at.After(next) {
			p := l.queue[0]
			l.queue = l.queue[1:]
			l.now = p.at
			if p.to.alive && p.to.up {
				l.do(p.to, p.to.core.Receive(l.now, p.d))
			}
		} else if h == nil {
			l.now = end
			l.check()
			return
		} else {
			l.now = next
			l.do(h, h.core.Expire(l.now))
		}
		l.check()
	}
}

func (l *lan) masters(vrid uint8) (all []*host) {
	for _, h := range l.hosts {
		if !h.alive || !h.up {
			continue
		}
		for _, st := range h.core.Status() {
			if st.Config.VRID == vrid && st.State == Master {
				all = append(all, h)
			}
		}
	}
	return all
}

// check is the invariant of a network that works: two masters yield within the
// master down interval.
func (l *lan) check() {
	for v := range uint8(lanVRIDs) {
		vrid := 51 + v
		if len(l.masters(vrid)) < 2 {
			delete(l.dualSince, vrid)
			continue
		}
		since, dual := l.dualSince[vrid]
		if !dual {
			l.dualSince[vrid] = l.now
			continue
		}
		if since.Before(l.calmSince) {
			since = l.calmSince
		}
		if l.calm() && l.now.Sub(since) > l.maxDown {
			l.t.Fatalf("%s: two masters of %d for %s", l.clock(), vrid, l.now.Sub(since))
		}
	}
}

func (l *lan) calm() bool { return l.loss == 0 && !l.parted }

// disturb does something bad to the network.
func (l *lan) disturb() {
	h := l.hosts[l.rng.IntN(len(l.hosts))]
	switch l.rng.IntN(8) {
	case 0:
		l.loss = l.rng.Float64()
	case 1:
		l.parted = true
		for _, x := range l.hosts {
			x.side = l.rng.IntN(2)
		}
	case 2:
		h.alive, h.up = false, false // crash: its addresses go with it
	case 3:
		l.boot(h)
	case 4:
		if h.alive {
			h.up = !h.up
			l.do(h, h.core.Link(l.now, l.link(h)))
		}
	case 5:
		if h.alive {
			l.do(h, h.core.Stop(l.now))
			for id, on := range h.vipsOn {
				if on {
					l.t.Fatalf("%s: router %d kept its addresses after Stop", l.clock(), id)
				}
			}
			if at, ok := h.core.Next(); ok {
				l.t.Fatalf("%s: a timer at %s after Stop", l.clock(), at)
			}
			h.alive = false
		}
	case 6:
		if h.alive {
			prio := uint8(1 + l.rng.IntN(254))
			h.setup.Instances = slices.Clone(h.setup.Instances)
			for i := range h.setup.Instances {
				h.setup.Instances[i].Priority = prio
			}
			l.do(h, h.core.Configure(l.now, h.setup))
		}
	case 7:
		l.heal(false)
	}
}

// heal ends all disturbances; with restart, dead hosts come back.
func (l *lan) heal(restart bool) {
	if !l.calm() {
		l.calmSince = l.now
	}
	l.loss, l.parted = 0, false
	for _, h := range l.hosts {
		switch {
		case h.alive && !h.up:
			h.up = true
			l.do(h, h.core.Link(l.now, l.link(h)))
		case !h.alive && restart:
			l.boot(h)
		}
	}
}

// converged: exactly one master each, and with a sync group the same host.
func (l *lan) converged() {
	var first []*host
	for v := range uint8(lanVRIDs) {
		all := l.masters(51 + v)
		if len(all) != 1 {
			for _, h := range l.hosts {
				for _, st := range h.core.Status() {
					l.t.Logf("host %d: %s %s prio %d%s", h.n, st.Config.Name, st.State, st.EffectivePriority, countsAndFaults(st))
				}
			}
			l.t.Fatalf("%s: %d masters of %d", l.clock(), len(all), 51+v)
		}
		if first == nil {
			first = all
		}
		if l.group && all[0] != first[0] {
			l.t.Fatalf("%s: the members of the group are on hosts %d and %d", l.clock(), first[0].n, all[0].n)
		}
	}
}

// TestSimulatedLAN runs many seeds; LAN_SEED=n runs one.
func TestSimulatedLAN(t *testing.T) {
	from, count := uint64(0), uint64(150)
	if testing.Short() {
		count = 30
	}
	if s := os.Getenv("LAN_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		from, count = n, 1
	}
	for seed := from; seed < from+count; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l := newLAN(t, seed)
			for range 3 {
				for range 8 {
					l.disturb()
					l.run(time.Duration(l.rng.IntN(8000)) * time.Millisecond)
				}
				l.heal(true)
				l.run(4 * l.maxDown)
				l.converged()
			}
		})
	}
}

// TestQuietLAN: with nothing wrong there is one change of state for each, the highest
// priority wins, and the master sends exactly one advert in an interval.
func TestQuietLAN(t *testing.T) {
	for seed := range uint64(20) {
		l := newLAN(t, seed)
		l.run(3 * l.maxDown)
		l.converged()
		m := l.masters(51)[0]
		before := m.core.Status()[0]
		l.run(50 * before.MasterAdvertInt)
		after := m.core.Status()[0]
		if n := after.Counters.AdvertSent - before.Counters.AdvertSent; n != 50 {
			t.Errorf("seed %d: %d adverts in 50 intervals", seed, n)
		}
		if after.Counters.BecameMaster != 1 || after.State != Master {
			t.Errorf("seed %d: %+v", seed, after)
		}
	}
}

// TestFailoverTime: the backup takes over 3 intervals and its skew after the last
// advert of a master that crashed, and the skew after one that stopped.
func TestFailoverTime(t *testing.T) {
	conformance.Shows(t, "R39", "R49")
	for _, version := range []int{2, 3} {
		for _, stop := range []bool{false, true} {
			l := &lan{t: t, rng: rand.New(rand.NewPCG(1, 1)), now: epoch, calmSince: epoch, dualSince: map[uint8]time.Time{}, maxDown: 4 * time.Second}
			for n, prio := range []uint8{100, 50} {
				in := baseInstance("VI_0")
				in.Priority, in.Version = prio, version
				h := &host{n: n, addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(1 + n)}), setup: Setup{Instances: []config.Instance{in}}}
				l.hosts = append(l.hosts, h)
				l.boot(h)
			}
			l.run(10 * time.Second)
			last := l.now
			want := masterDownInterval(version, 50, time.Second, 3)
			if stop {
				l.do(l.hosts[0], l.hosts[0].core.Stop(l.now))
				want = skewTime(version, 50, time.Second)
			} else {
				last = l.now.Add(-390625 * time.Microsecond) // the last advert went out at 9.609375 s
			}
			l.hosts[0].alive = false
			for len(l.masters(51)) == 0 && l.now.Before(epoch.Add(time.Minute)) {
				l.run(time.Millisecond)
			}
			if took := l.now.Sub(last); took < want || took > want+7*time.Millisecond {
				t.Errorf("version %d, stopped %v: %s, want %s and 5 ms on the way", version, stop, took, want)
			}
		}
	}
}

// TestGarbageOnTheLAN: packets of strangers do not disturb a pair.
func TestGarbageOnTheLAN(t *testing.T) {
	families := map[bool]bool{}
	for seed := range uint64(4) {
		l := newLAN(t, seed)
		families[l.six] = true
		garbageOnTheLAN(t, l)
	}
	if len(families) < 2 {
		t.Error("a family is missing")
	}
}

func garbageOnTheLAN(t *testing.T, l *lan) {
	l.run(3 * l.maxDown)
	was := l.masters(51)[0]
	for range 5000 {
		h := l.hosts[l.rng.IntN(len(l.hosts))]
		b := make([]byte, l.rng.IntN(60))
		for i := range b {
			b[i] = byte(l.rng.Uint32())
		}
		if len(b) > 1 {
			b[0], b[1] = byte(2+l.rng.IntN(2))<<4|1, byte(51+l.rng.IntN(2))
		}
		l.do(h, h.core.Receive(l.now, Datagram{Interface: "eth0", Src: l.address(200), Dst: MulticastGroup(&h.setup.Instances[0]), TTL: 255, HeaderLen: 20, TotalLength: 20 + len(b), Payload: b}))
		l.run(time.Duration(l.rng.IntN(3)) * time.Millisecond)
	}
	l.converged()
	if l.masters(51)[0] != was {
		t.Error("mastership moved")
	}
}
