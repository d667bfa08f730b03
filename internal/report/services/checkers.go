package services

import (
	"cmp"

	"holdfast/config"
	"holdfast/healthcheck"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/report"
)

// checker prints one checker as keepalived does, and behind that why it is down.
func (d dataWriter) checker(s lvs.CheckerStatus, enabled bool, g config.Global) {
	k := s.Config
	kind := healthcheck.KindOf(k.Kind)
	d.Line(3, "Enabled", report.YesNo(enabled))
	d.Line(3, "Up", report.YesNo(s.Up))
	d.Line(3, "Has run", report.YesNo(s.Ran))
	d.Line(3, "Current weight", s.Weight)
	if k.Kind.Polls() {
		d.rhythm(s, kind)
	}
	d.Line(3, "Log all failures", report.YesNo(k.LogAllFailures))
	// A program (MISC_CHECK) makes its own connections, if any.
	if k.Kind.Socket() {
		d.connection(s)
	}
	kind.Dump(d.Page, s, g)
	d.attempts(s)
	d.failures(s)
}

// rhythm prints when a checker is made that is made again and again.
func (d dataWriter) rhythm(s lvs.CheckerStatus, kind *healthcheck.Kind) {
	k := s.Config
	d.Line(3, "Alpha", report.YesNo(k.Alpha))
	d.Text(3, "Delay loop = %d us", k.DelayLoop.Microseconds())
	d.Text(3, "Warmup = %d us", k.Warmup.Microseconds())
	d.Line(3, "Retries", k.Retry)
	// Without retries the first failure decides, and there is no delay before another.
	if k.Retry > 0 {
		d.Text(3, "Delay before retry = %d us", k.DelayBeforeRetry.Microseconds())
		d.Line(3, "Retries iterations", iterations(kind, s))
	}
	d.Text(3, "Default delay before retry = %d us", kind.UsualDelay.Microseconds())
}

// attempts are lines of ours: when a checker tried last and tries next.
func (d dataWriter) attempts(s lvs.CheckerStatus) {
	if !s.Started.IsZero() {
		d.Line(3, "Last attempt at", report.Date(s.Started))
	}
	switch {
	// Whatever Next says: an attempt is being made.
	case s.Running:
		d.Line(3, "Next attempt at", "under way")
	case !s.Next.IsZero():
		d.Line(3, "Next attempt at", report.Date(s.Next))
	}
}

// iterations counts as keepalived does: of a checker that is down it shows what the last verdict took, and of one
// that has not tried yet that a first failure needs no retries.
func iterations(kind *healthcheck.Kind, s lvs.CheckerStatus) int {
	if s.Started.IsZero() && !s.Ran && s.Tries == 0 {
		return s.Config.Retry
	}
	if s.Up || !s.Ran || kind.Iterations == nil {
		return s.Tries
	}
	return kind.Iterations(s.Config)
}

func (d dataWriter) connection(s lvs.CheckerStatus) {
	k := s.Config
	d.Text(3, "Connection")
	d.Text(5, "Dest = [%s]:%d", k.Connect.Addr(), k.Connect.Port())
	if k.BindAddr.IsValid() {
		d.Text(5, "Bind to = [%s]:%d", k.BindAddr, k.BindPort)
	}
	if k.BindIf != "" {
		d.Line(5, "Bind i/f", k.BindIf)
	}
	if k.FWMark != 0 {
		d.Line(5, "Mark", k.FWMark)
	}
	d.Text(5, "Timeout = %f", k.ConnectTimeout.Seconds())
	// Undone is an attempt that could not be made at all: it tells of this host, not of the server.
	if h := s.History; h.Undone > 0 && h.UndoneWhy.Errno != 0 {
		d.Line(5, "Last errno", h.UndoneWhy.Errno)
	}
}

// failures are lines of ours: why the last attempt failed, since when they do, and how
// many in a row, also when it was long ago; and why attempts cannot be made.
func (d dataWriter) failures(s lvs.CheckerStatus) {
	h := s.History
	if !h.At.IsZero() {
		d.Line(3, "Last failure", cmp.Or(h.Last.String(), "unknown"))
		d.Line(3, "Last failure at", report.Date(h.At))
	}
	if h.Failures > 0 {
		d.Line(3, "Failing since", report.Date(h.Since))
		d.Line(3, "Failures in a row", h.Failures)
	}
	if h.Undone > 0 {
		d.Line(3, "Not checked because", h.UndoneWhy)
		d.Line(3, "Attempts not made in a row", h.Undone)
	}
}
