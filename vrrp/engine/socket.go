package engine

import (
	"net/netip"
	"os"

	"golang.org/x/sys/unix"

	"holdfast/internal/netif"
	"holdfast/internal/sockbuf"
	"holdfast/vrrp"
	"holdfast/vrrp/wire"
)

// protocol is VRRP's IP protocol number.
const protocol = wire.Protocol

// A rawSocket is the two raw sockets of one port: what arrives on the interface for the group or for this
// host comes out of rx; tx sends with headers of our own.
type rawSocket struct {
	rx, tx int
	out    []byte
	family family
}

// A family is what differs between IPv4 and IPv6 in sockets. One belongs to one socket.
type family interface {
	// hear makes a receiving socket tell all that is checked of a datagram, and take nothing
	// that it has not joined.
	hear(fd int) error
	// speak makes a sending socket use its interface, and not hear itself.
	speak(fd int) error
	join(fd int, group netip.Addr) error
	// datagram appends t with its IP header to b.
	datagram(b []byte, t vrrp.Transmit) []byte
	// from tells the kernel the source of what is sent next, where that saves it looking for one.
	from(fd int, src netip.Addr)
	// address is where to send to; it is valid until the next call.
	address(netip.Addr) unix.Sockaddr
}

// familyOf is the family of a port on its interface.
func familyOf(k portKey, link netif.Link) family {
	if k.family == unix.AF_INET6 {
		return &family6{link: link}
	}
	return &family4{link: link}
}

// parse makes a datagram of what the socket of a port gave; false if it is none.
func parse(k portKey, a arrival) (vrrp.Datagram, bool) {
	if k.vrid != 0 {
		return parseFrame(k, a.bytes)
	}
	if k.family == unix.AF_INET6 {
		return parse6(k.dev, a)
	}
	return parse4(k.dev, a.bytes)
}

// openSocket opens the sockets of a port on its interface. The error is EPERM without the right to.
func openSocket(k portKey, link netif.Link) (socket, error) {
	if k.vrid != 0 {
		return openFrameSocket(k, link)
	}
	s := &rawSocket{rx: -1, tx: -1, family: familyOf(k, link)}
	err := s.openReceive(k)
	if err == nil {
		err = s.openSend(k)
	}
	if err == nil {
		err = roomBeside(s.rx)
	}
	if err == nil && k.group.IsValid() { // also without multicast: the flag may be set later
		err = s.family.join(s.rx, k.group)
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

// roomBeside fails when there are no descriptors but those that the sockets have taken, one of which is given.
func roomBeside(of int) error {
	// Tried, not computed from the limit: only the kernel knows how many there are.
	for range spareFiles {
		fd, err := unix.FcntlInt(uintptr(of), unix.F_DUPFD_CLOEXEC, 0)
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
	// The interface and no address: adverts of version 2 and 3, of all addresses of this host, and those that
	// are sent to this host alone and are to be reported, come through one socket.
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
	if err := s.family.hear(s.rx); err != nil {
		return err
	}
	s.resize(receiveBuffer)
	return nil
}

// resize gives the socket that receives a buffer of so many bytes; the one it has does as well if that fails.
func (s *rawSocket) resize(bytes int) { _ = sockbuf.Most(s.rx, bytes) }

// urgent is TC_PRIO_CONTROL: adverts go before the traffic that may be filling the queue.
const urgent = 7

func (s *rawSocket) openSend(k portKey) (err error) {
	// IPPROTO_RAW receives nothing, and takes the IP header from us.
	if s.tx, err = bound(k, unix.IPPROTO_RAW); err != nil {
		return err
	}
	if err := option(s.tx, unix.SOL_SOCKET, unix.SO_PRIORITY, "SO_PRIORITY", urgent); err != nil {
		return err
	}
	return s.family.speak(s.tx)
}

// option is one that is a number.
func option(fd, level, name int, what string, value int) error {
	if err := unix.SetsockoptInt(fd, level, name, value); err != nil {
		return os.NewSyscallError("set "+what, err)
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
	s.family.from(s.tx, t.Src)
	s.out = s.family.datagram(s.out[:0], t)
	return unix.Sendto(s.tx, s.out, unix.MSG_DONTWAIT, s.family.address(t.Dst))
}
