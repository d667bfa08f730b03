//go:build e2e

package faults

import (
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/test/lab"
)

const (
	ours, peers, shared = "10.9.0.1", "10.9.0.2", "10.9.0.150"

	// patience is how long the machine may take, no bound on a daemon.
	patience = 30 * time.Second
	// lag is what a daemon may take on top of what the protocol says.
	lag = 300 * time.Millisecond
)

// keepalived runs Debian's on a host.
func (s *site) keepalived(h *lab.Host, conf string) *lab.Director {
	s.Helper()
	d := lab.NewDirector(h, "keepalived")
	s.must(d.Configure(conf))
	s.must(d.Start())
	s.Cleanup(func() {
		if s.Failed() {
			s.Logf("the log of keepalived:\n%s", d.Proc.Log())
		}
	})
	return d
}

func (s *site) logged(d *lab.Director, mark int, text string) {
	s.Helper()
	_, err := d.WaitLog(mark, text, patience)
	s.must(err)
}

func (s *site) run(h *lab.Host, words ...string) {
	s.Helper()
	if out, err := h.Run(words[0], words[1:]...); err != nil {
		s.Fatal(err, out)
	}
}

// gone is how often an address, with this prefix length, has left a host.
func (s *site) gone(h *lab.Host, prefix string, since time.Time) (list []lab.AddrEvent) {
	s.Helper()
	p := netip.MustParsePrefix(prefix)
	for _, ev := range s.lan.Events().Of(h, p.Addr(), since) {
		if !ev.Added && ev.Addr == p {
			list = append(list, ev)
		}
	}
	return list
}

// has waits until a host has an address, or has it no more.
func (s *site) has(h *lab.Host, dev, addr string, want bool) {
	s.Helper()
	s.must(lab.Eventually(patience, fmt.Sprintf("%s on %s: %v", addr, h.Name, want), func() (bool, string) {
		n, err := h.CountAddr(dev, netip.MustParseAddr(addr))
		return err == nil && (n > 0) == want, fmt.Sprint(n, err)
	}))
}

// heard waits for the next n adverts of a sender.
func (s *site) heard(from string, n int) {
	s.Helper()
	since := time.Now()
	s.must(lab.Eventually(patience, fmt.Sprintf("%d adverts of %s", n, from), func() (bool, string) {
		list := s.wire.Adverts(since, lab.From(netip.MustParseAddr(from)))
		return len(list) >= n, fmt.Sprint(len(list))
	}))
}

// startBehind is start, behind the words of another command.
func (s *site) startBehind(h *lab.Host, conf string, before ...string) *lab.Director {
	s.Helper()
	d := lab.NewDirector(h, lab.Program())
	s.must(d.Configure(conf))
	words := append(append(before, lab.Program()), d.Args()...)
	var err error
	d.Proc, err = h.Start("director", words[0], words[1:]...)
	s.must(err)
	s.Witness(d.Proc.Log)
	return d
}

// A trouble is a reason why a director cannot have the address it is configured for.
type trouble struct {
	global, vip string
	before      []string // the daemon runs behind this
	mend        func(s *site, h *lab.Host)
	reason      string
}

func (c trouble) config(prio int, vip string) string {
	return c.global + router("V", "eth0", 51, prio, 0.5, vip)
}

var troubles = map[string]trouble{
	"no right": {vip: shared + "/32", before: []string{"setpriv", "--bounding-set=-all,+net_raw", "--inh-caps=-all"},
		reason: "no right to set addresses: CAP_NET_ADMIN is missing"},
	"refused": {vip: shared + "/24 scope link", reason: "cannot set " + shared + "/24 on eth0: " + ours + "/24 is there with another scope",
		mend: func(s *site, h *lab.Host) {
			s.run(h, "sh", "-ec", "ip addr add "+ours+"/25 dev eth0; ip addr del "+ours+"/24 dev eth0")
		}},
	"no device": {global: "global_defs {\n dynamic_interfaces\n}\n", vip: shared + "/32 dev eth7", reason: "eth7",
		mend: func(s *site, h *lab.Host) { s.must(h.AddLink("eth7", nil, nil)) }},
}

// A director that cannot have the address leaves it to the one that has it, in spite of its higher
// priority: it is in FAULT, says why, and is not heard. When the reason is gone it takes over.
func TestNoMasterWithoutItsAddress(t *testing.T) {
	for name, c := range troubles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) { noMasterWithoutItsAddress(newSite(t), c) })
		})
	}
}

func noMasterWithoutItsAddress(s *site, c trouble) {
	h, other := s.host("d1", ours+"/24"), s.host("d2", peers+"/24")
	theirs := netip.MustParsePrefix(strings.Fields(c.vip)[0])
	ka := s.keepalived(other, c.config(100, theirs.String()))
	s.logged(ka, 0, "Entering MASTER STATE")
	s.has(other, "eth0", theirs.Addr().String(), true)
	since := time.Now()
	d := s.startBehind(h, c.config(200, c.vip), c.before...)
	s.logged(d, 0, c.reason)
	s.logged(d, 0, "(V) entering FAULT state")
	s.heard(peers, 8) // longer than the other could be silent, and than the first pause of another attempt
	if list := s.gone(other, theirs.String(), since); len(list) > 0 {
		s.Errorf("the healthy director has lost the address: %v", list)
	}
	if list := s.wire.Adverts(since, lab.From(netip.MustParseAddr(ours))); len(list) > 0 {
		s.Errorf("the other one was heard: %v", list)
	}
	if s.Failed() {
		s.Fatal(d.Proc.Log())
	}
	if c.mend == nil { // what a process may do cannot be given to it later
		s.must(d.Proc.Signal(syscall.SIGTERM))
		_, _, err := d.Proc.Wait(time.Now(), patience)
		s.must(err)
		d = s.start(h, c.config(200, c.vip))
	} else {
		c.mend(s, h)
	}
	s.logged(d, 0, "(V) Entering MASTER STATE")
	s.has(other, "eth0", theirs.Addr().String(), false)
}

// An excluded address for which IPv6 is switched off: the others are served, nobody is called to this
// one, and it comes, announced, when IPv6 is on again.
func TestAnExcludedAddressComesWhenItCan(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		s := newSite(t)
		h, other := s.host("d1", ours+"/24"), s.host("d2", peers+"/24")
		const six = "2001:db8::150"
		conf := func(prio int) string {
			return router("V", "eth0", 51, prio, 0.2, shared+"/32\n }\n virtual_ipaddress_excluded {\n  "+six+"/64")
		}
		off := func(v string) { s.must(h.Sysctl("net/ipv6/conf/eth0/disable_ipv6", v)) }
		off("1")
		d := s.start(h, conf(200))
		s.logged(d, 0, "(V) Entering MASTER STATE")
		s.logged(d, 0, "cannot set addresses: add "+six+"/64 to eth0: permission denied")
		ka := s.keepalived(other, conf(100))
		s.logged(ka, 0, "Entering BACKUP STATE")
		s.heard(ours, 8)
		if list := s.wire.NAs(netip.MustParseAddr(six), time.Time{}); len(list) > 0 {
			s.Errorf("announced %d times although it is not there", len(list))
		}
		off("0")
		s.has(h, "eth0", six, true)
		s.must(lab.Eventually(patience, "an announcement of "+six, func() (bool, string) {
			return len(s.wire.NAs(netip.MustParseAddr(six), time.Time{})) > 0, ""
		}))
		if n := strings.Count(d.Proc.Log(), "Entering"); n != 2 {
			s.Errorf("%d transitions:\n%s", n, d.Proc.Log())
		}
	})
}

// A reload that exchanges an address which the kernel refuses in its new form: the former one
// stays, that is said, and whatever else the reload changes is done.
func TestAReloadDoesNotLoseAnAddress(t *testing.T) {
	for name, x := range map[string]struct{ was, is string }{
		"scope":                  {shared + "/24", shared + "/24 scope link"},
		"length and scope":       {shared + "/32", shared + "/24 scope link"},
		"label with the address": {shared + "/24 label eth0:one", shared + "/24 scope link label eth0:two"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) {
				s := newSite(t)
				h, other := s.host("d1", ours+"/24"), s.host("d2", peers+"/24")
				conf := router("V", "eth0", 51, 200, 0.2, x.was)
				d := s.start(h, conf)
				s.logged(d, 0, "(V) Entering MASTER STATE")
				s.has(h, "eth0", shared, true)
				ka := s.keepalived(other, router("V", "eth0", 51, 100, 0.2, shared+"/24"))
				s.logged(ka, 0, "Entering BACKUP STATE")
				mark, since := d.Proc.LogSize(), time.Now()
				s.must(d.Edit(x.was, x.is+"\n }\n virtual_ipaddress_excluded {\n  10.9.0.151/32", "priority 200", "priority 210"))
				s.must(d.Reload())
				_, err := s.wire.Wait(since, patience, "the new priority", func(a lab.Advert) bool { return a.Priority == 210 })
				s.must(err)
				s.has(h, "eth0", "10.9.0.151", true)
				s.logged(d, mark, "invalid argument")
				s.heard(ours, 10)
				addrs, err := h.Addrs("eth0")
				s.must(err)
				if !strings.Contains(fmt.Sprint(addrs), strings.Fields(x.was)[0]) {
					s.Errorf("the address is gone, there are %v:\n%s", addrs, d.Proc.LogSince(mark))
				}
				if strings.Contains(ka.Proc.Log(), "Entering MASTER STATE") {
					s.Error("keepalived became master")
				}
			})
		})
	}
}
