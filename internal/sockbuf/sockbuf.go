// Package sockbuf sizes the receive buffers of sockets.
package sockbuf

import (
	"fmt"
	"math"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Size is how large a buffer is to be.
type Size struct {
	Bytes uint32 // 0 = as the socket had it at first; the kernel books twice as many, for what it keeps beside the data
	Force bool   // go over net.core.rmem_max, which takes CAP_NET_ADMIN
}

// A Buffer is the receive buffer of one socket. The zero value is that of a socket that was just opened.
type Buffer struct {
	first int // bytes that it had, as Size has them; 0 = nobody has changed it
}

// Set makes the buffer of the socket fd as large as want. The kernel cuts what is too large without a word, unless
// it is forced.
func (b *Buffer) Set(fd int, want Size) error {
	n := int(min(want.Bytes, math.MaxInt32))
	switch {
	case n == 0 && b.first == 0:
		return nil
	case n == 0:
		n = b.first
	case b.first == 0:
		had, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
		if err != nil {
			return fmt.Errorf("read the size of a receive buffer: %w", os.NewSyscallError("getsockopt", err))
		}
		b.first = had / 2
	}
	return set(fd, n, want.Force && want.Bytes > 0)
}

// SetOr makes the buffer of the socket fd as large as want, or of usual bytes where want asks for none (see Most).
func SetOr(fd int, want Size, usual int) error {
	if want.Bytes > 0 {
		return set(fd, int(min(want.Bytes, math.MaxInt32)), want.Force)
	}
	return Most(fd, usual)
}

// Most makes the buffer of the socket fd of so many bytes if the process has the right to go over
// net.core.rmem_max, else as large as that lets it be.
func Most(fd, bytes int) error {
	if set(fd, bytes, true) == nil {
		return nil
	}
	return set(fd, bytes, false)
}

func set(fd, bytes int, force bool) error {
	option := unix.SO_RCVBUF
	if force {
		option = unix.SO_RCVBUFFORCE
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, option, bytes); err != nil {
		return fmt.Errorf("set a receive buffer of %d bytes: %w", bytes, os.NewSyscallError("setsockopt", err))
	}
	return nil
}

// On calls f with the descriptor of a socket that Go's own poller has.
func On(c syscall.RawConn, f func(fd int) error) error {
	var err error
	if cerr := c.Control(func(fd uintptr) { err = f(int(fd)) }); cerr != nil {
		return cerr
	}
	return err
}
