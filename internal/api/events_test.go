package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"holdfast/internal/chronicle"
	"holdfast/internal/state"
)

// told is a Chronicle in a test.
type told struct{ chronicle.Log }

func (l *told) Events(after uint64, limit int) ([]state.Event, uint64) {
	events, missed, _ := l.After(after, limit)
	return events, missed
}

func (l *told) EventBounds() (first, last uint64) { return l.Bounds() }

// chronicled is a server with events, and these.
func chronicled(t *testing.T, more ...func(*Options)) (*server, *told) {
	t.Helper()
	l := &told{}
	more = append(more, func(o *Options) { o.Chronicle = l })
	return start(t, &fake{}, more...), l
}

func names(events []state.Event) string {
	var all []string
	for _, e := range events {
		all = append(all, e.Name)
	}
	return strings.Join(all, " ")
}

func TestEventsAreAskedFor(t *testing.T) {
	s, l := chronicled(t)
	for i := range 600 {
		about := state.AboutServer
		if i%2 == 0 {
			about = state.AboutInstance
		}
		l.Add(state.Event{About: about, Name: fmt.Sprint(i), Of: fmt.Sprint("of", i%3)})
	}
	for query, want := range map[string]string{
		"limit=3":                               "597 598 599",
		"after=0&limit=2":                       "0 1",
		"after=300&limit=2":                     "300 301",
		"after=598":                             "598 599",
		"after=9999&limit=1":                    "0", // of another daemon
		"about=server&limit=2":                  "597 599",
		"about=server&after=0&limit=2":          "1 3",
		"about=server&about=instance&limit=2":   "598 599",
		"name=17&name=18":                       "17 18",
		"name=of1&limit=2":                      "595 598",
		"name=nobody":                           "",
		"after=597&about=instance&limit=10":     "598",
		"limit=0":                               "",
		"about=server&after=600":                "",
		"after=18446744073709551615&limit=1":    "0",
		"about=session":                         "",
		"name=599&about=server&limit=1&after=7": "599",
	} {
		var got state.Events
		if code := s.get(t, "/v1/events?"+query, &got); code != http.StatusOK {
			t.Errorf("%s: %d", query, code)
		}
		if names(got.Events) != want || got.First != 1 || got.Last != 600 || got.PID == 0 {
			t.Errorf("%s: %q, want %q (%d to %d)", query, names(got.Events), want, got.First, got.Last)
		}
	}
	for _, query := range []string{"after=x", "limit=-1", "limit=10001", "about=nothing", "limit=x", "after=-1"} {
		var got struct{ Error string }
		if code := s.get(t, "/v1/events?"+query, &got); code != http.StatusBadRequest || got.Error == "" {
			t.Errorf("%s: %d %q", query, code, got.Error)
		}
	}
	var none struct{ Error string }
	if code := start(t, &fake{}).get(t, "/v1/events", &none); code != http.StatusNotFound {
		t.Errorf("without events: %d", code)
	}
}

// errEnough ends a test that follows.
var errEnough = errors.New("enough")

func TestEventsAreFollowed(t *testing.T) {
	s, l := chronicled(t)
	l.Add(state.Event{Name: "before"})
	var got []string
	first := true
	err := s.Follow(t.Context(), "/v1/events?follow&after=0&name=before&name=after", func(line []byte) error {
		if first {
			first = false
			var head state.Followed
			if err := json.Unmarshal(line, &head); err != nil || head.PID == 0 || head.Last != 1 {
				t.Errorf("%s: %v", line, err)
			}
			l.Add(state.Event{Name: "other"}, state.Event{Name: "after"})
			return nil
		}
		var e state.Event
		if err := json.Unmarshal(line, &e); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if got = append(got, e.Name); e.Name == "after" {
			return errEnough
		}
		return nil
	})
	if err != errEnough || strings.Join(got, " ") != "before after" {
		t.Errorf("%q, %v", got, err)
	}
}

// While nothing happens lines show that the daemon lives, and a daemon that ends ends what follows it.
func TestFollowersAreToldThatTheDaemonLives(t *testing.T) {
	s, l := chronicled(t, func(o *Options) { o.second = 10 * time.Millisecond })
	l.Add(state.Event{})
	beats := 0
	err := s.Follow(t.Context(), "/v1/events?follow", func(line []byte) error {
		var beat state.Heartbeat
		if json.Unmarshal(line, &beat) == nil && !beat.At.IsZero() && beat.Last == 1 {
			if beats++; beats == 3 {
				s.Close()
			}
		}
		return nil
	})
	if beats != 3 || err == nil {
		t.Errorf("%d beats, %v", beats, err)
	}
}

// Followers have a number of their own: all there can be take no place of the others.
func TestFollowersAreBounded(t *testing.T) {
	s, l := chronicled(t, func(o *Options) { o.connections = 2 })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended, began := make(chan error, maxFollowers), make(chan bool, maxFollowers)
	for range maxFollowers {
		go func() {
			ended <- s.Follow(ctx, "/v1/events?follow", func([]byte) error {
				select {
				case began <- true:
				default:
				}
				return nil
			})
		}()
		select {
		case <-began:
		case err := <-ended:
			t.Fatalf("one of them ended: %v", err)
		}
	}
	var got state.Events
	if code := s.get(t, "/v1/events", &got); code != http.StatusOK {
		t.Errorf("another question: %d", code)
	}
	err := s.Follow(ctx, "/v1/events?follow", func([]byte) error { return errEnough })
	if err == nil || !strings.Contains(err.Error(), "too many") {
		t.Errorf("one more: %v", err)
	}
	cancel()
	for range maxFollowers {
		<-ended
	}
	// Their places are free again, as soon as the server has seen them go.
	for limit := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if s.Follow(t.Context(), "/v1/events?follow", func([]byte) error { return errEnough }) == errEnough {
			break
		}
		if time.Now().After(limit) {
			t.Fatal("their places stay taken")
		}
	}
	l.Add(state.Event{})
}

// One who does not read is cut off, and others hear everything meanwhile.
func TestAFollowerThatDoesNotReadIsCutOff(t *testing.T) {
	s, l := chronicled(t, func(o *Options) { o.second = 20 * time.Millisecond })
	c, err := s.dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /v1/events?follow HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	if _, err := http.ReadResponse(r, nil); err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("x", 1000)
	stop := make(chan bool)
	go func() {
		defer close(stop)
		for range 5000 { // much more than any buffer between the two
			l.Add(state.Event{Text: text})
		}
	}()
	<-stop
	heard := 0
	if err := s.Follow(t.Context(), "/v1/events?follow&after=0", func(line []byte) error {
		if heard++; heard > 100 {
			return errEnough
		}
		return nil
	}); err != errEnough {
		t.Errorf("another one: %v", err)
	}
	// The end of what it can still read is the end of the connection.
	_ = c.SetReadDeadline(time.Now().Add(patience))
	time.Sleep(answerTime * 20 * time.Millisecond * 2) // as long as it takes its time
	n, err := io.Copy(io.Discard, r)
	if err != nil || n > 4000*1000 {
		t.Errorf("%d bytes were read, %v", n, err)
	}
}
