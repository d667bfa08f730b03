package source

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestReplaceKeepsModeOwnerAndLinks(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "k.conf"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	uid := os.Getuid()
	if uid == 0 {
		uid = 65534
		if err := os.Chown(file, uid, uid); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("k.conf", link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, link} {
		if err := Replace(name, []byte("new "+name)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file)
		if err != nil || string(got) != "new "+name {
			t.Errorf("%q, %v", got, err)
		}
		info, err := os.Lstat(file)
		if err != nil || info.Mode() != 0o640 || int(info.Sys().(*syscall.Stat_t).Uid) != uid {
			t.Errorf("%v %v", info, err)
		}
	}
	if target, err := os.Readlink(link); err != nil || target != "k.conf" {
		t.Errorf("the link is %q, %v", target, err)
	}
	nothingLeft(t, dir, 2)
}

// nothingLeft reports whether only so many files are in a folder.
func nothingLeft(t *testing.T, dir string, want int) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != want {
		t.Errorf("%d files, want %d: %v %v", len(entries), want, entries, err)
	}
}

func TestReplaceThatFails(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{filepath.Join(dir, "none"), dir, "/dev/null"} {
		if err := Replace(name, []byte("x")); err == nil {
			t.Errorf("%s was replaced", name)
		}
	}
	nothingLeft(t, dir, 0)
}

// Whoever has the file open goes on reading the old text.
func TestReplaceIsAtomic(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(file, []byte("old text"), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := Replace(file, []byte("n")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 100)
	if n, err := f.Read(b); err != nil || string(b[:n]) != "old text" {
		t.Errorf("%q, %v", b[:n], err)
	}
}
