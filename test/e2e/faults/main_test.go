//go:build e2e

package faults

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Isolate(m.Run)) }

// program is the daemon under test, as DIRECTOR names it: a path or a name in PATH.
func program() string {
	d := os.Getenv("DIRECTOR")
	if d == "" {
		d = "bin/holdfast"
	}
	if strings.Contains(d, "/") && !filepath.IsAbs(d) {
		d = filepath.Join("../../..", d)
	}
	return d
}

// TestProgram: there is a daemon to test.
func TestProgram(t *testing.T) {
	lan, err := lab.NewLAN(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lan.Close(); err != nil {
			t.Error(err)
		}
	})
	h, err := lan.AddHost("d1")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := h.Run(program(), "--version"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
