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
	option := unix.SO_RCVBUF
	if want.Force && want.Bytes > 0 {
		option = unix.SO_RCVBUFFORCE
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, option, n); err != nil {
		return fmt.Errorf("set a receive buffer of %d bytes: %w", n, os.NewSyscallError("setsockopt", err))
	}
	return nil
}

// SetOf is Set for a socket that Go's own poller has.
func (b *Buffer) SetOf(c syscall.RawConn, want Size) error {
	var err error
	if cerr := c.Control(func(fd uintptr) { err = b.Set(int(fd), want) }); cerr != nil {
		return cerr
	}
	return err
}
