package anycast

import (
	"bufio"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"

	"holdfast/test/lab"
)

// A Server answers each line with its name and the line; "send N" with N letters in place of it.
type Server struct {
	*lab.Host

	mu       sync.Mutex
	listener net.Listener
	conns    []net.Conn
}

// Listen has it answer at a port of all its addresses.
func (s *Server) Listen(port int) error {
	var l net.Listener
	err := s.Do(func() (err error) {
		l, err = net.Listen("tcp4", fmt.Sprint("0.0.0.0:", port))
		return err
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.listener = l
	s.mu.Unlock()
	go s.accept(l)
	return nil
}

// Shut has it refuse connections, and ends those that it has.
func (s *Server) Shut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		_ = s.listener.Close()
	}
	for _, c := range s.conns {
		_ = c.Close()
	}
	s.listener, s.conns = nil, nil
}

func (s *Server) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return // shut
		}
		s.mu.Lock()
		if s.conns = append(s.conns, c); s.listener != l {
			_ = c.Close()
		}
		s.mu.Unlock()
		go answer(s.Name, c)
	}
}

// answer answers on one connection until it ends.
func answer(name string, c net.Conn) {
	defer c.Close()
	for r := bufio.NewReader(c); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		if size, ok := strings.CutPrefix(strings.TrimSpace(line), "send "); ok {
			n, _ := strconv.Atoi(size) // what is no number gets an empty line, which the client misses
			line = strings.Repeat("x", n) + "\n"
		}
		if _, err := c.Write([]byte(name + " " + line)); err != nil {
			return
		}
	}
}
