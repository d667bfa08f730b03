package kernel

import (
	"os"
	"syscall"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// raw carries datagrams of requests that are encoded already, on the socket of a
// netlink.Conn. The library copies every message several times.
type raw interface {
	// send does not wait: the kernel carries requests out before the call returns.
	send(b []byte) error
	// receive takes an answer that is there whatever the deadline of the netlink.Conn, and
	// waits for one until then.
	receive(b []byte) (n int, err error)
}

// A connection is one netlink socket.
type connection struct {
	*netlink.Conn
	raw
}

func dial(space int) (connection, error) {
	c, err := netlink.Dial(unix.NETLINK_GENERIC, &netlink.Config{MessageBufferSize: largestDump, NetNS: space})
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
	cerr := s.Control(func(fd uintptr) {
		err = uninterrupted(func() error {
			return unix.Sendto(int(fd), b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
		})
	})
	if cerr != nil {
		return cerr
	}
	return os.NewSyscallError("sendto", err)
}

func (s socket) receive(b []byte) (n int, err error) {
	receive := func(fd uintptr) (done bool) {
		n, err = fromKernel(int(fd), b)
		// Not done while no answer is there: then Read below waits for one.
		return err != unix.EAGAIN
	}
	there := false
	// A process that was stopped for a while finds the answer and its deadline over: first look.
	rerr := s.Control(func(fd uintptr) { there = receive(fd) })
	if rerr == nil && !there {
		rerr = s.Read(receive)
	}
	if rerr != nil {
		return 0, rerr
	}
	return n, os.NewSyscallError("recvfrom", err)
}

// fromKernel reads a datagram of the kernel. Other processes with rights on the network can send to a netlink socket,
// too, and what they say is no answer.
func fromKernel(fd int, b []byte) (n int, err error) {
	for {
		var from unix.Sockaddr
		err = uninterrupted(func() error {
			var err error
			n, from, err = unix.Recvfrom(fd, b, 0)
			return err
		})
		if a, ok := from.(*unix.SockaddrNetlink); err != nil || !ok || a.Pid == 0 {
			return n, err
		}
	}
}

// interruptions is how many a system call survives; real ones come singly.
const interruptions = 64

// uninterrupted makes a system call again that a signal has ended.
func uninterrupted(call func() error) error {
	var err error
	for range interruptions {
		if err = call(); err != unix.EINTR {
			break
		}
	}
	return err
}
