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
)

// limit of one scene; it plays in under two minutes.
const limit = 5 * time.Minute

// director is the daemon under test: a path below the module's root, or a name.
func director() string {
	if d := os.Getenv("DIRECTOR"); d != "" {
		return d
	}
	return "bin/holdfast"
}

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
	d := director()
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
			play(t, root, scene, "-director1", p.one, "-director2", p.two, "-vrrp", fmt.Sprint(p.version), quick)
		})
	}
}

func play(t *testing.T, root, scene string, args ...string) {
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
		t.Errorf("scene %s: %v\n%s", strings.Join(args, " "), err, out.String())
		return
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	t.Log(lines[len(lines)-1])
}
