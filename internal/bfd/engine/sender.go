package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/bfd"
)

// A sender is the socket that the packets of a session go out by. It is opened when there is something to
// send, so that a source address may come later.
type sender struct {
	cfg     *config.BFD
	fd      int    // -1 while it is not open
	port    uint16 // 0 until it was opened first
	rnd     *rand.Rand
	to      unix.Sockaddr
	failing bool
	shared  bool // another process may have the port until the socket is open
}

func newSender(seed uint64) *sender {
	return &sender{fd: -1, rnd: rand.New(rand.NewPCG(seed, 0x5881))}
}

// configure gives the sender the configuration of its session, whose ends do not change.
func (s *sender) configure(cfg *config.BFD) {
	s.cfg = cfg
	port := bfd.Port
	if cfg.Multihop {
		port = bfd.PortMultihop
	}
	s.to = sockaddr(cfg.Neighbor, port)
	// Where the TTL cannot be changed, the socket is opened anew with it.
	if s.fd >= 0 && s.hops() != nil {
		s.close()
	}
}

func sockaddr(a netip.Addr, port int) unix.Sockaddr {
	if a.Is6() {
		return &unix.SockaddrInet6{Addr: a.As16(), Port: port}
	}
	return &unix.SockaddrInet4{Addr: a.As4(), Port: port}
}

func (s *sender) close() {
	if s.fd >= 0 {
		unix.Close(s.fd)
		s.fd = -1
	}
}

// hops sets the TTL, or hop limit, of packets.
func (s *sender) hops() error {
	if s.cfg.Neighbor.Is6() {
		return unix.SetsockoptInt(s.fd, unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, int(s.cfg.TTL))
	}
	return unix.SetsockoptInt(s.fd, unix.IPPROTO_IP, unix.IP_TTL, int(s.cfg.TTL))
}

// The ports that packets come from (RFC 5881 section 4).
const (
	firstPort = 49152
	ports     = 1<<16 - firstPort
)

// precedence is the TOS byte, in IPv6 the traffic class: internetwork control.
const precedence = 0xc0

// open opens the socket. A port is kept for the life of the session, if it can be had again.
func (s *sender) open() (err error) {
	family, source := unix.AF_INET, netip.IPv4Unspecified()
	if s.cfg.Neighbor.Is6() {
		family, source = unix.AF_INET6, netip.IPv6Unspecified()
	}
	if s.cfg.Source.IsValid() {
		source = s.cfg.Source
	}
	if s.fd, err = unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0); err != nil {
		s.fd = -1
		return os.NewSyscallError("socket", err)
	}
	err = os.NewSyscallError("set the TTL", s.hops())
	if err == nil {
		s.share(s.shared)
		err = s.bind(source)
	}
	if err != nil {
		s.close()
		return err
	}
	s.favour()
	s.share(false)
	s.shared = false
	return nil
}

// share has another process of the same kind bind to the port, or not any more.
func (s *sender) share(on bool) {
	if s.fd < 0 {
		return
	}
	value := 0
	if on {
		value = 1
	}
	_ = unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, value) // without it another port is taken
}

// favour asks for what packets arrive without as well: the precedence of control traffic, and no room for
// packets that are not received here.
func (s *sender) favour() {
	level, class := unix.IPPROTO_IP, unix.IP_TOS
	if s.cfg.Neighbor.Is6() {
		level, class = unix.IPPROTO_IPV6, unix.IPV6_TCLASS
	}
	_ = unix.SetsockoptInt(s.fd, level, class, precedence)
	_ = unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 0)
}

// bind takes the port of before, or any that is free.
func (s *sender) bind(source netip.Addr) error {
	err := error(unix.EADDRINUSE)
	for tries := 0; errors.Is(err, unix.EADDRINUSE) && tries < 100; tries++ {
		// First the port of before; if another has it now, any.
		port := s.port
		if port == 0 || tries > 0 {
			port = uint16(firstPort + s.rnd.IntN(ports))
		}
		if err = unix.Bind(s.fd, sockaddr(source, int(port))); err == nil {
			s.port = port
			return nil
		}
	}
	return fmt.Errorf("bind to %v: %w", source, err)
}

// send sends one packet at once or fails; it never waits.
func (s *sender) send(packet []byte) error {
	if s.fd < 0 {
		if err := s.open(); err != nil {
			return err
		}
	}
	err := unix.Sendto(s.fd, packet, unix.MSG_DONTWAIT, s.to)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.ENODEV) {
		s.close() // its source address may have gone and returned
	}
	return err
}
