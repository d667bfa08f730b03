//go:build e2e

// Package scenes plays examples/lvs-dr-pair to the end with every pairing of the
// daemon under test and Debian's keepalived, in kernels with IPVS.
package scenes

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

// limit of one scene, which plays in two minutes where nothing has to be played again. What is said of
// a busy machine is said in time.
const limit = 8 * time.Minute

func TestScene(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	scene := filepath.Join(t.TempDir(), "scene")
	build := exec.Command("go", "build", "-o", scene, "./test/scene")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the scene: %v\n%s", err, out)
	}
	d := lab.Program()
	type pairing struct {
		one, two string
		version  int
	}
	all := []pairing{{d, d, 2}, {d, d, 3}, {d, "keepalived", 2}, {"keepalived", d, 2}, {d, "keepalived", 3}, {"keepalived", d, 3}}
	if d == "keepalived" {
		all = all[:2]
	}
	for _, p := range all {
		name := fmt.Sprintf("%s and %s, version %d", filepath.Base(p.one), filepath.Base(p.two), p.version)
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			// What a broken file does does not depend on who the other director is:
			// all ways to break one are for the first pairing.
			quick := fmt.Sprint("-quick=", p != all[0])
			lab.Judge(t, func(t *lab.Trial) {
				play(t, root, scene, "-director1", p.one, "-director2", p.two, "-vrrp", fmt.Sprint(p.version), quick)
			})
		})
	}
}

// statusBusy is the exit status of a scene in which nothing failed but for a machine that was busy.
const statusBusy = 3

func play(t *lab.Trial, root, scene string, args ...string) {
	ctx, cancel := context.WithTimeout(context.Background(), limit+30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, scene, args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "UMLRUN_TIMEOUT="+limit.String())
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Run(); err != nil {
		if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == statusBusy {
			t.Busy("the kernel of the scene let nobody run for a while")
		}
		t.Errorf("scene %s: %v\n%s", strings.Join(args, " "), err, reasonFirst(out.String()))
		return
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	t.Log(lines[len(lines)-1])
}

// reasonFirst moves what did not hold, which a scene says last, before the play.
func reasonFirst(out string) string {
	at := strings.LastIndex(out, "\nFAILED: ")
	if at < 0 {
		return out
	}
	return strings.TrimSpace(out[at:]) + "\nthe whole play:\n" + out[:at]
}

func TestReasonFirst(t *testing.T) {
	got := reasonFirst("This kernel has no IPVS\n 1. Both directors start\n\nFAILED: of 2 steps\nThe service is stopped: took 3 s\n")
	if want := "FAILED: of 2 steps\nThe service is stopped: took 3 s\nthe whole play:\nThis kernel"; !strings.HasPrefix(got, want) {
		t.Errorf("%q", got)
	}
	if got := reasonFirst("panic\n"); got != "panic\n" {
		t.Errorf("%q", got)
	}
}
