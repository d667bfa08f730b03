package healthcheck

import (
	"bytes"
	"crypto/md5"
	"testing"
)

func TestStatusOf(t *testing.T) {
	for text, want := range map[string]int{
		"HTTP/1.1 200 OK": 200, "HTTP/1.0 404\r\n": 404, "HTTP/1.1 200\r\n": 200, "HTTP/9.9 299x": 299,
		"HTTP/2 200": 0, "HTTP/1.1 20": 0, "HTTP/1.1 2000": 0, "http/1.1 200": 0, "HTTP/1.1  200": 0, "": 0, "HTTP/1.1 2x0 a": 0,
	} {
		if got := statusOf([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestContentLength(t *testing.T) {
	for text, want := range map[string]int64{
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n": 3,
		"A: b\r\nCONTENT-LENGTH:17\r\n\r\n":            17,
		"Content-Length: x\r\nContent-Length: 4\r\n":   4,
		"Content-Length: -1\r\n":                       -1,
		"X-Content-Length: 5\r\n":                      -1,
		"Content-Length: 99999999999999999999\r\n":     -1,
		"Content-Length\r\n":                           -1,
	} {
		if got := contentLength([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

// FuzzResponse gives an answer in one piece and in pieces: status, length and digest must
// not depend on how it was cut.
func FuzzResponse(f *testing.F) {
	f.Add([]byte(ok3), 7)
	f.Add([]byte("HTTP/1.1 200 OK\r\nA: b\r\n\r"), 1)
	f.Add([]byte("HTTP/1.1 100\r\n\r\n\r\n\r\nx"), 3)
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		cut = max(1, cut%64)
		whole, pieces := response{digest: md5.New(), searchLimit: 1 << 10}, response{digest: md5.New(), searchLimit: 1 << 10}
		fits := whole.take(data)
		for rest := data; len(rest) > 0; rest = rest[min(cut, len(rest)):] {
			if pieces.take(rest[:min(cut, len(rest))]) != fits && !fits {
				return
			}
		}
		if !fits {
			return
		}
		if whole.headersDone != pieces.headersDone || whole.status != pieces.status || whole.body != pieces.body ||
			(whole.headersDone && whole.length != pieces.length) || !bytes.Equal(whole.digest.Sum(nil), pieces.digest.Sum(nil)) {
			t.Errorf("in one piece %+v, in pieces of %d %+v", whole, cut, pieces)
		}
		if len(whole.search) > 1<<10+headerLimit {
			t.Errorf("keeps %d bytes", len(whole.search))
		}
	})
}
