package report

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
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

func TestDump(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	core, logs := observer.New(zap.InfoLevel)
	stuck := errors.New("the loop is stuck")
	var text []byte
	var failed error
	dump := func() error {
		return Dump(zap.New(core), "BFD data", "x.data", func(ctx context.Context) ([]byte, error) {
			if _, ok := ctx.Deadline(); !ok {
				t.Error("it may take for ever")
			}
			return text, failed
		})
	}
	text = []byte("all of it")
	if err := dump(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(Dir(), "x.data"))
	if err != nil || string(got) != "all of it" {
		t.Errorf("%q, %v", got, err)
	}
	if want := fmt.Sprintf("Printing BFD data for process(%d) on signal", os.Getpid()); logs.All()[0].Message != want {
		t.Errorf("logged %q", logs.All()[0].Message)
	}
	text, failed = nil, stuck
	if err := dump(); !errors.Is(err, stuck) || err.Error() != "cannot write the BFD data: the loop is stuck" {
		t.Errorf("%v", err)
	}
	failed = nil
	t.Setenv("TMPDIR", "/proc/self") // a directory in which nobody makes files
	if err := dump(); err == nil {
		t.Error("no error for a file that cannot be made")
	}
}
