//go:build e2e

package faults

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
	"holdfast/vrrp/wire"
)

// A site is a switch with hosts on it, of one attempt at a test.
type site struct {
	*lab.Trial
	lan  *lab.LAN
	wire *lab.Capture
}

func newSite(t *lab.Trial) *site {
	t.Helper()
	s := &site{Trial: t}
	var err error
	if s.lan, err = lab.NewLAN(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.must(s.lan.Close()) })
	if s.wire, err = s.lan.Capture(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.wire.Close() })
	return s
}

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *site) host(name, addr string) *lab.Host {
	s.Helper()
	h, err := s.lan.AddHost(name, netip.MustParsePrefix(addr))
	s.must(err)
	return h
}

// start runs the daemon under test on a host; its log is shown when the test fails.
func (s *site) start(h *lab.Host, conf string) *lab.Director {
	s.Helper()
	d := lab.NewDirector(h, lab.Program())
	s.must(d.Configure(conf))
	s.must(d.Start())
	s.Witness(d.Proc.Log)
	s.Cleanup(func() {
		if s.Failed() {
			lines := strings.Split(strings.TrimSpace(d.Proc.Log()), "\n")
			s.Logf("the end of the log of %s:\n%s", d.Name, strings.Join(lines[max(len(lines)-30, 0):], "\n"))
		}
	})
	return d
}

// router is a vrrp_instance of version 3.
func router(name, dev string, vrid, prio int, interval float64, vips ...string) string {
	return fmt.Sprintf("vrrp_instance %s {\n version 3\n state BACKUP\n interface %s\n virtual_router_id %d\n priority %d\n advert_int %g\n virtual_ipaddress {\n  %s\n }\n}\n",
		name, dev, vrid, prio, interval, strings.Join(vips, "\n  "))
}

// numbered gives n texts.
func numbered(format string, first, n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf(format, first+i))
	}
	return list
}

// forge sends an advert of another router, which says that the next comes after an interval.
func (s *site) forge(from *lab.Host, src string, every time.Duration, vrid, prio uint8, vips ...string) {
	s.Helper()
	addr := netip.MustParseAddr(src)
	a := wire.Advert{Version: 3, VRID: vrid, Priority: prio, Interval: every}
	for _, v := range vips {
		a.Addrs = append(a.Addrs, netip.MustParseAddr(v))
	}
	ip := make([]byte, 20)
	ip[0], ip[1], ip[8], ip[9] = 0x45, 0xc0, wire.TTL, 112
	copy(ip[12:], addr.AsSlice())
	copy(ip[16:], wire.Group4().AsSlice())
	packet, err := wire.Append(ip, a, wire.Path{Src: addr, Dst: wire.Group4()})
	s.must(err)
	s.must(from.SendIP(wire.Group4(), packet))
}

// announced counts the gratuitous ARPs for addresses in a span of time.
func (s *site) announced(vips []string, from, to time.Time) (n int) {
	for _, v := range vips {
		for _, g := range s.wire.GARPs(netip.MustParseAddr(v), from) {
			if g.At.Before(to) {
				n++
			}
		}
	}
	return n
}

// A second master that does not hear us has us announce again with each of its adverts. What
// is owed must not pile up, and another router that becomes master has its turn at once.
func TestAOneWayCutKeepsNobodysAnnouncementsWaiting(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		s := newSite(t)
		d, deaf := s.host("d1", "10.9.0.1/24"), s.host("deaf", "10.9.0.9/24")
		vips, second := numbered("10.9.0.%d", 101, 20), "10.9.0.99"
		s.start(d, "global_defs {\n vrrp_garp_interval 0.05\n vrrp_garp_master_delay 0\n}\n"+
			router("V1", "eth0", 51, 200, 1, vips...)+router("V2", "eth0", 52, 100, 1, second))
		for range 24 { // each asks for 20 addresses x 5 x 50 ms = 5 s of frames
			s.forge(deaf, "10.9.0.9", time.Second, 52, 250, second)
			s.forge(deaf, "10.9.0.9", time.Second, 51, 10, vips...)
			time.Sleep(250 * time.Millisecond)
		}
		over := time.Now()
		s.forge(deaf, "10.9.0.9", time.Second, 52, 0, second)
		became, err := s.wire.Wait(over, 10*time.Second, "V2 is master", func(a lab.Advert) bool { return a.VRID == 52 && a.Priority == 100 })
		s.must(err)
		var first lab.GARP
		s.must(lab.Eventually(20*time.Second, "the first announcement of V2", func() (bool, string) {
			list := s.wire.GARPs(netip.MustParseAddr(second), became.At)
			if len(list) > 0 {
				first = list[0]
			}
			return len(list) > 0, ""
		}))
		if n := s.announced(vips, became.At, first.At); n > 2 {
			t.Errorf("%d announcements of V1 went before the first of V2", n)
		}
		s.must(lab.Eventually(30*time.Second, "the end of the announcements", func() (bool, string) {
			n := s.announced(vips, over, time.Now())
			return s.announced(vips, time.Now().Add(-time.Second), time.Now()) == 0, fmt.Sprint(n, " so far")
		}))
		if n := s.announced(vips, over, time.Now()); n > 5*len(vips) {
			t.Errorf("%d announcements of %d addresses after the last was asked for", n, len(vips))
		}
	})
}

// An interface whose queue does not empty: what is sent on another is as if it were not there.
func TestAnInterfaceThatDoesNotSendDelaysNoOther(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		const routers, interval = 30, 100 * time.Millisecond
		s := newSite(t)
		h := s.host("d1", "10.9.0.1/16")
		s.must(h.AddLink("eth1", nil, nil))
		s.must(h.AddAddr("eth1", netip.MustParsePrefix("10.8.0.1/24")))
		if out, err := h.Run("tc", "qdisc", "replace", "dev", "eth1", "root", "tbf", "rate", "8kbit", "burst", "1600", "limit", "4000000"); err != nil {
			t.Fatal(err, out)
		}
		conf := "global_defs {\n vrrp_garp_master_refresh 1\n}\n" + router("SLOW", "eth1", 251, 150, 0.1, numbered("10.8.1.%d", 1, 100)...)
		for i := range routers {
			conf += router(fmt.Sprint("F", i), "eth0", i+1, 150, 0.1, fmt.Sprintf("10.9.1.%d", i+1))
		}
		d := s.start(h, conf)
		_, err := d.WaitLog(0, "cannot announce addresses on eth1", 20*time.Second)
		s.must(err)
		stuck := time.Now()
		s.must(lab.Eventually(20*time.Second, "adverts for three seconds more", func() (bool, string) {
			return len(s.wire.Adverts(stuck, func(a lab.Advert) bool { return a.VRID == 1 })) >= 30, ""
		}))
		end := time.Now()
		for i := range routers {
			list := s.wire.Adverts(time.Time{}, func(a lab.Advert) bool { return a.VRID == uint8(i+1) })
			if worst, err := lab.Regular(list, end, interval, 2*interval); err != nil {
				t.Errorf("F%d: worst %v: %v", i, worst, err)
			}
			if garps := s.wire.GARPs(netip.MustParseAddr(fmt.Sprintf("10.9.1.%d", i+1)), time.Time{}); len(garps) < 5 {
				t.Errorf("F%d was announced %d times", i, len(garps))
			} else if late := garps[0].At.Sub(list[0].At); late > 2*interval {
				t.Errorf("F%d was announced %v after its first advert", i, late)
			}
		}
	})
}
