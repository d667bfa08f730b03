package api

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestADeadSocketIsReplacedAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "d", "api.sock")
	// As after a kill: the file is there and nobody listens.
	first, err := listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := listen(path); err == nil || !strings.Contains(err.Error(), "somebody listens there already") {
		t.Errorf("beside one that lives: %v", err)
	}
	_ = first.UnixListener.Close()
	second, err := listen(path)
	if err != nil {
		t.Fatal("beside a dead one:", err)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o666 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	first.remove() // it is another one's now
	if _, err := os.Stat(path); err != nil {
		t.Error("the socket of another one was removed")
	}
	second.remove()
	_ = second.UnixListener.Close()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 1 {
		t.Errorf("left %v (%v)", left, err)
	}
	for what, make := range map[string]func(string) error{
		"a file":       func(p string) error { return os.WriteFile(p, nil, 0o600) },
		"a FIFO":       func(p string) error { return unix.Mkfifo(p, 0o600) },
		"a link":       func(p string) error { return os.Symlink("/etc/hostname", p) },
		"a directory":  func(p string) error { return os.Mkdir(p, 0o700) },
		"a dead link":  func(p string) error { return os.Symlink("/nowhere/at/all", p) },
		"no directory": func(string) error { return nil },
	} {
		p := filepath.Join(dir, what)
		if what == "no directory" {
			p = filepath.Join(dir, "no", "where", "s")
		}
		if err := make(p); err != nil {
			t.Fatal(err)
		}
		if l, err := listen(p); err == nil {
			t.Errorf("%s was taken for a dead socket", what)
			_ = l.UnixListener.Close()
		}
		if _, err := os.Lstat(p); err != nil && what != "no directory" {
			t.Errorf("%s is gone: %v", what, err)
		}
	}
}

// The directory goes with the last of them: that of a daemon that was killed is ours if its name says so.
func TestTheDirectoryOfOneThatWasKilled(t *testing.T) {
	for name, goes := range map[string]bool{"holdfast": true, "theirs": false} {
		parent := t.TempDir()
		path := filepath.Join(parent, name, "api.sock")
		killed, err := listen(path)
		if err != nil {
			t.Fatal(err)
		}
		_ = killed.UnixListener.Close()
		next, err := listen(path)
		if err != nil {
			t.Fatal(err)
		}
		_ = next.UnixListener.Close()
		next.remove()
		if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, os.ErrNotExist) != goes {
			t.Errorf("%s: %v", name, err)
		}
	}
	// One that somebody has made stays, and so does one with something else in it.
	dir := filepath.Join(t.TempDir(), ownDirectory)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"", "other"} {
		s, err := listen(filepath.Join(dir, "api.sock"))
		if err != nil {
			t.Fatal(err)
		}
		if other != "" { // beside one that was killed
			_ = s.UnixListener.Close()
			if err := os.WriteFile(filepath.Join(dir, other), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if s, err = listen(filepath.Join(dir, "api.sock")); err != nil {
				t.Fatal(err)
			}
		}
		_ = s.UnixListener.Close()
		s.remove()
		if _, err := os.Stat(dir); err != nil {
			t.Errorf("with %q in it: %v", other, err)
		}
	}
}

func TestALongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("x", 150))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "api.sock")
	s := start(t, &fake{}, func(o *Options) { o.Path = path })
	if !(Client{Path: path}).Answers() {
		t.Error("no answer")
	}
	if _, err := listen(path); err == nil {
		t.Error("two listen")
	}
	s.Close()
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is left: %v", err)
	}
}

func TestNobodyListens(t *testing.T) {
	for _, path := range []string{"/nowhere/api.sock", filepath.Join(t.TempDir(), "api.sock")} {
		var got any
		if _, err := (Client{Path: path}).Get("/v1/state", &got); !errors.Is(err, ErrNotRunning) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
