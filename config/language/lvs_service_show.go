package language

import (
	"strconv"
	"time"

	"holdfast/config"
)

// The way back from services to the drafts they can have come from.

func writeServices(b *binder) []writing {
	out := make([]writing, len(b.cfg.VirtualServers))
	for i, v := range b.cfg.VirtualServers {
		d := &serviceDraft{VirtualServer: v}
		// A configuration has what was inherited too: printed, it is as if it had been said.
		d.smtpAlert = &d.SMTPAlert
		if a := d.Announce; a != nil {
			d.hold, d.shown = &a.Hold, a.Prefixes
		}
		if kept := d.Defaults; kept != nil {
			d.checks, d.host, d.weight, d.inhibit = checksOf(kept), kept.Host, kept.Weight, kept.InhibitOnFailure
		}
		if d.checks.DelayLoop == nil {
			d.checks.DelayLoop = scriptLimit(v)
		}
		out[i] = writing{args: serviceWords(v), inner: d, own: bool(v.Own)}
	}
	return out
}

// checksOf is what checkers were to inherit.
func checksOf(kept *config.CheckDefaults) checkDefaults {
	return checkDefaults{DelayLoop: kept.DelayLoop, DelayBeforeRetry: kept.DelayBeforeRetry, Warmup: kept.Warmup,
		ConnectTimeout: kept.ConnectTimeout, Retry: kept.Retry}
}

// serviceWords are what identifies a service.
func serviceWords(v config.VirtualServer) []string {
	switch {
	case v.Group != "":
		return []string{"group", quoted(v.Group)}
	case v.FWMark != 0:
		return []string{"fwmark", strconv.FormatUint(uint64(v.FWMark), 10)}
	}
	return endpointWords(v.Addr, v.Port)
}

// scriptLimit is the delay_loop of the service as far as it can be known: the time
// limit that its MISC_CHECKs have from it and that misc_timeout cannot say.
func scriptLimit(v config.VirtualServer) *time.Duration {
	for _, r := range v.RealServers {
		for _, c := range r.Checkers {
			if c.Misc == nil {
				continue
			}
			//	delay_loop 2.5
			// was the limit of a script that has none of its own, and misc_timeout takes whole seconds only.
			if limit := c.Misc.Timeout; limit%time.Second != 0 || limit/time.Second > maxGARPSecs {
				return &limit
			}
		}
	}
	return nil
}

func writeReals(d *serviceDraft) []writing {
	out := make([]writing, len(d.RealServers))
	for i, r := range d.RealServers {
		inner := &realDraft{RealServer: r}
		inner.smtpAlert = &inner.SMTPAlert
		if kept := inner.Defaults; kept != nil {
			inner.checks, inner.host = checksOf(kept), kept.Host
		}
		if r.SlowStart > 0 {
			inner.slowStart = &inner.SlowStart
		}
		out[i] = writing{args: endpointWords(r.Addr, r.Port), inner: inner, own: bool(r.Own)}
	}
	return out
}

// writeCheckers writes the checkers of a kind, each at its place among those of
// other kinds.
func writeCheckers(kind config.CheckKind) func(*realDraft) []writing {
	return func(r *realDraft) []writing {
		var out []writing
		for i, c := range r.Checkers {
			if c.Kind == kind {
				// Checkers of several kinds are one list: their order is that of the file.
				out = append(out, writing{inner: unbindChecker(c), place: i + 1, own: bool(c.Own)})
			}
		}
		return out
	}
}

func unbindChecker(c config.Checker) *checkerDraft {
	d := &checkerDraft{Checker: c}
	// Each setting is written at the checker, where nothing is inherited over it.
	d.alpha = &d.Checker.Alpha
	if c.Kind.Polls() {
		retry := uint32(c.Retry)
		d.logAll = &d.LogAllFailures
		d.own = checkDefaults{DelayLoop: &d.DelayLoop, DelayBeforeRetry: &d.DelayBeforeRetry, Warmup: &d.Warmup,
			Retry: &retry}
	}
	if c.Kind.Socket() {
		d.own.ConnectTimeout = &d.ConnectTimeout
		d.connectIP, d.connectPort = c.Connect.Addr(), c.Connect.Port()
	}
	return d
}
