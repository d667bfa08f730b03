//go:build e2e

package traffic

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/internal/state"
	"holdfast/test/lab"
)

// TestLeave has directors that announce leave and come back as an operator does it, under streams that never pause.
func TestLeave(t *testing.T) {
	inGuest(t, func() { play(t, lab.Program(), 3, []scenario{{"directors are drained", directorsDrained}}) })
}

// directorsDrained has each director drained under streams that never pause, stopped, started and put back. Nothing is
// lost; what is drained stays so over a reload, the death of the checker process and a restart.
func directorsDrained(s *scene) {
	port := s.port()
	s.announce(port)
	for d := range s.daemons {
		s.begin(d)
	}
	s.routed("all", 0, 1, 2)
	s.agree("at first", 0, 1, 2)
	all := s.streams(12, port)
	const drained = "this director is drained by root (0)"
	for d := range s.daemons {
		name := routers[d].name
		others := slices.Delete([]int{0, 1, 2}, d, d+1)
		talk := s.talk(all)
		s.told(d, 0, "director", "drain", "--wait", "--timeout", "90s")
		talk.end("while it was drained: " + name)
		s.routed("drained: "+name, others...)
		if routers[d].yields {
			for _, vip := range shared {
				if heard := s.router.Log(); !strings.Contains(heard, "last choice for "+vip+"/") {
					s.must(fmt.Errorf("%s: the router was not told before %s went:\n%s", name, vip, heard))
				}
			}
		} else if heard := s.router.Log(); d == 0 && strings.Contains(heard, "last choice") {
			s.Errorf("%s: an address has no metric, and the router heard:\n%s", name, heard)
		}
		s.agree("drained", 0, 1, 2)
		if said := s.told(d, 0, "why", shared[0]); !strings.Contains(said, "is not announced: "+drained) {
			s.Errorf("%s: why does not tell:\n%s", name, said)
		}
		if said := s.told(d, 0, "status"); !strings.Contains(said, "director") || !strings.Contains(said, "drained by root (0)") {
			s.Errorf("%s: status does not tell:\n%s", name, said)
		}
		if d == 0 {
			s.keepsDrained(d, others)
		}
		talk = s.talk(all)
		since := time.Now()
		s.must(s.daemons[d].Proc.Signal(syscall.SIGTERM))
		_, _, err := s.daemons[d].Proc.Wait(since, soon)
		s.must(err)
		s.begin(d)
		s.agree("started again", 0, 1, 2)
		s.routed("started again, drained", others...)
		s.told(d, 0, "director", "undrain")
		s.routed("back: "+name, 0, 1, 2)
		talk.end("while it was stopped and came back: " + name)
		s.told(d, 1, "director", "undrain")
	}
}

// keepsDrained has a director that is drained read its file again, and its checker process die.
func (s *scene) keepsDrained(d int, others []int) {
	s.Helper()
	s.must(s.daemons[d].Reload())
	pid, err := s.daemons[d].RolePid("checkers")
	s.must(err)
	mark := s.daemons[d].Proc.LogSize()
	s.must(syscall.Kill(pid, syscall.SIGKILL))
	_, err = s.daemons[d].WaitLog(mark, "Activating healthchecker", soon)
	s.must(err)
	s.agree("after a reload and a death", 0, 1, 2)
	s.routed("after a reload and a death", others...)
}

// told is order to a director that ends with a status.
func (s *scene) told(director, want int, words ...string) string {
	s.Helper()
	got, said := s.orderAt(director, words...)
	if got != want {
		s.must(fmt.Errorf("holdfast %s at %d: status %d, want %d\n%s", strings.Join(words, " "), director, got, want, said))
	}
	return said
}

// agree waits until directors have the same hash of each table.
func (s *scene) agree(what string, directors ...int) {
	s.Helper()
	s.must(lab.Eventually(soon, what+": one table on all", func() (bool, string) {
		hashes := map[string]map[string]bool{}
		var text strings.Builder
		for _, d := range directors {
			status, said := s.orderAt(d, "status", "-o", "json")
			var a state.All
			if err := json.Unmarshal([]byte(said), &a); status != 0 || err != nil || len(a.Services) != len(shared) {
				return false, said
			}
			for _, v := range a.Services {
				if hashes[v.Name] == nil {
					hashes[v.Name] = map[string]bool{}
				}
				hashes[v.Name][v.TableHash] = true
				fmt.Fprintf(&text, "%d %s %q, %d of %d up\n", d, v.Name, v.TableHash, v.ServersUp, v.Servers)
			}
		}
		for _, of := range hashes {
			if len(of) != 1 || of[""] {
				return false, text.String()
			}
		}
		return true, ""
	}))
}

// A talk is streams on which requests go all the time.
type talk struct {
	s     *scene
	stop  chan struct{}
	ended chan error
}

func (s *scene) talk(all []stream) *talk {
	t := &talk{s, make(chan struct{}), make(chan error, 1)}
	go func() {
		for {
			for _, f := range all {
				if server, err := f.ask(); err != nil || server != f.server {
					t.ended <- fmt.Errorf("a stream from port %d to %s with %s: %q, %w", f.port, f.vip, f.server, server, err)
					return
				}
			}
			select {
			case <-t.stop:
				t.ended <- nil
				return
			case <-time.After(20 * time.Millisecond): // the guest has one processor for all of it
			}
		}
	}()
	return t
}

// end stops the requests and fails unless all had their answers.
func (t *talk) end(what string) {
	t.s.Helper()
	close(t.stop)
	if err := <-t.ended; err != nil {
		t.s.must(fmt.Errorf("%s: %w", what, err))
	}
}
