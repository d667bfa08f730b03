package healthcheck

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"holdfast/config"
)

// secureKind is SSL_GET.
func secureKind() *Kind {
	k := webKind()
	k.Prepare = func(p *Preparer, c *config.Checker) (Parts, error) {
		parts, err := preparePatterns(p, c)
		var bad error
		parts.Credentials, bad = p.credentials()
		return parts, errors.Join(err, bad)
	}
	return k
}

// Credentials are what the SSL block says, ready for use: a certificate to show, and who vouches for servers.
type Credentials struct {
	certificate *tls.Certificate // nil for none
	authorities *x509.CertPool   // nil: certificates are not verified
}

// credentials are made once for a configuration; nil when there is nothing to show or to verify.
func (p *Preparer) credentials() (*Credentials, error) {
	if p.secure != nil || !p.SSL.Given() {
		return p.secure, nil
	}
	in, out := p.SSL.Contents, &Credentials{}
	// One without the other shows nothing (semantics 10.24).
	if in.Certificate != "" && in.Key != "" {
		pair, err := tls.X509KeyPair([]byte(in.Certificate), []byte(in.Key))
		if err != nil {
			return nil, fmt.Errorf("certificate of SSL: %w", err)
		}
		out.certificate = &pair
	}
	if in.CA != "" && !p.SSL.Unverified {
		out.authorities = x509.NewCertPool()
		if !out.authorities.AppendCertsFromPEM([]byte(in.CA)) {
			return nil, errors.New("ca of SSL has no certificate")
		}
	}
	p.secure = out
	return out, nil
}

// tlsConfig speaks with old servers too: a check asks whether a server works, not whether it is well kept. Certificates
// are verified where the configuration names authorities; 2.2.7 takes any (semantics 10.6).
func tlsConfig(t Target) *tls.Config {
	c := &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // the credentials verify instead
		MinVersion:         tls.VersionTLS10,
		ServerName:         serverName(t),
		// Without the large keys of newer groups the hello fits a packet, as old servers want it.
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},
	}
	// Those that are insecure too: a server that speaks nothing else serves its clients all the same.
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		c.CipherSuites = append(c.CipherSuites, s.ID)
	}
	if t.Checker.HTTP.Protocol == "2" {
		c.NextProtos = []string{h2ALPN}
	}
	t.Credentials.use(c)
	return c
}

// use puts the credentials into what a connection is made with; nil changes nothing.
func (with *Credentials) use(c *tls.Config) {
	if with == nil {
		return
	}
	if with.certificate != nil {
		// Whatever authorities the server lists: with a list of Certificates the library would not show another one's.
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return with.certificate, nil
		}
	}
	if with.authorities != nil {
		c.VerifyConnection = func(s tls.ConnectionState) error { return verify(s, with.authorities, c.ServerName) }
	}
}

// verify sees whether the authorities vouch for a server, and for its name if one was asked for. A server that
// is known by its address only may have any name.
func verify(s tls.ConnectionState, authorities *x509.CertPool, name string) error {
	if len(s.PeerCertificates) == 0 {
		return errors.New("the server shows no certificate")
	}
	between := x509.NewCertPool()
	for _, c := range s.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: authorities, Intermediates: between, DNSName: name})
	if err != nil {
		return &untrusted{err}
	}
	return nil
}

// untrusted is a certificate that is not taken.
type untrusted struct{ err error }

func (u *untrusted) Error() string { return u.err.Error() }

// sayEnd ends TLS with close_notify. Nobody waits for the answer to it.
func sayEnd(c *tls.Conn, under net.Conn) {
	// The deadline of before may be over; a socket takes so few bytes at once or not at all.
	_ = under.SetWriteDeadline(time.Now().Add(time.Second))
	_ = c.CloseWrite()
}

// serverName is the name in the client hello, "" for none.
func serverName(t Target) string {
	k := t.Checker.HTTP
	// `sni_name` holds without `enable_sni` as well.
	if k.SNIName != "" {
		return k.SNIName
	}
	if !k.EnableSNI {
		return ""
	}
	if h := k.URLs[t.URL].Host; h != "" {
		return h
	}
	return k.Host
}
