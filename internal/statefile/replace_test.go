package statefile

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Whatever stands in the place of the file, the new one is ours alone and nothing is written through.
func TestReplace(t *testing.T) {
	for name, put := range map[string]func(path, victim string) error{
		"nothing":         func(string, string) error { return nil },
		"a file for all":  func(path, _ string) error { return os.WriteFile(path, []byte("theirs"), 0o666) },
		"a hard link":     func(path, victim string) error { return os.Link(victim, path) },
		"a symbolic link": func(path, victim string) error { return os.Symlink(victim, path) },
		"a FIFO":          func(path, _ string) error { return syscall.Mkfifo(path, 0o666) },
	} {
		dir := t.TempDir()
		path, victim := filepath.Join(dir, "x"), filepath.Join(dir, "victim")
		if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := put(path, victim); err != nil {
			t.Fatal(err)
		}
		before, err := os.Lstat(path)
		if name == "nothing" {
			before, err = os.Lstat(victim)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := Replace(path, []byte("new")); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		info, err := os.Lstat(path)
		if err != nil || !info.Mode().IsRegular() || info.Mode().Perm() != 0o600 || os.SameFile(info, before) {
			t.Errorf("%s: %v %v", name, info, err)
		}
		got, err := os.ReadFile(path)
		kept, err2 := os.ReadFile(victim)
		if string(got) != "new" || string(kept) != "mine" || err != nil || err2 != nil {
			t.Errorf("%s: %q %v, the other file %q %v", name, got, err, kept, err2)
		}
		if all := names(t, dir); len(all) != 2 {
			t.Errorf("%s: left %q", name, all)
		}
	}
}

func TestReplaceFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Replace(path, []byte("new")); err == nil {
		t.Error("a directory was replaced")
	}
	if all := names(t, dir); len(all) != 1 {
		t.Errorf("left %q", all)
	}
	missing := filepath.Join(dir, "missing", "x")
	if err := Replace(missing, nil); err == nil || err.Error() != "write "+missing+": no such file or directory" {
		t.Errorf("written where there is no directory: %v", err)
	}
}
