//go:build e2e

package snmp

import (
	"strings"
	"testing"

	"holdfast/test/lab"
)

// A daemon that goes on as another program is shown as before, and tells of nothing that did not happen; what happens
// then it tells.
func TestUpgradeIsNoTransition(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		s := newStation(t, lab.Program())
		s.start(scene(t, "traps"))
		s.must(lab.Eventually(soon, "word of the start", func() (bool, string) {
			all := s.told(0) // of five routers, a group and an owner
			return len(all) == 18, strings.Join(all, "\n")
		}))
		was := comparable(s.walk())
		mark, own := s.traps.LogSize(), s.d.Proc.LogSize()
		s.must(s.d.Upgrade())
		_, err := s.d.WaitLog(own, "Upgraded from version", soon)
		s.must(err)
		s.must(lab.Eventually(soon, "the same objects", func() (bool, string) {
			diff := compare(was, comparable(s.walk()))
			return diff == "", diff
		}))
		if told := s.told(mark); len(told) > 0 {
			t.Errorf("told of an upgrade:\n%s", strings.Join(told, "\n"))
		}
		_, err = s.d.Host.Run("ip", "link", "set", "in1", "down")
		s.must(err)
		s.must(lab.Eventually(soon, "word of an interface that has gone", func() (bool, string) {
			all := s.told(mark)
			return len(all) == 4, strings.Join(all, "\n")
		}))
	})
}
