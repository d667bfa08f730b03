//go:build e2e

package faults

import (
	"os"
	"testing"

	"holdfast/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Isolate(m.Run)) }

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
	if out, err := h.Run(lab.Program(), "--version"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
