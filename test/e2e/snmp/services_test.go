//go:build e2e

package snmp

import (
	"os"
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
		p.same(200)
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
		})
	})
}
