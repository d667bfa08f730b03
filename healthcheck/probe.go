// Package healthcheck makes one attempt of one check: connect, fetch a page, run a
// script. It keeps no state between attempts; what an outcome means is decided in
// healthcheck/lvs, and when to try again too.
//
// Every attempt is bounded. A connection, a TLS handshake and each read get
// connect_timeout, as keepalived has it. An HTTP attempt as a whole also gets
// OverallLimit, because a server that sends one byte a second would otherwise never
// end (semantics 10.16); its headers may be 64 KiB long, its body 256 MiB, of which
// the first MiB is searched by a regex, for a second at most. What attempts of many
// servers take at once is bounded by Room.
package healthcheck

import (
	"context"
	"net"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
	"holdfast/internal/runas"
)

// Target is what one attempt is aimed at.
type Target struct {
	Checker config.Checker
	Parts
	// URL is the index of the URL to fetch (HTTP_GET, SSL_GET).
	URL int
	// Service and Server are names for log lines (semantics 8.22).
	Service string
	Server  string
}

// A ScriptRunner runs a program to its end. After timeout (0 = none), or when ctx ends,
// it is terminated.
type ScriptRunner func(ctx context.Context, p runas.Program, timeout time.Duration) runas.Result

// A Prober makes attempts. It may be used by many goroutines.
type Prober struct {
	// Scripts runs the scripts of MISC_CHECKs.
	Scripts ScriptRunner
	// Overall bounds an attempt of HTTP or SMTP as a whole; 0 is OverallLimit.
	Overall time.Duration
	// Room bounds what searches of patterns take at once; nil bounds nothing.
	Room *Room
}

// Probe makes one attempt. It returns when the attempt is decided or ctx has ended.
func (p Prober) Probe(ctx context.Context, t Target) attempt.Outcome {
	return mustKind(t.Checker.Kind).Probe(ctx, p, t)
}

// overall is how long an attempt may take as a whole.
func (p Prober) overall(t Target) time.Duration {
	if p.Overall != 0 {
		return p.Overall
	}
	return OverallLimit(t.Checker.ConnectTimeout)
}

func fail(line string, why reason.Reason) attempt.Outcome {
	return attempt.Outcome{Line: line, Reason: why}
}

// untried is the outcome of an attempt that this host could not make: the server is as it was (semantics 9.8).
func untried(line string, why reason.Reason, note string) attempt.Outcome {
	return attempt.Outcome{Verdict: attempt.Local, Line: line, Reason: why, Notes: []string{note}}
}

// closeQuietly ends a connection whose end nobody waits for.
func closeQuietly(c net.Conn) { _ = c.Close() }
