package healthcheck

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  string
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, NotAfter: time.Now().Add(time.Hour)}
	a := &authority{t: t, key: newKey(t)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.pem = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign gives a certificate with its key, both as PEM, that ends at a time.
func (a *authority) sign(end time.Time, names ...string) (cert, key string) {
	a.t.Helper()
	k := newKey(a.t)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "server"}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: end}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &k.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	inner, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		a.t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: inner}))
}

func pair(t *testing.T, cert, key string) tls.Certificate {
	t.Helper()
	p, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// with is t with what an SSL block says.
func (s *target) with(ssl config.SSL) Target {
	s.t.Helper()
	t := s.aim(config.CheckSSL, config.URL{})
	t.Checker.ConnectTimeout = 10 * time.Second
	parts, err := (&Preparer{SSL: ssl}).Prepare(&t.Checker)
	if err != nil {
		s.t.Fatal(err)
	}
	t.Parts = parts
	return t
}

// A trust is a server with a certificate for server.example, and what somebody who asks it goes by.
type trust struct {
	by   *authority // that has signed it
	end  time.Time  // until when
	ssl  config.SSL
	name string // that is asked for
	want string // why it is not taken; "" if it is
}

func trusts(t *testing.T) map[string]trust {
	ours, theirs := newAuthority(t, "ours"), newAuthority(t, "theirs")
	later, before := time.Now().Add(time.Hour), time.Now().Add(-time.Minute)
	good := config.SSL{CA: "/ca", Contents: config.SSLContents{CA: ours.pem}}
	lax := good
	lax.Unverified = true
	return map[string]trust{
		"good":                           {ours, later, good, "", ""},
		"good, and its name":             {ours, later, good, "server.example", ""},
		"another name":                   {ours, later, good, "other.example", "certificate is valid for server.example, not other.example"},
		"of another authority":           {theirs, later, good, "", "certificate signed by unknown authority"},
		"expired":                        {ours, before, good, "", "certificate has expired or is not yet valid"},
		"of another authority, as 2.2.7": {theirs, later, lax, "", ""},
		"expired, as 2.2.7":              {ours, before, lax, "other.example", ""},
		"all of it wrong, as 2.2.7":      {theirs, before, lax, "other.example", ""},
		"no ca":                          {theirs, before, config.SSL{}, "other.example", ""},
	}
}

func TestSemantics10_24_ServersAreVerifiedWithCA(t *testing.T) {
	for name, c := range trusts(t) {
		t.Run(name, func(t *testing.T) {
			cert, key := c.by.sign(c.end, "server.example")
			s := lie(t, "127.0.0.1:0", secureWith(pair(t, cert, key), func(s *target, c *tls.Conn) {
				s.request(c)
				_, _ = io.WriteString(c, ok3)
				c.Close()
			}))
			target := s.with(c.ssl)
			target.Checker.HTTP.SNIName = c.name
			got := probe(t, target)
			if c.want == "" {
				wantResult(t, got, attempt.Passed, "")
				return
			}
			wantResult(t, got, attempt.Failed, "SSL handshake/communication error connecting to server "+rs+".")
			if got.Reason.Code != reason.Untrusted || !strings.Contains(got.Reason.Text, c.want) {
				t.Errorf("%+v, want %q", got.Reason, c.want)
			}
		})
	}
}

// Where there is no certificate, or no key to it, none is shown (semantics 10.24).
func TestSemantics10_24_ClientCertificates(t *testing.T) {
	ours, theirs := newAuthority(t, "ours"), newAuthority(t, "theirs")
	cert, key := ours.sign(time.Now().Add(time.Hour))
	foreign, foreignKey := theirs.sign(time.Now().Add(time.Hour))
	serverCert, serverKey := ours.sign(time.Now().Add(time.Hour))
	known := x509.NewCertPool()
	known.AddCert(ours.cert)
	for name, c := range map[string]struct {
		contents config.SSLContents
		server   tls.ClientAuthType
		want     attempt.Verdict
	}{
		"shown":                {config.SSLContents{Certificate: cert, Key: key}, tls.RequireAndVerifyClientCert, attempt.Passed},
		"of another authority": {config.SSLContents{Certificate: foreign, Key: foreignKey}, tls.RequireAndVerifyClientCert, attempt.Failed},
		// OpenSSL shows one also to a server that lists other authorities; Go would not by itself.
		"whatever is listed": {config.SSLContents{Certificate: foreign, Key: foreignKey}, tls.RequireAnyClientCert, attempt.Passed},
		"without its key":    {config.SSLContents{Certificate: cert}, tls.RequireAnyClientCert, attempt.Failed},
		"a key alone":        {config.SSLContents{Key: key}, tls.RequireAnyClientCert, attempt.Failed},
	} {
		for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(fmt.Sprintf("%s, %x", name, version), func(t *testing.T) {
				conf := &tls.Config{Certificates: []tls.Certificate{pair(t, serverCert, serverKey)}, ClientCAs: known,
					ClientAuth: c.server, MinVersion: tls.VersionTLS10, MaxVersion: version}
				shown := make(chan int, 1)
				s := lie(t, "127.0.0.1:0", func(s *target, raw net.Conn) {
					c := tls.Server(raw, conf)
					err := c.Handshake()
					shown <- len(c.ConnectionState().PeerCertificates)
					if err != nil {
						return
					}
					s.request(c)
					_, _ = io.WriteString(c, ok3)
					c.Close()
				})
				got := probe(t, s.with(config.SSL{Certificate: "/c", Key: "/k", Contents: c.contents}))
				if got.Verdict != c.want {
					t.Errorf("%+v", got)
				}
				if n := <-shown; n != 1 && c.want == attempt.Passed {
					t.Errorf("%d certificates shown", n)
				}
			})
		}
	}
}

// A certificate that the engine could not read is no reason to forget the patterns.
func TestBadCredentials(t *testing.T) {
	k := config.Checker{Kind: config.CheckSSL, HTTP: &config.HTTPCheck{URLs: []config.URL{{Path: "/", Regex: "a"}}}}
	for _, c := range []config.SSLContents{{Certificate: "x", Key: "y"}, {CA: "x"}} {
		parts, err := (&Preparer{SSL: config.SSL{CA: "/ca", Contents: c}}).Prepare(&k)
		if err == nil || parts.pattern(0) == nil || parts.Credentials != nil {
			t.Errorf("%+v, %v", parts, err)
		}
	}
}

func TestTLSCompliant(t *testing.T) {
	for _, compliant := range []bool{false, true} {
		for name, answer := range map[string]string{"good": ok3, "bad status": "HTTP/1.1 500 x\r\n\r\n", "not HTTP": "hello"} {
			t.Run(fmt.Sprint(name, compliant), func(t *testing.T) {
				told := make(chan bool, 1)
				cert, key := newAuthority(t, "ours").sign(time.Now().Add(time.Hour))
				p := pair(t, cert, key)
				s := lie(t, "127.0.0.1:0", func(s *target, raw net.Conn) {
					under := &observed{Conn: raw}
					c := tls.Server(under, &tls.Config{Certificates: []tls.Certificate{p}})
					s.request(c)
					_, _ = io.WriteString(c, answer)
					_ = c.CloseWrite()
					_, err := c.Read(make([]byte, 1))
					// The end of TLS was there before that of the connection.
					told <- err == io.EOF && !under.ended
				})
				target := s.aim(config.CheckSSL, config.URL{TLSCompliant: compliant})
				target.Checker.ConnectTimeout = 10 * time.Second
				probe(t, target)
				if got := <-told; got != compliant {
					t.Errorf("close_notify came: %t", got)
				}
			})
		}
	}
}

// A real server: nginx that wants a certificate of the client and has one of its own authority, with every version of
// TLS it speaks and the pages of a name chosen by SNI.
func TestSemantics10_24_Nginx(t *testing.T) {
	ours, theirs := newAuthority(t, "ours"), newAuthority(t, "theirs")
	dir := t.TempDir()
	later := time.Now().Add(time.Hour)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cert, key := ours.sign(later, "one.example", "two.example")
	other, otherKey := theirs.sign(later, "two.example")
	mine, mineKey := ours.sign(later)
	at := closedPort(t, "127.0.0.1:0")
	host := func(name, cert, key string) string {
		return fmt.Sprintf(`server {
 listen %s ssl; server_name %s; ssl_certificate %s; ssl_certificate_key %s;
 ssl_protocols TLSv1.2 TLSv1.3; ssl_client_certificate %s; ssl_verify_client on;
 location / { return 200 "%s $ssl_client_s_dn\n"; }
}`, at, name, write(name+".pem", cert), write(name+".key", key), write("ca.pem", ours.pem), name)
	}
	conf := write("nginx.conf", "daemon off; master_process off; pid "+dir+"/pid; error_log stderr; events {}\nhttp { access_log off;\n"+
		"client_body_temp_path "+dir+"/b; proxy_temp_path "+dir+"/p; fastcgi_temp_path "+dir+"/f; uwsgi_temp_path "+dir+
		"/u; scgi_temp_path "+dir+"/s;\n"+host("one.example", cert, key)+host("two.example", other, otherKey)+"}\n")
	nginx := exec.Command("nginx", "-c", conf, "-p", dir)
	var said strings.Builder
	nginx.Stderr = &said
	if err := nginx.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nginx.Process.Kill(); _ = nginx.Wait() })
	awaitPort(t, at, &said)

	show := config.SSLContents{Certificate: mine, Key: mineKey, CA: ours.pem}
	for name, c := range map[string]struct {
		ssl  config.SSL
		sni  string
		page string // what its body begins with
		why  reason.Code
	}{
		"the default":          {config.SSL{CA: "/", Contents: show}, "", "one.example CN=server", 0},
		"by its name":          {config.SSL{CA: "/", Contents: show}, "one.example", "one.example CN=server", 0},
		"of another authority": {config.SSL{CA: "/", Contents: show}, "two.example", "", reason.Untrusted},
		"not verified":         {config.SSL{CA: "/", Unverified: true, Contents: show}, "two.example", "two.example CN=server", 0},
		"without certificate":  {config.SSL{}, "", "", reason.Status},
	} {
		t.Run(name, func(t *testing.T) {
			s := &target{t: t, at: at}
			target := s.with(c.ssl)
			target.Checker.HTTP.SNIName = c.sni
			u := &target.Checker.HTTP.URLs[0]
			u.Host, u.Regex, u.TLSCompliant = c.sni, c.page, true
			parts, err := (&Preparer{SSL: c.ssl}).Prepare(&target.Checker)
			if err != nil {
				t.Fatal(err)
			}
			target.Parts = parts
			got := probe(t, target)
			if (got.Verdict == attempt.Passed) != (c.why == 0) || got.Reason.Code != c.why {
				t.Errorf("%+v", got)
			}
		})
	}
}

// awaitPort waits until somebody listens.
func awaitPort(t *testing.T, at netip.AddrPort, said *strings.Builder) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; {
		c, err := net.Dial("tcp", at.String())
		if err == nil {
			c.Close()
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%v\n%s", err, said.String())
		}
		time.Sleep(20 * time.Millisecond)
	}
}
