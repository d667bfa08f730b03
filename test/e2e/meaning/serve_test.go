//go:build e2e

package meaning

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"strings"
	"time"
)

// A server is a real server on the director's own host.
type server struct {
	*reader
	l net.Listener
}

// listen opens a port of an address, which is put on lo first.
func (b *bench) listen(addr string) net.Listener {
	host, _, err := net.SplitHostPort(addr)
	b.must(err)
	_, err = b.host.Run("ip", "addr", "replace", host, "dev", "lo")
	b.must(err)
	var l net.Listener
	b.must(b.host.Do(func() (err error) {
		l, err = net.Listen("tcp", addr)
		return err
	}))
	return l
}

// serve answers connections to an address until stopped. What talk tells of a
// connection is written down once, however often it comes.
func (b *bench) serve(addr string, talk func(net.Conn) string) *server {
	s := &server{reader: &reader{section: secRequests, name: addr, sorted: true, once: true}, l: b.listen(addr)}
	s.closer = s.l
	b.readers = append(b.readers, s.reader)
	go func() {
		for {
			c, err := s.l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				from, port, _ := net.SplitHostPort(c.RemoteAddr().String()) // a TCP address has a port
				if len(port) < 5 {
					from += ":" + port // not one that the kernel picks
				}
				if said := talk(c); said != "" {
					s.add(from + " " + said)
				}
			}()
		}
	}()
	return s
}

// stop refuses further connections.
func (s *server) stop() { s.l.Close() } // closed twice at the end

// accept only takes connections.
func accept(net.Conn) string { return "connects" }

// web answers HTTP requests with what pages says for the path, status and body,
// and tells of the request.
func web(pages map[string]string) func(net.Conn) string {
	return func(c net.Conn) string {
		if err := c.SetDeadline(time.Now().Add(limit)); err != nil {
			return err.Error()
		}
		name := ""
		if t, ok := c.(*tls.Conn); ok {
			if err := t.Handshake(); err != nil {
				return "" // given up
			}
			name = fmt.Sprintf("SNI %q ", t.ConnectionState().ServerName)
		}
		in := bufio.NewReader(c)
		var lines []string
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return "" // given up
			}
			if line == "\r\n" {
				break
			}
			lines = append(lines, line)
		}
		path, _, _ := strings.Cut(strings.TrimPrefix(lines[0], "GET "), " HTTP")
		page, ok := pages[path]
		if !ok {
			page = "404 Not Found\n"
		}
		status, body, _ := strings.Cut(page, "\n")
		fmt.Fprintf(c, "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
		return name + fmt.Sprintf("%q", lines)
	}
}

// secret wraps talk in TLS with a certificate nobody vouches for.
func (b *bench) secret(talk func(net.Conn) string) func(net.Conn) string {
	return b.secretAs(func(*tls.Config) {}, talk)
}

// secretAs is secret with something else of TLS.
func (b *bench) secretAs(change func(*tls.Config), talk func(net.Conn) string) func(net.Conn) string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	b.must(err)
	tpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, &key.PublicKey, key)
	b.must(err)
	conf := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	change(conf)
	return func(c net.Conn) string { return talk(tls.Server(c, conf)) }
}

// lookAtIPVS writes the table down.
func (b *bench) lookAtIPVS(moment string) {
	b.seen.add(secIPVS, "%s:", moment)
	out, err := b.host.Run("sh", "-ec", "ipvsadm -Sn; ipvsadm -Ln --thresholds; ipvsadm -L --timeout; ipvsadm -L --daemon")
	b.must(err)
	b.seen.add(secIPVS, "%s", out)
}

// inTable waits until "ipvsadm -Sn" has each of the texts, or, with a ! before it,
// does not have it.
func (b *bench) inTable(texts ...string) {
	b.until(fmt.Sprintf("%q in the table", texts), func() (bool, string) {
		table, err := b.host.IPVSSave()
		b.must(err)
		for _, t := range texts {
			if text, not := strings.CutPrefix(t, "!"); strings.Contains(table, text) == not {
				return false, table
			}
		}
		return true, ""
	})
}
