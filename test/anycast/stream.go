package anycast

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"
)

// A Stream is a TCP connection of the client that lasts, and who it is with.
type Stream struct {
	Server string
	Port   int   // of the client
	Err    error // why it has ended

	conn  net.Conn
	r     *bufio.Reader
	part  string // of an answer that is still coming
	asked bool   // a question is open
	n     int
}

// Streams are those of the client.
type Streams []*Stream

// Open opens n streams, from one address of the client after the other, and has each tell who it is with.
func (w *World) Open(n int, from ...netip.Addr) (Streams, error) {
	if len(from) == 0 {
		from = []netip.Addr{ClientAddr(0)}
	}
	var all Streams
	to := netip.AddrPortFrom(VIP, uint16(w.port)).String()
	err := w.Client.Do(func() error {
		for i := range n {
			d := net.Dialer{Timeout: soon, LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from[i%len(from)], 0))}
			c, err := d.Dial("tcp4", to)
			if err != nil {
				return fmt.Errorf("stream %d of %d: %w", i+1, n, err)
			}
			s := &Stream{conn: c, r: bufio.NewReader(c), Port: c.LocalAddr().(*net.TCPAddr).Port}
			all = append(all, s)
			w.streams = append(w.streams, s)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if t := all.Ask(soon); t.Answered != n {
		return nil, fmt.Errorf("new streams: %+v", t)
	}
	return all, nil
}

// A Tally is what became of streams that were asked.
type Tally struct {
	Answered int // by the server that they are with
	Ended    int // since they began, for whatever reason
	Silent   int // at the end of the time they had
}

// Ask has each stream that has not ended ask, or wait for the answer that it is still owed, for as long as the limit.
func (ss Streams) Ask(limit time.Duration) Tally { return ss.Say("", limit) }

// Say is Ask with a question, which for "" is one that is new each time.
func (ss Streams) Say(question string, limit time.Duration) Tally {
	var all sync.WaitGroup
	end := time.Now().Add(limit)
	for _, s := range ss {
		if s.Err == nil {
			all.Go(func() { s.say(question, end) })
		}
	}
	all.Wait()
	var t Tally
	for _, s := range ss {
		switch {
		case s.Err != nil:
			t.Ended++
		case s.asked:
			t.Silent++
		default:
			t.Answered++
		}
	}
	return t
}

// say sends a question unless one is open, and waits for the answer.
func (s *Stream) say(question string, end time.Time) {
	if s.Err = s.conn.SetDeadline(end); s.Err != nil {
		return
	}
	if !s.asked {
		s.n++
		if question == "" {
			question = fmt.Sprint("question ", s.n)
		}
		if _, s.Err = fmt.Fprintln(s.conn, question); s.Err != nil {
			return
		}
		s.asked = true
	}
	part, err := s.r.ReadString('\n')
	s.part += part
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return
	case err != nil:
		s.Err = err
		return
	}
	server, _, _ := strings.Cut(s.part, " ")
	if s.part, s.asked = "", false; s.Server == "" {
		s.Server = server
	} else if server != s.Server {
		s.Err = fmt.Errorf("%s answers in place of %s", server, s.Server)
	}
}

// With are the streams that are with a server.
func (ss Streams) With(server string) (with, others Streams) {
	for _, s := range ss {
		if s.Server == server {
			with = append(with, s)
		} else {
			others = append(others, s)
		}
	}
	return with, others
}

// Spread is how many streams each server has.
func (ss Streams) Spread() map[string]int {
	has := map[string]int{}
	for _, s := range ss {
		has[s.Server]++
	}
	return has
}

// Known are the ports of the client whose connections with the service a director's kernel knows.
func (w *World) Known(director int) (map[int]bool, error) {
	known := map[int]bool{}
	err := w.Directors[director].Do(func() error {
		text, err := os.ReadFile("/proc/thread-self/net/ip_vs_conn")
		if err != nil {
			return err
		}
		want := fmt.Sprintf("%X %04X", VIP.AsSlice(), w.port)
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line)
			port := 0
			if len(f) < 8 || f[0] != "TCP" || f[3]+" "+f[4] != want {
				continue
			}
			if _, err := fmt.Sscanf(f[2], "%x", &port); err != nil {
				return fmt.Errorf("%q: %w", line, err)
			}
			known[port] = true
		}
		return nil
	})
	return known, err
}

// By are the streams that a director knows.
func (w *World) By(director int, ss Streams) (Streams, error) {
	known, err := w.Known(director)
	var by Streams
	for _, s := range ss {
		if known[s.Port] {
			by = append(by, s)
		}
	}
	return by, err
}
