package healthcheck

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

const (
	ok3      = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
	chunked3 = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nTrailer: y\r\n\r\n"
)

// thenReset answers and ends the connection with a reset.
func thenReset(answer string) func(*target, net.Conn) {
	return func(s *target, c net.Conn) { says(answer)(s, c); waitDrained(c); reset(c) }
}

func TestSemantics10_2_RequestBytes(t *testing.T) {
	s := lie(t, "127.0.0.1:0", says(ok3))
	s6 := lie(t, "[::1]:0", says(ok3))
	own := fmt.Sprintf("127.0.0.1:%d", s.at.Port())
	for name, c := range map[string]struct {
		server *target
		change func(*config.Checker)
		want   string
	}{
		"plain": {s, func(*config.Checker) {}, "GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: " + own + "\r\n\r\n"},
		"1.0C, blanks and the URL's host": {s, func(k *config.Checker) {
			k.HTTP.Protocol, k.HTTP.Host, k.HTTP.URLs[0].Host, k.HTTP.URLs[0].Path = "1.0C", "checker", "foo.example", "/a b?c=d"
		}, "GET /a b?c=d HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: foo.example\r\n\r\n"},
		"1.1 and the checker's host": {s, func(k *config.Checker) { k.HTTP.Protocol, k.HTTP.Host = "1.1", "checker" },
			"GET / HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: checker\r\n\r\n"},
		"path without slash": {s, func(k *config.Checker) { k.HTTP.URLs[0].Path = "x" },
			"GET x HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: " + own + "\r\n\r\n"},
		"IPv6": {s6, func(*config.Checker) {},
			fmt.Sprintf("GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: [::1]:%d\r\n\r\n", s6.at.Port())},
	} {
		t.Run(name, func(t *testing.T) {
			target := c.server.aim(config.CheckHTTP, config.URL{})
			c.change(&target.Checker)
			wantResult(t, probe(t, target), attempt.Passed, "")
			if got := c.server.asked(); got != c.want {
				t.Errorf("sent %q\nwant %q", got, c.want)
			}
		})
	}
}

// The lines are those of keepalived 2.2.7 for the same servers.
func TestSemantics10_3_Answers(t *testing.T) {
	const (
		noData  = "Read, no data received from  server " + rs + "."
		status  = "HTTP status code error to server " + rs + "."
		digest  = "MD5 digest error to server " + rs + "."
		regex   = "Regex match failed server " + rs + "."
		read    = "Read error with server " + rs + "."
		timeout = "Timeout HTTP read server " + rs + "."
		nothing = "Timeout WEB read server " + rs + "."
	)
	abc := config.URL{HasDigest: true, Digest: md5.Sum([]byte("abc"))}
	note := func(length, body int) string {
		return fmt.Sprintf("http_check for RS %s VS %s url /: content_length (%d) does not match received bytes (%d)", rs, vs, length, body)
	}
	for name, c := range map[string]struct {
		answer func(*target, net.Conn)
		url    config.URL
		want   string // "" passes
		note   string
	}{
		"complete":                       {says(ok3), config.URL{}, "", ""},
		"no body":                        {says("HTTP/1.1 200 OK\r\n\r\n"), config.URL{}, "", ""},
		"headers in pieces":              {says("HTTP/1.0 2", "00 OK\r\nA: b\r", "\n\r", "\nabc"), config.URL{}, "", ""},
		"longer than announced":          {says("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef"), abc, "", note(3, 6)},
		"shorter than announced":         {says("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), abc, "", note(9, 3)},
		"announced in small letters":     {says("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabc"), abc, "", ""},
		"announced by another header":    {says("HTTP/1.1 200 OK\r\nX-Content-Length: 3\r\n\r\nabcdef"), abc, "", note(3, 6)},
		"chunked stays as sent":          {says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), config.URL{HasDigest: true, Digest: md5.Sum([]byte("3\r\nabc\r\n0\r\n\r\n"))}, "", ""},
		"wrong digest":                   {says(ok3), config.URL{HasDigest: true}, digest, ""},
		"status 500":                     {says("HTTP/1.1 500 x\r\n\r\nabc"), abc, status, ""},
		"status listed":                  {says("HTTP/1.1 404 x\r\n\r\nabc"), config.URL{Status: config.StatusSet{{200, 200}, {400, 410}}}, "", ""},
		"status 204 not listed":          {says("HTTP/1.1 204 x\r\n\r\n"), config.URL{Status: config.StatusSet{{200, 200}}}, status, ""},
		"10.17 HTTP/2":                   {says("HTTP/2 200\r\n\r\nabc"), config.URL{}, status, ""},
		"10.17 not HTTP":                 {says("hello\r\n\r\nbody"), config.URL{}, status, ""},
		"10.17 empty":                    {says(), config.URL{}, noData, ""},
		"10.17 LF only":                  {says("HTTP/1.1 200 OK\nA: b\n\nabc"), config.URL{}, noData, ""},
		"10.17 leading 100 Continue":     {says("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nabc"), config.URL{}, status, ""},
		"headers without an end":         {says("HTTP/1.1 200 OK\r\nA: b\r\n"), config.URL{}, noData, ""},
		"10.16 kept open":                {func(s *target, c net.Conn) { says(ok3)(s, c); hangs(c) }, config.URL{}, timeout, ""},
		"10.16 kept open, regex matches": {func(s *target, c net.Conn) { says(ok3)(s, c); hangs(c) }, config.URL{Regex: "abc"}, timeout, ""},
		"silent":                         {func(s *target, c net.Conn) { s.request(c); hangs(c) }, config.URL{}, nothing, ""},
		"reset after the request":        {func(s *target, c net.Conn) { s.request(c); reset(c) }, config.URL{}, read, ""},
		"reset after a part":             {thenReset("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"), config.URL{}, read, ""},
		"reset, end not announced":       {thenReset("HTTP/1.1 200 OK\r\n\r\nabc"), config.URL{}, read, ""},
		"reset in the last chunk":        {thenReset(chunked3[:len(chunked3)-1]), config.URL{}, read, ""},
		// 2.2.7 fails these.
		"reset after the answer":            {thenReset(ok3), config.URL{}, "", ""},
		"reset after more than announced":   {thenReset(ok3 + "def"), abc, "", note(3, 6)},
		"reset after the last chunk":        {thenReset(chunked3), config.URL{Regex: "abc"}, "", ""},
		"reset after 204":                   {thenReset("HTTP/1.1 204 x\r\n\r\n"), config.URL{}, "", ""},
		"reset after the answer, other md5": {thenReset(ok3), config.URL{HasDigest: true}, digest, ""},
		"10.18 headers in the same read":    {says(ok3), config.URL{Regex: "^HTTP/1.1 200"}, "", ""},
		"10.18 ^ of the body then":          {says(ok3), config.URL{Regex: "^abc"}, regex, ""},
		"10.18 headers read before":         {says("HTTP/1.1 200 OK\r\n\r\n", "abc"), config.URL{Regex: "^abc"}, "", ""},
		"10.18 headers not searched":        {says("HTTP/1.1 200 OK\r\n\r\n", "abc"), config.URL{Regex: "HTTP"}, regex, ""},
		"10.18 headers in two reads":        {says("HTTP/1.1 200 OK\r\nA: b\r\n", "C: d\r\n\r\nabc"), config.URL{Regex: "^HTTP"}, "", ""},
		"10.18 second header read":          {says("HTTP/1.1 200 OK\r\nA: b\r\n", "C: d\r\n\r\nabc"), config.URL{Regex: "^C: d"}, regex, ""},
		"regex over two reads":              {says("HTTP/1.1 200 OK\r\n\r\nab", "cd"), config.URL{Regex: "bc"}, "", ""},
		"10.7 regex_no_match":               {says(ok3), config.URL{Regex: "abc", RegexNoMatch: true}, regex, ""},
		"10.7 regex_no_match, not there":    {says(ok3), config.URL{Regex: "xyz", RegexNoMatch: true}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := lie(t, "127.0.0.1:0", c.answer)
			got := probe(t, s.aim(config.CheckHTTP, c.url))
			verdict := attempt.Passed
			if c.want != "" {
				verdict = attempt.Failed
			}
			wantResult(t, got, verdict, c.want)
			if n := strings.Join(got.Notes, "|"); n != c.note {
				t.Errorf("notes %q, want %q", n, c.note)
			}
		})
	}
}

func TestHTTPConnectionProblems(t *testing.T) {
	target := Target{Server: rs, Checker: config.Checker{
		Kind: config.CheckHTTP, Connect: closedPort(t, "127.0.0.1:0"), ConnectTimeout: 250 * time.Millisecond,
		HTTP: &config.HTTPCheck{URLs: []config.URL{{Path: "/"}}},
	}}
	wantResult(t, probe(t, target), attempt.Failed, "Connection failed server "+rs+".")
	target.Checker.Connect = fullBacklog(t)
	wantResult(t, probe(t, target), attempt.Failed, "Timeout connecting server "+rs+".")
}

// endless sends piece for ever.
func endless(head, piece string) func(*target, net.Conn) {
	return func(s *target, c net.Conn) {
		says(head)(s, c)
		for {
			if _, err := io.WriteString(c, piece); err != nil {
				return
			}
		}
	}
}

func TestEndlessHeadersAreCutOff(t *testing.T) {
	s := lie(t, "127.0.0.1:0", endless("HTTP/1.1 200 OK\r\n", "X-A: "+strings.Repeat("y", 4000)+"\r\n"))
	begin := time.Now()
	wantResult(t, probe(t, s.aim(config.CheckHTTP, config.URL{})), attempt.Failed, "Read, no data received from  server "+rs+".")
	if d := time.Since(begin); d > 15*time.Second {
		t.Errorf("took %s", d)
	}
}

func TestHugeBodyTakesNoMemory(t *testing.T) {
	const size = 64 << 20
	piece := bytes.Repeat([]byte("0123456789abcdef"), 4096)
	s := lie(t, "127.0.0.1:0", func(s *target, c net.Conn) {
		says("HTTP/1.0 200 OK\r\n\r\n")(s, c)
		for range size / len(piece) {
			if _, err := c.Write(piece); err != nil {
				return
			}
		}
	})
	sum := md5.New()
	for range size / len(piece) {
		sum.Write(piece)
	}
	target := s.aim(
		config.CheckHTTP,
		config.URL{Regex: "fedcba", RegexNoMatch: true, HasDigest: true, Digest: [16]byte(sum.Sum(nil))},
	)
	target.Checker.ConnectTimeout = 5 * time.Second
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	wantResult(t, probe(t, target), attempt.Passed, "")
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 24<<20 {
		t.Errorf("allocated %d MiB for a body of %d MiB", got>>20, size>>20)
	}
}

func TestSlowTrickleEndsWithTheOverallLimit(t *testing.T) {
	s := lie(t, "127.0.0.1:0", func(s *target, c net.Conn) {
		says("HTTP/1.0 200 OK\r\n\r\n")(s, c)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			if _, err := c.Write([]byte("x")); err != nil {
				return
			}
		}
	})
	target := s.aim(config.CheckHTTP, config.URL{})
	begin := time.Now()
	r := Prober{Overall: 500 * time.Millisecond}.Probe(t.Context(), target)
	wantResult(t, r, attempt.Failed, "Timeout HTTP read server "+rs+".")
	if d := time.Since(begin); d < 500*time.Millisecond || d > 15*time.Second {
		t.Errorf("took %s", d)
	}
	if got := OverallLimit(time.Second); got != time.Minute {
		t.Errorf("limit for 1 s is %s", got)
	}
	if got := OverallLimit(10 * time.Second); got != 2*time.Minute {
		t.Errorf("limit for 10 s is %s", got)
	}
}

func TestSemantics10_6_SSL(t *testing.T) {
	answer := func(text string, end func(*tls.Conn, net.Conn)) func(*target, net.Conn) {
		return func(s *target, c net.Conn) {
			secure(t, func(s *target, tc *tls.Conn) {
				s.request(tc)
				_, _ = io.WriteString(tc, text)
				end(tc, c)
			})(s, c)
		}
	}
	clean := func(tc *tls.Conn, _ net.Conn) { tc.Close() }
	for name, c := range map[string]struct {
		answer func(*target, net.Conn)
		want   string
	}{
		"self-signed, expired, wrong name": {answer(ok3, clean), ""},
		"closed without close_notify":      {answer(ok3, func(_ *tls.Conn, c net.Conn) { c.Close() }), ""},
		"reset after the answer":           {answer(ok3, func(_ *tls.Conn, c net.Conn) { waitDrained(c); reset(c) }), ""},
		"reset after a part":               {answer(ok3[:len(ok3)-1], func(_ *tls.Conn, c net.Conn) { waitDrained(c); reset(c) }), "Read error with server " + rs + "."},
		"status":                           {answer("HTTP/1.0 404 x\r\n\r\n", clean), "HTTP status code error to server " + rs + "."},
		"kept open":                        {answer(ok3, func(_ *tls.Conn, c net.Conn) { hangs(c) }), "Timeout SSL read server " + rs + "."},
		"not TLS": {func(_ *target, c net.Conn) {
			_, _ = c.Read(make([]byte, 100))
			_, _ = io.WriteString(c, "this is not TLS at all\r\n")
		}, "SSL handshake/communication error connecting to server " + rs + "."},
		"closes at once": {func(*target, net.Conn) {}, "SSL handshake/communication error connecting to server " + rs + "."},
		"silent":         {func(_ *target, c net.Conn) { hangs(c) }, "Timeout connecting server " + rs + "."},
	} {
		t.Run(name, func(t *testing.T) {
			s := lie(t, "127.0.0.1:0", c.answer)
			target := s.aim(config.CheckSSL, config.URL{})
			verdict := attempt.Passed
			if c.want != "" {
				verdict = attempt.Failed
			}
			wantResult(t, probe(t, target), verdict, c.want)
		})
	}
}

// A certificate that no authority would sign, with a negative serial number, is as good as
// any: none decides a check.
func TestNegativeSerialNumber(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(5)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	// Version 3, then the serial number: 5 becomes -123.
	before := []byte{0xa0, 3, 2, 1, 2, 2, 1, 5}
	if !bytes.Contains(der, before) {
		t.Fatalf("no serial number in % x", der)
	}
	der = bytes.Replace(der, before, []byte{0xa0, 3, 2, 1, 2, 2, 1, 0x85}, 1)
	s := lie(t, "127.0.0.1:0", secureWith(tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: template}, func(s *target, c *tls.Conn) {
		s.request(c)
		_, _ = io.WriteString(c, ok3)
		c.Close()
	}))
	target := s.aim(config.CheckSSL, config.URL{})
	target.Checker.ConnectTimeout = 10 * time.Second
	got := probe(t, target)
	wantResult(t, got, attempt.Passed, "")
	if got.Reason.Code != reason.None {
		t.Error(got.Reason)
	}
}

func TestSemantics10_6_ServerName(t *testing.T) {
	s := lie(t, "127.0.0.1:0", secure(t, func(s *target, c *tls.Conn) {
		s.request(c)
		_, _ = io.WriteString(c, ok3)
		c.Close()
	}))
	for name, c := range map[string]struct {
		change func(*config.Checker)
		want   string
	}{
		"off":                        {func(k *config.Checker) { k.HTTP.Host = "h.example" }, ""},
		"on without any name":        {func(k *config.Checker) { k.HTTP.EnableSNI = true }, ""},
		"virtualhost of the checker": {func(k *config.Checker) { k.HTTP.EnableSNI, k.HTTP.Host = true, "h.example" }, "h.example"},
		"virtualhost of the URL first": {func(k *config.Checker) {
			k.HTTP.EnableSNI, k.HTTP.Host, k.HTTP.URLs[0].Host = true, "h.example", "u.example"
		}, "u.example"},
		"sni_name first of all": {func(k *config.Checker) { k.HTTP.SNIName, k.HTTP.URLs[0].Host = "s.example", "u.example" }, "s.example"},
	} {
		t.Run(name, func(t *testing.T) {
			target := s.aim(config.CheckSSL, config.URL{})
			c.change(&target.Checker)
			wantResult(t, probe(t, target), attempt.Passed, "")
			if s.hello.ServerName != c.want {
				t.Errorf("server name %q, want %q", s.hello.ServerName, c.want)
			}
		})
	}
}
