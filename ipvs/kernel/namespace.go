package kernel

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A namespace is a network namespace, held open.
type namespace struct{ file *os.File }

// currentNamespace is that of the calling thread.
func currentNamespace() (namespace, error) {
	f, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return namespace{}, fmt.Errorf("finding the network namespace: %v", err)
	}
	return namespace{f}, nil
}

// is reports whether both are the same namespace.
func (n namespace) is(o namespace) (bool, error) {
	var a, b unix.Stat_t
	if err := unix.Fstat(int(n.file.Fd()), &a); err != nil {
		return false, fmt.Errorf("comparing network namespaces: %v", err)
	}
	if err := unix.Fstat(int(o.file.Fd()), &b); err != nil {
		return false, fmt.Errorf("comparing network namespaces: %v", err)
	}
	return a.Dev == b.Dev && a.Ino == b.Ino, nil
}

// path names the namespace for this process.
func (n namespace) path() string { return fmt.Sprintf("/proc/self/fd/%d", n.file.Fd()) }

func (n namespace) close() error { return n.file.Close() }
