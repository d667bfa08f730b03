package healthcheck

import (
	"context"
	"crypto/md5"
	"crypto/tls"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"holdfast/config"
)

// OverallLimit is the longest an HTTP attempt may take with this connect_timeout:
// twelve times that, but at least a minute. keepalived has no such limit.
func OverallLimit(connectTimeout time.Duration) time.Duration {
	return max(12*connectTimeout, time.Minute)
}

// probeHTTP fetches one URL on a raw connection: the bytes sent and the condition of
// success are the contract (semantics 10.2, 10.3, 10.16-10.18), not what HTTP asks
// for. It succeeds only when the server has closed the connection.
func (p Prober) probeHTTP(ctx context.Context, t Target) Result {
	if t.URL >= len(t.Checker.HTTP.URLs) {
		return Result{Verdict: Local, Line: "HTTP_CHECK of " + t.Server + " has no such url. Rescheduling"}
	}
	limit := p.Overall
	if limit == 0 {
		limit = OverallLimit(t.Checker.ConnectTimeout)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	// Connection, handshake and sending share one connect_timeout.
	begin := time.Now()
	conn, err := dial(ctx, t.Checker)
	if err != nil {
		return connectFault(t, err)
	}
	defer closeQuietly(conn)
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	_ = conn.SetDeadline(begin.Add(t.Checker.ConnectTimeout))
	stream := conn
	if t.Checker.Kind == config.CheckSSL {
		c := tls.Client(conn, tlsConfig(t))
		if err := c.HandshakeContext(ctx); err != nil {
			return handshakeFault(t, err)
		}
		stream = c
	}
	if _, err := io.WriteString(stream, Request(t.Checker, t.URL)); err != nil {
		if timedOut(err) {
			return fail("Timeout connecting server " + t.Server + ".")
		}
		return fail("Cannot send get request to server " + t.Server + ".")
	}
	return readResponse(ctx, t, stream, conn)
}

func connectFault(t Target, err error) Result {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		switch errno {
		case syscall.ENETUNREACH, syscall.EACCES, syscall.EINVAL:
			// The one local problem that counts with HTTP, as in keepalived 2.2.7: no route.
			if connecting(err) {
				return fail("HTTP_CHECK - network unreachable server " + t.Server + ".")
			}
		}
	}
	if note, ok := localFault(err); ok {
		return Result{Verdict: Local, Line: "WEB socket bind failed. Rescheduling", Notes: []string{note}}
	}
	if timedOut(err) {
		return fail("Timeout connecting server " + t.Server + ".")
	}
	return fail("Connection failed server " + t.Server + ".")
}

// connecting tells whether the error is from connect(2), not from what comes before it.
func connecting(err error) bool {
	var sys *os.SyscallError
	return errors.As(err, &sys) && sys.Syscall == "connect"
}

func handshakeFault(t Target, err error) Result {
	if timedOut(err) {
		return fail("Timeout connecting server " + t.Server + ".")
	}
	return fail("SSL handshake/communication error connecting to server " + t.Server + ".")
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
	host := u.Host
	if host == "" {
		host = k.HTTP.Host
	}
	if host == "" {
		host = k.Connect.String()
	}
	return "GET " + u.Path + " HTTP/" + version + "\r\n" +
		"User-Agent: KeepAliveClient\r\n" + closing + "Host: " + host + "\r\n\r\n"
}

// tlsConfig verifies nothing (semantics 10.6) and speaks with old servers too: it asks
// whether a server works, not whether it is well kept.
func tlsConfig(t Target) *tls.Config {
	c := &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // a certificate never decides a check
		MinVersion:         tls.VersionTLS10,
		ServerName:         serverName(t),
	}
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		c.CipherSuites = append(c.CipherSuites, s.ID)
	}
	return c
}

// serverName is the name in the client hello, "" for none.
func serverName(t Target) string {
	k := t.Checker.HTTP
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

// readResponse reads to the end of the stream and judges: data, status, digest, regex,
// in this order (semantics 10.3).
func readResponse(ctx context.Context, t Target, stream io.Reader, conn net.Conn) Result {
	u := t.Checker.HTTP.URLs[t.URL]
	r := response{}
	if u.HasDigest {
		r.digest = md5.New()
	}
	if t.Pattern != nil {
		r.searchLimit = searchLimit
	}
	buf := make([]byte, 4096)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(t.Checker.ConnectTimeout))
		if ctx.Err() != nil {
			return fail(readTimeoutLine(t, r.total))
		}
		n, err := stream.Read(buf)
		if n > 0 {
			if !r.take(buf[:n]) {
				return fail("Read, no data received from  server " + t.Server + ".")
			}
		}
		switch {
		case err == nil:
		case endOfStream(err):
			return judge(t, u, &r)
		case timedOut(err):
			return fail(readTimeoutLine(t, r.total))
		default:
			return fail("Read error with server " + t.Server + ".")
		}
	}
}

// endOfStream tells whether err is an end of file; a TLS peer that closes without
// close_notify counts as one (semantics 10.6).
func endOfStream(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

func readTimeoutLine(t Target, total int64) string {
	if total == 0 {
		return "Timeout WEB read server " + t.Server + "."
	}
	if t.Checker.Kind == config.CheckSSL {
		return "Timeout SSL read server " + t.Server + "."
	}
	return "Timeout HTTP read server " + t.Server + "."
}

func judge(t Target, u config.URL, r *response) Result {
	if !r.headersDone {
		return fail("Read, no data received from  server " + t.Server + ".")
	}
	var res Result
	if r.length >= 0 && r.length != r.body {
		res.Notes = []string{fmt.Sprintf("http_check for RS %s VS %s url %s: content_length (%d) does not match received bytes (%d)",
			t.Server, t.Service, u.Path, r.length, r.body)}
	}
	switch {
	case !contains(u.Status, r.status):
		res.Line = "HTTP status code error to server " + t.Server + "."
	case u.HasDigest && !sum(r.digest, u.Digest):
		res.Line = "MD5 digest error to server " + t.Server + "."
	case t.Pattern != nil && t.Pattern.Match(r.search) == u.RegexNoMatch:
		res.Line = "Regex match failed server " + t.Server + "."
	case t.Pattern == nil && u.Regex != "":
		res.Line = "Regex of url " + u.Path + " cannot be used for server " + t.Server + "."
	default:
		res.Verdict = Passed
	}
	return res
}

// contains tells whether status is in the set; an empty set is 200-299.
func contains(set config.StatusSet, status int) bool {
	if len(set) == 0 {
		return status >= 200 && status <= 299
	}
	for _, r := range set {
		if status >= int(r[0]) && status <= int(r[1]) {
			return true
		}
	}
	return false
}

func sum(h hash.Hash, want [16]byte) bool {
	return [16]byte(h.Sum(nil)) == want
}
