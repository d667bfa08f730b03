// Package netspace opens network namespaces by the names that `ip netns` gives them, and does things in one.
//
// A namespace belongs to a thread, and Go moves goroutines between threads. So a whole program gets into
// another namespace only by being executed again (super.Enter), and a single thing is done on a thread that
// nobody else gets afterwards (Do). A socket stays where it was opened, whoever uses it.
package netspace

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// directory is where `ip netns add` puts a file for each name.
const directory = "/run/netns"

// Path is the file of a named namespace.
func Path(name string) string { return filepath.Join(directory, name) }

// Exists reports whether a network namespace has that name.
func Exists(name string) bool {
	f, err := Open(name)
	if err != nil {
		return false
	}
	_ = f.Close()
	return true
}

// Open opens the namespace of that name. It stays the same one when the name is removed, or given to another.
func Open(name string) (*os.File, error) {
	// A directory of pid files is called after it, too.
	if name == "" || name == "." || name == ".." || strings.Contains(name, "/") {
		return nil, fmt.Errorf("network namespace '%s': not a name", name)
	}
	f, err := os.Open(Path(name))
	if err != nil {
		return nil, fmt.Errorf("network namespace %s: %w", name, err)
	}
	// The file is left behind as an empty one when the name was not removed by `ip netns`, and after a reboot
	// of a /run that is on a disk.
	if kind, err := unix.IoctlRetInt(int(f.Fd()), unix.NS_GET_NSTYPE); err != nil || kind != unix.CLONE_NEWNET {
		_ = f.Close()
		return nil, fmt.Errorf("network namespace %s: %s is no network namespace", name, Path(name))
	}
	return f, nil
}

// Own opens the namespace of the calling thread.
func Own() (*os.File, error) {
	f, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return nil, fmt.Errorf("own network namespace: %w", err)
	}
	return f, nil
}

// Of opens the namespace of a process.
func Of(pid int) (*os.File, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return nil, fmt.Errorf("network namespace of process %d: %w", pid, err)
	}
	return f, nil
}

// Set moves the calling thread into a namespace. It needs CAP_SYS_ADMIN. The caller has locked the thread,
// and must not unlock it any more.
func Set(f *os.File) error {
	if err := netns.Set(netns.NsHandle(f.Fd())); err != nil {
		if err == unix.EPERM {
			return fmt.Errorf("enter a network namespace: %w: needs CAP_SYS_ADMIN", err)
		}
		return fmt.Errorf("enter a network namespace: %w", err)
	}
	return nil
}

// Do calls fn on a thread in the namespace. What fn starts as a goroutine is elsewhere.
func Do(f *os.File, fn func() error) error {
	result := make(chan error, 1)
	go func() {
		// Never unlocked: the thread ends with the goroutine, and no other one ever runs there.
		runtime.LockOSThread()
		if err := Set(f); err != nil {
			result <- err
			return
		}
		result <- fn()
	}()
	return <-result
}
