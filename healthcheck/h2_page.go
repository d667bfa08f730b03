package healthcheck

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"time"

	"golang.org/x/net/http2/hpack"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

// h2ALPN is HTTP/2 over TLS (RFC 9113, 3.1).
const h2ALPN = "h2"

// probePage2 fetches one URL over HTTP/2, at once where there is no TLS (RFC 9113, 3.3). What the answer has to be is
// what it has to be of other versions; it is complete when its stream ends, whatever becomes of the connection.
func probePage2(ctx context.Context, p Prober, t Target, stream, conn net.Conn, limit time.Duration) attempt.Outcome {
	k, scheme := t.Checker, "http"
	if why := agreed(stream); why.Code != reason.None {
		return fail("SSL handshake/communication error connecting to server "+t.Server+".", why)
	}
	if k.Kind == config.CheckSSL {
		scheme = "https"
	}
	u := k.HTTP.URLs[t.URL]
	c, err := askH2(stream, k.ConnectTimeout, h2Request{method: "GET", scheme: scheme, authority: hostOf(k, u),
		path:   u.Path,
		fields: moreFields([]hpack.HeaderField{{Name: "user-agent", Value: "KeepAliveClient"}}, k.HTTP.Headers)})
	if err != nil {
		return talkFault(t, err, reason.Asking, "Cannot send get request to server "+t.Server+".")
	}
	a := newAnswer(t, p.Room, limit)
	defer a.free()
	return a.read(ctx, &h2Page{c: c}, conn)
}

// agreed says why a connection over TLS does not speak HTTP/2; without TLS nobody asks.
func agreed(stream net.Conn) reason.Reason {
	if c, ok := stream.(*tls.Conn); ok && c.ConnectionState().NegotiatedProtocol != h2ALPN {
		return reason.Reason{Code: reason.HTTP2, Text: "the server does not take it in the TLS handshake (ALPN)"}
	}
	return reason.Reason{}
}

// h2Page has the answer read like one of HTTP/1.1, so that it is bounded and judged in the same way.
type h2Page struct {
	c      *h2Conn
	rest   []byte
	headed bool
	ended  bool
}

// Read implements [io.Reader]; the end of the stream is that of the answer.
func (r *h2Page) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.ended {
			return 0, io.EOF
		}
		e, err := r.c.next()
		if err != nil {
			return 0, err
		}
		r.ended = e.end
		switch {
		case e.data != nil && !r.headed:
			return 0, h2Fault("a body without a head")
		case e.data != nil:
			r.rest = e.data
		case r.headed:
			// Trailers, behind which nothing may come.
			if !e.end {
				return 0, h2Fault("fields in the middle of a body")
			}
		case !interim(e):
			r.headed, r.rest = true, h1Head(e.fields)
		default:
			if r.c.control++; r.c.control > h2ControlLimit {
				return 0, h2Fault("more than %d answers before the answer", h2ControlLimit)
			}
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// interim reports whether a block of fields is an answer before the answer (RFC 9110, 15.2).
func interim(e h2Event) bool {
	status := h2Field(e.fields, ":status")
	return len(status) == 3 && status[0] == '1' && !e.end
}

// h1Head is a head as HTTP/1.1 has it. A server can have any byte in a field, but no line of its own here.
func h1Head(fields []hpack.HeaderField) []byte {
	clean := strings.NewReplacer("\r", " ", "\n", " ", "\x00", " ")
	var b strings.Builder
	b.WriteString("HTTP/1.1 " + clean.Replace(h2Field(fields, ":status")) + " \r\n")
	for _, f := range fields {
		// Chunks are of HTTP/1.1 alone (RFC 9113, 8.2.2).
		if strings.HasPrefix(f.Name, ":") || f.Name == "transfer-encoding" {
			continue
		}
		b.WriteString(clean.Replace(f.Name) + ": " + clean.Replace(f.Value) + "\r\n")
	}
	b.WriteString("\r\n")
	return []byte(b.String())
}
