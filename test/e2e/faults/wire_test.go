//go:build e2e

package faults

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/test/lab"
)

// many are more addresses than a packet holds.
func many(n int) (list []string) { return numbered("10.9.1.%d/32", 1, n) }

// An advert has as many addresses as keepalived expects from a master with its own configuration,
// also where not all fit: it would be dropped otherwise, and there would be two masters.
func TestAsManyAddressesAsKeepalivedExpects(t *testing.T) {
	for _, c := range []struct{ version, vips, mtu int }{
		{3, 200, 576}, {2, 200, 576}, {3, 200, 300}, {2, 200, 300}, {3, 250, 1500}, {2, 250, 1500},
	} {
		t.Run(fmt.Sprintf("version %d, %d addresses, MTU %d", c.version, c.vips, c.mtu), func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) {
				s := newSite(t)
				h, other := s.host("d1", ours+"/24"), s.host("d2", peers+"/24")
				for _, host := range []*lab.Host{h, other} {
					s.run(host, "ip", "link", "set", "eth0", "mtu", fmt.Sprint(c.mtu))
				}
				conf := func(prio int) string {
					text := router("V", "eth0", 51, prio, 1, many(c.vips)...)
					return strings.Replace(text, "version 3", fmt.Sprint("version ", c.version), 1)
				}
				d := s.start(h, conf(200))
				s.logged(d, 0, "(V) Entering MASTER STATE")
				ka := s.keepalived(other, conf(100))
				s.logged(ka, 0, "Entering BACKUP STATE")
				s.heard(ours, 5) // longer than keepalived waits for one that it takes
				if log := ka.Proc.Log(); strings.Contains(log, "MASTER STATE") || strings.Contains(log, "unexpected") {
					s.Errorf("keepalived does not take the adverts:\n%s", log)
				}
				addrs, err := h.Addrs("eth0")
				s.must(err)
				if len(addrs) < c.vips+1 {
					s.Errorf("%d addresses are set", len(addrs))
				}
			})
		})
	}
}

// A smaller MTU under a running master: its adverts get shorter, and long again.
func TestTheMTUOfAMasterChanges(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		const vips = 60
		s := newSite(t)
		h := s.host("d1", ours+"/24")
		d := s.start(h, router("V", "eth0", 51, 200, 0.2, many(vips)...))
		s.logged(d, 0, "(V) Entering MASTER STATE")
		for _, mtu := range []int{100, 68, 576, 1500} {
			s.run(h, "ip", "link", "set", "eth0", "mtu", fmt.Sprint(mtu))
			want := min((mtu-14-20-8)/4, vips) // as keepalived counts: the frame, not the packet
			var last lab.Advert
			since := time.Now()
			s.must(lab.Eventually(patience, fmt.Sprintf("%d addresses in adverts with an MTU of %d", want, mtu), func() (bool, string) {
				list := s.wire.Adverts(since, lab.From(netip.MustParseAddr(ours)))
				if len(list) > 0 {
					last = list[len(list)-1]
				}
				return len(list) > 2 && len(last.Addrs) == want, last.String()
			}))
			addrs, err := h.Addrs("eth0")
			s.must(err)
			if len(addrs) < vips+1 {
				s.Errorf("MTU %d: %d addresses are set", mtu, len(addrs))
			}
		}
		if n := strings.Count(d.Proc.Log(), "Entering"); n != 2 {
			s.Errorf("%d transitions, want BACKUP and MASTER only:\n%s", n, d.Proc.Log())
		}
	})
}

// An interface that gets multicast when the daemon is there, or gets it back: the backup hears its
// master from then on.
func TestMulticastSwitchedOnLater(t *testing.T) {
	for name, restart := range map[string]bool{"after the start": true, "off and on": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) {
				s := newSite(t)
				h, other := s.host("d1", ours+"/24"), s.host("d2", peers+"/24")
				ka := s.keepalived(other, router("V", "eth0", 51, 200, 0.3, shared+"/32"))
				s.logged(ka, 0, "Entering MASTER STATE")
				flag := func(v string) { s.run(h, "ip", "link", "set", "eth0", "multicast", v) }
				if restart {
					flag("off")
				}
				d := s.start(h, router("V", "eth0", 51, 100, 0.3, shared+"/32"))
				if !restart {
					s.logged(d, 0, "Entering BACKUP STATE")
					flag("off")
				}
				s.logged(d, 0, "FAULT")
				mark := d.Proc.LogSize()
				flag("on")
				s.logged(d, mark, "Entering BACKUP STATE")
				s.heard(peers, 8)
				if strings.Contains(d.Proc.Log(), "MASTER STATE") {
					s.Errorf("two masters:\n%s", d.Proc.Log())
				}
			})
		})
	}
}

// An interface that comes back while no socket can be opened: who cannot hear and send is in
// FAULT, and no more when sockets can be opened again.
func TestNoMasterWithoutSockets(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		s := newSite(t)
		h, other := s.host("d1", ours+"/24"), s.host("d2", "10.8.0.2/24")
		s.second(h, "10.8.0.1/24")
		const vip = "10.8.0.150"
		conf := func(dev string, prio int) string {
			return "global_defs {\n dynamic_interfaces\n}\n" + router("V", dev, 51, prio, 0.5, vip+"/32")
		}
		ka := s.keepalived(other, conf("eth0", 100))
		s.logged(ka, 0, "Entering MASTER STATE")
		d := s.start(h, conf("eth1", 200))
		s.logged(d, 0, "(V) Entering MASTER STATE")
		s.has(other, "eth0", vip, false)
		role, err := d.RolePid("vrrp")
		s.must(err)
		mark, down := d.Proc.LogSize(), time.Now()
		s.must(h.DelLink("eth1"))
		s.logged(d, mark, "Entering FAULT STATE")
		_, err = s.lan.Events().Wait(other, netip.MustParseAddr(vip), true, down, patience)
		s.must(err)
		var was unix.Rlimit
		s.must(unix.Prlimit(role, unix.RLIMIT_NOFILE, nil, &was))
		s.must(unix.Prlimit(role, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 1, Max: was.Max}, nil))
		mark, down = d.Proc.LogSize(), time.Now()
		s.second(h, "10.8.0.1/24")
		s.logged(d, mark, "too many open files")
		s.heard("10.8.0.2", 10)
		if log := d.Proc.LogSince(mark); strings.Contains(log, "BACKUP STATE") || strings.Contains(log, "MASTER STATE") {
			s.Fatalf("without sockets it left FAULT:\n%s", log)
		}
		if list := s.gone(other, vip+"/32", down); len(list) > 0 {
			s.Errorf("keepalived lost the address: %v", list)
		}
		s.must(unix.Prlimit(role, unix.RLIMIT_NOFILE, &was, nil))
		s.logged(d, mark, "(V) Entering MASTER STATE")
		s.heard("10.8.0.1", 3)
		s.has(other, "eth0", vip, false)
	})
}
