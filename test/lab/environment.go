package lab

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Program is the daemon under test, as DIRECTOR names it: a name to look up in PATH, or the whole path of what DIRECTOR
// says from the root of the module on. Without DIRECTOR it is bin/holdfast. It is for tests in test/e2e/NAME.
func Program() string {
	d := os.Getenv("DIRECTOR")
	if d == "" {
		d = "bin/holdfast"
	}
	if strings.Contains(d, "/") && !filepath.IsAbs(d) {
		d, _ = filepath.Abs(filepath.Join("../../..", d)) // fails only without a working directory
	}
	return d
}

// Number is the number in a variable of the environment, for tests that somebody may want longer or again:
// RELOAD_PAIRS=1000. Without the variable it is otherwise.
func Number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
