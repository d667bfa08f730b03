package api

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"holdfast/config"
	"holdfast/internal/metric"
	"holdfast/internal/state"
)

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("never: " + what)
		}
	}
}

// free is an address of this host that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// published is what answers on an address, and its log.
func published(t *testing.T, source Source, address string, more ...func(*Options)) *observer.ObservedLogs {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	o := Options{Log: zap.New(core), Source: source, Print: func(w io.Writer, c *config.Config) error {
		_, err := io.WriteString(w, c.Global.RouterID)
		return err
	}}
	for _, m := range more {
		m(&o)
	}
	p := Publish(o, address)
	t.Cleanup(p.Close)
	return logs
}

// measured is a daemon with two roles, each with a number.
func measured(t *testing.T) state.Answer {
	a := two(t)
	for i, family := range []string{metric.Ready, metric.StartTime} { // whatever is in the table of families
		table := metric.One()
		table.Add(family, metric.Labels("of", a.Sources[i].Role), metric.Numbers(7))
		a.Sources[i].Report.Tables = []metric.Table{table}
	}
	return a
}

// fetch gets a page, again where this machine stood still for so long that the server took it for one of the slow.
func fetch(t *testing.T, address, path string, change ...func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(r)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	var status int
	var body []byte
	eventually(t, "an answer of "+address+path, func() bool {
		got, err := client.Do(r)
		if err != nil {
			return false
		}
		defer got.Body.Close()
		status = got.StatusCode
		body, err = io.ReadAll(got.Body)
		return err == nil
	})
	return status, string(body)
}

func TestEverybodyMayReadAndNobodyMayChange(t *testing.T) {
	address := free(t)
	published(t, &fake{answer: measured(t)}, address)
	for path, want := range map[string]string{
		"/metrics": "keepalived_up 1\n", "/healthz": `"ok":true`, "/readyz": `"ok":true`, "/v1/instances": "VI_1", "/v1/state": "VI_1",
		"/v1/config": `"text":"D1"`, "/": "<title>holdfast</title>",
	} {
		if status, body := fetch(t, address, path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	as := func(name, value string) func(*http.Request) {
		return func(r *http.Request) {
			if r.Header.Set(name, value); name == "Host" {
				r.Host = value
			}
		}
	}
	from := func(mode, dest string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Sec-Fetch-Mode", mode)
			r.Header.Set("Sec-Fetch-Dest", dest)
		}
	}
	post := func(r *http.Request) { r.Method = http.MethodPost }
	for name, c := range map[string]struct {
		path   string
		change func(*http.Request)
		want   int
	}{
		"reload":              {"/v1/reload", post, http.StatusMethodNotAllowed},
		"reload by GET":       {"/v1/reload", as("X", "y"), http.StatusNotFound},
		"POST":                {"/metrics", post, http.StatusMethodNotAllowed},
		"somebody's name":     {"/metrics", as("Host", "rebound.example:9165"), http.StatusForbidden},
		"somebody's page":     {"/metrics", as("Sec-Fetch-Site", "cross-site"), http.StatusForbidden},
		"a link to the page":  {"/", from("navigate", "document"), http.StatusOK},
		"the page in another": {"/", from("navigate", "iframe"), http.StatusForbidden},
		"the page as data":    {"/", from("no-cors", "document"), http.StatusForbidden},
		"a link to the lists": {"/v1/state", from("navigate", "document"), http.StatusForbidden},
		"localhost":           {"/metrics", as("Host", "localhost:9165"), http.StatusOK},
		"IPv6":                {"/metrics", as("Host", "[::1]"), http.StatusOK},
		"nothing there":       {"/metric", as("X", "y"), http.StatusNotFound},
		"a path out of there": {"/v1/../../etc/passwd", as("X", "y"), http.StatusNotFound},
	} {
		if status, body := fetch(t, address, c.path, c.change); status != c.want {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

// A role that does not answer is told by its name, and what it said before is nothing to rely on.
func TestMetricsOfARoleThatDoesNotAnswer(t *testing.T) {
	a := measured(t)
	a.Sources[1].Problem, a.Sources[1].Deaths = "process 9 does not answer", 3
	address := free(t)
	published(t, &fake{answer: a}, address)
	_, body := fetch(t, address, "/metrics")
	for _, want := range []string{
		"keepalived_up 0\n", `keepalived_role_up{role="vrrp"} 1` + "\n", `keepalived_role_up{role="checker"} 0` + "\n",
		`keepalived_role_deaths_total{role="checker"} 3` + "\n", "keepalived_ready 0\n",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
	if strings.Contains(body, `of="checker"`) {
		t.Errorf("what the checker role said once is there\n%s", body)
	}
}

// Events are followed at an address too, by a few at a time.
func TestEventsAreFollowedAtAnAddress(t *testing.T) {
	address, l := free(t), &told{}
	l.Add(state.Event{Name: "before"})
	published(t, &fake{answer: measured(t)}, address, func(o *Options) { o.Chronicle = l })
	fetch(t, address, "/healthz") // it listens
	follow := func() *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/v1/events?follow&after=0", nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := (&http.Transport{}).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = got.Body.Close() })
		return got
	}
	for range publicFollowers {
		got := follow()
		lines := bufio.NewScanner(got.Body)
		lines.Scan() // who it is
		if !lines.Scan() || !strings.Contains(lines.Text(), `"before"`) {
			t.Errorf("%s: %s, %v", got.Status, lines.Text(), lines.Err())
		}
	}
	if got := follow(); got.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one more: %s", got.Status)
	}
}

// The socket tells the same as the address.
func TestMetricsOnTheSocket(t *testing.T) {
	s := start(t, &fake{answer: measured(t)})
	c, err := s.dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /metrics HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if r.Header.Get("Content-Type") != metric.ContentType || !strings.Contains(string(body), "keepalived_up 1\n") {
		t.Errorf("%v %v\n%s", err, r.Header, body)
	}
}

// An address that is somebody else's is taken as soon as it is free, and one warning tells of it until then.
func TestAnAddressIsTriedAgain(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	logs := published(t, &fake{answer: measured(t)}, address)
	eventually(t, "two tries", func() bool { return logs.FilterMessageSnippet("address already in use").Len() > 0 })
	time.Sleep(soonestBind + soonestBind/2) // another try, which says nothing new
	if n := logs.Len(); n != 1 {
		t.Errorf("%d lines: %v", n, logs.All())
	}
	_ = l.Close()
	if status, _ := fetch(t, address, "/healthz"); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
}

func TestMetricsOnAUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.sock")
	core, logs := observer.New(zap.InfoLevel)
	p := Publish(Options{Log: zap.New(core), Source: &fake{answer: measured(t)},
		Print: func(io.Writer, *config.Config) error { return nil }}, "unix:"+path)
	eventually(t, "it listens", func() bool { return logs.FilterMessageSnippet("can be read at unix:").Len() == 1 })
	var got state.Ready
	if status, err := (Client{Path: path}).Get("/readyz", &got); err != nil || status != http.StatusOK {
		t.Errorf("%d %v %v", status, err, got)
	}
	p.Close()
	if _, err := os.Lstat(path); err == nil {
		t.Error("the socket is left behind")
	}
}

// One host has no more connections than are its share, and others still get in; what it has is closed when it does not
// say what it wants.
func TestAHostHasItsShare(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := newFair(inner, 2)
	var taken atomic.Int32
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			taken.Add(1)
			go func() {
				_, _ = io.Copy(io.Discard, c)
				_ = c.Close()
				_ = c.Close() // gives its place back once
				taken.Add(-1)
			}()
		}
	}()
	defer l.Close()
	from := func(host string) net.Conn {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(host)}}
		c, err := d.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	closed := func(c net.Conn) bool {
		_ = c.SetReadDeadline(time.Now().Add(patience))
		_, err := c.Read(make([]byte, 1))
		return err != nil
	}
	a, b := from("127.0.0.2"), from("127.0.0.2")
	eventually(t, "two are taken", func() bool { return taken.Load() == 2 })
	if !closed(from("127.0.0.2")) {
		t.Error("a third one of the same host stays")
	}
	from("127.0.0.3")
	eventually(t, "one of another host is taken", func() bool { return taken.Load() == 3 })
	_ = a.Close()
	_ = b.Close()
	eventually(t, "two leave", func() bool { return taken.Load() == 1 })
	from("127.0.0.2")
	eventually(t, "there is room again", func() bool { return taken.Load() == 2 })
}

func TestHostOf(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.1:1": "10.0.0.1/32", "[::ffff:10.0.0.1]:1": "10.0.0.1/32", "[2001:db8::1:2]:1": "2001:db8::/64",
		"[fe80::1%lo]:1": "fe80::/64",
	} {
		a, err := net.ResolveTCPAddr("tcp", text)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := hostOf(from{remote: a}); fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", text, got, want)
		}
	}
	if _, is := hostOf(from{remote: &net.UnixAddr{}}); is {
		t.Error("a socket has a host")
	}
}

type from struct {
	net.Conn
	remote net.Addr
}

func (f from) RemoteAddr() net.Addr { return f.remote }

// Huge headers, half requests and bodies end their own connection.
func TestAnAddressIsBounded(t *testing.T) {
	address := free(t)
	logs := published(t, &fake{answer: measured(t)}, address, func(o *Options) { o.second = 50 * time.Millisecond })
	eventually(t, "it listens", func() bool { return logs.Len() > 0 })
	for name, c := range map[string]struct{ said, want string }{
		"huge header": {"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", " 431 "},
		"half":        {"GET /metrics HT", ""},
		"nothing":     {"", ""},
		"no HTTP":     {"\x16\x03\x01\x02\x00\r\n\r\n", " 400 "},
		"a body":      {"POST /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999\r\n\r\n", " 405 "},
	} {
		c1, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c1, c.said)
		_ = c1.SetReadDeadline(time.Now().Add(patience))
		got, err := io.ReadAll(c1)
		if os.IsTimeout(err) || !strings.Contains(string(got), c.want) {
			t.Errorf("%s: %v %.100q", name, err, got)
		}
		_ = c1.Close()
	}
	if status, _ := fetch(t, address, "/metrics"); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
}
