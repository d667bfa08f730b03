//go:build e2e && acceptance

package tables

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"time"

	"holdfast/test/lab"
)

// route is how ip is told that an address is gone, or is not any more: before the address of this host that it is.
func route(verb string, a netip.Addr) []string {
	family := "-4"
	if a.Is6() {
		family = "-6"
	}
	return []string{family, "route", verb, "unreachable", a.String(), "table", "local"}
}

// answers are all real servers of a host: web pages, with and without TLS, and mail.
type answers struct {
	all  []net.Listener
	conf *tls.Config
}

// answer listens to ports of all addresses; on those that are true it speaks first, as mail servers do.
func answer(h *lab.Host, ports map[uint16]bool) (*answers, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	tpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	s := &answers{conf: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}}
	for port, mail := range ports {
		err := h.Do(func() error {
			l, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
			if err == nil {
				s.all = append(s.all, l)
			}
			return err
		})
		if err != nil {
			s.close()
			return nil, err
		}
		go s.accept(s.all[len(s.all)-1], mail)
	}
	return s, nil
}

func (s *answers) close() {
	for _, l := range s.all {
		l.Close()
	}
}

func (s *answers) accept(l net.Listener, mail bool) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			if err := c.SetDeadline(time.Now().Add(patience)); err == nil {
				s.talk(c, mail)
			}
		}()
	}
}

// A peeked connection is read through a buffer that has been looked into.
type peeked struct {
	net.Conn
	in *bufio.Reader
}

func (p peeked) Read(b []byte) (int, error) { return p.in.Read(b) }

// talk says what a client wants to hear. It may have gone, which is no matter of ours.
func (s *answers) talk(c net.Conn, mail bool) {
	if mail {
		speak(c)
		return
	}
	p := peeked{c, bufio.NewReader(c)}
	first, err := p.in.Peek(1)
	if err != nil {
		return
	}
	var web io.ReadWriter = p
	if first[0] == 0x16 { // a TLS handshake
		web = tls.Server(p, s.conf)
	}
	lines := bufio.NewReader(web)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		if line == "\r\n" {
			break
		}
	}
	fmt.Fprint(web, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nOK\n")
}

// speak is a mail server that agrees to everything.
func speak(c net.Conn) {
	fmt.Fprint(c, "220 mail\r\n")
	for lines := bufio.NewScanner(c); lines.Scan(); {
		fmt.Fprint(c, "250 as you say\r\n")
	}
}
