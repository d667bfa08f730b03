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

	"holdfast/config"
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
		return Dump(zap.New(core), "BFD data", "_x", func(ctx context.Context) (config.Global, []byte, error) {
			if _, ok := ctx.Deadline(); !ok {
				t.Error("it may take for ever")
			}
			return config.Global{}, text, failed
		})
	}
	text = []byte("all of it")
	if err := dump(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(Dir(), "keepalived_x.data"))
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

func TestFiles_cli6(t *testing.T) {
	t.Setenv("TMPDIR", "/usr")
	red := config.Place{NetNamespace: "red", Instance: "one"}
	all := func(path string) config.Files { return config.Files{StateDump: path, StatsDump: path, JSONDump: path} }
	named := config.Files{UseInstance: true}
	for _, c := range []struct {
		files config.Files
		place config.Place
		kind  Kind
		of    string
		want  string
	}{
		{config.Files{}, config.Place{}, Data, "", "/usr/keepalived.data"},
		{config.Files{}, red, Data, "_check", "/usr/keepalived_check.data"},
		{config.Files{}, red, Stats, "", "/usr/keepalived.stats"},
		{config.Files{}, red, JSON, "", "/usr/keepalived.json"},
		{named, config.Place{}, Data, "", "/usr/keepalived.data"},
		{named, red, Data, "", "/usr/keepalived.red_one.data"},
		{named, config.Place{Instance: "one"}, Data, "_parent", "/usr/keepalived_parent.one.data"},
		{named, red, Stats, "", "/usr/keepalived.stats"}, // as 2.2.7
		{named, red, JSON, "", "/usr/keepalived.json"},
		{all("/var/x.txt"), red, Data, "_bfd", "/var/x_bfd.txt"},
		{all("/var/x.txt"), red, Stats, "", "/var/x.txt"},
		{all("/var/x"), red, JSON, "", "/var/x"},
		{all("/var/"), red, Data, "_bfd", "/var/keepalived_bfd.data"},
		{all("/var/"), red, Stats, "", "/var/keepalived.stats"},
		{all("sub/x.txt"), red, JSON, "", "/usr/sub/x.txt"},
		{all("x.txt"), red, Data, "", "/usr/x.txt"},
		{config.Files{StateDump: "/var/x.txt", UseInstance: true}, red, Data, "_bfd", "/var/x_bfd.red_one.txt"},
	} {
		if got := FileOf(config.Global{Files: c.files, Place: c.place}, c.kind, c.of); got.path != c.want || got.mode != 0o600 {
			t.Errorf("%+v, kind %d%s: %s %v, want %s", c.files, c.kind, c.of, got.path, got.mode, c.want)
		}
	}
}

// Who may read a file is a matter of the configuration, not of who started the daemon.
func TestModeOfFiles(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for mask, want := range map[uint16]os.FileMode{0: 0o666, 0o022: 0o644, 0o077: 0o600, 0o177: 0o600, 0o777: 0} {
		f := FileOf(config.Global{Files: config.Files{Umask: mask, UmaskSet: true}}, Stats, "")
		if err := f.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if st, err := os.Stat(filepath.Join(Dir(), "keepalived.stats")); err != nil || st.Mode().Perm() != want {
			t.Errorf("umask %03o: %v, %v, want %v", mask, st.Mode(), err, want)
		}
	}
}
