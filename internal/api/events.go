package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"

	"holdfast/internal/chronicle"
	"holdfast/internal/state"
)

// Bounds of answers about events.
const (
	maxFollowers = 32 // at a time; they take no places of connections
	usualEvents  = 1_000
	heartbeat    = 5 // seconds without an event after which a follower is told that the daemon lives
	eventsAtOnce = 256
)

// A Chronicle is the events that are asked for; super.Supervisor is one.
type Chronicle interface {
	// Events gives up to limit events behind a serial, and how many there are no more.
	Events(after uint64, limit int) (events []state.Event, missed uint64)
	// EventBounds are the serials of the oldest event that is kept and of the latest one.
	EventBounds() (first, last uint64)
	// Follow gives all events behind a serial as they come, until ctx ends.
	Follow(ctx context.Context, after uint64) <-chan state.Event
}

// A wish is which events are asked for.
type wish struct {
	after    uint64
	given    bool // after was given
	limit    int
	abouts   []string
	names    []string
	followed bool
}

func wishOf(q url.Values) (w wish, err error) {
	w = wish{limit: usualEvents, abouts: q["about"], names: q["name"], followed: q.Has("follow")}
	if text := q.Get("after"); text != "" {
		w.given = true
		if w.after, err = strconv.ParseUint(text, 10, 64); err != nil {
			return w, errors.New("after is the serial of an event, not " + strconv.Quote(text))
		}
	}
	if text := q.Get("limit"); text != "" {
		if w.limit, err = strconv.Atoi(text); err != nil || w.limit < 0 || w.limit > chronicle.MaxEvents {
			return w, fmt.Errorf("limit is a number from 0 to %d, not %q", chronicle.MaxEvents, text)
		}
	}
	for _, about := range w.abouts {
		if !slices.Contains(state.Abouts(), about) {
			return w, errors.New("events are about nothing like " + strconv.Quote(about))
		}
	}
	return w, nil
}

// takes reports whether an event is wanted. That some are lost everybody is told.
func (w *wish) takes(e *state.Event) bool {
	return e.Missed > 0 ||
		(len(w.abouts) == 0 || slices.Contains(w.abouts, e.About)) &&
			(len(w.names) == 0 || slices.Contains(w.names, e.Name) || slices.Contains(w.names, e.Of))
}

func (h *handler) events(w http.ResponseWriter, r *http.Request) {
	wanted, err := wishOf(r.URL.Query())
	switch {
	case err != nil:
		refuse(w, http.StatusBadRequest, err.Error())
	case h.Chronicle == nil:
		refuse(w, http.StatusNotFound, "this daemon keeps no events")
	case wanted.followed:
		h.follow(w, r, wanted)
	default:
		h.list(w, wanted)
	}
}

// list answers with the events behind a serial, or with the latest ones if none is given.
func (h *handler) list(w http.ResponseWriter, wanted wish) {
	first, last := h.Chronicle.EventBounds() // before: what comes meanwhile is behind last
	var found []state.Event
	for at := wanted.after; ; {
		events, _ := h.Chronicle.Events(at, eventsAtOnce)
		for i := range events {
			if at = events[i].Serial; at <= last && wanted.takes(&events[i]) {
				found = append(found, events[i])
			}
		}
		if wanted.given && len(found) >= wanted.limit || len(events) < eventsAtOnce || at >= last {
			break
		}
	}
	if n := len(found) - wanted.limit; n > 0 && wanted.given {
		found = found[:wanted.limit]
	} else if n > 0 {
		found = found[n:]
	}
	out := begin(w, eventHead())
	out.field("first", first)
	out.field("last", last)
	out.name("events")
	out.write("[")
	var text lines
	for i := range found {
		if i > 0 {
			out.write(",")
		}
		text.buffer.Reset()
		text.add(&found[i])
		out.write(text.buffer.String())
	}
	out.write("]")
	out.end()
}

// eventHead is the head of answers that no role is asked for.
func eventHead() state.Head {
	return state.Head{PID: os.Getpid(), At: time.Now(), Sources: []state.Source{}}
}

// follow writes events as they come, a line each, until whoever follows goes or does not read any more.
func (h *handler) follow(w http.ResponseWriter, r *http.Request, wanted wish) {
	select {
	case h.followers <- struct{}{}:
		defer func() { <-h.followers }()
	default:
		refuse(w, http.StatusServiceUnavailable, "too many follow already")
		return
	}
	leavePlace(r.Context())
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	after := wanted.after
	first, last := h.Chronicle.EventBounds()
	if !wanted.given {
		after = last
	}
	events := h.Chronicle.Follow(ctx, after)
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Cache-Control", "no-store")
	out := lines{w: w, control: http.NewResponseController(w), time: answerTime * h.second}
	out.add(state.Followed{PID: os.Getpid(), At: time.Now(), First: first, Last: last})
	beat := time.NewTicker(heartbeat * h.second)
	defer beat.Stop()
	for out.flush() == nil {
		select {
		case e, ok := <-events:
			if !ok {
				return
			}
			if wanted.takes(&e) {
				out.add(&e)
			}
			// What is there already goes with it, as far as it is not too much.
			for range min(len(events), eventsAtOnce) {
				if e := <-events; wanted.takes(&e) {
					out.add(&e)
				}
			}
			beat.Reset(heartbeat * h.second)
		case now := <-beat.C:
			_, last := h.Chronicle.EventBounds()
			out.add(state.Heartbeat{At: now, Last: last})
		case <-ctx.Done():
			return
		}
	}
}

// lines are values on their way to somebody who reads, a line each.
type lines struct {
	w       http.ResponseWriter
	control *http.ResponseController
	time    time.Duration // to read them
	buffer  bytes.Buffer
}

func (l *lines) add(value any) {
	e := json.NewEncoder(&l.buffer)
	e.SetEscapeHTML(false)
	_ = e.Encode(value) // plain values: it cannot fail
}

// flush fails for somebody who does not read.
func (l *lines) flush() error {
	if l.buffer.Len() == 0 {
		return nil
	}
	err := l.control.SetWriteDeadline(time.Now().Add(l.time))
	_, werr := l.buffer.WriteTo(l.w)
	return errors.Join(err, werr, l.control.Flush())
}
