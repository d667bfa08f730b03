//go:build e2e && nftables

package marks

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"holdfast/test/lab"
)

// TestAKernelThatCannotMark is Debian's user-mode kernel as it is: clients reach each address of each group, after a
// start, a reload, the death of the checker process and that of the whole daemon.
func TestAKernelThatCannotMark(t *testing.T) {
	t.Parallel()
	within(t, nil, func(t testing.TB) {
		s := newSite(t, lab.Program())
		if out, err := s.director.Run("nft", "add", "table", "ip", "witness"); err == nil {
			t.Fatalf("this kernel has nf_tables: %s", out)
		}
		services := func(n int) {
			t.Helper()
			table := s.run(s.director, "ipvsadm -Sn")
			if got := strings.Count(table, "-A "); got != n || strings.Contains(table, "-f ") {
				t.Errorf("not %d services, each an address:\n%s\n%s", n, table, s.daemon.Logs())
			}
		}
		// once looks for the line in the log of a life behind a mark, and for nothing else about it.
		once := func(mark int) {
			t.Helper()
			log := s.daemon.Proc.LogSince(mark)
			if strings.Count(log, "nftables_ipvs: nftables cannot be used: ") != 1 || strings.Contains(log, "not marked") {
				t.Errorf("not once in\n%s", log)
			}
		}
		s.start(marked + groups("192.168.1.101-102 80", "192.168.1.101 7"))
		for _, at := range []string{"192.168.1.101", "192.168.1.102", "[2001:db8::101]", "[2001:db8::102]", "10.9.0.101:81",
			"10.9.0.102:81", "[fd09::101]:81"} {
			s.served(at)
		}
		services(8)
		once(0)
		long := s.talk("192.168.1.101:7")
		s.must(long.goesOn())
		s.reload(marked + groups("192.168.1.101 80", "192.168.1.103 80", "192.168.1.101 7"))
		s.served("192.168.1.103")
		s.refused("192.168.1.102")
		services(8)
		once(0) // no second time

		pid, err := s.daemon.RolePid("checkers")
		s.must(err)
		mark := len(s.daemon.Proc.Log())
		s.must(unix.Kill(pid, unix.SIGKILL))
		_, err = s.daemon.WaitLog(mark, "Adopting 8 IPVS services", soon)
		s.must(err)
		s.must(long.goesOn())
		s.served("192.168.1.103")
		services(8)
		once(mark)

		s.kill()
		s.served("192.168.1.101")
		s.start(marked + groups("192.168.1.102-103 80", "192.168.1.101 7"))
		s.served("192.168.1.102")
		s.refused("192.168.1.101")
		s.must(long.goesOn())
		services(8)
		once(0)

		s.reload(groups("192.168.1.102-103 80", "192.168.1.101 7"))
		s.served("192.168.1.102")
		services(8)
		s.stop()
		if left := s.run(s.director, "ipvsadm -Sn"); left != "" {
			t.Errorf("left after the end:\n%s", left)
		}
	})
}
