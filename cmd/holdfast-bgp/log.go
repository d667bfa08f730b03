package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/osrg/gobgp/v4/pkg/packet/bgp"
)

// logHandler makes of what the library logs what the other side is to know: warnings, and why nobody could be reached.
// Routes of others end in it (discard).
type logHandler struct {
	failed func(addr netip.Addr, problem string)
	say    func(line string)

	nowhere bgp.NLRI // what routes of others become

	mu      sync.Mutex
	last    time.Time // when a line was said
	skipped int       // since then
}

// pause is how far apart lines are: a neighbour is not to fill the log.
const pause = time.Second

// Enabled takes all levels: that nobody could be reached is of the lowest.
func (h *logHandler) Enabled(context.Context, slog.Level) bool { return true }

// WithAttrs remembers the neighbour. The lines of all count together.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		if a.Key == "Key" {
			return &ofNeighbor{h, a.Value.String()}
		}
	}
	return h
}

// WithGroup is not asked for.
func (h *logHandler) WithGroup(string) slog.Handler { return h }

// Handle takes a record that is about nobody in particular.
func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	h.take("", r)
	return nil
}

// ofNeighbor is a logHandler for what is about one.
type ofNeighbor struct {
	*logHandler
	key string
}

// WithAttrs has the neighbour stay.
func (h *ofNeighbor) WithAttrs([]slog.Attr) slog.Handler { return h }

// WithGroup is not asked for.
func (h *ofNeighbor) WithGroup(string) slog.Handler { return h }

// Handle takes a record about the neighbour.
func (h *ofNeighbor) Handle(_ context.Context, r slog.Record) error {
	h.take(h.key, r)
	return nil
}

func (h *logHandler) take(key string, r slog.Record) {
	if r.Level >= slog.LevelWarn {
		h.line(key, r)
		return
	}
	if r.Message == received {
		discard(r, h.nowhere)
		return
	}
	if r.Message != "failed to connect" {
		return
	}
	addr, err := netip.ParseAddr(key)
	if err != nil {
		return
	}
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "Error" {
			h.failed(addr, plainError(a.Value.String()))
		}
		return true
	})
}

// plainError leaves of "dial tcp 10.0.0.1:0->10.0.0.2:179: connect: connection refused" what says why.
func plainError(text string) string {
	if i := strings.LastIndex(text, ": "); i >= 0 {
		text = text[i+2:]
	}
	if text == "i/o timeout" {
		return "it does not answer"
	}
	return text
}

func (h *logHandler) line(key string, r slog.Record) {
	h.mu.Lock()
	now := time.Now()
	if now.Sub(h.last) < pause {
		h.skipped++
		h.mu.Unlock()
		return
	}
	skipped := h.skipped
	h.last, h.skipped = now, 0
	h.mu.Unlock()
	var b strings.Builder
	if key != "" {
		fmt.Fprintf(&b, "%s: ", key)
	}
	b.WriteString(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		if a.Key != "Topic" && a.Key != "Key" {
			fmt.Fprintf(&b, ", %s %v", strings.ToLower(a.Key), a.Value)
		}
		return true
	})
	if skipped > 0 {
		fmt.Fprintf(&b, " (%d lines before it are left out)", skipped)
	}
	h.say(b.String())
}
