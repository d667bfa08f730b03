package syncd

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"holdfast/internal/netspace"
	"holdfast/ipvs/kernel"
)

// host is the kernel's IPVS with the interfaces of the same network namespace.
type host struct {
	*kernel.Handle
	socket int // any socket, to ask for interfaces
}

// In gives what opens the IPVS of a network namespace, which has to stay open; nil is that of the thread.
func In(space *os.File) func() (Kernel, error) {
	return func() (Kernel, error) {
		open := kernel.Open
		if space != nil {
			open = func() (*kernel.Handle, error) { return kernel.OpenIn(space) }
		}
		h, err := open()
		if err != nil {
			return nil, err
		}
		socket, err := socketIn(space)
		if err != nil {
			return nil, errors.Join(err, h.Close())
		}
		return host{h, socket}, nil
	}
}

func socketIn(space *os.File) (fd int, err error) {
	open := func() error {
		fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		return err
	}
	if space == nil {
		err = open()
	} else {
		err = netspace.Do(space, open)
	}
	if err != nil {
		return 0, fmt.Errorf("opening a socket to ask for interfaces: %w", err)
	}
	return fd, nil
}

// Index is the number of an interface, 0 if it is not there.
func (h host) Index(name string) int {
	r, err := unix.NewIfreq(name)
	if err != nil {
		return 0
	}
	if err := unix.IoctlIfreq(h.socket, unix.SIOCGIFINDEX, r); err != nil {
		return 0
	}
	return int(r.Uint32())
}

// Close leaves the daemons as they are.
func (h host) Close() error { return errors.Join(h.Handle.Close(), unix.Close(h.socket)) }
