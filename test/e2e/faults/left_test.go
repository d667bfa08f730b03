//go:build e2e

package faults

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/test/lab"
)

// allKinds is a configuration with all kinds of things that the vrrp role sets on a host.
const allKinds = `child_wait_time 2
global_defs {
  disable_local_igmp
}
static_ipaddress {
  10.9.3.1/24 dev eth0
}
static_routes {
  10.31.0.0/16 via 10.9.0.9 dev eth0
}
static_rules {
  from 10.32.0.0/16 table 32
}
vrrp_instance V {
  version 3
  interface eth0
  virtual_router_id 51
  priority 200
  advert_int 0.2
  promote_secondaries
  virtual_ipaddress {
    10.9.1.1/24
    10.9.1.2/24
  }
  virtual_routes {
    10.41.0.0/16 via 10.9.0.9 dev eth0
  }
  virtual_rules {
    from 10.42.0.0/16 table 42 priority 4200
  }
}
vrrp_instance M {
  version 3
  interface eth0
  virtual_router_id 52
  priority 200
  advert_int 0.2
  use_vmac
  no_accept
  virtual_ipaddress {
    10.9.2.1/24
  }
}
vrrp_instance S {
  version 3
  interface eth0
  virtual_router_id 53
  priority 200
  advert_int 0.2
  virtual_ipaddress {
    fe80::9:1
    fd00::9:1/64
  }
}
`

// onHost is all of a host that the configuration above changes.
func (s *site) onHost(h *lab.Host) string {
	s.Helper()
	var all strings.Builder
	for _, words := range []string{"ip -o addr", "ip route show table all proto keepalived", "ip rule", "ip -o link", "nft list ruleset",
		"cat /proc/sys/net/ipv4/igmp_link_local_mcast_reports", "cat /proc/sys/net/ipv4/conf/eth0/promote_secondaries",
		"cat /proc/sys/net/ipv4/conf/eth0/arp_ignore", "cat /proc/sys/net/ipv4/conf/eth0/rp_filter"} {
		f := strings.Fields(words)
		out, err := h.Run(f[0], f[1:]...)
		s.must(err)
		all.WriteString("# " + words + "\n" + out)
	}
	return all.String()
}

// masters waits until all instances of the configuration above are.
func (s *site) masters(d *lab.Director, mark int) {
	s.Helper()
	for _, name := range []string{"V", "M", "S"} {
		s.logged(d, mark, "("+name+") Entering MASTER STATE")
	}
	s.must(lab.Eventually(patience, "everything", func() (bool, string) {
		now := s.onHost(d.Host)
		for _, one := range []string{"10.9.1.1/24", "10.9.1.2/24", "10.9.2.1/24", "fd00::9:1/64", "10.9.3.1/24", "10.31.0.0/16",
			"10.41.0.0/16", "10.32.0.0/16", "10.42.0.0/16", "vrrp.52", "table ip keepalived"} {
			if !strings.Contains(now, one) {
				return false, one + " is not in\n" + now
			}
		}
		return true, ""
	}))
}

// A vrrp process that does not stop, because it hangs or the machine stands still, is killed; one may have died before and not
// be there when the daemon stops. Whatever it has left on the host is gone when the daemon has ended.
func TestAStopLeavesNothingOfAProcessThatHangs(t *testing.T) {
	for name, trouble := range map[string]func(s *site, d *lab.Director){
		"it hangs": func(s *site, d *lab.Director) {
			pid, err := d.RolePid("vrrp")
			s.must(err)
			s.must(lab.Freeze(pid))
		},
		"it is dead": func(s *site, d *lab.Director) {
			for _, said := range []string{"delayed 0 seconds", "delayed 1 seconds"} {
				mark := d.Proc.LogSize()
				pid, err := d.RolePid("vrrp")
				s.must(err)
				s.must(syscall.Kill(pid, syscall.SIGKILL))
				s.logged(d, mark, said)
				if said == "delayed 0 seconds" {
					s.masters(d, mark)
				}
			}
		},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) {
				s := newSite(t)
				h := s.host("d1", ours+"/24")
				before := s.onHost(h)
				d := s.start(h, allKinds)
				s.masters(d, 0)
				trouble(s, d)
				if sameLines(s.onHost(h), before) {
					t.Fatal("nothing was left that could go")
				}
				s.must(d.Proc.Signal(syscall.SIGTERM))
				_, _, err := d.Proc.Wait(time.Now(), patience)
				s.must(err)
				s.logged(d, 0, "VRRP process has ended before it gave everything back: pid ")
				if after := s.onHost(h); !sameLines(after, before) {
					t.Errorf("before:\n%s\nafter:\n%s", before, after)
				}
			})
		})
	}
}
