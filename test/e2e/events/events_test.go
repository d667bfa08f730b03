//go:build e2e

package events

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

// TestEvents: EVENTS_RUNS is how many sequences are played, EVENTS_SEED the seed of the first one.
func TestEvents(t *testing.T) {
	seed, runs := lab.Number(t, "EVENTS_SEED", rand.Uint64()>>32), lab.Number(t, "EVENTS_RUNS", 3)
	for run := range runs {
		t.Run(fmt.Sprint(seed+run), func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) { play(t, rand.New(rand.NewPCG(seed+run, 0)), plain()) })
		})
	}
}

// The director has these interfaces: br0 is a bridge with its cable, and is left alone; w0 is a cable into that
// bridge, w1 one to nowhere. What stands behind sets them up as they are to be, whatever they are.
const (
	makeBridge = "link add br0 type bridge; link set br0 up; link set eth0 master br0; addr add 10.0.1.1/24 dev br0"
	makeW0     = "link add w0 type veth peer name p0; link set p0 master br0 up; link set w0 up; " +
		"addr add 10.0.0.1/24 dev w0"
	makeW1 = "link add w1 type veth peer name p1; link set p1 up; link set w1 up; addr add 10.0.3.1/24 dev w1"
	mendW0 = "link set x0 down; link set x0 name w0; link set w0 up; " + makeW0 +
		"; link set w0 mtu 1500 multicast on; link set p0 mtu 1500"
	mendW1 = "link set x1 down; link set x1 name w1; link set w1 up; " + makeW1
)

// A world is what there is on the host, and how fast it is.
type world struct {
	happenings []string
	interval   time.Duration // of adverts
	// patience is how long the pair may take to be as it is to be: retries are up to two seconds apart, and a fight
	// over an interface puts repairs off.
	patience time.Duration
	vrf      bool // w0 may be in a VRF in the end, and what stands on it then is there too
}

func plain() world {
	return world{happenings: happenings(), interval: 200 * time.Millisecond, patience: 30 * time.Second}
}

// happenings are what is done; some fail, because an interface is not there.
func happenings() []string {
	return []string{
		"link del w0", "link del w0; " + makeW0, makeW0, makeW0, "link del w1", makeW1,
		"link set w0 down", "link set w0 up", "link set p0 down", "link set p0 up", "link set p1 down", "link set p1 up",
		"link set w0 down; link set w0 name x0; link set x0 up", "link set x0 down; link set x0 name w0; link set w0 up",
		"link set w1 down; link set w1 name x1; link set x1 up", "link set x1 down; link set x1 name w1; link set w1 up",
		"addr del 10.0.0.1/24 dev w0", "addr add 10.0.0.1/24 dev w0", "addr flush dev w0", "addr flush dev w1",
		"link set w0 mtu 1200", "link set w0 mtu 1500", "link set w0 mtu 576; link set w0 mtu 1500",
		"link set w0 multicast off", "link set w0 multicast on", "link set w0 multicast off; link set w0 multicast on",
		"link del vrrp.52", "link set vrrp.52 down", "addr del 10.0.0.51/32 dev w0", "addr flush dev vrrp.52", "link del vrrp.56", "link set vrrp.56 down", "link set vrrp.56 mtu 1200",
	}
}

// conf is a configuration; w0, br0 and w1 are where the routers of these are.
func (w *world) conf(prio int, w0, br0, w1 string) string {
	text := "global_defs {\n    dynamic_interfaces\n    router_id x\n}\n"
	for _, i := range []struct {
		name string
		vrid int
		dev  string
		more string
		vips string
	}{
		{"plain", 51, w0, "", "10.0.0.51/32"},
		{"vmac", 52, w0, "use_vmac", "10.0.0.52/32"},
		{"six", 53, w0, "", "fe80::53/64\n        fd00::53/64"},
		{"vmac6", 56, w0, "use_vmac", "fe80::56/64\n        fd00::56/64"},
		{"tracks", 54, br0, "track_interface {\n        " + w1 + "\n    }", "10.0.1.54/32\n        10.0.3.54/32 dev " + w1},
		{"calm", 55, br0, "", "10.0.1.55/32"},
	} {
		text += fmt.Sprintf("vrrp_instance %s {\n    interface %s\n    virtual_router_id %d\n    version 3\n    priority %d\n"+
			"    advert_int %g\n    garp_master_delay 0\n    %s\n    virtual_ipaddress {\n        %s\n    }\n}\n",
			i.name, i.dev, i.vrid, prio, w.interval.Seconds(), i.more, i.vips)
	}
	return text
}

// vips are the addresses of each virtual router, and where the director has them.
var vips = map[string]string{"10.0.0.51/32": "w0", "10.0.0.52/32": "vrrp.52", "fe80::53/64": "w0", "fd00::53/64": "w0",
	"fe80::56/64": "vrrp.56", "fd00::56/64": "vrrp.56",
	"10.0.1.54/32": "br0", "10.0.3.54/32": "w1", "10.0.1.55/32": "br0"}

type stage struct {
	*lab.Trial
	world
	a, b *lab.Host
	d    *lab.Director
	wire *lab.Capture
}

func (s *stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// do runs lines of `ip` on the director; whether they succeed depends on what happened before.
func (s *stage) do(lines string) {
	for line := range strings.SplitSeq(lines, "; ") {
		_, _ = s.a.Run("ip", strings.Fields(line)...)
	}
}

func play(t *lab.Trial, rng *rand.Rand, w world) {
	s := &stage{Trial: t, world: w}
	lan, err := lab.NewLAN(t.TempDir())
	s.must(err)
	t.Cleanup(func() { s.must(lan.Close()) })
	s.wire, err = lan.Capture()
	s.must(err)
	t.Cleanup(func() { s.wire.Close() })
	s.a, err = lan.AddHost("a")
	s.must(err)
	s.b, err = lan.AddHost("b", netip.MustParsePrefix("10.0.0.2/24"), netip.MustParsePrefix("10.0.1.2/24"))
	s.must(err)
	for _, h := range []*lab.Host{s.a, s.b} {
		s.must(h.Sysctl("net/ipv6/conf/default/accept_dad", "0"))
		s.must(h.Sysctl("net/ipv6/conf/eth0/accept_dad", "0"))
	}
	s.do(makeBridge)
	late := rng.IntN(2) == 0
	if !late {
		s.do(makeW0)
		s.do(makeW1)
	}
	s.d = s.start(s.a, s.conf(150, "w0", "br0", "w1"))
	s.start(s.b, s.conf(100, "eth0", "eth0", "eth0"))
	if late {
		s.pause(rng)
		s.do(makeW0)
		s.do(makeW1)
	}
	s.converge("at the start")
	for range 2 {
		var done []string
		for range 4 + rng.IntN(10) {
			what := s.happenings[rng.IntN(len(s.happenings))]
			done = append(done, what)
			s.do(what)
			s.pause(rng)
		}
		s.do(mendW0)
		s.do("link set w0 up; addr add 10.0.0.1/24 dev w0; link set p0 master br0 up")
		s.do(mendW1)
		s.do("link set w1 up; link set p1 up; addr add 10.0.3.1/24 dev w1")
		if s.vrf {
			done = append(done, s.enter(rng))
		}
		s.relink()
		s.converge(strings.Join(done, "\n"))
	}
	s.reasons()
	if n := strings.Count(s.d.Proc.Log(), "(calm) Entering"); n != 2 {
		s.Errorf("the router on an interface that was left alone changed its state %d times, want 2", n)
	}
}

// relink gives w0 the link-local address that `addr flush` has taken, as the kernel does when a link comes up.
func (s *stage) relink() {
	out, err := s.a.Run("ip", "-6", "-o", "addr", "show", "dev", "w0", "scope", "link")
	s.must(err)
	if strings.Count(out, "inet6") == strings.Count(out, "fe80::53/") {
		s.do("link set w0 down; link set w0 up")
	}
}

// pause lets some time go by, or none: events then come in one batch.
func (s *stage) pause(rng *rand.Rand) {
	time.Sleep(time.Duration(rng.IntN(4)*rng.IntN(100)) * time.Millisecond)
}

func (s *stage) start(h *lab.Host, conf string) *lab.Director {
	s.Helper()
	d := lab.NewDirector(h, lab.Program())
	s.must(d.Configure(conf))
	s.must(d.Start())
	s.Witness(d.Proc.Log)
	s.Cleanup(func() {
		if s.Failed() {
			s.Logf("log of %s:\n%s", h.Name, d.Proc.Log())
		}
	})
	return d
}

// converge waits until the director has all addresses where they belong and the other host none, and each virtual
// router has one speaker.
func (s *stage) converge(after string) {
	s.Helper()
	err := lab.Eventually(s.patience, "one master of each virtual router, with its addresses", func() (bool, string) {
		wrong := s.wrong()
		return len(wrong) == 0, strings.Join(wrong, "\n")
	})
	if err != nil {
		links, _ := s.a.Run("ip", "-d", "addr")
		s.Fatalf("after\n%s\n\n%v\n%s", after, err, links)
	}
}

// wrong is what is not as it is to be.
func (s *stage) wrong() (list []string) {
	have := func(h *lab.Host) map[string][]string {
		out, err := h.Run("ip", "-o", "addr", "show")
		s.must(err)
		at := map[string][]string{}
		for line := range strings.Lines(out) {
			if f := strings.Fields(line); len(f) > 3 {
				at[f[3]] = append(at[f[3]], f[1])
			}
		}
		return at
	}
	a, b := have(s.a), have(s.b)
	for vip, dev := range vips {
		if at := a[vip]; len(at) != 1 || at[0] != dev {
			list = append(list, fmt.Sprintf("%s is on %v of the director, and belongs on %s", vip, at, dev))
		}
		if at := b[vip]; len(at) > 0 {
			list = append(list, fmt.Sprintf("%s is on %v of the other host", vip, at))
		}
	}
	if s.vrf {
		list = append(list, s.astray()...)
	}
	if len(list) > 0 {
		return list
	}
	since := time.Now()
	time.Sleep(s.interval * 7 / 2) // three intervals: nothing can be waited for that must not come
	speakers := map[uint8]map[string]bool{}
	for _, ad := range s.wire.Adverts(since, func(lab.Advert) bool { return true }) {
		if speakers[ad.VRID] == nil {
			speakers[ad.VRID] = map[string]bool{}
		}
		speakers[ad.VRID][fmt.Sprint(ad.Priority)] = true
	}
	for vrid := uint8(51); vrid <= 56; vrid++ {
		if len(speakers[vrid]) != 1 || !speakers[vrid]["150"] {
			list = append(list, fmt.Sprintf("VRID %d has speakers with priorities %v", vrid, speakers[vrid]))
		}
	}
	return list
}

var (
	fault  = regexp.MustCompile(`\((\w+)\) Entering FAULT STATE`)
	reason = regexp.MustCompile(`entering FAULT state \(.+\)|Netlink reports \S+ down|interface \S+ down`)
)

// reasons checks that whoever went to FAULT has said why just before: in one of the lines since the last change of
// a state, for what happened may concern several.
func (s *stage) reasons() {
	var before []string
	for line := range strings.Lines(s.d.Proc.Log()) {
		if m := fault.FindStringSubmatch(line); m != nil && !reason.MatchString(strings.Join(before, "")) {
			s.Errorf("%s went to FAULT without a reason; before it:\n%s%s", m[1], strings.Join(before, ""), line)
		}
		if before = append(before, line); len(before) > 12 {
			before = before[1:]
		}
	}
}
