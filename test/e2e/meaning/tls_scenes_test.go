//go:build e2e

package meaning

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/youmark/pkcs8"
)

// shown is a service whose real servers 1 to 3 are asked over TLS.
func shown(ssl string) string {
	var b strings.Builder
	b.WriteString("SSL {\n" + ssl + "\n}\n")
	for i := 1; i <= 3; i++ {
		b.WriteString(secret("enable_sni\n            virtualhost www.example.org", i))
	}
	return b.String()
}

func tlsScenes() []scene {
	const files = "    certificate /run/case/client.pem\n    key /run/case/client.key\n    password sesame\n"
	pages := map[string]string{"/": "200 OK\nhello\n"}
	return []scene{
		{
			name:  "client certificates",
			ipvs:  true,
			slow:  true,
			shows: "SSL: certificate key password ca verify_server",
			// The checks that did not change go on.
			differs: map[string]string{secLog: notTouched},
			conf:    shown(files + "    ca /run/case/client.pem\n@holdfast verify_server false\n"),
			play: func(b *bench) {
				b.identity("first")
				b.serve("10.1.0.1:443", b.curious(tls.RequireAnyClientCert, web(pages)))
				b.serve("10.1.0.2:443", b.curious(tls.RequestClientCert, web(pages)))
				b.serve("10.1.0.3:443", b.curious(tls.NoClientCert, web(pages)))
				b.start()
				b.inTable("-r 10.1.0.1:80", "-r 10.1.0.2:80", "-r 10.1.0.3:80")
				b.look("running")
				// Another one with the same names of files counts from the next reload on.
				b.identity("second")
				b.signal(syscall.SIGHUP)
				b.logged("Reload complete", 1)
				b.got("10.1.0.1:443", 2)
				b.got("10.1.0.2:443", 2)
				b.look("changed")
				b.stop()
			},
		},
		{
			name:  "half of a client certificate",
			ipvs:  true,
			slow:  true,
			shows: "SSL: certificate",
			conf:  shown("    certificate /run/case/client.pem\n"),
			play: func(b *bench) {
				b.identity("first")
				for i := 1; i <= 3; i++ {
					b.serve(fmt.Sprintf("10.1.0.%d:443", i), b.curious(tls.RequestClientCert, web(pages)))
				}
				b.start()
				b.inTable("-r 10.1.0.1:80", "-r 10.1.0.2:80", "-r 10.1.0.3:80")
				b.look("running")
				b.stop()
			},
		},
	}
}

// identity writes client.pem and its encrypted key.
func (b *bench) identity(name string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	b.must(err)
	tpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, &key.PublicKey, key)
	b.must(err)
	inner, err := pkcs8.MarshalPrivateKey(key, []byte("sesame"), nil)
	b.must(err)
	b.write("client.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), 0o644)
	b.write("client.key", string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: inner})), 0o600)
}

// curious is secret for a server that asks for a certificate of the client, and tells whose it is.
func (b *bench) curious(asks tls.ClientAuthType, talk func(net.Conn) string) func(net.Conn) string {
	return b.secretAs(func(c *tls.Config) { c.ClientAuth = asks }, func(c net.Conn) string {
		t := c.(*tls.Conn)
		said := talk(t)
		if said == "" {
			return ""
		}
		for _, cert := range t.ConnectionState().PeerCertificates {
			said += " from " + cert.Subject.CommonName
		}
		return said
	})
}
