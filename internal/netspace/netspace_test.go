package netspace

import (
	"errors"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// here is the namespace of the calling thread.
func here(t *testing.T) string {
	t.Helper()
	name, err := os.Readlink("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// made is a new namespace, which has no name.
func made(t *testing.T) *os.File {
	t.Helper()
	type result struct {
		f   *os.File
		err error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread() // for good: the thread is of no use to others
		err := unix.Unshare(unix.CLONE_NEWNET)
		var f *os.File
		if err == nil {
			f, err = Own()
		}
		done <- result{f, err}
	}()
	r := <-done
	if r.err != nil {
		t.Fatal(r.err)
	}
	t.Cleanup(func() { _ = r.f.Close() })
	return r.f
}

func TestDoIsThereAndNobodyElse(t *testing.T) {
	outside := here(t)
	f := made(t)
	inside := ""
	for range 20 {
		err := Do(f, func() error {
			if inside == "" {
				inside = here(t)
			}
			if h := here(t); h != inside || h == outside {
				t.Errorf("in %s, want %s", h, inside)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan string)
		go func() { done <- here(t) }()
		if h := <-done; h != outside {
			t.Fatalf("another goroutine is in %s", h)
		}
	}
	why := errors.New("why")
	if err := Do(f, func() error { return why }); err != why {
		t.Errorf("Do gives %v", err)
	}
	elsewhere, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	if err := Do(elsewhere, func() error { t.Error("called"); return nil }); err == nil {
		t.Error("a file that is no namespace was entered")
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"", ".", "..", "a/b", "/", "../netns/red", "no-such-namespace"} {
		if f, err := Open(name); err == nil {
			t.Errorf("%q is %s", name, f.Name())
		}
		if Exists(name) {
			t.Errorf("%q exists", name)
		}
	}
	own, err := Of(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	_ = own.Close()
	if _, err := Of(1 << 30); err == nil {
		t.Error("a process that does not exist has a namespace")
	}
}
