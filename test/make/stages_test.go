// Package stages tests what "make test" says while it runs and at its end.
package stages

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// play runs stages that print what is in files of testdata, and returns what a log of it shows.
func play(t *testing.T, stages string) (out string, status int) {
	t.Helper()
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(t.TempDir(), "script")
	text := "cd " + here + "\nset -uo pipefail\nlogs=" + t.TempDir() + "/logs\n. ./stages\n" +
		"prints() { cat testdata/$1; return $2; }\n" + stages + "\nfinish\n"
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", script)
	b, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(b), cmd.ProcessState.ExitCode()
}

// lastScreen is what a terminal of 24 lines shows.
func lastScreen(out string) string {
	lines := strings.Split(strings.TrimRight(out, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-24):], "\n")
}

func says(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in\n%s", w, text)
		}
	}
}

func TestStageIsNamedWhenItBegins(t *testing.T) {
	out, status := play(t, "stage lint prints quiet 0\nstage unit prints passes 0")
	if status != 0 {
		t.Errorf("exit status %d", status)
	}
	says(t, out, "lint         begins ", "/logs/lint.log\nlint         ok ", "skipped: nothing", "1 tests passed")
	if strings.Contains(out, "FAILED") {
		t.Errorf("%s", out)
	}
}

// A scene says why in its last lines; the play before them is long.
func TestReasonOfAFailedSceneIsInTheLastScreen(t *testing.T) {
	out, status := play(t, "for s in deps build lint unit fuzz host kernel pairs meaning; do stage $s prints passes 0; done\n"+
		"stage scenes prints scene 1")
	if status != 1 {
		t.Errorf("exit status %d", status)
	}
	says(t, lastScreen(out), "scenes FAILED, ", "/logs/scenes.log", "\nFAILED",
		"Director 1 dies and comes back: 192.168.1.150 came to director2 3918 ms after the last advertisement of director1, allowed are 3905 ms",
		"The service is stopped: director2 took over 1200 ms after it, allowed are 905 ms")
}

func TestReasonsOfManyStages(t *testing.T) {
	out, _ := play(t, "stage lint prints compiler 1\nstage unit prints failures 1\nstage race prints race 1\nstage scenes prints scene 1")
	says(t, lastScreen(out), "lint FAILED", "unit FAILED", "race FAILED", "scenes FAILED", "gofmt -w these", "TestDeep/inner",
		"DATA RACE", "allowed are 3905 ms", "lines more)", "\nFAILED")
	// What passed and what was only logged by tests that passed is no reason.
	if s := lastScreen(out); strings.Contains(s, "TestFine") || strings.Contains(s, "all is well") {
		t.Errorf("%s", s)
	}
}

func TestBusyMachineIsNoFailure(t *testing.T) {
	out, status := play(t, "stage pairs prints busy 1\nstage unit prints passes 0")
	if status != 1 {
		t.Errorf("exit status %d", status)
	}
	says(t, lastScreen(out), "pairs        BUSY", "could not be judged: this machine", "NOT JUDGED: this machine was too busy")
	if strings.Contains(out, "FAILED") {
		t.Errorf("%s", out)
	}
	out, _ = play(t, "stage pairs prints busy-and-failed 1")
	says(t, lastScreen(out), "pairs        FAILED", "the address is gone", "\nFAILED")
}

// Stages in lanes run side by side: each of these two waits for the other; what fails in a lane fails the whole.
func TestLanes(t *testing.T) {
	meet := func(name, other string) string {
		return name + "() { touch $logs/" + name + ".here; for i in {1..500}; do [ -e $logs/" + other +
			".here ] && break; sleep 0.02; done; [ $i -lt 500 ] && prints passes 0; }\n"
	}
	both := meet("left", "right") + meet("right", "left") + "after() { prints quiet 0; }\nbad() { prints failures 1; }\n"
	out, status := play(t, both+"lanes 'left after' right")
	if status != 0 {
		t.Errorf("exit status %d:\n%s", status, out)
	}
	says(t, out, "left         begins ", "right        ok ", "after        ok ", "2 tests passed")
	if strings.Index(out, "left         ok") > strings.Index(out, "after        begins") {
		t.Errorf("a lane is no lane:\n%s", out)
	}
	out, status = play(t, both+"lanes 'left bad after' right")
	if status != 1 {
		t.Errorf("exit status %d", status)
	}
	says(t, lastScreen(out), "bad          FAILED", "after        ok", "bad FAILED, ", "TestDeep/inner", "\nFAILED")
}
