package healthcheck

import (
	"context"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
)

// datagram is a socket without connections whose other end is the target of a check.
type datagram struct {
	file *os.File
	raw  syscall.RawConn
	peer netip.Addr
	over func() bool // the time is up, or nobody wants to know any more
	stop func() bool // of the watch over the context
}

// openDatagram makes a socket of a type and protocol, from the address and interface and with
// the mark that k asks for; ports counts when the protocol has any. It takes no longer than
// connect_timeout from here.
func openDatagram(ctx context.Context, k *config.Checker, typ, proto int, ports bool) (*datagram, error) {
	until := time.Now().Add(k.ConnectTimeout)
	from, to := source(k), netip.AddrPortFrom(zoned(k.Connect.Addr(), k.BindIf), k.Connect.Port())
	if !ports {
		// The kernel takes a port for the identifier of echoes: a fixed one would be taken.
		to = netip.AddrPortFrom(to.Addr(), 0)
		from = netip.AddrPortFrom(from.Addr(), 0)
	}
	family := domain(to.Addr())
	fd, err := unix.Socket(family, typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, proto)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	if err := aim(fd, family, k, from, to); err != nil {
		_ = unix.Close(fd) // it is the first error that counts
		return nil, err
	}
	d := &datagram{file: os.NewFile(uintptr(fd), "check"), peer: k.Connect.Addr().Unmap(),
		over: func() bool { return ctx.Err() != nil || !time.Now().Before(until) }}
	if d.raw, err = d.file.SyscallConn(); err == nil {
		err = d.file.SetDeadline(until)
	}
	if err != nil {
		_ = d.file.Close()
		return nil, err
	}
	// A deadline in the past wakes up whoever waits in receive.
	d.stop = context.AfterFunc(ctx, func() { _ = d.file.SetDeadline(time.Unix(1, 0)) })
	return d, nil
}

// aim sets the options of a socket and connects it: what comes from elsewhere is not seen, and
// the kernel knows to whom an ICMP error belongs.
func aim(fd, family int, k *config.Checker, from, to netip.AddrPort) error {
	if err := setOptions(fd, k); err != nil {
		return err
	}
	// Without it an error that may pass, such as a host that cannot be reached, is silence.
	level, option := unix.IPPROTO_IP, unix.IP_RECVERR
	if family == unix.AF_INET6 {
		level, option = unix.IPPROTO_IPV6, unix.IPV6_RECVERR
	}
	if err := unix.SetsockoptInt(fd, level, option, 1); err != nil {
		return os.NewSyscallError("setsockopt", err)
	}
	if from.Addr().IsValid() {
		if err := unix.Bind(fd, sockaddr(from)); err != nil {
			return os.NewSyscallError("bind", err)
		}
	}
	return os.NewSyscallError("connect", unix.Connect(fd, sockaddr(to)))
}

// send sends b at once: a socket whose buffer is full has not sent anything before.
func (d *datagram) send(b []byte) (err error) {
	cerr := d.raw.Control(func(fd uintptr) { err = unix.Sendto(int(fd), b, 0, nil) })
	if cerr != nil {
		return cerr
	}
	return os.NewSyscallError("send", err)
}

// receive waits for a datagram of the target and gives its length, which may be more than fits
// into buf; the error is that of an ICMP message, or a deadline.
func (d *datagram) receive(buf []byte) (n int, err error) {
	werr := d.raw.Read(func(fd uintptr) (done bool) {
		n, done, err = d.next(func() (int, unix.Sockaddr, error) {
			// TRUNC gives the length that the datagram had, also when buf is too short for it.
			return unix.Recvfrom(int(fd), buf, unix.MSG_TRUNC)
		})
		return done
	})
	if werr != nil {
		return 0, werr
	}
	return n, os.NewSyscallError("receive", err)
}

// next takes datagrams until one is from the target; without done there is none to take any more. Nobody can keep it
// at that with those of others: a deadline ends only who waits.
func (d *datagram) next(take func() (int, unix.Sockaddr, error)) (n int, done bool, err error) {
	for {
		n, from, err := take()
		switch {
		case err == unix.EAGAIN:
			return 0, false, nil
		case err == nil && d.isPeer(from):
			return n, true, nil
		case err != nil && err != unix.EINTR:
			return 0, true, err
		case d.over():
			return 0, true, os.ErrDeadlineExceeded
		}
	}
}

// isPeer reports whether an address is that of the target. The kernel gives a socket for
// echoes whatever has its identifier, from anywhere.
func (d *datagram) isPeer(a unix.Sockaddr) bool {
	switch a := a.(type) {
	case *unix.SockaddrInet4:
		return d.peer == netip.AddrFrom4(a.Addr)
	case *unix.SockaddrInet6:
		return d.peer.WithZone("") == netip.AddrFrom16(a.Addr).Unmap()
	}
	return false
}

func (d *datagram) close() {
	d.stop()
	_ = d.file.Close() // nobody waits for its end
}
