package healthcheck

import (
	"context"
	"net/netip"
	"os"
	"reflect"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
)

// connect finds out whether the target of k takes a connection within connect_timeout,
// and ends it. It is what dial does, for a connection that nobody uses: most checks are
// of this kind, and net.Dialer takes two timers and twice the system calls for each.
func connect(ctx context.Context, k *config.Checker) error {
	from, to := source(k), zoned(k.Connect.Addr(), k.BindIf)
	fd, err := begin(k, from, netip.AddrPortFrom(to, k.Connect.Port()))
	if err != nil {
		return err
	}
	// Between namespaces, and on this host, the answer is often there already.
	if done, err := established(fd, k.Connect.Port()); done {
		swiftClose(fd)
		return err
	}
	return await(ctx, fd, k)
}

// begin makes a socket that is connecting.
func begin(k *config.Checker, from, to netip.AddrPort) (fd int, err error) {
	fd, errno := swiftSocket(domain(to.Addr()))
	if errno != 0 {
		return -1, os.NewSyscallError("socket", errno)
	}
	err = setOptions(fd, k)
	if err == nil && from.IsValid() {
		err = os.NewSyscallError("bind", unix.Bind(fd, sockaddr(from)))
	}
	if err == nil {
		switch cerr := swiftConnect(fd, to); cerr {
		case 0, unix.EINPROGRESS, unix.EALREADY, unix.EINTR, unix.EISCONN:
			// Under way or through: established finds out.
		default:
			err = os.NewSyscallError("connect", cerr)
		}
	}
	if err != nil {
		_ = unix.Close(fd) // it is the first error that counts
		return -1, err
	}
	return fd, nil
}

// established reports whether a connect to a port has come to its end, and to which.
func established(fd int, port uint16) (done bool, err error) {
	state, errno := swiftState(fd)
	switch {
	case errno != 0:
		return true, os.NewSyscallError("getsockopt", errno)
	case state == tcpEstablished || state == tcpCloseWait:
		// In CLOSE-WAIT the server has closed already, but it did answer.
		// Where nobody listens, a check of a port of this host may be given that port to come from,
		// and TCP lets the two ends meet: such a server would be up.
		if port >= lowestOwn && connectedToItself(fd) {
			return true, os.NewSyscallError("connect", syscall.ECONNREFUSED)
		}
		return true, nil
	}
	if state == tcpSynSent {
		return false, nil
	}
	n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	switch {
	case err != nil:
		return true, os.NewSyscallError("getsockopt", err)
	case n != 0:
		return true, os.NewSyscallError("connect", syscall.Errno(n))
	}
	return false, nil
}

// lowestOwn is the lowest port that is given to who did not ask for one.
const lowestOwn = 1024

// connectedToItself reports whether a socket is connected to itself, which TCP allows: one that was
// given the port it is to connect to, where nobody listens.
func connectedToItself(fd int) bool {
	me, err1 := unix.Getsockname(fd)
	peer, err2 := unix.Getpeername(fd)
	if err1 != nil || err2 != nil {
		return false
	}
	return reflect.DeepEqual(me, peer)
}

// await waits for the end of a connect and closes the socket.
func await(ctx context.Context, fd int, k *config.Checker) error {
	// The runtime polls a file whose descriptor does not block: no thread waits here.
	f := os.NewFile(uintptr(fd), "check")
	defer f.Close()
	if err := f.SetWriteDeadline(time.Now().Add(k.ConnectTimeout)); err != nil {
		return err
	}
	// A deadline in the past wakes up who waits; a close would leave the number to somebody else.
	stop := context.AfterFunc(ctx, func() { _ = f.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var result error
	over := func(uintptr) (done bool) {
		done, result = established(fd, k.Connect.Port())
		return done
	}
	// What is there when the time is over counts: this process, or its machine, may have stood still until now, and the
	// deadline is seen before the answer.
	if err := raw.Write(over); err != nil && (ctx.Err() != nil || !over(0)) {
		return err
	}
	return result
}

func domain(a netip.Addr) int {
	if a.Unmap().Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if ip := a.Addr().Unmap(); ip.Is4() {
		return &unix.SockaddrInet4{Addr: ip.As4(), Port: int(a.Port())}
	}
	return &unix.SockaddrInet6{Addr: a.Addr().As16(), Port: int(a.Port()), ZoneId: zoneNumber(a.Addr())}
}
