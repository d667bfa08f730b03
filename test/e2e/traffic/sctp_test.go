//go:build e2e

package traffic

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// socketSCTP is one for one association, bound to a single address: with several the other end would be told of them, and
// of those that a director does not know.
func socketSCTP(at netip.AddrPort) (int, error) {
	family, local := unix.AF_INET, sockaddr(at)
	if at.Addr().Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_SCTP)
	if err != nil {
		return -1, fmt.Errorf("opening an SCTP socket: %v", err)
	}
	if err := unix.Bind(fd, local); err != nil {
		return -1, errors.Join(fmt.Errorf("binding an SCTP socket to %v: %v", at, err), unix.Close(fd))
	}
	return fd, nil
}

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is6() {
		return &unix.SockaddrInet6{Addr: a.Addr().As16(), Port: int(a.Port())}
	}
	return &unix.SockaddrInet4{Addr: a.Addr().As4(), Port: int(a.Port())}
}

func listenSCTP(at netip.AddrPort) (net.Listener, error) {
	fd, err := socketSCTP(at)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "SCTP")
	defer f.Close()
	if err := unix.Listen(fd, 16); err != nil {
		return nil, err
	}
	return net.FileListener(f)
}

// dialSCTP makes an association, or says why there is none.
func dialSCTP(from, to netip.AddrPort) (net.Conn, error) {
	fd, err := socketSCTP(from)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "SCTP")
	defer f.Close()
	err = unix.Connect(fd, sockaddr(to))
	if err != nil && !errors.Is(err, unix.EINPROGRESS) {
		return nil, err
	}
	ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
	for {
		n, err := unix.Poll(ready, int(soon.Milliseconds()))
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			return nil, fmt.Errorf("no answer, %w", errors.Join(err, os.ErrDeadlineExceeded))
		}
		break
	}
	if code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR); err != nil || code != 0 {
		return nil, errors.Join(err, unix.Errno(code))
	}
	return net.FileConn(f)
}

// Associations of a client with servers in both families: by direct routing, by NAT, where the answers come back through the
// director, and through tunnels.
func sctpScenarios() []scenario {
	direct := func(from, vip string) func(*scene) {
		return func(s *scene) { s.sctp("DR", from, vip, func(string) string { return vip }) }
	}
	return []scenario{
		{"SCTP by direct routing", direct("192.168.1.10", direct4)},
		{"SCTP by direct routing over IPv6", direct("fd00:1::10", direct6)},
		{"SCTP by NAT", func(s *scene) { s.sctp("NAT", "10.9.0.10", nat4, addr4) }},
		{"SCTP by NAT over IPv6", func(s *scene) { s.sctp("NAT", "fd00:9::10", nat6, addr6) }},
		{"SCTP through tunnels", func(s *scene) { s.sctpTunnel("192.168.1.10", "192.168.1.130") }},
		{"SCTP through tunnels of IPv6", func(s *scene) { s.sctpTunnel("fd00:1::10", "fd00:1::130") }},
	}
}

func (s *scene) sctpTunnel(from, vip string) {
	s.ip(s.directors[0], virtual(vip, "eth0"))
	for _, name := range []string{"s1", "s2"} {
		s.holdfast(s.servers[name], "realserver", "apply", "--tun", vip)
	}
	s.sctp("TUN", from, vip, func(string) string { return vip })
}

// sctp spreads associations over two servers, which take them at an address of theirs.
func (s *scene) sctp(kind, from, vip string, at func(server string) string) {
	port := s.port()
	for _, name := range []string{"s1", "s2"} {
		s.listen(name, "sctp", at(name), port)
	}
	s.start(service(vip, port, "protocol SCTP\n  lb_algo wrr\n  lb_kind "+kind, real{"s1", "weight 1"}, real{"s2", "weight 2"}))
	got := tally{}
	for range 6 {
		f := s.open("sctp", from, vip, port)
		server := s.asks(f)
		got[server]++
		if again := s.asks(f); again != server {
			s.Fatalf("%s answered in an association with %s", again, server)
		}
	}
	want := tally{"s1": 2, "s2": 4}
	s.equal("associations", got, want)
	s.counted(s.daemons[0], vip, port, want)
}
