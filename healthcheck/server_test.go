package healthcheck

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// target is a server on the loopback that does with each connection what it is told.
type target struct {
	t  *testing.T
	at netip.AddrPort

	mu       sync.Mutex
	requests [][]byte
	hello    *tls.ClientHelloInfo
}

// lie starts a server on address; answer gets each connection, which is closed after it.
func lie(t *testing.T, address string, answer func(*target, net.Conn)) *target {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &target{t: t, at: netip.MustParseAddrPort(l.Addr().String())}
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				go func() { <-done; c.Close() }()
				answer(s, c)
			})
		}
	})
	t.Cleanup(func() { l.Close(); close(done); wg.Wait() })
	return s
}

// request reads to the end of the request's headers.
func (s *target) request(c io.Reader) {
	var all []byte
	buf := make([]byte, 1)
	for !bytes.HasSuffix(all, []byte("\r\n\r\n")) {
		n, err := c.Read(buf)
		all = append(all, buf[:n]...)
		if err != nil {
			break
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, all)
}

func (s *target) asked() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) == 0 {
		return ""
	}
	return string(s.requests[len(s.requests)-1])
}

// says answers a request with pieces, each in a packet of its own.
func says(pieces ...string) func(*target, net.Conn) {
	return func(s *target, c net.Conn) {
		s.request(c)
		for i, p := range pieces {
			if i > 0 {
				waitDrained(c)
			}
			if _, err := io.WriteString(c, p); err != nil {
				return
			}
		}
	}
}

// hangs waits until the client goes away.
func hangs(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// reset makes the close of c a reset.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	c.Close()
}

// secure wraps answer in TLS with a self-signed certificate of a wrong name.
func secure(t *testing.T, answer func(*target, *tls.Conn)) func(*target, net.Conn) {
	t.Helper()
	return secureWith(selfSigned(t), answer)
}

// selfSigned is a certificate that nobody should trust: of a wrong name, and expired.
func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "wrong"},
		NotAfter:     time.Unix(1, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// tlsWith is TLS with a certificate and HTTP/2.
func tlsWith(cert tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12}
}

// secureWith wraps answer in TLS with a certificate.
func secureWith(cert tls.Certificate, answer func(*target, *tls.Conn)) func(*target, net.Conn) {
	return func(s *target, c net.Conn) {
		conf := &tls.Config{
			Certificates: []tls.Certificate{cert},
			GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.hello = h
				return nil, nil
			},
		}
		answer(s, tls.Server(c, conf))
	}
}

const (
	rs = "[127.0.0.1]:tcp:80"
	vs = "[10.0.0.1]:tcp:80"
)

// aim is a check of the server with one URL.
func (s *target) aim(kind config.CheckKind, u config.URL) Target {
	if u.Path == "" {
		u.Path = "/"
	}
	t := Target{
		Checker: config.Checker{Kind: kind, Connect: s.at, ConnectTimeout: 250 * time.Millisecond, HTTP: &config.HTTPCheck{Protocol: "1.0", URLs: []config.URL{u}}},
		Service: vs, Server: rs,
	}
	if u.Regex != "" {
		p, err := CompilePattern(u)
		if err != nil {
			s.t.Fatal(err)
		}
		t.Patterns = []*Pattern{p}
	}
	return t
}

func probe(t *testing.T, target Target) attempt.Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return Prober{}.Probe(ctx, target)
}

func wantResult(t *testing.T, got attempt.Outcome, verdict attempt.Verdict, line string) {
	t.Helper()
	if got.Verdict != verdict || got.Line != line {
		t.Errorf("verdict %d line %q, want %d %q", got.Verdict, got.Line, verdict, line)
	}
}
