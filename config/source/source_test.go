package source

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/config/syntax"
)

// tree makes the files of a small configuration and returns its directory.
func tree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]os.FileMode{"k.conf": 0o644, "conf.d/b.conf": 0o600, "conf.d/a.conf": 0o644, "exe.conf": 0o654}
	for name, mode := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("in "+name+" ${_PWD}\n"), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("k.conf", filepath.Join(dir, "link.conf")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("gone", filepath.Join(dir, "broken.conf")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo.conf"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestStat(t *testing.T) {
	dir := tree(t)
	want := map[string]syntax.Kind{
		"k.conf": syntax.Regular, "link.conf": syntax.Regular, "exe.conf": syntax.Executable,
		"conf.d": syntax.Directory, "fifo.conf": syntax.Other,
	}
	for name, want := range want {
		if got, err := (OS{}).Stat(filepath.Join(dir, name)); got != want || err != nil {
			t.Errorf("Stat(%s) = %v, %v, want %v", name, got, err, want)
		}
	}
	for _, name := range []string{"gone", "broken.conf", "k.conf/x"} {
		if _, err := (OS{}).Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("Stat(%s): no error", name)
		}
	}
}

func TestReadFile(t *testing.T) {
	dir := tree(t)
	got, err := OS{}.ReadFile(filepath.Join(dir, "k.conf"), 5)
	if string(got) != "in k." || err != nil {
		t.Errorf("ReadFile = %q, %v", got, err)
	}
	// Neither of these may wait for a writer or succeed.
	for _, name := range []string{"fifo.conf", "conf.d", "gone"} {
		if got, err := (OS{}).ReadFile(filepath.Join(dir, name), 5); err == nil {
			t.Errorf("ReadFile(%s) = %q", name, got)
		}
	}
}

func TestReadDir(t *testing.T) {
	got, err := OS{}.ReadDir(filepath.Join(tree(t), "conf.d"))
	if diff := cmp.Diff([]string{"a.conf", "b.conf"}, got); diff != "" || err != nil {
		t.Errorf("%v -want +got:\n%s", err, diff)
	}
	if _, err := (OS{}).ReadDir("/nonexistent"); err == nil {
		t.Error("no error for a directory that is not there")
	}
}

// TestLoad goes through the package that uses the source.
func TestLoad(t *testing.T) {
	dir := tree(t)
	main := filepath.Join(dir, "main.conf")
	text := "include *.conf\ninclude conf.d/{b,a,c}.conf\ninclude /dev/null\nglobal_defs {\n}\n"
	if err := os.WriteFile(main, []byte(strings.Replace(text, "*", "[efkl]*", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	snap := syntax.Load(OS{}, main, syntax.Options{})
	var got []string
	for _, line := range snap.Lines {
		got = append(got, line.Text)
	}
	for _, d := range snap.Diagnostics {
		got = append(got, d.String())
	}
	want := []string{
		"in k.conf DIR", "in k.conf DIR", "in conf.d/b.conf DIR/conf.d", "in conf.d/a.conf DIR/conf.d", "global_defs {", "}",
		"DIR/main.conf:1:9: warning: Configuration file 'DIR/exe.conf' is not a regular non-executable file - skipping; " +
			"chmod a-x it",
		"DIR/main.conf:1:9: warning: Configuration file 'DIR/fifo.conf' is not a regular non-executable file - skipping",
		`DIR/main.conf:2:9: warning: Some config files missing: "conf.d/{b,a,c}.conf".`,
		"DIR/main.conf:3:9: warning: Configuration file '/dev/null' is not a regular non-executable file - skipping",
	}
	if diff := cmp.Diff(want, strings.Split(strings.ReplaceAll(strings.Join(got, "\n"), dir, "DIR"), "\n")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestOverlay(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("file"), 0o644); err != nil {
		t.Fatal(err)
	}
	src := Overlay{Source: OS{}, Name: "<stdin>", Text: "typed"}
	for name, want := range map[string]string{"<stdin>": "typed", filepath.Join(dir, "a"): "file"} {
		if kind, err := src.Stat(name); err != nil || kind != syntax.Regular {
			t.Errorf("%s: %v %v", name, kind, err)
		}
		if got, err := src.ReadFile(name, 100); err != nil || string(got) != want {
			t.Errorf("%s: %q %v", name, got, err)
		}
		if got, err := src.ReadFile(name, 3); err != nil || string(got) != want[:3] {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	if _, err := src.Stat("stdin"); err == nil {
		t.Error("another name is there")
	}
}

// The newest of the files that were read counts, and none that could not be read.
func TestDated(t *testing.T) {
	dir := t.TempDir()
	at := func(name string, hour int) string {
		path := filepath.Join(dir, name)
		when := time.Date(2026, 3, 1, hour, 0, 0, 0, time.UTC)
		if err := errors.Join(os.WriteFile(path, []byte("router_id a\n"), 0o644), os.Chtimes(path, when, when)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	at("c.conf", 23)
	main, part := at("k.conf", 12), at("part.conf", 14)
	d := &Dated{}
	for _, step := range []struct {
		file string
		hour int
	}{{main, 12}, {part, 14}, {main, 14}, {dir, 14}, {dir + "/gone", 14}} {
		_, err := d.ReadFile(step.file, 100)
		if readable := step.file == main || step.file == part; readable != (err == nil) || d.Written.UTC().Hour() != step.hour {
			t.Errorf("%s: %v, %v", step.file, d.Written, err)
		}
	}
	if s := syntax.Load(d, main, syntax.Options{}); len(s.Files) != 1 {
		t.Errorf("%+v", s)
	}
}
