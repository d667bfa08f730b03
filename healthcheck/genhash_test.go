package healthcheck

import (
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// pages draws answers of servers, honest ones and others, in pieces.
func pages() *rapid.Generator[[]string] {
	return rapid.Custom(func(t *rapid.T) []string {
		body := rapid.SliceOfN(rapid.Byte(), 0, 9000).Draw(t, "body")
		var headers []string
		for range rapid.IntRange(0, 3).Draw(t, "headers") {
			n := rapid.IntRange(0, len(body)+10).Draw(t, "n")
			form := rapid.SampledFrom([]string{"Content-Length: %d", "Content-Length:%d", "content-length: %d", "Content-Length: %d ",
				"X-Content-Length: %d", "Content-Length: +%d", "Content-Length: -%d", "Content-Length: %d, 1", "Content-Length: \t0%d",
				"Content-length: %d", "Date: %d", "Transfer-Encoding: chunked, %d"}).Draw(t, "form")
			headers = append(headers, fmt.Sprintf(form, n)+"\r\n")
		}
		if rapid.Bool().Draw(t, "chunked") {
			headers = append(headers, "Transfer-Encoding: chunked\r\n")
			body = fmt.Appendf(nil, "%x\r\n%s\r\n0\r\n\r\n", len(body), body)
		}
		status := rapid.IntRange(100, 599).Draw(t, "status")
		all := fmt.Sprintf("HTTP/1.1 %d x\r\n%s\r\n%s", status, strings.Join(headers, ""), body)
		var out []string
		for range rapid.IntRange(0, 3).Draw(t, "cuts") {
			at := rapid.IntRange(0, len(all)).Draw(t, "at")
			out, all = append(out, all[:at]), all[at:]
		}
		return append(out, all)
	})
}

// TestDigestsOfGenhash: whatever a server says, the digest that keepalived's genhash prints lets a check pass, and
// Genhash prints the same.
func TestDigestsOfGenhash(t *testing.T) {
	program, err := exec.LookPath("genhash")
	if err != nil {
		t.Fatal(err)
	}
	draw := pages()
	for i := range 40 {
		pieces := draw.Example(i)
		kind, options := config.CheckHTTP, []string(nil)
		answer := says(pieces...)
		if i%4 == 0 {
			kind, options = config.CheckSSL, []string{"-S"}
			answer = func(s *target, c net.Conn) {
				secure(t, func(s *target, c *tls.Conn) { says(pieces...)(s, c); c.Close() })(s, c)
			}
		}
		s := lie(t, "127.0.0.1:0", answer)
		out, err := exec.Command(program, append(options, "-s", "127.0.0.1", "-p", fmt.Sprint(s.at.Port()), "-u", "/")...).Output()
		if err != nil {
			t.Fatal(err)
		}
		theirs := strings.TrimSpace(string(out))
		digest, err := hex.DecodeString(theirs)
		if err != nil || len(digest) != 16 {
			t.Fatalf("%q: genhash says %q", pieces, out)
		}
		target := s.aim(kind, config.URL{HasDigest: true, Digest: [16]byte(digest), Status: config.StatusSet{{100, 599}}})
		target.Checker.ConnectTimeout = 10 * time.Second
		if got := probe(t, target); got.Verdict != attempt.Passed {
			t.Errorf("%d: %q\ndigest %s: %+v", i, pieces, theirs, got)
		}
		var ours, errs bytes.Buffer
		Genhash(t.Context(), target.Checker, false, &ours, &errs)
		if strings.TrimSpace(ours.String()) != theirs || errs.Len() > 0 {
			t.Errorf("%d: %q\nwe say %q %q, genhash %q", i, pieces, ours.String(), errs.String(), theirs)
		}
	}
}

// A page that no check would read to its end is given up.
func TestGenhashGivesUp(t *testing.T) {
	s := lie(t, "127.0.0.1:0", endless("HTTP/1.1 200 OK\r\n", "X-A: "+strings.Repeat("y", 4000)+"\r\n"))
	var out, errs bytes.Buffer
	k := s.aim(config.CheckHTTP, config.URL{}).Checker
	k.ConnectTimeout = 10 * time.Second
	Genhash(t.Context(), k, false, &out, &errs)
	if out.String() != "Page too large for a check\n" || errs.Len() > 0 {
		t.Errorf("%q, %q", out.String(), errs.String())
	}
	k.Connect = closedPort(t, "127.0.0.1:0")
	out.Reset()
	Genhash(t.Context(), k, true, &out, io.Discard)
	if !strings.HasPrefix(out.String(), "Connection failed\n\nGlobal response time for [/] = ") {
		t.Errorf("%q", out.String())
	}
}
