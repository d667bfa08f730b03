package healthcheck

import (
	"encoding/binary"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// These calls do not block on a socket that is not blocking, so the scheduler is not told
// of them: it would wake the runtime's monitor thread for each, which takes longer than a
// check does.

// swiftSocket makes a TCP socket that does not block.
func swiftSocket(family int) (fd int, errno syscall.Errno) {
	const kind = unix.SOCK_STREAM | unix.SOCK_NONBLOCK | unix.SOCK_CLOEXEC
	n, _, errno := unix.RawSyscall(unix.SYS_SOCKET, uintptr(family), kind, 0)
	return int(n), errno
}

// swiftConnect begins to connect.
func swiftConnect(fd int, to netip.AddrPort) syscall.Errno {
	if ip := to.Addr().Unmap(); ip.Is4() {
		sa := unix.RawSockaddrInet4{Family: unix.AF_INET, Port: bigEndian(to.Port()), Addr: ip.As4()}
		_, _, errno := unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&sa)), unsafe.Sizeof(sa))
		return errno
	}
	sa := unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: bigEndian(to.Port()), Addr: to.Addr().As16(),
		Scope_id: zoneNumber(to.Addr())}
	_, _, errno := unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&sa)), unsafe.Sizeof(sa))
	return errno
}

// bigEndian is a port in the order of bytes of the network.
func bigEndian(port uint16) uint16 {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], port)
	return binary.NativeEndian.Uint16(b[:])
}

// States of a TCP socket, as the kernel numbers them.
const (
	tcpEstablished = 1
	tcpSynSent     = 2
	tcpCloseWait   = 8 // the other side has closed already
)

// swiftState is the state of a TCP socket: the first byte of struct tcp_info.
func swiftState(fd int) (state uint8, errno syscall.Errno) {
	// The kernel writes no more of struct tcp_info than there is room for.
	var info [8]byte
	n := uint32(len(info))
	_, _, errno = unix.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.IPPROTO_TCP, unix.TCP_INFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&n)), 0)
	return info[0], errno
}

// swiftClose closes a socket whose end nobody waits for.
func swiftClose(fd int) {
	// There is nothing to do about an error: the descriptor is gone in any case.
	unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0)
}
