package report

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCLI6_DumpDirectory(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]string{"": "/tmp", dir: dir, file: "/tmp", dir + "/missing": "/tmp",
		"relative": "/tmp"} {
		t.Setenv("TMPDIR", value)
		if got := Dir(); got != want {
			t.Errorf("TMPDIR=%s: %s, want %s", value, got, want)
		}
	}
}
