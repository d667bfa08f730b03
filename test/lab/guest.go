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

// Test runs the tests there. t fails if they do, with what the failed ones said and then all that was written.
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
		t.Errorf("%v\n%sAll of it:\n%s", err, saidOfFailed(string(out)), out)
	}
}

// saidOfFailed is what the failed tests said, of what "go test -v" wrote: who reads the end of a long output, or
// its beginning, sees little of it.
func saidOfFailed(out string) string {
	said, failed, at := map[string]string{}, []string(nil), ""
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		switch {
		case len(f) > 2 && f[0] == "===":
			at = f[2]
		case len(f) > 2 && f[0] == "---":
			at = f[2] // of older programs, which write what a test said behind its end
			if f[1] == "FAIL:" {
				failed = append(failed, f[2])
			}
		case line != "FAIL\n":
			said[at] += line
		}
	}
	var all strings.Builder
	for _, name := range failed {
		if said[name] != "" {
			fmt.Fprintf(&all, "%s:\n%s", name, said[name])
		}
	}
	return all.String()
}
