//go:build e2e

// Package meaning gives the same configuration file to Debian's keepalived and to
// the daemon under test, each on a host of its own, and compares everything that
// can be seen from outside: addresses, sysctls, packets, programs run, FIFOs,
// mail, the IPVS table, files, log lines and exit statuses.
package meaning

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/test/lab"
)

func TestMain(m *testing.M) {
	os.Exit(lab.Isolate(func() int {
		if !lab.InGuest() {
			defer report(os.Stdout)
		}
		return m.Run()
	}))
}

// TestVRRP plays the scenes that need nothing but namespaces.
func TestVRRP(t *testing.T) {
	t.Parallel()
	playAll(t, picked(func(s *scene) bool { return !s.ipvs && !(s.slow && testing.Short()) }))
}

// TestServices plays the scenes that need IPVS, all in one user-mode kernel.
func TestServices(t *testing.T) {
	t.Parallel()
	inGuest(t, 8, func() { playAll(t, picked(func(s *scene) bool { return s.ipvs && !s.slow })) })
}

// TestSlowServices plays those that take long, in a kernel of their own. They wait
// for checks, which have to come to an end in time, so few are played at once.
func TestSlowServices(t *testing.T) {
	t.Parallel()
	if !testing.Short() {
		inGuest(t, 3, func() { playAll(t, picked(func(s *scene) bool { return s.ipvs && s.slow })) })
	}
}

// inGuest runs the test once more, in a user-mode kernel, and there calls play.
func inGuest(t *testing.T, parallel int, play func()) {
	if lab.InGuest() {
		play()
		return
	}
	g := lab.Guest{Parallel: parallel, Tell: func(line string) {
		if strings.HasPrefix(line, "    --- PASS") {
			fmt.Print(line) // they count as tests of this run
		}
	}}
	if f := flag.Lookup("test.run").Value.String(); strings.HasPrefix(f, t.Name()+"/") {
		g.Run = f
	}
	lab.Judge(t, func(t *lab.Trial) { g.Test(t) })
}

// picked are the scenes that pick wants.
func picked(pick func(*scene) bool) []scene {
	return slices.DeleteFunc(scenes(), func(s scene) bool { return !pick(&s) })
}

// playAll plays scenes, several at a time.
func playAll(t *testing.T, list []scene) {
	for _, s := range list {
		t.Run(strings.ReplaceAll(s.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			if s.ipvs { // a user-mode kernel stands still all the time; nothing there depends on it
				compare(t, &s)
				return
			}
			lab.Judge(t, func(t *lab.Trial) { compare(t, &s) })
		})
	}
}

// compare plays a scene with both programs and fails where they differ.
func compare(t testing.TB, s *scene) {
	if found := differences(t, s); found != "" {
		t.Errorf("%s\n%s", found, s.conf)
	}
}

// differences plays a scene once with both programs, at the same time, and tells
// in what they differ.
func differences(t testing.TB, s *scene) string {
	programs := [2]string{"keepalived", lab.Program()}
	var got [2]seen
	var errs [2]error
	var wg sync.WaitGroup
	for i, program := range programs {
		wg.Go(func() { got[i], errs[i] = perform(filepath.Join(t.TempDir(), fmt.Sprint(i)), s, program) })
	}
	wg.Wait()
	var b strings.Builder
	for i, err := range errs {
		if err != nil {
			fmt.Fprintf(&b, "%s: %v\n", programs[i], err)
		}
	}
	if b.Len() > 0 {
		return b.String()
	}
	for _, name := range sections {
		want, have := strings.Split(got[0][name], "\n"), strings.Split(got[1][name], "\n")
		diff := cmp.Diff(want, have)
		why, deliberate := s.differs[name]
		switch {
		case programs[0] == programs[1] && deliberate:
		case diff == "" && deliberate:
			fmt.Fprintf(&b, "%s are the same, but are said to differ: %q\n", name, why)
		case diff != "" && !deliberate:
			fmt.Fprintf(&b, "%s: -%s +%s\n%s", name, programs[0], filepath.Base(programs[1]), diff)
		}
	}
	if b.Len() > 0 {
		for i, program := range programs {
			fmt.Fprintf(&b, "log of %s:\n%s", program, got[i][secWhole])
		}
	}
	return b.String()
}
