// Package healthcheck makes one attempt of one check: connect, fetch a page, run a
// script. It keeps no state between attempts; what an outcome means is decided in
// healthcheck/lvs, and when to try again too.
//
// Every attempt is bounded. A connection, a TLS handshake and each read get
// connect_timeout, as keepalived has it. An HTTP attempt as a whole also gets
// OverallLimit, because a server that sends one byte a second would otherwise never
// end (semantics 10.16); its headers may be 64 KiB long, its body 256 MiB, of which
// the first MiB is searched by a regex.
package healthcheck

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"holdfast/config"
	"holdfast/internal/runas"
)

// Target is what one attempt is aimed at.
type Target struct {
	Checker config.Checker
	// URL is the index of the URL to fetch (HTTP_GET, SSL_GET).
	URL int
	// Pattern is the compiled regex of that URL, nil when it has none.
	Pattern *Pattern
	// Program is the resolved script of a MISC_CHECK.
	Program runas.Program
	// Service and Server are names for log lines (semantics 8.22).
	Service string
	Server  string
}

// Verdict is how an attempt ended.
type Verdict uint8

// Failed is the zero value, so that a forgotten verdict is not a success. Local means
// that this host could not make the attempt: it counts as nothing (semantics 9.8).
const (
	Failed Verdict = iota
	Passed
	Local
)

// Result is the outcome of one attempt.
type Result struct {
	Verdict Verdict
	// Line is what keepalived says about a failed attempt or a local problem.
	Line string
	// Notes are worth a log line whatever the verdict.
	Notes []string
	// Script is how the script of a MISC_CHECK ended.
	Script runas.Result
}

// A ScriptRunner runs a program to its end. After timeout (0 = none), or when ctx ends,
// it is terminated.
type ScriptRunner func(ctx context.Context, p runas.Program, timeout time.Duration) runas.Result

// A Prober makes attempts. It may be used by many goroutines.
type Prober struct {
	// Scripts runs the scripts of MISC_CHECKs.
	Scripts ScriptRunner
	// Overall bounds an HTTP attempt as a whole; 0 is OverallLimit.
	Overall time.Duration
}

// Probe makes one attempt. It returns when the attempt is decided or ctx has ended.
func (p Prober) Probe(ctx context.Context, t Target) Result {
	switch t.Checker.Kind {
	case config.CheckTCP:
		return probeTCP(ctx, t)
	case config.CheckHTTP, config.CheckSSL:
		return p.probeHTTP(ctx, t)
	case config.CheckMisc:
		return p.probeScript(ctx, t)
	}
	return Result{Line: fmt.Sprintf("checker type %d is not known", t.Checker.Kind), Verdict: Local}
}

func fail(line string) Result { return Result{Line: line} }

// timedOut tells whether err is a deadline of ours or of the kernel.
func timedOut(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, syscall.ETIMEDOUT)
}

// errnoText is an errno as the C library words it: with a capital.
func errnoText(err error) string {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err.Error()
	}
	s := errno.Error()
	return strings.ToUpper(s[:1]) + s[1:]
}

// localFault tells whether a dial failed because of this host, and what to note about
// it (semantics 9.8).
func localFault(err error) (note string, ok bool) {
	var missing *deviceError
	if errors.As(err, &missing) {
		return "Checker can't bind to device " + missing.name + ": " + errnoText(missing.err), true
	}
	var sys *os.SyscallError
	if !errors.As(err, &sys) {
		return "", false
	}
	if sys.Syscall != "connect" {
		return "Checker " + sys.Syscall + " failed: " + errnoText(err), true
	}
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return "", false
	}
	switch errno {
	case syscall.EACCES, syscall.EINVAL, syscall.EPERM, syscall.EADDRNOTAVAIL, syscall.EADDRINUSE, syscall.EMFILE,
		syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EAGAIN:
		return fmt.Sprintf("socket connect error %d - %s", int(errno), errnoText(err)), true
	}
	return "", false
}

// closeQuietly ends a connection whose end nobody waits for.
func closeQuietly(c net.Conn) { _ = c.Close() }
