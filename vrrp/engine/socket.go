package engine

import (
	"errors"
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"

	"holdfast/internal/netif"
	"holdfast/vrrp"
)

// A rawSocket is the two raw sockets of one port: what arrives on the interface for the group or for this
// host comes out of rx; tx sends with headers of our own.
type rawSocket struct {
	rx, tx int
	out    []byte
	to     unix.SockaddrInet4
}

// receiveBuffer is the receive buffer in bytes: some thousand advertisements, so that
// none is lost while the loop sets a large number of addresses.
const receiveBuffer = 1 << 20

// openSocket opens the sockets of a port on its interface. The error is EPERM without the right to.
func openSocket(k portKey, link netif.Link) (socket, error) {
	s := &rawSocket{rx: -1, tx: -1}
	err := s.openReceive(k)
	if err == nil {
		err = s.openSend(k, link)
	}
	if err == nil {
		err = s.leavesRoom()
	}
	if err == nil && k.group.IsValid() { // also without multicast: the flag may be set later
		err = s.join(k.group, link)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// spareFiles are the file descriptors that sockets leave to everything else: a master that can neither announce its
// addresses nor note them down is worse than none.
const spareFiles = 4

// leavesRoom fails when there are no descriptors but those that the sockets have taken.
func (s *rawSocket) leavesRoom() error {
	for range spareFiles {
		fd, err := unix.FcntlInt(uintptr(s.rx), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return os.NewSyscallError("dup", err)
		}
		defer unix.Close(fd)
	}
	return nil
}

func bound(k portKey, proto int) (int, error) {
	fd, err := unix.Socket(k.family, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, proto)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if err := unix.BindToDevice(fd, k.dev); err != nil {
		unix.Close(fd)
		return -1, os.NewSyscallError("bind to device", err)
	}
	return fd, nil
}

func (s *rawSocket) openReceive(k portKey) (err error) {
	if s.rx, err = bound(k, k.protocol); err != nil {
		return err
	}
	// Without this the socket gets the multicasts of every group that anybody on
	// this host has joined.
	if err := unix.SetsockoptInt(s.rx, unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0); err != nil {
		return os.NewSyscallError("set IP_MULTICAST_ALL", err)
	}
	if unix.SetsockoptInt(s.rx, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
		_ = unix.SetsockoptInt(s.rx, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
	}
	return nil
}

func (s *rawSocket) openSend(k portKey, link netif.Link) (err error) {
	// IPPROTO_RAW receives nothing.
	if s.tx, err = bound(k, unix.IPPROTO_RAW); err != nil {
		return err
	}
	const control = 7 // TC_PRIO_CONTROL: before the traffic that may be filling the queue
	if err := unix.SetsockoptInt(s.tx, unix.SOL_SOCKET, unix.SO_PRIORITY, control); err != nil {
		return os.NewSyscallError("set SO_PRIORITY", err)
	}
	from := &unix.IPMreqn{Ifindex: int32(link.Index)}
	if err := unix.SetsockoptIPMreqn(s.tx, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, from); err != nil {
		return os.NewSyscallError("set IP_MULTICAST_IF", err)
	}
	if err := unix.SetsockoptInt(s.tx, unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, 0); err != nil {
		return os.NewSyscallError("set IP_MULTICAST_LOOP", err)
	}
	return nil
}

// join makes the socket receive a group as well. The error does not wrap the kernel's: a right that
// lacks is one to have sockets.
func (s *rawSocket) join(group netip.Addr, link netif.Link) error {
	err := unix.SetsockoptIPMreqn(s.rx, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP,
		&unix.IPMreqn{Multiaddr: group.As4(), Ifindex: int32(link.Index)})
	if errors.Is(err, unix.ENOBUFS) {
		return fmt.Errorf("join %v: %v (is the sysctl net.ipv4.igmp_max_memberships high enough?)", group, err)
	}
	if err != nil {
		return fmt.Errorf("join %v: %v", group, err)
	}
	return nil
}

func (s *rawSocket) fd() int { return s.rx }

func (s *rawSocket) close() {
	for _, fd := range []int{s.rx, s.tx} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}

// send sends one datagram at once or fails; it never waits.
func (s *rawSocket) send(t vrrp.Transmit) error {
	s.out = appendDatagram(s.out[:0], t)
	s.to.Addr = t.Dst.As4()
	return unix.Sendto(s.tx, s.out, unix.MSG_DONTWAIT, &s.to)
}
