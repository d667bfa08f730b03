package lab

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// guestVar tells a program that it runs in a guest.
const guestVar = "LAB_GUEST"

// InGuest reports whether this program was run by a Guest.
func InGuest() bool { return os.Getenv(guestVar) != "" }

// A Guest is a user-mode kernel (test/uml), with IPVS, in which tests of this program run once more. It is for tests in
// test/e2e/NAME.
type Guest struct {
	Run      string            // which tests; "" is the one that asks
	Parallel int               // how many of them side by side; 0 is as many as there are processors
	Env      []string          // of the guest, besides what is here: UMLRUN_TIMEOUT=20m
	Tell     func(line string) // is given each line that the guest wrote; nil for nothing
}

// Test runs the tests there. t fails if they do, with all that was written.
func (g Guest) Test(t testing.TB) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	run := g.Run
	if run == "" {
		run = "^" + t.Name() + "$"
	}
	args := []string{self, "-test.v", "-test.run=" + run}
	if g.Parallel > 0 {
		args = append(args, fmt.Sprint("-test.parallel=", g.Parallel))
	}
	cmd := exec.Command("../../uml/run", args...)
	// The guest makes a lab of its own.
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, stageVar+"=") })
	cmd.Env = slices.Concat(env, []string{guestVar + "=1"}, g.Env)
	out, err := cmd.CombinedOutput()
	if g.Tell != nil {
		for line := range strings.Lines(string(out)) {
			g.Tell(line)
		}
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
