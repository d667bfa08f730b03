package healthcheck

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

// webPages is a web server of the standard library that speaks HTTP/2, in the clear or over TLS.
func webPages(t *testing.T, over bool, h http.Handler) netip.AddrPort {
	t.Helper()
	return webPagesAt(t, "127.0.0.1:0", over, h)
}

func webPagesAt(t *testing.T, address string, over bool, h http.Handler) netip.AddrPort {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, Protocols: new(http.Protocols)}
	s.Protocols.SetHTTP2(over)
	s.Protocols.SetUnencryptedHTTP2(!over)
	done := make(chan error, 1)
	go func() {
		if over {
			cert := selfSigned(t)
			s.TLSConfig = tlsWith(cert)
			done <- s.ServeTLS(l, "", "")
			return
		}
		done <- s.Serve(l)
	}()
	t.Cleanup(func() { s.Close(); <-done })
	return netip.MustParseAddrPort(l.Addr().String())
}

// Pages over HTTP/2 are judged as those of other versions: status, digest, pattern, and their bounds.
func TestPagesOverHTTP2(t *testing.T) {
	body := strings.Repeat("all is well\n", 20_000) // more than one window
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Proto", r.Proto)
		_, _ = io.WriteString(w, body)
	})
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s %s", r.Method, r.Host, r.Proto, r.UserAgent())
	})
	mux.HandleFunc("/early", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</x>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("/trailers", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		_, _ = io.WriteString(w, "with trailers")
		w.Header().Set("X-Sum", "1")
	})
	mux.HandleFunc("/inject", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	ok := config.StatusSet{{200, 299}}
	for _, over := range []bool{false, true} {
		at := webPages(t, over, mux)
		for _, tt := range []struct {
			url  config.URL
			want string // the reason of the failure
		}{
			{config.URL{Path: "/ok", Status: ok}, ""},
			{config.URL{Path: "/ok", Status: ok, HasDigest: true, Digest: md5.Sum([]byte(body))}, ""},
			{config.URL{Path: "/ok", Status: ok, HasDigest: true}, "digest"},
			{config.URL{Path: "/ok", Status: ok, Regex: "all is well"}, ""},
			{config.URL{Path: "/ok", Status: ok, Regex: "all is lost"}, "pattern not found"},
			{config.URL{Path: "/who", Status: ok, Host: "www.example.org",
				Regex: "GET www.example.org HTTP/2.0 KeepAliveClient"}, ""},
			{config.URL{Path: "/early", Status: config.StatusSet{{204, 204}}}, ""},
			{config.URL{Path: "/trailers", Status: ok, HasDigest: true, Digest: md5.Sum([]byte("with trailers"))}, ""},
			{config.URL{Path: "/none", Status: ok}, "status 404 where 200-299 is wanted"},
			{config.URL{Path: "/inject", Status: ok}, "status 418"},
		} {
			aim := page2(t, at, tt.url, over)
			o := probe(t, aim)
			if got := o.Reason.String(); !strings.Contains(got, tt.want) || (o.Verdict == attempt.Passed) != (tt.want == "") {
				t.Errorf("TLS %v, %s: %d %s, want %q", over, tt.url.Path, o.Verdict, got, tt.want)
			}
		}
	}
}

// page2 is a check of a page over HTTP/2.
func page2(t *testing.T, at netip.AddrPort, u config.URL, over bool) Target {
	kind := config.CheckHTTP
	if over {
		kind = config.CheckSSL
	}
	aim := (&target{t: t, at: at}).aim(kind, u)
	aim.Checker.HTTP.Protocol, aim.Checker.ConnectTimeout = "2", 5*time.Second
	return aim
}

// A frames writes what a hostile server sends, frame by frame.
type frames struct {
	*http2.Framer
	c net.Conn
}

// block is fields in HPACK.
func block(fields ...string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := 0; i < len(fields); i += 2 {
		_ = e.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return b.Bytes()
}

// hostileH2 takes the request and then does what it is told.
func hostileH2(act func(f frames)) func(*target, net.Conn) {
	return func(_ *target, c net.Conn) {
		preface := make([]byte, len(h2Preface))
		if _, err := io.ReadFull(c, preface); err != nil {
			return
		}
		f := frames{http2.NewFramer(c, c), c}
		f.AllowIllegalWrites = true
		for {
			in, err := f.ReadFrame()
			if err != nil {
				return
			}
			if h := in.Header(); h.Type == http2.FrameData || h.Type == http2.FrameHeaders && h.Flags.Has(http2.FlagHeadersEndStream) {
				break
			}
		}
		act(f)
	}
}

// What servers may not do ends an attempt with its reason, in bounded time and memory, whichever check it is.
func TestHostileServersOfHTTP2(t *testing.T) {
	good := block(":status", "200", "content-type", "application/grpc")
	forever := func(write func() error) {
		for write() == nil {
		}
	}
	head := func(f frames) {
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: good, EndHeaders: true})
	}
	for name, tt := range map[string]struct {
		act  func(f frames)
		want []reason.Code // any of them
		text string
	}{
		"settings without end": {func(f frames) { forever(func() error { return f.WriteSettings() }) },
			[]reason.Code{reason.HTTP2}, "more than 1000 frames without an answer"},
		"pings without end": {func(f frames) { forever(func() error { return f.WritePing(false, [8]byte{}) }) },
			[]reason.Code{reason.HTTP2}, "more than 1000 frames"},
		"settings acknowledged without end": {func(f frames) { forever(f.WriteSettingsAck) }, []reason.Code{reason.HTTP2}, "more than"},
		"windows without end": {func(f frames) { forever(func() error { return f.WriteWindowUpdate(0, 1) }) },
			[]reason.Code{reason.HTTP2}, "more than 1000 frames"},
		"frames nobody knows": {func(f frames) { forever(func() error { return f.WriteRawFrame(0xbe, 0, 0, []byte("x")) }) },
			[]reason.Code{reason.HTTP2}, "more than 1000 frames"},
		"empty data without end": {func(f frames) { head(f); forever(func() error { return f.WriteData(1, false, nil) }) },
			[]reason.Code{reason.HTTP2}, "more than 1000 frames"},
		"fields without end": {func(f frames) {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: good})
			forever(func() error { return f.WriteContinuation(1, false, block("x-more", strings.Repeat("y", 1000))) })
		}, []reason.Code{reason.LongHeaders}, ""},
		"empty continuations without end": {func(f frames) {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: good})
			forever(func() error { return f.WriteContinuation(1, false, nil) })
		}, []reason.Code{reason.LongHeaders}, ""},
		"a bomb of HPACK": {func(f frames) {
			// One large field in the table, and then its index, one byte for four thousand.
			bomb := append(block("x-bomb", strings.Repeat("z", 4000)), bytes.Repeat([]byte{0xbe}, 12000)...)
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: append(bytes.Clone(good), bomb...), EndHeaders: true})
			hangs(f.c)
		}, []reason.Code{reason.LongHeaders, reason.HTTP2}, ""},
		"answers before the answer": {func(f frames) {
			forever(func() error {
				return f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block(":status", "103"), EndHeaders: true})
			})
		}, []reason.Code{reason.HTTP2}, "before the answer"},
		"fields that are none": {func(f frames) {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0xff, 0xff, 0xff, 0xff, 0xff}, EndHeaders: true})
			hangs(f.c)
		}, []reason.Code{reason.HTTP2}, "cannot be read"},
		"a frame as large as can be": {func(f frames) {
			_, _ = f.c.Write([]byte{0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1})
			hangs(f.c)
		}, []reason.Code{reason.HTTP2}, "frame of 16777215 bytes"},
		"padding without bytes": {func(f frames) {
			head(f)
			_ = f.WriteRawFrame(http2.FrameData, http2.FlagDataPadded, 1, []byte{9, 1})
			hangs(f.c)
		}, []reason.Code{reason.HTTP2}, "more padding than bytes"},
		"it goes away": {func(f frames) { _ = f.WriteGoAway(0, http2.ErrCodeEnhanceYourCalm, []byte("no")); hangs(f.c) },
			[]reason.Code{reason.HTTP2}, "goes away with error ENHANCE_YOUR_CALM"},
		"it goes away without having heard": {func(f frames) { _ = f.WriteGoAway(0, http2.ErrCodeNo, nil); hangs(f.c) },
			[]reason.Code{reason.HTTP2}, "goes away with error NO_ERROR"},
		"it goes away, and closes": {func(f frames) { _ = f.WriteGoAway(1, http2.ErrCodeNo, nil) },
			[]reason.Code{reason.Closed, reason.Reset}, ""},
		"it resets the request": {func(f frames) { _ = f.WriteRSTStream(1, http2.ErrCodeRefusedStream); hangs(f.c) },
			[]reason.Code{reason.HTTP2}, "reset with error REFUSED_STREAM"},
		"it resets the answer": {func(f frames) { head(f); _ = f.WriteRSTStream(1, http2.ErrCode(99)); hangs(f.c) },
			[]reason.Code{reason.HTTP2}, "reset with error 99"},
		"it resets the connection":    {func(f frames) { reset(f.c) }, []reason.Code{reason.Reset}, ""},
		"it closes before the answer": {func(frames) {}, []reason.Code{reason.Closed, reason.Reset}, ""},
		"it closes in the answer": {func(f frames) { head(f); _ = f.WriteData(1, false, []byte{0}); waitDrained(f.c) },
			[]reason.Code{reason.Closed, reason.Reset}, ""},
		"it pushes": {func(f frames) {
			_ = f.WritePushPromise(http2.PushPromiseParam{StreamID: 1, PromiseID: 2, BlockFragment: good, EndHeaders: true})
			hangs(f.c)
		}, []reason.Code{reason.HTTP2}, "nobody asked for"},
		"it says nothing": {func(f frames) { hangs(f.c) }, []reason.Code{reason.NoAnswer}, ""},
		"another frame among fields": {func(f frames) {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: good[:1]})
			_ = f.WritePing(false, [8]byte{})
			hangs(f.c)
		}, []reason.Code{reason.HTTP2}, "among fields"},
		"it drips": {func(f frames) {
			var b []byte
			b = binary.BigEndian.AppendUint32(h2Frame(b, h2Ping, 0, 0, 8), 1)
			for i := 0; ; i++ {
				if _, err := f.c.Write(b[i%len(b):][:1]); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond) // as slow as the server is to be
			}
		}, []reason.Code{reason.TooSlow, reason.NoAnswer, reason.HTTP2}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := lie(t, "127.0.0.1:0", hostileH2(tt.act))
			call, web := aimGRPC(s.at, ""), page2(t, s.at, config.URL{Path: "/", Status: config.StatusSet{{200, 299}}}, false)
			for _, aim := range []Target{call, web} {
				aim.Checker.ConnectTimeout = 250 * time.Millisecond
				if strings.Contains(name, "without end") || strings.Contains(name, "before the answer") || strings.Contains(name, "away") ||
					strings.Contains(name, "reset") || strings.Contains(name, "bomb") {
					aim.Checker.ConnectTimeout = 10 * time.Second // for a machine that is busy
				}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				o := Prober{Overall: 12 * time.Second}.Probe(t.Context(), aim)
				runtime.ReadMemStats(&after)
				if name == "it drips" {
					aim.Checker.ConnectTimeout = time.Second
					o = Prober{Overall: 500 * time.Millisecond}.Probe(t.Context(), aim)
				}
				fits := false
				for _, c := range tt.want {
					fits = fits || o.Reason.Code == c
				}
				if o.Verdict != attempt.Failed || !fits || !strings.Contains(o.Reason.String(), tt.text) {
					t.Errorf("%s: %d %s, want %v %s", aim.Checker.Kind, o.Verdict, o.Reason, tt.want, tt.text)
				}
				if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
					t.Errorf("%s took %d KiB", aim.Checker.Kind, n>>10)
				}
			}
		})
	}
}

// A call may be answered in many ways that are right.
func TestGRPCAnswersThatAreRight(t *testing.T) {
	serving := []byte{0, 0, 0, 0, 2, 8, 1}
	headers := func(f frames, end bool, fields ...string) {
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block(fields...), EndHeaders: true, EndStream: end})
	}
	for name, act := range map[string]func(f frames){
		"in pieces": func(f frames) {
			_ = f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1})
			headers(f, false, ":status", "103")
			headers(f, false, ":status", "200")
			for _, b := range serving {
				_ = f.WriteData(1, false, []byte{b})
			}
			_ = f.WritePing(false, [8]byte{})
			headers(f, true, "grpc-status", "0")
		},
		"padded, and with priorities": func(f frames) {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block(":status", "200"), EndHeaders: true,
				PadLength: 7, Priority: http2.PriorityParam{StreamDep: 3, Weight: 9}})
			_ = f.WriteDataPadded(1, false, serving, make([]byte, 100))
			headers(f, true, "grpc-status", "0")
		},
		"fields in several frames": func(f frames) {
			b := block(":status", "200", "x", "y")
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: b[:1]})
			_ = f.WriteContinuation(1, false, b[1:2])
			_ = f.WriteContinuation(1, true, b[2:])
			_ = f.WriteData(1, false, serving)
			headers(f, true, "grpc-status", "0")
		},
		"a farewell before the answer": func(f frames) {
			_ = f.WriteGoAway(1, http2.ErrCodeNo, nil)
			headers(f, false, ":status", "200")
			_ = f.WriteData(1, false, serving)
			headers(f, true, "grpc-status", "0")
		},
	} {
		s := lie(t, "127.0.0.1:0", hostileH2(func(f frames) { act(f); hangs(f.c) }))
		if o := probe(t, aimGRPC(s.at, "x")); o.Verdict != attempt.Passed {
			t.Errorf("%s: %s", name, o.Reason)
		}
	}
	for want, act := range map[string]func(f frames){
		"status 503 where 200 is wanted":                func(f frames) { headers(f, true, ":status", "503") },
		`no status in "x" where 200 is wanted`:          func(f frames) { headers(f, true, ":status", "x") },
		"HTTP/2: the answer has no gRPC status":         func(f frames) { headers(f, true, ":status", "200") },
		"HTTP/2: a body without a head":                 func(f frames) { _ = f.WriteData(1, true, serving) },
		`gRPC status 16 UNAUTHENTICATED "who?"`:         func(f frames) { headers(f, true, ":status", "200", "grpc-status", "16", "grpc-message", "who%3F") },
		"gRPC status 99 ":                               func(f frames) { headers(f, true, ":status", "200", "grpc-status", "99") },
		"HTTP/2: the answer is no message about health": func(f frames) { headers(f, true, ":status", "200", "grpc-status", "0") },
		"HTTP/2: fields in the middle of a body": func(f frames) {
			headers(f, false, ":status", "200")
			headers(f, false, ":status", "200")
		},
		"body longer than 1 KiB": func(f frames) {
			headers(f, false, ":status", "200")
			_ = f.WriteData(1, false, make([]byte, 1025))
		},
	} {
		s := lie(t, "127.0.0.1:0", hostileH2(func(f frames) { act(f); hangs(f.c) }))
		if o := probe(t, aimGRPC(s.at, "")); o.Reason.String() != want {
			t.Errorf("%q, want %q", o.Reason, want)
		}
	}
}

// Fields have no lines of their own in a head of HTTP/1.1.
func TestHeadsWithoutTricks(t *testing.T) {
	got := string(h1Head([]hpack.HeaderField{{Name: ":status", Value: "200\r\nX: y"}, {Name: "a\r\nb", Value: "c\r\n\r\nd\x00"},
		{Name: "transfer-encoding", Value: "chunked"}}))
	if want := "HTTP/1.1 200  X: y \r\na  b: c    d \r\n\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
