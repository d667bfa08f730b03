//go:build e2e

package traffic

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/test/lab"
)

// TestUpgrade has a director go on as another program under traffic, with a real table.
func TestUpgrade(t *testing.T) {
	inGuest(t, func() { play(t, lab.Program(), 1, []scenario{{"traffic", upgradeUnderTraffic}}) })
}

// TestUpgradeSynchronised has one go on with the kernel's synchronisation daemon.
func TestUpgradeSynchronised(t *testing.T) {
	inGuest(t, func() { play(t, lab.Program(), 1, []scenario{{"synchronised", upgradeSynchronised}}) })
}

// TestUpgradeAnnounced has directors go on as other programs that BIRD and FRR are shown something by.
func TestUpgradeAnnounced(t *testing.T) {
	inGuest(t, func() { play(t, lab.Program(), 3, []scenario{{"announced", upgradeAnnounced}}) })
}

// upgraded has a director's daemon go on as the same program in new processes, while somebody does something else again
// and again, once at least.
func (s *scene) upgraded(d *lab.Director, meanwhile func()) {
	s.Helper()
	done := make(chan error, 1)
	go func() { done <- d.Upgrade() }()
	for {
		meanwhile()
		select {
		case err := <-done:
			s.must(err)
			return
		default:
		}
	}
}

// A lookout looks at something all the time.
type lookout struct {
	stop, over chan struct{}
	mu         sync.Mutex
	looks      int
	wrong      string
}

// lookOut begins to look for something, such as a table, that is not as it has to be.
func lookOut(look func() (string, error), fine func(string) bool) *lookout {
	l := &lookout{stop: make(chan struct{}), over: make(chan struct{})}
	go func() {
		defer close(l.over)
		for {
			select {
			case <-l.stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
			table, err := look()
			l.mu.Lock()
			if l.looks++; (err != nil || !fine(table)) && l.wrong == "" {
				l.wrong = fmt.Sprintf("%v\n%s", err, table)
			}
			l.mu.Unlock()
		}
	}()
	return l
}

// end gives what was wrong, and how often it was looked.
func (l *lookout) end() (wrong string, looks int) {
	close(l.stop)
	<-l.over
	return l.wrong, l.looks
}

// upgradeUnderTraffic: while a director is upgraded again and again, connections go on with their servers, new ones are
// served, the table is whole at any moment, nothing in it is made anew, and a drained server stays drained.
func upgradeUnderTraffic(s *scene) {
	port := s.port()
	words := "TCP_CHECK {\n      connect_timeout 2\n    }"
	for _, name := range []string{"s1", "s2", "s3"} {
		s.listen(name, "tcp", addr4(name), port)
	}
	s.start(service(nat4, port, "protocol TCP\n  delay_loop 1\n  lb_algo rr\n  lb_kind NAT",
		real{"s1", words}, real{"s2", words}, real{"s3", words}))
	d := s.daemons[0]
	begun := s.visit(6, "tcp", "10.9.0.10", nat4, port)
	s.equal("at first", begun, tally{"s1": 2, "s2": 2, "s3": 2})
	var kept []*flow
	var by []string
	for range 6 {
		f := s.open("tcp", "10.9.0.10", nat4, port)
		kept, by = append(kept, f), append(by, s.asks(f))
	}
	s.ordered(0, "drain", addr4("s3"), "--for", "1h")
	want := fmt.Sprintf("-r %s:%d -m -w 0\n", addr4("s3"), port)
	whole := func(table string) bool {
		return strings.Count(table, "-A ") == 1 && strings.Count(table, "-a ") == 3 && strings.Count(table, "-w 1\n") == 2 &&
			strings.Contains(table, want)
	}
	s.table("the drained server", whole)
	mark, look := d.Proc.LogSize(), lookOut(d.IPVSSave, whole)
	visited := tally{}
	for range 3 {
		s.upgraded(d, func() {
			for server, n := range s.visit(2, "tcp", "10.9.0.10", nat4, port) {
				visited[server] += n
			}
			for i, f := range kept {
				if got := s.asks(f); got != by[i] {
					s.must(fmt.Errorf("a connection with %s is answered by %s", by[i], got))
				}
			}
		})
	}
	wrong, looks := look.end()
	if wrong != "" {
		s.Errorf("the table was not whole: %s", wrong)
	}
	s.Logf("the table was looked at %d times; %v were visited", looks, visited)
	if visited["s3"] > 0 {
		s.Errorf("a drained server has got new connections: %v", visited)
	}
	s.counted(d, nat4, port, tally{"s1": 4 + visited["s1"], "s2": 4 + visited["s2"], "s3": 4}) // from the beginning on
	said := d.Proc.LogSince(mark)
	for _, text := range []string{"Removing service", "Adding service", "lost", "Gained quorum", "put right", "drained by"} {
		if strings.Contains(said, text) {
			s.Errorf("the log has %q:\n%s", text, said)
		}
	}
	s.ordered(0, "undrain", addr4("s3"))
	s.table("all servers", func(table string) bool { return strings.Count(table, "-w 1\n") == 3 })
}

// upgradeAnnounced: directors that announce in all ways are upgraded, one after the other and again. The client's routes
// do not change even for a moment, and connections go on.
func upgradeAnnounced(s *scene) {
	port := s.port()
	s.announce(port)
	for d := range s.daemons {
		s.begin(d)
	}
	s.routed("all", 0, 1, 2)
	all := s.streams(4, port)
	var changes strings.Builder
	var mu sync.Mutex
	monitor := s.client.Command("ip", "monitor", "route")
	out, err := monitor.StdoutPipe()
	s.must(err)
	s.must(monitor.Start())
	read := make(chan struct{})
	go func() {
		defer close(read)
		b := make([]byte, 4096)
		for {
			n, err := out.Read(b)
			mu.Lock()
			changes.Write(b[:n])
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	for range 2 {
		for _, d := range s.daemons {
			mark := d.Proc.LogSize()
			s.upgraded(d, func() { s.lives("while a director is upgraded", all) })
			for _, text := range []string{"Withdrawing", "Announcing", "taken away"} {
				if said := d.Proc.LogSince(mark); strings.Contains(said, text) {
					s.Errorf("the log has %q:\n%s", text, said)
				}
			}
		}
	}
	time.Sleep(6 * time.Second) // what nobody confirms any more goes in this time
	s.must(monitor.Process.Kill())
	<-read
	_ = monitor.Wait() // killed
	for _, vip := range shared {
		if strings.Contains(changes.String(), vip) {
			s.Errorf("routes have changed:\n%s", changes.String())
		}
	}
	s.routed("at the end", 0, 1, 2)
	s.lives("at the end", all)
}

// upgradeSynchronised: the kernel's synchronisation daemon, which follows a virtual router, is the same one all the time:
// it is neither stopped nor started.
func upgradeSynchronised(s *scene) {
	port := s.port()
	s.listen("s1", "tcp", addr4("s1"), port)
	d := lab.NewDirector(s.directors[0], s.program)
	s.daemons = append(s.daemons, d)
	s.must(d.Configure("global_defs {\n  lvs_sync_daemon eth0 VI_1 id 7\n}\nvrrp_instance VI_1 {\n  interface eth0\n" +
		"  virtual_router_id 51\n  version 3\n  advert_int 0.5\n  priority 150\n  virtual_ipaddress {\n    192.168.1.99/24\n  }\n}\n" +
		service(nat4, port, "protocol TCP\n  lb_algo rr\n  lb_kind NAT", real{"s1", ""})))
	s.must(d.Start())
	s.Witness(d.Proc.Log)
	state := func() (string, error) {
		out, err := d.Run("ipvsadm", "-L", "--daemon")
		sockets, failed := d.Run("cat", "/proc/net/udp")
		if err == nil {
			err = failed
		}
		for line := range strings.Lines(sockets) {
			// The one to 224.0.0.81, with the port that it was given: another daemon has another one.
			if f := strings.Fields(line); len(f) > 2 && strings.HasPrefix(f[2], "510000E0:") {
				out += f[1] + " to " + f[2] + "\n"
			}
		}
		return out, err
	}
	var was string
	s.must(lab.Eventually(soon, "the synchronisation daemon of a master", func() (bool, string) {
		var err error
		was, err = state()
		return err == nil && strings.Contains(was, "master sync daemon") && strings.Contains(was, " to "), was
	}))
	mark, look := d.Proc.LogSize(), lookOut(state, func(is string) bool { return is == was })
	for range 2 {
		s.upgraded(d, func() { time.Sleep(100 * time.Millisecond) })
	}
	if wrong, looks := look.end(); wrong != "" {
		s.Errorf("of %d looks one was\n%s\nwant\n%s", looks, wrong, was)
	}
	if said := d.Proc.LogSince(mark); strings.Contains(said, "sync daemon") || strings.Contains(said, "STATE") {
		s.Errorf("the log says\n%s", said)
	}
}
