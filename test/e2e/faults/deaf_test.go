//go:build e2e

package faults

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"holdfast/test/lab"
)

// grouped gives a router a multicast group of its own.
func grouped(text, group string) string {
	return strings.Replace(text, "state BACKUP\n", "state BACKUP\n mcast_dst_ip "+group+"\n", 1)
}

// member waits until somebody on the host is a member of a group on eth0, or nobody is.
func (s *site) member(h *lab.Host, group string, want bool) {
	s.Helper()
	s.must(lab.Eventually(patience, fmt.Sprintf("a member of %s on %s: %v", group, h.Name, want), func() (bool, string) {
		out, err := h.Run("ip", "-4", "maddr", "show", "dev", "eth0")
		return err == nil && strings.Contains(out+"\n", " "+group+"\n") == want, out
	}))
}

// files limits how many files a process may open beyond those it has; negative is as many as it likes.
func (s *site) files(pid, more int) {
	s.Helper()
	var limit unix.Rlimit
	s.must(unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &limit))
	limit.Cur = limit.Max
	if more >= 0 {
		limit.Cur = 0
		for {
			if _, err := os.Lstat("/proc/" + strconv.Itoa(pid) + "/fd/" + strconv.Itoa(int(limit.Cur))); err != nil {
				break
			}
			limit.Cur++
		}
		limit.Cur += uint64(more)
	}
	s.must(unix.Prlimit(pid, unix.RLIMIT_NOFILE, &limit, nil))
}

// What an interface refuses is no reason to end, or to refuse a file: a group that cannot be joined costs its own
// router, in a first start and in a reload, until there is room.
func TestAJoinThatIsRefused(t *testing.T) {
	for name, reload := range map[string]bool{"start": false, "reload": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) {
				s := newSite(t)
				h, other := s.host("d1", ours+"/24"), s.host("d2", peers+"/24")
				conf := func(prio int) string { return router("V", "eth0", 51, prio, 0.2, shared+"/32") }
				ka := s.keepalived(other, conf(200))
				s.logged(ka, 0, "Entering MASTER STATE")
				s.must(h.AddLink("eth1", nil, nil))
				s.run(h, "ip", "addr", "add", "192.0.9.1/24", "dev", "eth1")
				const reason = "entering FAULT state (cannot send and receive on eth0: join 224.0.0.18: no buffer space available"
				full := func(n string) { s.must(h.Sysctl("net/ipv4/igmp_max_memberships", n)) }
				unicast := strings.Replace(router("W", "eth1", 52, 100, 0.2, "10.9.9.9/32"), "state BACKUP",
					"unicast_peer {\n  192.0.9.2\n }", 1)
				var d *lab.Director
				if reload {
					d = s.start(h, unicast)
					s.logged(d, 0, "(W) Entering MASTER STATE")
					full("0")
					s.must(d.Configure(conf(100) + unicast))
					s.must(d.Reload())
				} else {
					full("0")
					d = s.start(h, conf(100)+unicast)
					s.logged(d, 0, "(W) Entering MASTER STATE")
				}
				s.logged(d, 0, "(V) "+reason)
				mark := d.Proc.LogSize()
				full("1")
				s.logged(d, mark, "(V) Entering BACKUP STATE")
				s.member(h, "224.0.0.18", true)
				s.heard(peers, 8)
				log := d.Proc.Log()
				if strings.Contains(log, "(V) Entering MASTER") || strings.Contains(log, "espawn") {
					s.Errorf("two masters, or started again:\n%s", log)
				}
				if strings.Count(log, "(W) Entering") != 2 {
					s.Errorf("the other router was disturbed:\n%s", log)
				}
			})
		})
	}
}

// Without descriptors a reload takes place all the same: what it adds is in FAULT until there are some.
func TestAReloadWithoutDescriptors(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		s := newSite(t)
		h, other := s.host("d1", ours+"/24"), s.host("d2", peers+"/24")
		conf := func(prio int) string { return router("V", "eth0", 51, prio, 0.2, shared+"/32") }
		added := func(prio int) string {
			return conf(prio) + grouped(router("W", "eth0", 52, prio, 0.2, "10.9.9.9/32"), "224.0.0.77")
		}
		ka := s.keepalived(other, added(200))
		s.logged(ka, 0, "(V) Entering MASTER STATE")
		s.logged(ka, 0, "(W) Entering MASTER STATE")
		d := s.start(h, conf(100))
		s.logged(d, 0, "(V) Entering BACKUP STATE")
		pid, err := d.RolePid("vrrp")
		s.must(err)
		s.files(pid, 1)
		s.must(d.Configure(added(100)))
		s.must(d.Reload())
		s.logged(d, 0, "(W) entering FAULT state (cannot send and receive on eth0: socket: too many open files)")
		mark := d.Proc.LogSize()
		s.files(pid, -1)
		s.logged(d, mark, "(W) Entering BACKUP STATE")
		s.member(h, "224.0.0.77", true)
		s.heard(peers, 16)
		if log := d.Proc.Log(); strings.Contains(log, "MASTER STATE") || strings.Count(log, "(V) Entering") != 1 {
			s.Errorf("two masters, or the other router was disturbed:\n%s", log)
		}
	})
}

// A reload that the other role refuses, after the vrrp role has prepared it, leaves nothing behind: here the
// kernel has no IPVS for the virtual server that it brings.
func TestAReloadThatTheOtherRoleRefuses(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		s := newSite(t)
		h, other := s.host("d1", ours+"/24"), s.host("d2", peers+"/24")
		if _, err := h.Run("ipvsadm", "-Ln"); err == nil {
			t.Skip("needs a kernel without IPVS")
		}
		conf := func(prio int) string { return router("V", "eth0", 51, prio, 0.2, shared+"/32") }
		ka := s.keepalived(other, conf(200))
		s.logged(ka, 0, "(V) Entering MASTER STATE")
		d := s.start(h, conf(100))
		s.logged(d, 0, "(V) Entering BACKUP STATE")
		s.member(h, "224.0.0.18", true)
		s.must(d.Configure(conf(100) + grouped(router("W", "eth0", 52, 100, 0.2, "10.9.9.9/32"), "224.0.0.77") +
			"virtual_server 192.0.2.77 80 {\n real_server 192.0.2.78 80 {\n }\n}\n"))
		s.must(d.Reload())
		s.logged(d, 0, "Reload refused, the old configuration stays in force: cannot use IPVS")
		s.member(h, "224.0.0.77", false)
		s.member(h, "224.0.0.18", true)
		s.heard(peers, 8)
		if log := d.Proc.Log(); strings.Contains(log, "MASTER STATE") || strings.Contains(log, "(W)") {
			s.Errorf("the refused reload had an effect:\n%s", log)
		}
	})
}
