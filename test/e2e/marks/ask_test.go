//go:build e2e && nftables

package marks

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/test/lab"
)

// askTime is for one answer, which takes a millisecond. A question is asked again.
const askTime = 5 * time.Second

// serveAll has the servers answer by their names over UDP and SCTP, too, at what they get by direct routing.
func (s *site) serveAll() {
	for name, h := range s.servers {
		for _, a := range virtual {
			if addr := netip.MustParseAddr(a); direct(a) {
				at := netip.AddrPortFrom(addr, 80)
				s.must(h.Do(func() error { return errors.Join(s.answerUDP(at, name), s.answerSCTP(at, name)) }))
			}
		}
	}
}

func (s *site) answerUDP(at netip.AddrPort, name string) error {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return err
	}
	s.Cleanup(func() { _ = c.Close() })
	go func() {
		for b := make([]byte, 64); ; {
			_, from, err := c.ReadFromUDPAddrPort(b)
			if err != nil {
				return // closed
			}
			_, _ = c.WriteToUDPAddrPort([]byte(name), from) // who is gone asks no more
		}
	}()
	return nil
}

func (s *site) answerSCTP(at netip.AddrPort, name string) error {
	f, err := sctpSocket(at.Addr())
	if err != nil {
		return err
	}
	defer f.Close()
	if err = unix.Bind(int(f.Fd()), sockaddr(at)); err != nil {
		return fmt.Errorf("bind SCTP to %v: %w", at, err)
	}
	if err = unix.Listen(int(f.Fd()), 8); err != nil {
		return fmt.Errorf("listen to SCTP at %v: %w", at, err)
	}
	l, err := net.FileListener(f) // to Go a socket with connections is like another
	if err != nil {
		return err
	}
	s.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed
			}
			_, _ = fmt.Fprint(c, name) // who is gone asks no more
			_ = c.Close()
		}
	}()
	return nil
}

func sctpSocket(a netip.Addr) (*os.File, error) {
	family := unix.AF_INET
	if a.Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, unix.IPPROTO_SCTP)
	if err != nil {
		return nil, fmt.Errorf("open a socket of SCTP: %w", err)
	}
	return os.NewFile(uintptr(fd), "sctp"), nil
}

func sockaddr(at netip.AddrPort) unix.Sockaddr {
	if at.Addr().Is6() {
		return &unix.SockaddrInet6{Addr: at.Addr().As16(), Port: int(at.Port())}
	}
	return &unix.SockaddrInet4{Addr: at.Addr().As4(), Port: int(at.Port())}
}

// ask asks for the name of whoever is at an address, "udp 192.168.1.101:80".
func (s *site) ask(what string) (name string, err error) {
	protocol, at, _ := strings.Cut(what, " ")
	switch protocol {
	case "tcp":
		_, name, err = s.client.Get("http://"+at+"/", askTime)
		return name, err
	case "udp":
		err = s.client.Do(func() error {
			c, err := net.Dial("udp", at)
			if err != nil {
				return err
			}
			defer c.Close()
			if _, err = c.Write([]byte("?")); err == nil {
				name, err = read(c)
			}
			return err
		})
		return name, err
	}
	err = s.client.Do(func() error {
		to := netip.MustParseAddrPort(at)
		f, err := sctpSocket(to.Addr())
		if err != nil {
			return err
		}
		defer f.Close()
		limit := unix.NsecToTimeval(int64(askTime))
		if err = unix.SetsockoptTimeval(int(f.Fd()), unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit); err != nil {
			return err
		}
		if err = unix.Connect(int(f.Fd()), sockaddr(to)); err != nil {
			return err
		}
		c, err := net.FileConn(f)
		if err != nil {
			return err
		}
		defer c.Close()
		name, err = read(c)
		return err
	})
	return name, err
}

func read(c net.Conn) (string, error) {
	if err := c.SetReadDeadline(time.Now().Add(askTime)); err != nil {
		return "", err
	}
	b := make([]byte, 64)
	n, err := c.Read(b)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return string(b[:n]), err
}

// reachedAll waits until both servers have answered at each of the addresses.
func (s *site) reachedAll(list []string) {
	s.Helper()
	for _, at := range list {
		names := map[string]bool{}
		s.must(lab.Eventually(soon, "both servers behind "+at, func() (bool, string) {
			name, err := s.ask(at)
			if err != nil {
				return false, err.Error()
			}
			names[name] = true
			return names["one"] && names["two"], fmt.Sprint(names)
		}))
	}
}

// unreached waits until nobody serves an address.
func (s *site) unreached(at string) {
	s.Helper()
	s.must(lab.Eventually(soon, "nobody at "+at, func() (bool, string) {
		name, err := s.ask(at)
		return errors.Is(err, unix.ECONNREFUSED), fmt.Sprint(name, err)
	}))
}
