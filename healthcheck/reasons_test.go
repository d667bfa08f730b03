package healthcheck

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// Whatever a server does instead of answering has a reason that tells what it was.
func TestReasonsOfHostileServers(t *testing.T) {
	const part = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"
	ends := func(s *target, c net.Conn) { s.request(c) }
	silent := func(s *target, c net.Conn) { s.request(c); hangs(c) }
	overTLS := func(answer func(*target, net.Conn)) func(*target, net.Conn) {
		return secure(t, func(s *target, c *tls.Conn) { answer(s, c); c.Close() })
	}
	plain := func(text string) func(*target, net.Conn) {
		return func(_ *target, c net.Conn) {
			_, _ = c.Read(make([]byte, 2000))
			_, _ = io.WriteString(c, text)
			hangs(c)
		}
	}
	for name, c := range map[string]struct {
		kind   config.CheckKind
		answer func(*target, net.Conn)
		url    config.URL
		want   string
	}{
		"silent":            {config.CheckHTTP, silent, config.URL{}, "no answer to the request within 2 s"},
		"stops in between":  {config.CheckHTTP, func(s *target, c net.Conn) { says(part)(s, c); hangs(c) }, config.URL{}, "answer not complete and nothing more of it within 2 s"},
		"keeps it open":     {config.CheckHTTP, func(s *target, c net.Conn) { says(ok3)(s, c); hangs(c) }, config.URL{}, "answer complete, but connection not closed within 2 s"},
		"resets":            {config.CheckHTTP, func(s *target, c net.Conn) { s.request(c); reset(c) }, config.URL{}, "connection reset before an answer"},
		"resets in between": {config.CheckHTTP, thenReset(part), config.URL{}, "connection reset before the answer was complete"},
		"closes":            {config.CheckHTTP, ends, config.URL{}, "connection closed before an answer"},
		"closes in headers": {config.CheckHTTP, says("HTTP/1.1 200 OK\r\n"), config.URL{}, "connection closed before the answer was complete"},
		"not HTTP":          {config.CheckHTTP, says("SSH-2.0\r\n\r\n"), config.URL{}, `no status in "SSH-2.0" where 200-299 is wanted`},
		"status":            {config.CheckHTTP, says("HTTP/1.1 503 x\r\n\r\n"), config.URL{Status: config.StatusSet{{200, 200}, {301, 303}}}, "status 503 where 200, 301-303 is wanted"},
		"endless headers":   {config.CheckHTTP, endless("HTTP/1.1 200 OK\r\n", "X-A: "+strings.Repeat("y", 4000)+"\r\n"), config.URL{}, "headers longer than 64 KiB"},
		"pattern":           {config.CheckHTTP, says(ok3), config.URL{Regex: "xyz"}, "pattern not found"},
		"pattern is there":  {config.CheckHTTP, says(ok3), config.URL{Regex: "abc", RegexNoMatch: true}, "pattern found that must not be there"},

		"TLS: silent":       {config.CheckSSL, func(_ *target, c net.Conn) { hangs(c) }, config.URL{}, "no answer to the TLS handshake within 2 s"},
		"TLS: closes":       {config.CheckSSL, func(_ *target, c net.Conn) { _, _ = c.Read(make([]byte, 4000)) }, config.URL{}, "connection closed in the TLS handshake"},
		"TLS: resets":       {config.CheckSSL, func(_ *target, c net.Conn) { _, _ = c.Read(make([]byte, 2000)); reset(c) }, config.URL{}, "connection reset in the TLS handshake"},
		"TLS: none":         {config.CheckSSL, plain("220 mail.example.org\r\n"), config.URL{}, "TLS handshake failed: tls: first record does not look like a TLS handshake"},
		"TLS: refuses":      {config.CheckSSL, plain("\x15\x03\x03\x00\x02\x02\x28"), config.URL{}, "TLS handshake failed: remote error: tls: handshake failure"},
		"TLS: status":       {config.CheckSSL, overTLS(says("HTTP/1.1 404 x\r\n\r\n")), config.URL{}, "status 404 where 200-299 is wanted"},
		"TLS: resets later": {config.CheckSSL, func(s *target, c net.Conn) { overTLSReset(t, part)(s, c) }, config.URL{}, "connection reset before the answer was complete"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := lie(t, "127.0.0.1:0", c.answer).aim(c.kind, c.url)
			target.Checker.ConnectTimeout = 2 * time.Second
			got := probe(t, target)
			if got.Verdict != attempt.Failed || got.Reason.String() != c.want {
				t.Errorf("verdict %d, reason %q, want %q", got.Verdict, got.Reason, c.want)
			}
		})
	}
}

// overTLSReset answers over TLS and ends the connection with a reset.
func overTLSReset(t *testing.T, text string) func(*target, net.Conn) {
	t.Helper()
	return func(s *target, c net.Conn) {
		secure(t, func(s *target, tc *tls.Conn) {
			s.request(tc)
			_, _ = io.WriteString(tc, text)
			waitDrained(c)
			reset(c)
		})(s, c)
	}
}
