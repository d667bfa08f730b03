//go:build e2e

package traffic

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"holdfast/test/lab"
)

// A listener is a server's end of a service.
type listener struct {
	streams net.Listener // of TCP and SCTP
	packets *net.UDPConn

	mu     sync.Mutex
	conns  []net.Conn
	closed bool
}

// listen has a server answer at an address and port: each message with its first line behind the server's name.
func (s *scene) listen(server, network, addr string, port int) *listener {
	s.Helper()
	l := &listener{}
	at := netip.AddrPortFrom(netip.MustParseAddr(addr), uint16(port))
	s.must(s.servers[server].Do(func() (err error) {
		switch network {
		case "udp":
			l.packets, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
		case "sctp":
			l.streams, err = listenSCTP(at)
		default:
			l.streams, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(at))
		}
		return err
	}))
	s.Cleanup(l.close)
	if l.packets != nil {
		go l.datagrams(server)
	} else {
		go l.accept(server)
	}
	return l
}

// close ends the service and everybody's connection.
func (l *listener) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.packets != nil {
		_ = l.packets.Close()
		return
	}
	_ = l.streams.Close()
	for _, c := range l.conns {
		_ = c.Close()
	}
}

func (l *listener) accept(server string) {
	for {
		c, err := l.streams.Accept()
		if err != nil {
			return // closed
		}
		l.mu.Lock()
		if l.conns = append(l.conns, c); l.closed {
			_ = c.Close()
		}
		l.mu.Unlock()
		go func() {
			defer c.Close()
			for r := bufio.NewReader(c); ; {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if _, err := c.Write([]byte(server + " " + line)); err != nil {
					return
				}
			}
		}()
	}
}

func (l *listener) datagrams(server string) {
	b := make([]byte, 2048)
	for {
		n, from, err := l.packets.ReadFromUDPAddrPort(b)
		if err != nil {
			return // closed
		}
		line, _, _ := strings.Cut(string(b[:n]), "\n")
		_, _ = l.packets.WriteToUDPAddrPort([]byte(server+" "+line+"\n"), from) // the client misses it
	}
}

// A flow is a connection of the client, or datagrams from one port to one service.
type flow struct {
	net.Conn
	port int // of the client
	r    *bufio.Reader
	n    int
}

// open begins a flow from an address of the client, at a port that is new.
func (s *scene) open(network, from, to string, port int) *flow {
	s.Helper()
	f, err := s.dial(network, from, to, port)
	s.must(err)
	return f
}

func (s *scene) dial(network, from, to string, port int) (*flow, error) {
	f := &flow{port: s.port()}
	near := netip.AddrPortFrom(netip.MustParseAddr(from), uint16(f.port))
	far := netip.AddrPortFrom(netip.MustParseAddr(to), uint16(port))
	err := s.client.Do(func() (err error) {
		d := net.Dialer{Timeout: soon}
		switch network {
		case "sctp":
			f.Conn, err = dialSCTP(near, far)
			return err
		case "udp":
			d.LocalAddr = net.UDPAddrFromAddrPort(near)
		default:
			d.LocalAddr = net.TCPAddrFromAddrPort(near)
		}
		f.Conn, err = d.Dial(network, far.String())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s from %v to %v: %w", network, near, far, err)
	}
	s.Cleanup(func() { _ = f.Close() })
	f.r = bufio.NewReader(f)
	return f, nil
}

// ask sends the next message of a flow and gives the name of the server that answers it.
func (f *flow) ask() (string, error) {
	f.n++
	return f.say(fmt.Sprintf("message %d of %d", f.n, f.port))
}

// say sends a message; behind its first line it may have others.
func (f *flow) say(message string) (string, error) {
	if err := f.SetDeadline(time.Now().Add(soon)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintln(f, message); err != nil {
		return "", err
	}
	got, err := f.r.ReadString('\n')
	first, _, _ := strings.Cut(message, "\n")
	server, rest, _ := strings.Cut(strings.TrimRight(got, "\r\n"), " ")
	if err != nil || rest != strings.TrimRight(first, "\r") {
		return "", fmt.Errorf("%q came back for %q, %w", got, message, err)
	}
	return server, nil
}

// asks is ask where an answer is due.
func (s *scene) asks(f *flow) string {
	s.Helper()
	server, err := f.ask()
	s.must(err)
	return server
}

// visit makes so many connections, one after the other, a request in each.
func (s *scene) visit(n int, network, from, to string, port int) tally {
	s.Helper()
	got := tally{}
	for range n {
		f := s.open(network, from, to, port)
		got[s.asks(f)]++
		s.must(f.Close())
	}
	return got
}

// forgotten waits until no connection that a director's kernel knows, a line of ipvsadm, satisfies is.
func (s *scene) forgotten(d *lab.Director, what string, is func(line string) bool) {
	s.Helper()
	s.must(lab.Eventually(soon, what+" to be forgotten", func() (bool, string) {
		out, err := d.Run("ipvsadm", "-Lnc")
		s.must(err)
		for line := range strings.Lines(out) {
			if is(line) {
				return false, out
			}
		}
		return true, ""
	}))
}
