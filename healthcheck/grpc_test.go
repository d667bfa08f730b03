package healthcheck

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

// aimGRPC is a check of a gRPC server.
func aimGRPC(at netip.AddrPort, service string) Target {
	return Target{
		Checker: config.Checker{Kind: config.CheckGRPC, Connect: at, ConnectTimeout: 5 * time.Second,
			GRPC: &config.GRPCCheck{Service: service}},
		Service: vs, Server: rs,
	}
}

// grpcServer is a server as people have it, with the health of some services.
func grpcServer(t *testing.T, address string, opt ...grpc.ServerOption) (netip.AddrPort, *health.Server) {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s, h := grpc.NewServer(opt...), health.NewServer()
	healthpb.RegisterHealthServer(s, h)
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	h.SetServingStatus("shop.Cart", healthpb.HealthCheckResponse_SERVING)
	h.SetServingStatus("shop.Stock", healthpb.HealthCheckResponse_NOT_SERVING)
	return netip.MustParseAddrPort(l.Addr().String()), h
}

// A server of google.golang.org/grpc, in both families, in the clear and over TLS.
func TestGRPCServers(t *testing.T) {
	cert := selfSigned(t)
	tlsOption := grpc.Creds(credentials.NewServerTLSFromCert(&cert))
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		for _, over := range []bool{false, true} {
			var opt []grpc.ServerOption
			if over {
				opt = append(opt, tlsOption)
			}
			at, h := grpcServer(t, address, opt...)
			ask := func(service, want string) {
				t.Helper()
				aim := aimGRPC(at, service)
				aim.Checker.GRPC.TLS = over
				o := probe(t, aim)
				if got := o.Reason.String(); got != want || (o.Verdict == attempt.Passed) != (want == "") {
					t.Errorf("%s, TLS %v, %q: %d %s, want %s", address, over, service, o.Verdict, got, want)
				}
			}
			ask("", "")
			ask("shop.Cart", "")
			ask("shop.Stock", "its health is NOT_SERVING")
			ask("shop.Nothing", `gRPC status 5 NOT_FOUND "unknown service"`)
			ask(strings.Repeat("long", 2000), `gRPC status 5 NOT_FOUND "unknown service"`)
			h.SetServingStatus("shop.Cart", healthpb.HealthCheckResponse_UNKNOWN)
			ask("shop.Cart", "its health is UNKNOWN")
			h.Shutdown()
			ask("", "its health is NOT_SERVING")
		}
	}
}

// A server without the service of health, and one with the other kind of connection.
func TestGRPCServersThatCannotTell(t *testing.T) {
	cert := selfSigned(t)
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer()
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	plain := netip.MustParseAddrPort(l.Addr().String())
	if o := probe(t, aimGRPC(plain, "")); o.Reason.Code != reason.GRPCStatus || o.Reason.Number != 12 {
		t.Errorf("without health: %+v", o)
	}
	over := aimGRPC(plain, "")
	over.Checker.GRPC.TLS = true
	if o := probe(t, over); o.Reason.Code != reason.Handshake && o.Reason.Code != reason.Reset && o.Reason.Code != reason.Closed {
		t.Errorf("TLS to a plain server: %+v", o)
	}
	secured, _ := grpcServer(t, "127.0.0.1:0", grpc.Creds(credentials.NewServerTLSFromCert(&cert)))
	if o := probe(t, aimGRPC(secured, "")); o.Verdict != attempt.Failed {
		t.Errorf("in the clear to a server with TLS: %+v", o)
	}
	// A web server without HTTP/2, and one whose TLS does not offer it.
	web := lie(t, "127.0.0.1:0", says("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"))
	if o := probe(t, aimGRPC(web.at, "")); o.Reason.String() != "HTTP/2: the server speaks HTTP/1" {
		t.Errorf("HTTP/1: %+v", o)
	}
	old := lie(t, "127.0.0.1:0", secureWith(cert, func(_ *target, c *tls.Conn) { _ = c.Handshake(); hangs(c) }))
	aim := aimGRPC(old.at, "")
	aim.Checker.GRPC.TLS = true
	if o := probe(t, aim); !strings.Contains(o.Reason.String(), "ALPN") {
		t.Errorf("TLS without h2: %+v", o)
	}
}

// What this host cannot do says nothing of the server, and nobody there is said as everywhere.
func TestGRPCConnections(t *testing.T) {
	at, _ := grpcServer(t, "127.0.0.1:0")
	aim := aimGRPC(at, "")
	aim.Checker.BindIf = "none0"
	if o := probe(t, aim); o.Verdict != attempt.Local || len(o.Notes) != 1 {
		t.Errorf("%+v", o)
	}
	gone := lie(t, "127.0.0.1:0", func(_ *target, c net.Conn) { reset(c) })
	if o := probe(t, aimGRPC(gone.at, "")); o.Reason.Code != reason.Reset {
		t.Errorf("%+v", o)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if o := (Prober{}).Probe(ctx, aimGRPC(at, "")); o.Verdict == attempt.Passed {
		t.Errorf("%+v", o)
	}
}

// Messages about health, and what is none.
func TestHealthMessages(t *testing.T) {
	message := func(b ...byte) []byte { return append([]byte{0, 0, 0, 0, byte(len(b))}, b...) }
	for _, tt := range []struct {
		body   []byte
		health uint64
		ok     bool
	}{
		{message(8, 1), 1, true},
		{message(), 0, true},
		{message(8, 2, 8, 1), 1, true},
		{message(0x12, 2, 'a', 'b', 8, 1), 1, true},
		{message(0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x1d, 1, 2, 3, 4, 8, 3), 3, true},
		{message(8, 0xff, 0xff, 0xff, 0xff, 0x0f), 1<<32 - 1, true},
		{nil, 0, false},
		{[]byte{0, 0, 0, 0}, 0, false},
		{[]byte{1, 0, 0, 0, 2, 8, 1}, 0, false},             // compressed
		{[]byte{0, 0, 0, 0, 3, 8, 1}, 0, false},             // too short
		{append(message(8, 1), message(8, 1)...), 0, false}, // two
		{message(8), 0, false},
		{message(8, 0x80), 0, false},
		{message(0, 1), 0, false},
		{message(0x12, 9, 'a'), 0, false},
		{message(0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1), 0, false},
		{message(0x11, 1, 2), 0, false},
		{message(0x0b), 0, false}, // a group
	} {
		if health, ok := healthOf(tt.body); health != tt.health && ok || ok != tt.ok {
			t.Errorf("%x: %d %v, want %d %v", tt.body, health, ok, tt.health, tt.ok)
		}
	}
}

func FuzzHealth(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 2, 8, 1})
	f.Add([]byte{0, 0, 0, 0, 6, 0x12, 2, 'a', 'b', 8, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, ok := healthOf(b); ok && len(b) < 5 {
			t.Errorf("%x is a message", b)
		}
	})
}

// aimGRPCWith is a check over TLS with what an SSL block says.
func aimGRPCWith(t *testing.T, at netip.AddrPort, ssl config.SSL) Target {
	t.Helper()
	aim := aimGRPC(at, "")
	aim.Checker.GRPC.TLS = true
	parts, err := (&Preparer{SSL: ssl}).Prepare(&aim.Checker)
	if err != nil {
		t.Fatal(err)
	}
	aim.Parts = parts
	return aim
}

// A server of google.golang.org/grpc is verified with the ca of the SSL block, by its name where there is one.
func TestGRPCServersAreVerifiedWithCA(t *testing.T) {
	cases := trusts(t)
	withPort := cases["good, and its name"]
	withPort.name += ":50051"
	cases["good, and its name with a port"] = withPort
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			certPEM, key := c.by.sign(c.end, "server.example")
			cert := pair(t, certPEM, key)
			at, _ := grpcServer(t, "127.0.0.1:0", grpc.Creds(credentials.NewServerTLSFromCert(&cert)))
			aim := aimGRPCWith(t, at, c.ssl)
			aim.Checker.GRPC.Authority = c.name
			o := probe(t, aim)
			if c.want == "" && o.Verdict == attempt.Passed {
				return
			}
			if c.want == "" || o.Reason.Code != reason.Untrusted || !strings.Contains(o.Reason.Text, c.want) {
				t.Errorf("%+v, want %q", o, c.want)
			}
		})
	}
}

// The certificate of the SSL block is shown to a server that asks for one.
func TestGRPCShowsItsCertificate(t *testing.T) {
	ours := newAuthority(t, "ours")
	certPEM, key := ours.sign(time.Now().Add(time.Hour), "server.example")
	cert := pair(t, certPEM, key)
	pool := x509.NewCertPool()
	pool.AddCert(ours.cert)
	at, _ := grpcServer(t, "127.0.0.1:0", grpc.Creds(credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
	})))
	mine, mineKey := ours.sign(time.Now().Add(time.Hour), "client.example")
	show := config.SSL{Certificate: "/c", Key: "/k", Contents: config.SSLContents{Certificate: mine, Key: mineKey}}
	if o := probe(t, aimGRPCWith(t, at, show)); o.Verdict != attempt.Passed {
		t.Errorf("with a certificate: %+v", o)
	}
	if o := probe(t, aimGRPCWith(t, at, config.SSL{})); o.Verdict != attempt.Failed {
		t.Errorf("without: %+v", o)
	}
	// Without TLS nothing is made ready.
	plain := aimGRPC(at, "")
	if parts, err := (&Preparer{SSL: show}).Prepare(&plain.Checker); err != nil || parts.Credentials != nil {
		t.Error(parts, err)
	}
}
