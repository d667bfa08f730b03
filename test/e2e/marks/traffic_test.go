//go:build e2e && nftables

package marks

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/test/lab"
)

// group is a virtual_server_group with a virtual_server of it and both servers.
func group(name, kind, port, net string, entries ...string) string {
	return grouped(name, entries...) + serving(name, "TCP", kind, port, net)
}

func grouped(name string, entries ...string) string {
	return fmt.Sprintf("virtual_server_group %s {\n  %s\n}\n", name, strings.Join(entries, "\n  "))
}

// serving is a virtual_server of a group with both servers.
func serving(name, protocol, kind, port, net string) string {
	servers := ""
	for _, n := range []int{21, 22} {
		servers += fmt.Sprintf("  real_server %s%d %s {\n    weight 1\n  }\n", net, n, port)
	}
	return fmt.Sprintf("virtual_server group %s {\n  protocol %s\n  lb_algo rr\n  lb_kind %s\n%s}\n", name, protocol, kind, servers)
}

// marked is all groups, by mark.
const marked = "global_defs {\n  nftables_ipvs\n}\n"

func groups(direct ...string) string {
	return group("direct4", "DR", "80", "192.168.1.", direct...) +
		group("direct6", "DR", "80", "2001:db8::", "2001:db8::101-102 80") +
		group("nat4", "NAT", "8080", "192.168.1.", "10.9.0.101-102 81") +
		group("nat6", "NAT", "8080", "2001:db8::", "fd09::101 81")
}

// TestTraffic has requests of a client go through services by mark, of both families, by direct routing and by NAT. What
// is under way goes on over a reload, the death of the checker process and a flush of all rules, and at the end nothing is left.
func TestTraffic(t *testing.T) {
	inside(t, func(t testing.TB) {
		s := newSite(t, lab.Program())
		s.refused("192.168.1.101")
		s.start(marked + groups("192.168.1.101-102 80", "192.168.1.101 7"))
		all := []string{"192.168.1.101", "192.168.1.102", "[2001:db8::101]", "[2001:db8::102]", "10.9.0.101:81", "10.9.0.102:81",
			"[fd09::101]:81"}
		for _, at := range all {
			s.served(at)
		}
		s.refused("192.168.1.103")
		s.refused("192.168.1.101:82")
		table := s.run(s.director, "ipvsadm -Sn")
		for _, want := range []string{"-A -f 1000 -s rr\n", "-A -f 1001 -6 -s rr\n", "-A -f 1002 -s rr\n", "-A -f 1003 -6 -s rr\n"} {
			if !strings.Contains(table, want) {
				s.Errorf("no %q in\n%s", want, table)
			}
		}
		if n := strings.Count(table, "-A "); n != 4 {
			s.Errorf("%d services:\n%s", n, table)
		}

		long := s.talk("192.168.1.101:7")
		s.must(long.goesOn())
		s.reload(marked + group("before", "DR", "80", "192.168.1.", "192.168.1.104 80") +
			groups("192.168.1.101 80", "192.168.1.103 80", "192.168.1.101 7"))
		s.must(long.goesOn())
		s.served("192.168.1.103")
		s.served("192.168.1.104")
		s.refused("192.168.1.102")

		pid, err := s.daemon.RolePid("checkers")
		s.must(err)
		mark := len(s.daemon.Proc.Log())
		s.must(unix.Kill(pid, unix.SIGKILL))
		_, err = s.daemon.WaitLog(mark, "Adopting 5 IPVS services", soon)
		s.must(err)
		s.must(long.goesOn())
		s.served("192.168.1.103")
		s.served("192.168.1.104")

		s.run(s.director, "nft flush ruleset")
		s.served("192.168.1.103")
		s.must(long.goesOn())
		_, err = s.daemon.WaitLog(mark, "nftables table keepalived_ipvs was removed or changed by somebody else", soon)
		s.must(err)

		s.stop()
		if left := s.run(s.director, "nft list ruleset; ipvsadm -Sn"); left != "" {
			s.Errorf("left after the end:\n%s", left)
		}
	})
}

// TestNothingIsLostOnTheWay asks again and again while reloads change how the address is served: each address a service,
// by mark, by another mark, in another table. None is refused. One that is under way when its service goes is lost, as
// with every service that goes: it hangs.
func TestNothingIsLostOnTheWay(t *testing.T) {
	inside(t, func(t testing.TB) {
		s := newSite(t, lab.Program())
		plain := groups("192.168.1.101-102 80")
		s.start(plain)
		s.served("192.168.1.101")
		stop, asked, hung := make(chan struct{}), 0, 0
		var wg sync.WaitGroup
		var lost []string
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				asked++
				_, _, err := s.client.Get("http://192.168.1.101/", 5*time.Second)
				switch {
				case err == nil:
				case os.IsTimeout(err) && !strings.Contains(err.Error(), "dial"):
					hung++
				default:
					lost = append(lost, time.Now().Format("05.000 ")+err.Error())
				}
			}
		})
		for _, conf := range []string{marked + plain, plain, marked + plain,
			"global_defs {\n  nftables_ipvs other\n  nftables_ipvs_start_fwmark 5000\n}\n" + plain,
			marked + plain + group("more", "DR", "80", "192.168.1.", "192.168.1.104 80"), marked + plain, plain} {
			s.reload(conf)
		}
		close(stop)
		wg.Wait()
		s.Logf("figure: %d requests over 7 reloads, %d refused, %d were under way when their service went", asked, len(lost), hung)
		if len(lost) > 0 || hung > 7 || asked < 10 {
			s.Errorf("of %d requests %d hung, and these were lost: %q\n%s", asked, hung, lost, s.daemon.Logs())
		}
		s.stop()
	})
}

// TestAKilledDaemonLeavesNothingForLong kills all of it at once: what is there goes on to serve, and the next life
// takes it over, or away.
func TestAKilledDaemonLeavesNothingForLong(t *testing.T) {
	inside(t, func(t testing.TB) {
		s := newSite(t, lab.Program())
		conf := marked + groups("192.168.1.101-102 80", "192.168.1.101 7")
		s.start(conf)
		long := s.talk("192.168.1.101:7")
		s.must(long.goesOn())
		s.kill()
		s.served("192.168.1.102")
		s.start(marked + group("first", "DR", "80", "192.168.1.", "192.168.1.104 80") + groups("192.168.1.101-102 80", "192.168.1.101 7"))
		s.served("192.168.1.104")
		s.must(long.goesOn())
		s.kill()
		s.start(groups("192.168.1.103 80"))
		s.served("192.168.1.103")
		s.refused("192.168.1.101")
		if left := s.run(s.director, "nft list ruleset; ipvsadm -Sn | grep -e -f || true"); left != "" {
			s.Errorf("left of the life before:\n%s", left)
		}
		s.stop()
	})
}
