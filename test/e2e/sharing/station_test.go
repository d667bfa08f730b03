//go:build e2e

package sharing

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"holdfast/test/lab"
)

// A station is a client, a server and two directors on one LAN.
type station struct {
	*lab.Trial
	place          place
	client, server *lab.Host
	directors      [2]*lab.Director
}

func newStation(t *lab.Trial, pair [2]string, p place) *station {
	s := &station{Trial: t, place: p}
	lan, err := lab.NewLAN(t.TempDir())
	s.must(err)
	t.Cleanup(func() { s.must(lan.Close()) })
	add := func(name string, i int) *lab.Host {
		h, err := lan.AddHost(name)
		s.must(err)
		s.must(h.Sysctl("net/ipv6/conf/eth0/keep_addr_on_down", "1"))
		s.must(h.AddAddr("eth0", p.hosts[i]))
		return h
	}
	s.client, s.server = add("client", 0), add("server", 1)
	for i := range s.directors {
		s.directors[i] = lab.NewDirector(add(fmt.Sprintf("d%d", i), 2+i), pair[i])
	}
	p.prepare(s)
	s.must(s.server.Do(s.serve))
	return s
}

func (s *station) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// wait waits for something at a director, and shows its log if that does not come.
func (s *station) wait(i int, what string, cond func() (bool, string)) {
	s.Helper()
	if err := lab.Eventually(soon, what, cond); err != nil {
		s.Fatalf("%v\nlog of %s:\n%s", err, s.directors[i].Name, s.directors[i].Logs())
	}
}

func (s *station) configure(i, priority int, sync string) {
	global := ""
	if sync != "" {
		global = "global_defs {\n  lvs_sync_daemon " + sync + "\n}\n"
	}
	s.must(s.directors[i].Configure(global + fmt.Sprintf(`vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  version 3
  advert_int 0.5
  priority %d
  virtual_ipaddress {
    %s
  }
}
virtual_server %s 80 {
  protocol TCP
  lb_algo rr
  lb_kind %s
  real_server %s 80 {
  }
}
`, priority, s.place.vips, s.place.vip, s.place.method, s.place.hosts[1].Addr())))
}

func (s *station) start(i int) {
	d := s.directors[i]
	s.must(d.Start())
	s.Witness(d.Proc.Log)
	s.wait(i, "the table of "+d.Name, func() (bool, string) {
		out, err := d.IPVSSave()
		s.must(err)
		return strings.Contains(out, "-a -t"), out
	})
}

// stop ends a director as an operator does.
func (s *station) stop(i int) {
	d := s.directors[i]
	s.must(d.Proc.Signal(syscall.SIGTERM))
	_, _, err := d.Proc.Wait(time.Now(), soon)
	s.must(err)
}

// isMaster waits until a director has the address of the service.
func (s *station) isMaster(i int) {
	s.Helper()
	s.wait(i, s.directors[i].Name+" to have the address", func() (bool, string) {
		n, err := s.directors[i].CountAddr("eth0", netip.MustParseAddr(s.place.vip))
		s.must(err)
		return n == 1, ""
	})
}

// runs waits until a director's kernel runs this sync daemon, "" for none, and no other: but a keepalived that was killed
// as master finds its old one there and leaves it beside the new one.
func (s *station) runs(i int, state string) {
	s.Helper()
	d := s.directors[i]
	s.wait(i, "sync daemon "+state, func() (bool, string) {
		out, err := d.Run("ipvsadm", "-L", "--daemon")
		s.must(err)
		n := strings.Count(out, "sync daemon")
		if state == "" {
			return n == 0, out
		}
		return strings.Contains(out, state+" sync daemon") && (n == 1 || d.Kind() == keepalived), out
	})
}

// knows waits until a director's kernel has the connection of a download, which goes through the other one.
func (s *station) knows(i int, d *download) {
	s.Helper()
	s.wait(i, "the connection at "+s.directors[i].Name, func() (bool, string) {
		return s.hasCopy(i, d)
	})
}

// hasCopy reports whether it has.
func (s *station) hasCopy(i int, d *download) (bool, string) {
	s.Helper()
	out, err := s.directors[i].Run("ipvsadm", "-Lnc")
	s.must(err)
	for line := range strings.Lines(out) {
		if strings.Contains(line, d.from) && strings.Contains(line, "ESTABLISHED") {
			return true, ""
		}
	}
	return false, "want " + d.from + " in\n" + out
}

// carries fails unless packets to the service go through a director.
func (s *station) carries(i int) {
	out, err := s.directors[i].Run("ipvsadm", "-Ln", "--stats", "--exact")
	s.must(err)
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) == 7 && f[0] == "TCP" && f[3] != "0" {
			return
		}
	}
	s.Fatalf("no packets at %s:\n%s", s.directors[i].Name, out)
}

// kill ends a director as a power failure does: no process does anything any more, and nothing gets out.
func (s *station) kill(i int) {
	s.must(s.directors[i].SetLink("eth0", false))
	s.must(s.directors[i].Proc.KillTree())
}

// comeBack starts a director that was killed, as the one that waits. Its link comes when it has given up the address that
// the other one has now.
func (s *station) comeBack(i int, sync string) {
	s.configure(i, 50, sync)
	s.start(i)
	d := s.directors[i]
	s.wait(i, d.Name+" to give up the address", func() (bool, string) {
		n, err := d.CountAddr("eth0", netip.MustParseAddr(s.place.vip))
		s.must(err)
		return n == 0, ""
	})
	s.must(d.SetLink("eth0", true))
}

const (
	chunk = 2 << 10
	pace  = 10 * time.Millisecond
	// room is the buffer of a socket: what waits in one when a director dies is no sign of life.
	room = 32 << 10
)

// serve takes connections at the address that the method brings them to, and sends each numbers without end.
func (s *station) serve() error {
	l, err := net.Listen("tcp", ":80")
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
			go func() {
				defer c.Close()
				if err := c.(*net.TCPConn).SetWriteBuffer(room); err != nil {
					return
				}
				b := make([]byte, chunk)
				for n := uint64(0); ; {
					for at := 0; at < chunk; at += 8 {
						binary.BigEndian.PutUint64(b[at:], n)
						n++
					}
					if _, err := c.Write(b); err != nil {
						return // the client has gone
					}
					time.Sleep(pace)
				}
			}()
		}
	}()
	return nil
}

// A download reads what the server sends, and fails at the first byte that is not the next one.
type download struct {
	*station
	from     string // address and port, as ipvsadm writes them
	received atomic.Int64

	mu    sync.Mutex
	err   error
	pause time.Duration
}

// download begins one from the service.
func (s *station) download() *download {
	s.Helper()
	d := &download{station: s}
	var c net.Conn
	s.must(s.client.Do(func() (err error) {
		dialer := net.Dialer{Timeout: soon}
		c, err = dialer.Dial("tcp", net.JoinHostPort(s.place.vip, "80"))
		return err
	}))
	s.Cleanup(func() { _ = c.Close() })
	s.must(c.(*net.TCPConn).SetReadBuffer(room))
	at := c.LocalAddr().(*net.TCPAddr).AddrPort()
	d.from = fmt.Sprintf("%s:%d", at.Addr().Unmap(), at.Port())
	if at.Addr().Unmap().Is6() {
		d.from = fmt.Sprintf("[%s]:%d", at.Addr(), at.Port())
	}
	go d.read(c)
	return d
}

func (d *download) read(c net.Conn) {
	b := make([]byte, chunk)
	last := time.Now()
	for n := uint64(0); ; {
		_, err := io.ReadFull(c, b)
		for at := 0; at < chunk && err == nil; at += 8 {
			if got := binary.BigEndian.Uint64(b[at:]); got != n {
				err = fmt.Errorf("number %d where %d was due", got, n)
			}
			n++
		}
		now := time.Now()
		d.mu.Lock()
		d.pause, d.err = max(d.pause, now.Sub(last)), err
		d.mu.Unlock()
		if last = now; err != nil {
			return
		}
		d.received.Add(chunk)
	}
}

func (d *download) failure() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

// longest is the longest time in which nothing came.
func (d *download) longest() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pause.Round(time.Millisecond)
}

// comes waits until so many more bytes have come.
func (d *download) comes(bytes int64) {
	d.Helper()
	goal := d.received.Load() + bytes
	var broken error
	err := lab.Eventually(soon, "the download", func() (bool, string) {
		now := d.received.Load()
		broken = d.failure()
		return now >= goal || broken != nil, fmt.Sprintf("%d bytes of %d", now, goal)
	})
	if err = errors.Join(err, broken); err != nil {
		d.Fatalf("%v\nlogs:\n%s\n%s", err, d.directors[0].Logs(), d.directors[1].Logs())
	}
}
