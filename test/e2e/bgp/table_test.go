//go:build e2e

package bgp

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"holdfast/internal/speaker/talk"
	"holdfast/test/lab"
)

// table is how many routes a router sends, and room how much memory that may cost, in KiB.
const (
	table = 100_000
	room  = 32 << 10
)

// A router that sends a table costs no memory that grows with it, and no session.
func TestTable(t *testing.T) {
	lab.Judge(t, func(t *lab.Trial) {
		s := newStreet(t)
		s.bird("")
		k := s.speak(usual(), vips...)
		s.established(k)
		s.routed("before", vips...)
		before := s.resident()
		var text strings.Builder
		text.WriteString("protocol static { ipv4;\n")
		for i := range table {
			fmt.Fprintf(&text, "route 100.%d.%d.%d/32 blackhole { bgp_med = %d; };\n", 64+i>>16, i>>8&0xff, i&0xff, i%500)
		}
		text.WriteString("}\n")
		_, err := s.router.WriteFile("more.conf", text.String())
		s.must(err)
		_, err = s.router.Run("birdc", "-s", s.control(), "configure")
		s.must(err)
		begun := time.Now()
		s.must(lab.Eventually(soon, "all routes are on their way", func() (bool, string) {
			out, err := s.router.Run("birdc", "-s", s.control(), "show", "protocols", "all", "v4")
			s.must(err)
			return strings.Contains(out, fmt.Sprintf("%d exported", table)), out
		}))
		s.must(lab.Eventually(soon, "all routes are there", func() (bool, string) {
			there, err := s.router.Run("ss", "-Hnt")
			s.must(err)
			here, err := s.director.Run("ss", "-Hnt")
			s.must(err)
			return idle(there) && idle(here), there + here
		}))
		took := time.Since(begun)
		// It goes on with its work, with all of that read.
		k.Set(places(vips[0]))
		s.routed("after", vips[0])
		after := s.resident()
		s.Logf("%d routes in %v: %d KiB before, %d KiB after", table, took.Round(time.Millisecond), before, after)
		if after-before > room {
			s.Errorf("%d KiB more with %d routes", after-before, table)
		}
		for _, n := range k.Sessions() {
			if n.Losses != 0 || n.State != talk.Established {
				s.Errorf("lost: %+v", n)
			}
		}
	})
}

// idle reports whether what ss lists has nothing to be read or sent.
func idle(list string) bool {
	for line := range strings.Lines(list) {
		if f := strings.Fields(line); len(f) < 3 || f[1] != "0" || f[2] != "0" {
			return false
		}
	}
	return list != ""
}

// resident is how much memory the program that speaks has, in KiB.
func (s *street) resident() int {
	s.Helper()
	pids := s.speakers()
	for _, pid := range pids {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		s.must(err)
		if _, rest, is := strings.Cut(string(b), "VmRSS:"); is {
			var n int
			if _, err := fmt.Sscan(rest, &n); err == nil {
				return n
			}
		}
	}
	s.Fatalf("programs %v", pids)
	return 0
}
