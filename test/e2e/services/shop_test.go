//go:build e2e && uml

package services

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"holdfast/test/lab"
	"holdfast/test/reload"
)

// shop makes a host all real servers that answer: web pages over HTTP/1 and 2, and the health of gRPC services.
func (s *stage) shop(h *lab.Host, listen []netip.AddrPort) {
	s.Helper()
	states := health.NewServer()
	states.SetServingStatus("shop.Cart", healthpb.HealthCheckResponse_SERVING)
	states.SetServingStatus(reload.Unhealthy, healthpb.HealthCheckResponse_NOT_SERVING)
	calls := grpc.NewServer()
	healthpb.RegisterHealthServer(calls, states)
	web := &http.Server{ReadHeaderTimeout: patience, Protocols: new(http.Protocols)}
	web.Protocols.SetHTTP1(true)
	web.Protocols.SetUnencryptedHTTP2(true)
	web.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc"):
			calls.ServeHTTP(w, r)
		case r.URL.Path == "/broken":
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	s.Cleanup(func() { _ = web.Close(); calls.Stop() }) // nobody waits for them any more
	for _, at := range listen {
		s.must(h.Do(func() error {
			l, err := net.Listen("tcp", at.String())
			if err == nil {
				go func() { _ = web.Serve(l) }() // it always ends with an error
			}
			return err
		}))
	}
}
