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
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_SCTP)
	if err != nil {
		return -1, fmt.Errorf("opening an SCTP socket: %v", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: at.Addr().As4(), Port: int(at.Port())}); err != nil {
		return -1, errors.Join(fmt.Errorf("binding an SCTP socket to %v: %v", at, err), unix.Close(fd))
	}
	return fd, nil
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
	err = unix.Connect(fd, &unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())})
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

// Associations of a client with servers, by direct routing and by NAT, where the answers come back through the director.

func sctpDirect(s *scene) {
	s.sctp("DR", "192.168.1.10", direct4, func(string) string { return direct4 })
}

func sctpNAT(s *scene) { s.sctp("NAT", "10.9.0.10", nat4, addr4) }

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
