package healthcheck

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

// A hostility is what a server does that has begun to answer.
type hostility struct {
	name string
	do   func(c, wire net.Conn, more []byte) // wire is below c, where there is a handshake
	want []reason.Code                       // any of them
	// How long connect_timeout and the whole attempt are, where one of these has to end it, or nothing for a limit of
	// another kind.
	each, whole time.Duration
}

var hostilities = []hostility{
	{"is silent", func(c, _ net.Conn, _ []byte) { hangs(c) }, []reason.Code{reason.NoAnswer}, 300 * time.Millisecond, 0},
	{"closes", func(c, _ net.Conn, _ []byte) { waitDrained(c) }, []reason.Code{reason.Closed, reason.Reset}, 0, 0},
	{"resets", func(c, wire net.Conn, _ []byte) { waitDrained(c); reset(wire) }, []reason.Code{reason.Reset}, 0, 0},
	{"drips", func(c, _ net.Conn, more []byte) {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			if _, err := c.Write(more[i%len(more):][:1]); err != nil {
				return
			}
			<-tick.C
		}
	}, []reason.Code{reason.TooSlow, reason.NoAnswer, reason.HTTP2}, 0, 500 * time.Millisecond},
	{"never ends", func(c, _ net.Conn, more []byte) {
		more = bytes.Repeat(more, 100)
		for _, err := c.Write(more); err == nil; _, err = c.Write(more) {
		}
	}, []reason.Code{reason.LongHeaders, reason.LongLine, reason.HTTP2, reason.Handshake}, 0, 0},
}

// A stranger is a kind of checks over a connection, with what it takes for the beginning of an answer, which may be
// nothing, and for more of it.
type stranger struct {
	kind        string
	aim         func(t *testing.T, s *target) Target
	secured     bool // the answer comes after a handshake
	first, more string
}

func strangers() []stranger {
	web := func(kind config.CheckKind) func(*testing.T, *target) Target {
		return func(_ *testing.T, s *target) Target { return s.aim(kind, config.URL{}) }
	}
	web2 := func(over bool) func(*testing.T, *target) Target {
		return func(t *testing.T, s *target) Target { return page2(t, s.at, config.URL{Path: "/"}, over) }
	}
	call := func(over bool) func(*testing.T, *target) Target {
		return func(_ *testing.T, s *target) Target {
			aim := aimGRPC(s.at, "")
			aim.Checker.GRPC.TLS = over
			return aim
		}
	}
	header := "X-A: " + strings.Repeat("y", 400) + "\r\n"
	var settings, pings bytes.Buffer
	_ = http2.NewFramer(&settings, nil).WriteSettings() // a buffer takes everything
	_ = http2.NewFramer(&pings, nil).WritePing(false, [8]byte{})
	// A message of a handshake that is nearly as long as may be, in small records.
	const hello, record = "\x16\x03\x03\x00\x04\x02\x00\xff\x00", "\x16\x03\x03\x00\x02\x02\x00"
	all := []stranger{
		{"SMTP_CHECK", func(_ *testing.T, s *target) Target { return mail(s, 0) }, false, "220-x", strings.Repeat("x", 100)},
		{"HTTP_GET", web(config.CheckHTTP), false, "HTTP/1.1 200 OK\r\n", header},
		{"SSL_GET", web(config.CheckSSL), true, "HTTP/1.1 200 OK\r\n", header},
		{"HTTP_GET, HTTP/2", web2(false), false, settings.String(), pings.String()},
		{"SSL_GET, HTTP/2", web2(true), true, settings.String(), pings.String()},
		{"GRPC_CHECK", call(false), false, settings.String(), pings.String()},
		{"GRPC_CHECK, TLS", call(true), true, settings.String(), pings.String()},
		{"SSL_GET, handshake", web(config.CheckSSL), false, hello, record},
		{"SSL_GET, HTTP/2, handshake", web2(true), false, hello, record},
		{"GRPC_CHECK, TLS, handshake", call(true), false, hello, record},
	}
	for _, s := range slices.Clone(all) {
		s.kind, s.first = s.kind+", nothing said", ""
		all = append(all, s)
	}
	return all
}

// Each kind of checks over a connection, against each thing that a server can do to hold it up or to fill its memory,
// after a handshake where there is one: it fails in time, says why, and takes little.
func TestEveryHostilityToEveryKind(t *testing.T) {
	cert := selfSigned(t)
	for _, s := range strangers() {
		for _, h := range hostilities {
			if s.first == "" && h.name == "never ends" {
				continue // what is no answer is refused as such
			}
			t.Run(s.kind+" "+h.name, func(t *testing.T) { s.meet(t, h, cert) })
		}
	}
}

func (s stranger) meet(t *testing.T, h hostility, cert tls.Certificate) {
	act := func(c, wire net.Conn) {
		go func() { _, _ = io.Copy(io.Discard, c) }() // it listens, and what it hears is nothing to it
		if _, err := io.WriteString(c, s.first); err == nil {
			h.do(c, wire, []byte(s.more))
		}
	}
	answer := func(_ *target, c net.Conn) { act(c, c) }
	if s.secured {
		answer = func(_ *target, c net.Conn) {
			over := tls.Server(c, tlsWith(cert))
			if over.Handshake() == nil {
				act(over, c)
			}
		}
	}
	aim := s.aim(t, lie(t, "127.0.0.1:0", answer))
	aim.Checker.ConnectTimeout = cmp.Or(h.each, 10*time.Second)
	timed := h.each+h.whole > 0
	if timed {
		t.Parallel() // it mostly waits
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	o := Prober{Overall: cmp.Or(h.whole, 20*time.Second)}.Probe(t.Context(), aim)
	runtime.ReadMemStats(&after)
	if o.Verdict != attempt.Failed || !slices.Contains(h.want, o.Reason.Code) {
		t.Errorf("verdict %d, %s (%d), want one of %v", o.Verdict, o.Reason, o.Reason.Code, h.want)
	}
	if n := after.TotalAlloc - before.TotalAlloc; !timed && n > 8<<20 {
		t.Errorf("it took %d KiB", n>>10)
	}
}
