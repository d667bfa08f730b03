package healthcheck

import (
	"strings"
	"testing"
)

func TestChunks(t *testing.T) {
	for body, want := range map[string]bool{
		"0\r\n\r\n":             true,
		"3\r\nabc\r\n0\r\n\r\n": true,
		"3\nabc\n0\n\n":         true,
		"a;x=y\r\n0123456789\r\n000\r\nA: b\r\n\r\n":              true,
		"1F\r\n" + strings.Repeat("0", 31) + "\r\n0 \r\n\r\nmore": true,
		"":                            false,
		"0\r\n":                       false,
		"0\r\nA: b\r\n":               false,
		"3\r\nabc\r\n0\r\n\r":         false,
		"3\r\n0\r\n\r\n":              false, // the chunk is what looks like the end
		"3\r\nabcd\r\n0\r\n\r\n":      false,
		"\r\n0\r\n\r\n":               false,
		"x\r\n\r\n0\r\n\r\n":          false,
		"-1\r\n\r\n0\r\n\r\n":         false,
		";\r\n0\r\n\r\n":              false,
		"fffffffffffffffffff\r\n\r\n": false,
	} {
		whole := chunks{}
		whole.take([]byte(body))
		pieces := chunks{}
		for i := range body {
			pieces.take([]byte(body[i : i+1]))
		}
		if whole.ended() != want || pieces.ended() != want {
			t.Errorf("%q: in one piece %v, in bytes %v, want %v", body, whole.ended(), pieces.ended(), want)
		}
	}
}

func TestChunked(t *testing.T) {
	for head, want := range map[string]bool{
		"Transfer-Encoding: chunked\r\n":        true,
		"transfer-encoding:gzip , Chunked \r\n": true,
		"Transfer-Encoding: chunked, gzip\r\n":  false,
		"X-Transfer-Encoding: chunked\r\n":      false,
		"Transfer-Encoding: identity\r\n":       false,
	} {
		if got := chunked([]byte(head)); got != want {
			t.Errorf("%q: %v", head, got)
		}
	}
}
