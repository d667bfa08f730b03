package filewatch

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// told waits until a file is said to have changed.
func told(t *testing.T, from <-chan []string, path string) {
	t.Helper()
	for limit := time.After(time.Minute); ; {
		select {
		case paths := <-from:
			if slices.Contains(paths, path) {
				return
			}
		case <-limit:
			t.Fatalf("nothing was said of %s", path)
		}
	}
}

func watcher(t *testing.T) (*Watcher, <-chan []string, string) {
	changes := make(chan []string, 1024)
	w := New(func(paths []string) { changes <- paths })
	t.Cleanup(func() { _ = w.Close() })
	return w, changes, t.TempDir()
}

// All that can happen to files is in the tests of those who watch some (internal/track).
func TestFilesAreWatchedUntilNobodyNeedsThem(t *testing.T) {
	w, changes, dir := watcher(t)
	f, g := filepath.Join(dir, "f"), filepath.Join(dir, "none", "g")
	for _, path := range []string{f, g} {
		if err := w.Watch(path); err != nil {
			t.Fatal(err)
		}
	}
	write := func(path string) {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(f)
	told(t, changes, f)
	if err := os.Mkdir(filepath.Dir(g), 0o700); err != nil {
		t.Fatal(err)
	}
	told(t, changes, g)
	if err := w.Watch(g); err != nil {
		t.Fatal(err)
	}
	write(g)
	told(t, changes, g)
	w.Keep(func(path string) bool { return path == g })
	for len(changes) > 0 {
		<-changes
	}
	write(f)
	write(g)
	for limit := time.After(time.Minute); ; {
		select {
		case paths := <-changes:
			if slices.Contains(paths, f) {
				t.Fatal("a file that nobody needs is watched")
			}
			if slices.Contains(paths, g) {
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				if err := w.Watch(f); err == nil {
					t.Error("something is watched after the end")
				}
				return
			}
		case <-limit:
			t.Fatal("nothing was said of a file that is needed")
		}
	}
}

// What cannot be watched may have changed at any time.
func TestFilesThatCannotBeWatchedAreNamedEverySecond(t *testing.T) {
	w, changes, dir := watcher(t)
	w.notify = &inotify{fd: -1} // every watch is refused
	defer func() { w.notify = nil }()
	path := filepath.Join(dir, "f")
	for range 2 {
		if err := w.Watch(path); err == nil {
			t.Fatal("it is watched")
		}
		told(t, changes, path)
	}
}
