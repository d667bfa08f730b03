package healthcheck

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// hostile are patterns that take half a minute, or for ever, on a page of 1 MiB.
func hostile() []string {
	return []string{`a.{0,900}b`, `(a?){30}(a?){30}[ab]{0,900}c`, `(a+)+\1z`, `(?=a*b)(a|aa)+$`, `^(?:a*,){11}P$`}
}

func compiled(t *testing.T, u config.URL) *Pattern {
	t.Helper()
	p, err := CompilePattern(u)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Whatever a page holds, the search of it ends: a hostile one took half a minute of
// processor time for each check.
func TestEverySearchIsBounded(t *testing.T) {
	body := bytes.Repeat([]byte("a"), searchLimit)
	for _, regex := range hostile() {
		p, freed := compiled(t, config.URL{Regex: regex}), make(chan struct{})
		begin := time.Now()
		found, err := p.search(t.Context(), body, func() { close(freed) })
		if found || err != nil && !errors.Is(err, errSearch) {
			t.Errorf("%s: %v %v", regex, found, err)
		}
		if d := time.Since(begin); d > 10*matchTimeout {
			t.Errorf("%s took %s", regex, d)
		}
		<-freed
	}
}

// A server that is removed, or a reload, ends the search.
func TestSearchEndsWithItsContext(t *testing.T) {
	body := bytes.Repeat([]byte("a"), searchLimit)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, regex := range []string{`a.{0,900}b`, `(?=a*b)(a|aa)+$`} {
		freed := make(chan struct{})
		if _, err := compiled(t, config.URL{Regex: regex}).search(ctx, body, func() { close(freed) }); !errors.Is(
			err,
			errSearch,
		) {
			t.Errorf("%s: %v", regex, err)
		}
		<-freed // the place is given back when the engine has ended, not before
	}
}

// Time that is over is looked at between a few bytes, on whatever machine.
func TestTimedText(t *testing.T) {
	text := &timedText{
		ctx:   t.Context(),
		rest:  bytes.Repeat([]byte("a"), 10*clockEvery),
		until: time.Now().Add(-time.Second),
	}
	n := 0
	for {
		if _, _, err := text.ReadRune(); err != nil {
			break
		}
		n++
	}
	if n >= clockEvery || !text.over {
		t.Errorf("%d bytes after the time was over, over %v", n, text.over)
	}
}

// A search that takes too long is a failure, also of a pattern that must not match.
func TestSlowPatternFailsTheCheck(t *testing.T) {
	page := "HTTP/1.0 200 OK\r\n\r\n" + strings.Repeat("a", searchLimit)
	for _, absent := range []bool{false, true} {
		s := lie(t, "127.0.0.1:0", says(page))
		target := s.aim(config.CheckHTTP, config.URL{Regex: `a.{0,900}b`, RegexNoMatch: absent})
		target.Checker.ConnectTimeout = 10 * time.Second
		got := Prober{Room: NewRoom()}.Probe(t.Context(), target)
		wantResult(t, got, attempt.Failed, "Regex match failed server "+rs+".")
		if want := "pattern search took longer than 1 s"; got.Reason.String() != want {
			t.Errorf("reason %q, want %q", got.Reason, want)
		}
	}
}

// Large pages wait for their turn, small ones do not wait for them.
func TestRoom(t *testing.T) {
	room := NewRoom()
	probe := func(page string) attempt.Outcome {
		s := lie(t, "127.0.0.1:0", says("HTTP/1.0 200 OK\r\n\r\n"+page))
		target := s.aim(config.CheckHTTP, config.URL{Regex: `abc$`})
		target.Checker.ConnectTimeout = 10 * time.Second
		return Prober{Room: room}.Probe(t.Context(), target)
	}
	large := strings.Repeat("x", 2*smallPage) + "abc"
	for range 2 * largePages { // each gives its place back
		if got := probe(large); got.Verdict != attempt.Passed {
			t.Errorf("a large page: %+v", got)
		}
	}
	for range largePages {
		room.large(t.Context())
	}
	if got := probe("abc"); got.Verdict != attempt.Passed {
		t.Errorf("a small page: %+v", got)
	}
	// The search gives its place back by itself, perhaps after it has answered.
	for end := time.Now().Add(10 * time.Second); len(room.smalls) != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d small places are still taken", len(room.smalls))
		}
	}
}

// A turn that does not come says nothing about the server.
func TestNoRoomIsNoFailure(t *testing.T) {
	room := NewRoom()
	for range largePages {
		room.large(t.Context())
	}
	ctx, cancel := context.WithCancel(t.Context())
	page := io.MultiReader(
		strings.NewReader("HTTP/1.0 200 OK\r\n\r\n"+strings.Repeat("x", smallPage-1000)),
		endsWaiting{cancel},
	)
	conn, other := net.Pipe()
	defer other.Close()
	defer conn.Close()
	a := newAnswer(
		Target{Server: rs, Parts: Parts{Patterns: []*Pattern{compiled(t, config.URL{Regex: "a"})}}, Checker: config.Checker{
			ConnectTimeout: time.Minute, HTTP: &config.HTTPCheck{URLs: []config.URL{{Regex: "a"}}},
		}},
		room,
		time.Minute,
	)
	defer a.free()
	got := a.read(ctx, page, conn)
	wantResult(t, got, attempt.Local, "Page of server "+rs+" cannot be searched. Rescheduling")
	if want := "no room to search the page within 60 s"; got.Reason.String() != want {
		t.Errorf("reason %q, want %q", got.Reason, want)
	}
}

// endsWaiting is the part of a page that makes it a large one, when the time is over.
type endsWaiting struct{ cancel func() }

func (e endsWaiting) Read(p []byte) (int, error) {
	e.cancel()
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func BenchmarkSearch(b *testing.B) {
	page := bytes.Repeat([]byte("<p>All servers are well.</p>\n"), 400)
	for _, regex := range []string{"Status: OK", "status: (ok|fine)", "(?i)status: ok", `[0-9]+ users`} {
		p, err := CompilePattern(config.URL{Regex: regex})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(regex, func(b *testing.B) {
			b.SetBytes(int64(len(page)))
			for b.Loop() {
				if found, err := p.search(b.Context(), page, func() {}); found || err != nil {
					b.Fatal(found, err)
				}
			}
		})
	}
}
