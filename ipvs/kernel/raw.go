package kernel

import (
	"os"
	"syscall"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// raw carries datagrams of requests that are encoded already, on the socket of a
// netlink.Conn and by its deadline. The library copies every message several times.
type raw interface {
	send(b []byte) error
	receive(b []byte) (n int, err error)
}

// A connection is one netlink socket.
type connection struct {
	*netlink.Conn
	raw
}

func dial() (connection, error) {
	c, err := netlink.Dial(unix.NETLINK_GENERIC, &netlink.Config{MessageBufferSize: largestDump})
	if err != nil {
		return connection{}, err
	}
	// Without it each refusal carries a copy of the command.
	err = c.SetOption(netlink.CapAcknowledge, true)
	if err == nil {
		var s syscall.RawConn
		if s, err = c.SyscallConn(); err == nil {
			return connection{c, socket{s}}, nil
		}
	}
	c.Close() // it is the first error that counts
	return connection{}, err
}

type socket struct{ syscall.RawConn }

func (s socket) send(b []byte) error {
	var err error
	werr := s.Write(func(fd uintptr) bool {
		err = unix.Sendto(int(fd), b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
		return err != unix.EAGAIN
	})
	if werr != nil {
		return werr
	}
	return os.NewSyscallError("sendto", err)
}

func (s socket) receive(b []byte) (n int, err error) {
	rerr := s.Read(func(fd uintptr) bool {
		n, _, err = unix.Recvfrom(int(fd), b, 0)
		return err != unix.EAGAIN
	})
	if rerr != nil {
		return 0, rerr
	}
	return n, os.NewSyscallError("recvfrom", err)
}
