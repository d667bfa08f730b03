//go:build e2e

package traffic

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"holdfast/test/lab"
)

// TestDrain has it counted that a drained server gets no new connections and keeps those it has.
func TestDrain(t *testing.T) {
	inGuest(t, func() { play(t, lab.Program(), 1, []scenario{{"drain", drain}}) })
}

// order has the first director's daemon told something, and gives the exit status.
func (s *scene) order(words ...string) (status int, said string) {
	s.Helper()
	return s.orderAt(0, words...)
}

func (s *scene) orderAt(director int, words ...string) (status int, said string) {
	s.Helper()
	d := s.daemons[director]
	cmd := d.Command(lab.Program(), append(words, "-p", d.Dir+"/parent.pid")...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		s.must(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// ordered is order that ends with a status.
func (s *scene) ordered(want int, words ...string) string {
	s.Helper()
	got, said := s.order(words...)
	if got != want {
		s.must(fmt.Errorf("holdfast %s: status %d, want %d\n%s", strings.Join(words, " "), got, want, said))
	}
	return said
}

// drain: a connection goes on with its server while that is drained, none begins there, over a reload, the death of the
// checker process, and the server's own checks; when it is over the server has its share again. No request fails.
func drain(s *scene) {
	port := s.port()
	conf := func(weight int) string {
		words := fmt.Sprintf("weight %d\n    TCP_CHECK {\n      connect_timeout 2\n    }", weight)
		return service(nat4, port, "protocol TCP\n  delay_loop 1\n  lb_algo wrr\n  lb_kind NAT", real{"s1", words}, real{"s2", words})
	}
	ends := map[string]*listener{}
	for _, name := range []string{"s1", "s2"} {
		ends[name] = s.listen(name, "tcp", addr4(name), port)
	}
	s.start(conf(1))
	has := func(what, server string, weight int) {
		s.Helper()
		s.table(what, func(table string) bool {
			return strings.Contains(table, fmt.Sprintf("-r %s:%d -m -w %d\n", addr4(server), port, weight))
		})
	}
	visits := func(what string, want tally) {
		s.Helper()
		s.equal(what, s.visit(8, "tcp", "10.9.0.10", nat4, port), want)
	}
	visits("at first", tally{"s1": 4, "s2": 4})
	kept := s.open("tcp", "10.9.0.10", nat4, port)
	for s.asks(kept) != "s1" {
		s.must(kept.Close())
		kept = s.open("tcp", "10.9.0.10", nat4, port)
	}
	goesOn := func(what string) {
		s.Helper()
		visits(what, tally{"s2": 8})
		if got := s.asks(kept); got != "s1" {
			s.Errorf("%s: the connection with s1 is answered by %s", what, got)
		}
	}

	s.ordered(0, "drain", addr4("s1"), "--check")
	s.ordered(0, "drain", addr4("s1"), "--for", "1h")
	has("the drained server", "s1", 0)
	s.must(lab.Eventually(soon, "that the quorum hangs on s2", func() (bool, string) {
		status, said := s.order("drain", addr4("s2"), "--check")
		return status == 1, said
	}))
	goesOn("drained")
	s.reload(conf(2))
	has("the new weight", "s2", 2)
	has("the drained server", "s1", 0)
	goesOn("after a reload")
	pid, err := s.daemons[0].RolePid("checkers")
	s.must(err)
	mark := s.daemons[0].Proc.LogSize()
	s.must(syscall.Kill(pid, syscall.SIGKILL))
	goesOn("while the checker process is dead")
	_, err = s.daemons[0].WaitLog(mark, "Activating healthchecker", soon)
	s.must(err)
	has("the drained server", "s1", 0)
	goesOn("after its death")

	s.ordered(4, "drain", addr4("s1"), "--wait", "--timeout", "1s")
	s.must(kept.Close())
	s.ordered(0, "drain", addr4("s1"), "--wait", "--timeout", "60s")
	ends["s1"].close()
	s.ordered(0, "check-now", addr4("s1"))
	_, err = s.daemons[0].WaitLog(mark, "Disabling service ["+addr4("s1")+"]", soon)
	s.must(err)
	has("the drained server that is down", "s1", 0)
	mark = s.daemons[0].Proc.LogSize()
	s.listen("s1", "tcp", addr4("s1"), port)
	_, err = s.daemons[0].WaitLog(mark, "Enabling service ["+addr4("s1")+"]", soon)
	s.must(err)
	has("the drained server that is up again", "s1", 0)
	s.ordered(0, "undrain", addr4("s1"))
	has("the server", "s1", 2)
	visits("at the end", tally{"s1": 4, "s2": 4})
}
