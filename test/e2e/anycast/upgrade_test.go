//go:build e2e

package anycast

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/test/anycast"
	"holdfast/test/lab"
)

// few streams are enough to see that none ends.
const few = 90

// TestUpgrade has one of several directors that speak BGP themselves go on as another program.
func TestUpgrade(t *testing.T) {
	inGuest(t, func() {
		play(t, anycast.Options{Directors: 3, Servers: servers + 1}, []scenario{
			{"a director is upgraded", few, upgraded}, {"an upgraded director dies", few, upgradedDies}})
	})
}

// speaking is the plan of directors that speak BGP themselves.
func (s *scene) speaking() anycast.Plan {
	p := plan()
	var err error
	p.Speaker, err = filepath.Abs("../../../bin/holdfast-bgp")
	s.must(err)
	p.Service = strings.ReplaceAll(p.Service, "announce dev lo", "announce bgp")
	for _, d := range s.Directors { // where packets for the address come in; the end of the plan takes it away
		_, err := d.Run("ip", "address", "replace", anycast.VIP.String()+"/32", "dev", "lo")
		s.must(err)
	}
	return p
}

// changed is the program under test in another file, with some bytes changed.
func (s *scene) changed(name, from, to string) string {
	b, err := os.ReadFile(lab.Program())
	s.must(err)
	if from != "" && !bytes.Contains(b, []byte(from)) {
		s.must(fmt.Errorf("the program has no %q", from))
	}
	path := filepath.Join(s.TempDir(), name)
	s.must(os.WriteFile(path, bytes.ReplaceAll(b, []byte(from), []byte(to)), 0o755))
	return path
}

// upgrade has a director go on as another program.
func (s *scene) upgrade(director int, program string) (string, error) {
	d := s.Directors[director]
	return d.Run(lab.Program(), "upgrade", "--pid", fmt.Sprint(d.Proc.Pid), program)
}

// watch looks at the router's directors all the time until it is ended, which gives what it saw beside the first ones.
func (s *scene) watch() (end func() [][]int) {
	first, err := s.Hops()
	s.must(err)
	var other [][]int
	var looked sync.WaitGroup
	done := make(chan struct{})
	looked.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
			if now, err := s.Hops(); err != nil || !slices.Equal(now, first) {
				other = append(other, now)
			}
		}
	})
	return func() [][]int { close(done); looked.Wait(); return other }
}

// sessions are those of the router, as it shows them: with the time at which each was established.
func (s *scene) sessions() string {
	out, err := s.Router.Run("birdc", "-s", filepath.Join(s.Router.Dir, "bird.ctl"), "show", "protocols", "all", "\"bgp*\"")
	s.must(err)
	var all []string
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) > 5 && f[1] == "BGP" || len(f) > 0 && f[0] == "Import" && f[1] == "withdraws:" {
			all = append(all, strings.Join(f, " "))
		}
	}
	return strings.Join(all, "\n")
}

// same reports whether sessions are those that they were. When they began is shown as what is reckoned from two clocks.
func same(was, is string) bool {
	a, b := strings.Fields(was), strings.Fields(is)
	return slices.EqualFunc(a, b, func(x, y string) bool {
		const form = "15:04:05.000"
		from, err := time.Parse(form, x)
		to, other := time.Parse(form, y)
		if err != nil || other != nil {
			return x == y
		}
		return to.Sub(from).Abs() < time.Second
	})
}

// upgraded upgrades a director again and again, once to a program that cannot go on: the router hears nothing of it, and
// no stream ends.
func upgraded(s *scene) {
	s.begin(s.speaking(), 0, 1, 2)
	ss := s.open()
	had := len(s.by(1, ss))
	sessions, watch := s.sessions(), s.watch()
	if had == 0 || strings.Count(sessions, "Established") != 3 {
		s.must(fmt.Errorf("%d streams by\n%s", had, sessions))
	}
	d := s.Directors[1]
	speaker := s.speaker(1)
	mark := d.Proc.LogSize()
	asked := make(chan struct{})
	done := make(chan error, 1)
	go func() { // streams are used all the time
		for {
			if t := ss.Ask(soon); t.Answered != len(ss) {
				done <- fmt.Errorf("of %d streams %+v", len(ss), t)
				return
			}
			select {
			case <-asked:
				done <- nil
				return
			case <-time.After(200 * time.Millisecond): // the guest has one processor
			}
		}
	}()
	for _, program := range []string{s.changed("holdfast-next", "", ""), lab.Program()} {
		if out, err := s.upgrade(1, program); err != nil {
			s.must(fmt.Errorf("%w: %s", err, out))
		}
	}
	// It can read the configuration, and finds no IPVS in the kernel.
	if out, err := s.upgrade(1, s.changed("holdfast-blind", "IPVS", "IPVX")); err == nil || !strings.Contains(out, "IPVX") {
		s.must(fmt.Errorf("a program that cannot go on: %v: %s", err, out))
	}
	close(asked)
	s.must(<-done)
	if seen := watch(); len(seen) > 0 {
		s.Errorf("the router had %v", seen)
	}
	if now := s.sessions(); !same(sessions, now) {
		s.Errorf("sessions were\n%s\nand are\n%s", sessions, now)
	}
	if log := d.Proc.LogSince(mark); strings.Contains(log, "BGP session") || strings.Contains(log, "Withdrawing") {
		s.Errorf("the log says\n%s", log)
	}
	if now := s.speaker(1); now != speaker {
		s.Errorf("holdfast-bgp was %d and is %d", speaker, now)
	}
	s.live("after upgrades", ss)
	s.Logf("all %d streams of a director that was upgraded live on", had)
	// What an upgraded daemon takes back goes by the same session.
	s.must(d.Proc.Signal(unix.SIGTERM))
	s.routed(0, 2)
	_, _, err := d.Proc.Wait(time.Now(), soon)
	s.must(err)
	if s.speaker(1) != 0 {
		s.Errorf("holdfast-bgp is left")
	}
}

// speaker is the process that speaks BGP for a director, 0 for none.
func (s *scene) speaker(director int) (found int) {
	d := s.Directors[director]
	out, err := d.Run("ip", "netns", "pids", d.Namespace())
	s.must(err)
	for _, text := range strings.Fields(out) {
		var pid int
		if _, err := fmt.Sscan(text, &pid); err != nil {
			continue
		}
		if name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); err == nil && string(name) == "holdfast-bgp\n" {
			found = pid
		}
	}
	return found
}

// upgradedDies has the checker process of an upgraded director die, and then all of it: nobody is left who could take a
// route back, so it goes at once.
func upgradedDies(s *scene) {
	s.begin(s.speaking(), 0, 1, 2)
	d := s.Directors[1]
	if out, err := s.upgrade(1, s.changed("holdfast-next", "", "")); err != nil {
		s.must(fmt.Errorf("%w: %s", err, out))
	}
	speaker := s.speaker(1)
	pid, err := d.RolePid("checkers")
	s.must(err)
	mark := d.Proc.LogSize()
	s.must(syscall.Kill(pid, syscall.SIGKILL))
	_, err = d.WaitLog(mark, "BGP session with 192.168.1.1 is established", soon)
	s.must(err)
	s.routed(0, 1, 2)
	if now := s.speaker(1); now == 0 || now == speaker {
		s.Errorf("holdfast-bgp was %d and is %d", speaker, now)
	}
	if out, err := s.upgrade(1, lab.Program()); err != nil {
		s.must(fmt.Errorf("%w: %s", err, out))
	}
	at := time.Now()
	s.must(d.Proc.KillTree())
	if took := s.routed(0, 2).Sub(at); took >= anycast.Keepalive {
		s.Errorf("the route went after %v", took)
	}
}
