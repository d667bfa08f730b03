//go:build e2e

package faults

import (
	"fmt"
	"net/netip"
	"syscall"
	"testing"

	"time"

	"holdfast/test/lab"
)

// The virtual address is one that the host has of its own, with its prefix length or another. It is
// not ours to remove: not for a moment, whatever is done to the daemon.
func TestTheHostsOwnAddressIsNeverRemoved(t *testing.T) {
	const own = "203.0.113.7/24"
	for name, c := range map[string]struct {
		prio   int
		vip    string
		before []string // the host's other addresses, which are there first
		later  bool     // it comes when the daemon runs
	}{
		"owner":                 {prio: 255, vip: own},
		"owner, secondary":      {prio: 255, vip: own, before: []string{"203.0.113.2/24"}},
		"100":                   {prio: 100, vip: own},
		"100, secondary":        {prio: 100, vip: own, before: []string{"203.0.113.2/24"}},
		"100, later":            {prio: 100, vip: own, before: []string{"198.51.100.1/24"}, later: true},
		"100, later, secondary": {prio: 100, vip: own, before: []string{"203.0.113.2/24"}, later: true},
		"100, of length 32":     {prio: 100, vip: "203.0.113.7"},
		"owner, of length 32":   {prio: 255, vip: "203.0.113.7"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) {
				s := newSite(t)
				h, err := s.lan.AddHost("d1")
				s.must(err)
				for _, p := range c.before {
					s.must(h.AddAddr("eth0", netip.MustParsePrefix(p)))
				}
				set := func() { s.must(h.AddAddr("eth0", netip.MustParsePrefix(own))) }
				interval := 0.1
				if c.later {
					interval = 1
				} else {
					set()
				}
				d := s.start(h, router("a", "eth0", 77, c.prio, interval, c.vip))
				if c.later {
					s.logged(d, 0, "(a) Entering BACKUP STATE")
					set()
				}
				s.live(d, own, c.vip, interval)
			})
		})
	}
}

// live leads a director that has just been started through all that may happen to it, and looks
// whether its host keeps an address.
func (s *site) live(d *lab.Director, own, vip string, interval float64) {
	s.Helper()
	since, mark := time.Now(), 0
	kept := func(when string) {
		s.Helper()
		if list := s.gone(d.Host, own, since); len(list) > 0 {
			s.Fatalf("%s: %v\n%s", when, list, d.Proc.Log())
		}
	}
	master := func(when string) {
		s.Helper()
		s.logged(d, mark, "Entering MASTER STATE")
		s.must(lab.Eventually(patience, "announcements", func() (bool, string) {
			n := len(s.wire.GARPs(netip.MustParsePrefix(own).Addr(), since))
			return n > 0, ""
		}))
		kept(when)
	}
	text := func(vip string) string { return router("a", "eth0", 77, 100, interval, vip) }
	master("as master")
	mark = d.Proc.LogSize()
	s.must(d.CutCable())
	s.logged(d, mark, "Entering FAULT STATE")
	kept("in FAULT")
	s.must(d.PlugCable())
	master("after FAULT")
	s.must(d.Edit("  "+vip+"\n", "  203.0.113.34\n"))
	s.must(d.Reload())
	s.has(d.Host, "eth0", "203.0.113.34", true)
	kept("after a reload to another address")
	s.must(d.Edit("203.0.113.34", vip))
	s.must(d.Reload())
	s.has(d.Host, "eth0", "203.0.113.34", false)
	kept("after a reload back")
	s.must(d.Proc.KillTree())
	kept("after a crash")
	s.must(d.Start())
	mark = 0
	master("after the start that follows a crash")
	s.must(d.Proc.KillTree())
	s.must(d.Configure(text("203.0.113.34/32")))
	s.must(d.Start())
	s.has(d.Host, "eth0", "203.0.113.34", true)
	kept("after a crash and a start without it")
	s.must(d.Configure(text(vip)))
	s.must(d.Reload())
	s.has(d.Host, "eth0", "203.0.113.34", false)
	s.must(d.Proc.Signal(syscall.SIGTERM))
	status, _, err := d.Proc.Wait(time.Now(), patience)
	s.must(err)
	if status != 0 {
		s.Errorf("status %d", status)
	}
	kept("after the stop")
	if list, err := d.Addrs("eth0"); err != nil || fmt.Sprint(list) == "" {
		s.Errorf("at the end there are %v, %v", list, err)
	} else if n, err := d.CountAddr("eth0", netip.MustParsePrefix(own).Addr()); n != 1 || err != nil {
		s.Errorf("at the end there are %v, %v", list, err)
	}
}

// What speaks for an address being left by a keepalived that was killed is both its pid files. One
// of another program, or of another time, costs the host nothing.
func TestPidFilesOfADeadKeepalived(t *testing.T) {
	const own, vip = "10.9.0.7/24", shared + "/32"
	t.Run("killed", func(t *testing.T) {
		t.Parallel()
		lab.Judge(t, func(t *lab.Trial) {
			s := newSite(t)
			h := s.host("d1", ours+"/24")
			d := s.keepalived(h, router("a", "eth0", 77, 100, 0.2, vip))
			s.logged(d, 0, "Entering MASTER STATE")
			s.has(h, "eth0", shared, true)
			s.must(d.Proc.KillTree())
			d.Program = lab.Program()
			s.must(d.Configure(router("a", "eth0", 77, 100, 3, vip)))
			s.must(d.Start())
			s.logged(d, 0, "is left from a former run")
			s.has(h, "eth0", shared, false)
		})
	})
	t.Run("another's pid file", func(t *testing.T) {
		t.Parallel()
		lab.Judge(t, func(t *lab.Trial) {
			s := newSite(t)
			h := s.host("d1", ours+"/24")
			s.must(h.AddAddr("eth0", netip.MustParsePrefix(own)))
			d := lab.NewDirector(h, lab.Program())
			_, err := h.WriteFile("parent.pid", "4194000\n")
			s.must(err)
			s.must(d.Configure(router("a", "eth0", 77, 100, 0.2, own)))
			s.must(d.Start())
			s.logged(d, 0, "Entering MASTER STATE")
			if list := s.gone(h, own, time.Time{}); len(list) > 0 {
				s.Errorf("%v\n%s", list, d.Proc.Log())
			}
		})
	})
}
