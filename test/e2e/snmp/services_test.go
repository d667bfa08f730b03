//go:build e2e

package snmp

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"holdfast/test/lab"
)

// withIPVS plays a test in a kernel of its own.
func withIPVS(t *testing.T, test func(*lab.Trial)) {
	t.Parallel()
	if !lab.InGuest() {
		lab.Guest{}.Test(t)
		return
	}
	lab.Judge(t, test)
}

// Virtual and real servers likewise, in a kernel that has IPVS.
func TestServicesAreShown(t *testing.T) {
	withIPVS(t, func(t *lab.Trial) {
		p := newPair(t)
		p.each(func(s *station) { s.start(scene(t, "services")) })
		var all coverage
		all.note(p.same(800))
		all.complete(t, "3")
		// Of all that its MIB describes only the weight of a server may be written.
		const checker = ".1.3.6.1.4.1.9586.100.5.3."
		p.sets(map[string][]string{
			checker + "4.1.7": {"i 7", "i 0", "i 255", "u 7", "s 7", "i 3"},
			checker + "4.1.8": {"u 7"}, checker + "3.1.22": {"u 7"}, checker + "7.1": {"i 7"},
		})
		p.same(800)
		// It is a weight in the table, until the next reload.
		p.each(func(s *station) {
			if out := s.set(checker+"4.1.7.8.1", "i", "9"); !strings.HasSuffix(out, " = INTEGER: 9") {
				s.Fatal(out)
			}
		})
		p.weighs("10.0.0.5:26", "127.0.0.3:26", "9")
		p.each(func(s *station) { s.must(s.d.Reload()) })
		p.weighs("10.0.0.5:26", "127.0.0.3:26", "1")
	})
}

// weighs waits until a server has a weight in both tables.
func (p pair) weighs(service, server, weight string) {
	p.each(func(s *station) {
		s.must(lab.Eventually(soon, server+" to weigh "+weight, func() (bool, string) {
			out, err := s.d.Command("ipvsadm", "-Ln", "-t", service).CombinedOutput()
			for line := range strings.Lines(string(out)) {
				// -> 127.0.0.3:26 Masq 9 0 0
				if f := strings.Fields(line); len(f) > 3 && f[1] == server {
					return f[3] == weight, line
				}
			}
			return false, fmt.Sprint(err, string(out))
		}))
	})
}

// A sync daemon and the kernel's timeouts likewise.
func TestSettingsOfTheKernelAreShown(t *testing.T) {
	withIPVS(t, func(t *lab.Trial) {
		p := newPair(t)
		p.each(func(s *station) { s.start(scene(t, "sync")) })
		p.same(60)
	})
}

// What happens to real servers and quorums is told likewise. Both have the same files, by which their servers live.
func TestWhatHappensToServersIsTold(t *testing.T) {
	withIPVS(t, func(t *lab.Trial) {
		p := newPair(t)
		lives := func(names ...string) {
			for _, name := range names {
				p.ours.must(os.WriteFile("/run/lives-"+name, nil, 0o600))
			}
		}
		dies := func(names ...string) {
			for _, name := range names {
				p.ours.must(os.Remove("/run/lives-" + name))
			}
		}
		once := func(do func()) func(*station) {
			return func(s *station) {
				if s == p.ours {
					do()
				}
			}
		}
		lives("a", "b", "c")
		p.tells([]step{
			{"a start", 4, func(s *station) { s.start(scene(t, "servertraps")) }},
			{"a server goes", 1, once(func() { dies("a") })},
			{"the quorum goes", 2, once(func() { dies("b") })},
			{"a server comes back", 2, once(func() { lives("b") })},
			{"another comes back", 1, once(func() { lives("a") })},
			{"a reload takes a virtual server away", 2, func(s *station) {
				s.reload(without(scene(t, "servertraps"), "virtual_server fwmark 5", "virtual_server group G1"))
			}},
			{"a reload brings it back", 1, func(s *station) { s.reload(scene(t, "servertraps")) }},
			{"a stop", 10, func(s *station) { s.stop() }},
		})
	})
}
