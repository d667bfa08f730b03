//go:build e2e && uml

package events

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"holdfast/test/lab"
)

// TestVRFEvents is TestEvents with VRFs, which not every kernel has: go test -exec test/uml/run. Interfaces move into
// them and out, with what stands on them, and VRFs go and come again.
func TestVRFEvents(t *testing.T) {
	seed, runs := lab.Number(t, "EVENTS_SEED", rand.Uint64()>>32), lab.Number(t, "EVENTS_RUNS", 3)
	for run := range runs {
		t.Run(fmt.Sprint(seed+run), func(t *testing.T) {
			lab.Judge(t, func(t *lab.Trial) { play(t, rand.New(rand.NewPCG(seed+run, 0)), withVRFs()) })
		})
	}
}

// withVRFs has as many moves as other things that happen. A user-mode kernel is slow.
func withVRFs() world {
	moves := []string{
		makeRed, "link del red", makeBlue, "link set w0 nomaster", "link set w1 nomaster",
		makeRed + "; link set w0 master red", makeRed + "; link set w1 master red", makeBlue + "; link set w0 master blue",
		"link del red; " + makeRed + "; link set w0 master red", "link set red down", "link set red up",
		makeRed + "; link set w0 master red; link set w0 nomaster", makeRed + "; link del w0; " + makeW0 + "; link set w0 master red",
		"link set vrrp.52 nomaster", "link set vrrp.56 master blue",
	}
	w := plain()
	w.happenings = slices.Concat(w.happenings, moves, moves)
	w.vrf, w.interval, w.patience = true, time.Second, 2*time.Minute
	return w
}
