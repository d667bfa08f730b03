package healthcheck

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// Handshakes that never come to an end take connect_timeout, however they go on.
func TestHostileHandshakes(t *testing.T) {
	drip := func(first, more []byte, pause time.Duration) func(*target, net.Conn) {
		return func(_ *target, c net.Conn) {
			go func() { _, _ = io.Copy(io.Discard, c) }()
			tick := time.NewTicker(pause)
			defer tick.Stop()
			for _, err := c.Write(first); err == nil; _, err = c.Write(more) {
				<-tick.C
			}
		}
	}
	late, bad := "Timeout connecting server "+rs+".", "SSL handshake/communication error connecting to server "+rs+"."
	for name, c := range map[string]struct {
		answer func(*target, net.Conn)
		want   string
	}{
		"a record byte by byte":   {drip([]byte{22, 3, 3, 0x40, 0}, []byte{2}, 10*time.Millisecond), late},
		"a message of 16 MiB":     {drip([]byte{22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff}, nil, 10*time.Millisecond), bad},
		"a record of 64 KiB":      {drip([]byte{22, 3, 3, 0xff, 0xff}, make([]byte, 1000), time.Millisecond), bad},
		"a fatal alert":           {drip([]byte{21, 3, 3, 0, 2, 2, 40}, nil, time.Millisecond), bad},
		"reset in the handshake":  {func(_ *target, c net.Conn) { _, _ = c.Read(make([]byte, 9)); reset(c) }, bad},
		"closed in the handshake": {func(_ *target, c net.Conn) { _, _ = io.CopyN(io.Discard, c, 9); _, _ = c.Write([]byte{22, 3, 3}) }, bad},
	} {
		t.Run(name, func(t *testing.T) {
			s := lie(t, "127.0.0.1:0", c.answer)
			wantResult(t, probe(t, s.aim(config.CheckSSL, config.URL{})), attempt.Failed, c.want)
		})
	}
}

// A page that would be large when unpacked is looked at as it is sent.
func TestCompressedPagesStayPacked(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	for range 64 {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	s := lie(t, "127.0.0.1:0", says(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", packed.Len(), packed.String())))
	target := s.aim(config.CheckHTTP, config.URL{HasDigest: true, Digest: md5.Sum(packed.Bytes())})
	target.Checker.ConnectTimeout = 10 * time.Second
	wantResult(t, probe(t, target), attempt.Passed, "")
}
