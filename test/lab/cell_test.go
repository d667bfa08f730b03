package lab

import (
	"os"
	"path/filepath"
	"testing"
)

// Only what passes in the end counts.
func TestCell(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cells")
	t.Setenv(Cells, file)
	for _, fails := range []bool{false, true} {
		trial := &Trial{TB: t}
		trial.run(func(t *Trial) {
			Cell(t, "a row", "x / y", "%d s", 3)
			if fails {
				t.Error("afterwards")
			}
		})
	}
	b, err := os.ReadFile(file)
	if want := "a row\tx / y\t3 s\n"; err != nil || string(b) != want {
		t.Errorf("%q, %v, want %q", b, err, want)
	}
}
