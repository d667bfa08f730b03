//go:build e2e

package snmp

import (
	"testing"

	"holdfast/test/lab"
)

// Virtual and real servers likewise, in a kernel that has IPVS.
func TestServicesAreShown(t *testing.T) {
	t.Parallel()
	if !lab.InGuest() {
		lab.Guest{}.Test(t)
		return
	}
	lab.Judge(t, func(t *lab.Trial) {
		p := newPair(t)
		p.each(func(s *station) { s.start(scene(t, "services")) })
		p.same(200)
	})
}
