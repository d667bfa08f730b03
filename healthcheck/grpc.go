package healthcheck

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/binary"
	"net"
	"strconv"
	"time"

	"golang.org/x/net/http2/hpack"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/lvs"
	"holdfast/healthcheck/reason"
	"holdfast/internal/report"
)

// grpcKind is GRPC_CHECK.
func grpcKind() *Kind {
	return &Kind{Probe: probeGRPC, Prepare: prepareGRPC, Dump: dumpGRPC, UsualDelay: time.Second}
}

// probeGRPC asks a server for the health of a service, grpc.health.v1.Health/Check. Only SERVING is a success.
func probeGRPC(ctx context.Context, p Prober, t Target) attempt.Outcome {
	k, limit := t.Checker, p.overall(t)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	begin := time.Now()
	conn, err := dial(ctx, k)
	if err != nil {
		return grpcUnconnected(t, err)
	}
	defer closeQuietly(conn)
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	_ = conn.SetDeadline(begin.Add(k.ConnectTimeout))
	stream := conn
	if k.GRPC.TLS {
		c := tls.Client(conn, grpcTLS(t))
		if err := c.HandshakeContext(ctx); err != nil {
			return grpcFailed(t, broken(err, reason.Negotiating, k.ConnectTimeout))
		}
		if why := agreed(c); why.Code != reason.None {
			return grpcFailed(t, why)
		}
		stream = c
	}
	c, err := askH2(stream, k.ConnectTimeout, healthRequest(k))
	if err != nil {
		return grpcFailed(t, broken(err, reason.Asking, k.ConnectTimeout))
	}
	if why := hearGRPC(ctx, c, conn, k.ConnectTimeout, limit); why.Code != reason.None {
		return grpcFailed(t, why)
	}
	return attempt.Outcome{Verdict: attempt.Passed}
}

// hearGRPC reads the answer and judges it: each part of it has patience, the whole limit.
func hearGRPC(ctx context.Context, c *h2Conn, conn net.Conn, patience, limit time.Duration) reason.Reason {
	var a grpcAnswer
	for {
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		// After the deadline was set, which may have replaced that of the end of ctx.
		if ctx.Err() != nil {
			return reason.Reason{Code: reason.TooSlow, Limit: limit}
		}
		e, err := c.next()
		switch {
		case err != nil && ctx.Err() != nil:
			return reason.Reason{Code: reason.TooSlow, Limit: limit}
		case err != nil:
			return broken(err, a.phase(), patience)
		}
		if why := a.take(e); why.Code != reason.None {
			return why
		}
		if e.end {
			return a.judge()
		}
	}
}

// healthRequest is the call: a HealthCheckRequest with the name of a service as its only field, in front of it that it
// is not compressed, and how long it is.
func healthRequest(k config.Checker) h2Request {
	var message []byte
	if name := k.GRPC.Service; name != "" {
		message = binary.AppendUvarint([]byte{1<<3 | 2}, uint64(len(name)))
		message = append(message, name...)
	}
	body := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
	scheme := "http"
	if k.GRPC.TLS {
		scheme = "https"
	}
	return h2Request{
		method: "POST", scheme: scheme, authority: cmp.Or(k.GRPC.Authority, k.Connect.String()),
		path: "/grpc.health.v1.Health/Check", body: append(body, message...),
		fields: []hpack.HeaderField{
			{Name: "grpc-timeout", Value: strconv.FormatInt(max(k.ConnectTimeout.Milliseconds(), 1), 10) + "m"},
			{Name: "content-type", Value: "application/grpc"}, {Name: "te", Value: "trailers"},
			{Name: "user-agent", Value: "holdfast"},
		},
	}
}

// grpcTLS verifies a server, and its name when there is one to ask for, as the SSL block says.
func grpcTLS(t Target) *tls.Config {
	name := t.Checker.GRPC.Authority
	// An authority may have a port, a certificate has none.
	if host, _, err := net.SplitHostPort(name); err == nil {
		name = host
	}
	c := &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // the credentials verify instead
		ServerName:         name,
		NextProtos:         []string{h2ALPN},
	}
	t.Credentials.use(c)
	return c
}

// prepareGRPC makes ready what a check over TLS shows and verifies.
func prepareGRPC(p *Preparer, k *config.Checker) (parts Parts, err error) {
	if k.OverTLS() {
		parts.Credentials, err = p.credentials()
	}
	return parts, err
}

func grpcUnconnected(t Target, err error) attempt.Outcome {
	why, note := unconnected(err, t.Checker.ConnectTimeout)
	if why.Code == reason.NotTried {
		return untried("gRPC socket bind failed. Rescheduling.", why, note)
	}
	return grpcFailed(t, why)
}

func grpcFailed(t Target, why reason.Reason) attempt.Outcome {
	return fail("gRPC check of "+t.Server+" failed.", why)
}

// dumpGRPC writes what is asked, and how.
func dumpGRPC(d *report.Page, s lvs.CheckerStatus, g config.Global) {
	dumpMethod(d, s, g)
	d.Given(3, "Service", s.Config.GRPC.Service)
	d.Given(3, "Authority", s.Config.GRPC.Authority)
	d.Line(3, "TLS", report.YesNo(s.Config.GRPC.TLS))
}
