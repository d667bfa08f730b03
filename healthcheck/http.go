package healthcheck

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"syscall"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

// OverallLimit is the longest an HTTP attempt may take with this connect_timeout:
// twelve times that, but at least a minute. keepalived has no such limit.
func OverallLimit(connectTimeout time.Duration) time.Duration {
	return max(12*connectTimeout, time.Minute)
}

// webKind is HTTP_GET and, but for what its connections need, SSL_GET.
func webKind() *Kind {
	return &Kind{
		Probe:      probeHTTP,
		Prepare:    preparePatterns,
		Dump:       dumpPages,
		Iterations: func(k *config.Checker) int { return k.Retry + 1 },
		UsualDelay: 3 * time.Second,
	}
}

// probeHTTP fetches one URL on a raw connection: the bytes sent and the condition of
// success are the contract (semantics 10.2, 10.3, 10.16-10.18), not what HTTP asks
// for. It succeeds only when the server has ended the connection.
func probeHTTP(ctx context.Context, p Prober, t Target) attempt.Outcome {
	if t.URL >= len(t.Checker.HTTP.URLs) {
		return attempt.Outcome{
			Verdict: attempt.Local, Line: "HTTP_CHECK of " + t.Server + " has no such url. Rescheduling",
			Reason: reason.Reason{Code: reason.NotTried, Text: "no such url"},
		}
	}
	limit := p.overall(t)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	// Connection, handshake and sending share one connect_timeout.
	begin := time.Now()
	conn, err := dial(ctx, t.Checker)
	if err != nil {
		return connectFault(t, err)
	}
	defer closeQuietly(conn)
	// For who reads or writes already: a context ends no system call.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	_ = conn.SetDeadline(begin.Add(t.Checker.ConnectTimeout))
	stream := conn
	if t.Checker.Kind == config.CheckSSL {
		c := tls.Client(conn, tlsConfig(t))
		if err := c.HandshakeContext(ctx); err != nil {
			return talkFault(t, err, reason.Negotiating, "SSL handshake/communication error connecting to server "+t.Server+".")
		}
		stream = c
		if t.Checker.HTTP.URLs[t.URL].TLSCompliant {
			defer sayEnd(c, conn)
		}
	}
	if t.Checker.HTTP.Protocol == "2" {
		return probePage2(ctx, p, t, stream, conn, limit)
	}
	if _, err := io.WriteString(stream, Request(t.Checker, t.URL)); err != nil {
		return talkFault(t, err, reason.Asking, "Cannot send get request to server "+t.Server+".")
	}
	a := newAnswer(t, p.Room, limit)
	defer a.free()
	return a.read(ctx, stream, conn)
}

func connectFault(t Target, err error) attempt.Outcome {
	why, note := unconnected(err, t.Checker.ConnectTimeout)
	switch why.Code {
	case reason.NotTried:
		return untried("WEB socket bind failed. Rescheduling", why, note)
	case reason.NoAnswer:
		return fail("Timeout connecting server "+t.Server+".", why)
		// 2.2.7 has other words when connect itself says so than when a message comes back.
	case reason.Unreachable, reason.Prohibited, reason.Blackhole:
		if connecting(err) {
			return fail("HTTP_CHECK - network unreachable server "+t.Server+".", why)
		}
	}
	return fail("Connection failed server "+t.Server+".", why)
}

// connecting reports whether there was no way at once: connect(2) itself gave the error,
// not a message that came back.
func connecting(err error) bool {
	return errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EINVAL)
}

// talkFault is a failure before anything can have been answered.
func talkFault(t Target, err error, phase reason.Phase, line string) attempt.Outcome {
	why := broken(err, phase, t.Checker.ConnectTimeout)
	if why.Code == reason.NoAnswer {
		line = "Timeout connecting server " + t.Server + "."
	}
	return fail(line, why)
}

// Request is the request for the URL with index i, byte for byte (semantics 10.2).
func Request(k config.Checker, i int) string {
	u := k.HTTP.URLs[i]
	version, closing := "1.0", ""
	switch k.HTTP.Protocol {
	case "1.1":
		version, closing = "1.1", "Connection: close\r\n"
	case "1.0C", "1.0c":
		closing = "Connection: close\r\n"
	}
	return "GET " + u.Path + " HTTP/" + version + "\r\n" +
		"User-Agent: KeepAliveClient\r\n" + closing + "Host: " + hostOf(k, u) + "\r\n" + moreHeaders(k.HTTP.Headers) + "\r\n"
}

// hostOf is the Host of a request: the nearest that is written, else the target with its port (semantics 10.2).
func hostOf(k config.Checker, u config.URL) string {
	return cmp.Or(u.Host, k.HTTP.Host, k.Connect.String())
}
