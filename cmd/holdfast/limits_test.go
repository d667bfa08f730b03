//go:build acceptance

package main

import (
	"bytes"
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"holdfast/config/language"
	"holdfast/test/mutate"
)

// What a file may cost at most: the memory of the process, and the time it computes.
const (
	mostMemory = 200 << 10 // KB
	mostTime   = 4 * time.Second
)

// A cost is what one run of the program took.
type cost struct {
	memory int64 // at most, KB
	time   time.Duration
	status int // negative: a signal
	out    []byte
}

// costOf runs the program to its end. A process begins with the memory of the one it
// comes from, here that of the test: it has to stay small.
func costOf(t *testing.T, args ...string) cost {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(program(t), args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	state := cmd.ProcessState
	return cost{state.SysUsage().(*syscall.Rusage).Maxrss, state.UserTime() + state.SystemTime(), state.ExitCode(), out.Bytes()}
}

// mostText keeps the variants of a text small, together.
const mostText = 12_000

// dearest are the files of a folder that cost most, of those with not too much text.
func dearest(t *testing.T, dir string, n int) []string {
	names, err := filepath.Glob(filepath.Join(dir, "*.conf"))
	if err != nil || len(names) < n {
		t.Fatalf("%d files in %q: %v", len(names), dir, err)
	}
	took := map[string]time.Duration{}
	names = slices.DeleteFunc(names, func(name string) bool {
		file, err := os.Stat(name)
		return err != nil || file.Size() > mostText
	})
	for _, name := range names {
		took[name] = costOf(t, "check", name).time
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(took[b], took[a]) })
	return names[:n]
}

// The largest real files, as they are and with one thing wrong in them, are looked at
// within the memory and the time that somebody who mistypes may expect.
func TestLimitsOfRealFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "k.conf")
	var most cost
	tried := 0
	for _, name := range dearest(t, os.Getenv("HOLDFAST_CORPUS"), 10) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		good := mutate.Fault{Variant: mutate.Variant{Kind: "nothing", Text: string(text)}}
		for _, v := range append(mutate.Some(mutate.Faults(language.Table(), name, good.Text), 3), good) {
			write(t, file, v.Text)
			for _, args := range [][]string{{"check", file}, {"-t", "-f", file}} {
				c := costOf(t, args...)
				tried++
				most.memory, most.time = max(most.memory, c.memory), max(most.time, c.time)
				if c.memory > mostMemory || c.time > mostTime || c.status < 0 || bytes.Contains(c.out, []byte("goroutine ")) {
					t.Errorf("%s %s, %s at %d: %d KB, %v, status %d", args[0], name, v.Kind, v.Line, c.memory, c.time, c.status)
				}
			}
		}
	}
	if tried < 200 {
		t.Errorf("%d runs", tried)
	}
	t.Logf("%d runs: at most %d MB and %v", tried, most.memory>>10, most.time)
}
