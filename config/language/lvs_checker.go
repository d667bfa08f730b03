package language

import (
	"net/netip"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/config/syntax"
)

// checkDefaults are the timings that a checker inherits from its real server and
// that from its virtual server (semantics 9.2); nil is "not given".
type checkDefaults struct {
	DelayLoop, DelayBeforeRetry, Warmup, ConnectTimeout *time.Duration
	Retry                                               *uint32
}

// checkerDraft is a checker while it is being read.
type checkerDraft struct {
	draft
	config.Checker
	real        *realDraft
	own         checkDefaults
	connectIP   netip.Addr
	connectPort uint16
	alpha       *bool
	logAll      *bool
	unusable    bool
	identity    bool
	miscUser    string
	miscGroup   string
	smtp        *checkerDraft   // the SMTP_CHECK around a host
	hosts       []*checkerDraft // of an SMTP_CHECK
	urlTLS      []*bool         // tls_compliant of each url
}

func retryCount[T any](p func(*T) *checkDefaults, lo int64) Keyword {
	k := number(func(t *T) *uint32 {
		n := new(uint32)
		p(t).Retry = n
		return n
	}, lo, maxUint32)
	k.bind.show = showing(func(t *T) []writing {
		if n := p(t).Retry; n != nil {
			return inRange(int64(*n), lo, maxUint32)
		}
		return nil
	})
	return k
}

func openChecker(kind config.CheckKind) func(s *stmt, r *realDraft) *checkerDraft {
	return func(s *stmt, r *realDraft) *checkerDraft {
		d := s.checker(r)
		d.Kind, d.Pos = kind, s.pos()
		switch kind {
		case config.CheckHTTP, config.CheckSSL:
			d.HTTP = &config.HTTPCheck{Protocol: "1.0"}
		case config.CheckMisc:
			d.Misc = &config.MiscCheck{}
		case config.CheckSMTP:
			d.SMTP = &config.SMTPCheck{Helo: defaultHelo}
		case config.CheckDNS:
			d.DNS = &config.DNSCheck{Type: config.DNSTypeSOA, Name: "."}
		case config.CheckUDP:
			d.UDP = &config.UDPCheck{MaxReply: defaultMaxReply}
		case config.CheckFile:
			d.File = &config.FileCheck{}
		}
		return d
	}
}

// checker is an empty draft.
func (b *binder) checker(r *realDraft) *checkerDraft {
	d := b.services().checkers.next()
	*d = checkerDraft{draft: d.empty(), real: r}
	return d
}

// defaultMaxReply is the longest answer to a UDP_CHECK that passes.
const defaultMaxReply = 255

// closeChecker drops a checker that could never say anything (semantics 10.5).
func closeChecker(s *stmt, d *checkerDraft) {
	if d.Kind.Socket() && len(d.hosts) == 0 && !d.reachable(s) {
		return
	}
	switch d.Kind {
	case config.CheckSMTP:
		for _, h := range d.hosts {
			h.inherit(d)
		}
		if len(d.hosts) > 0 {
			d.real.checkers = append(d.real.checkers, d.hosts...)
			return
		}
	case config.CheckUDP:
		if u := d.UDP; u.MinReply > u.MaxReply {
			s.warnf(d.at("min_reply_length", d.Pos), "limits-swapped",
				"UDP_CHECK min_reply length %d > max_reply_length %d - will always fail; swap them", u.MinReply,
				u.MaxReply)
		}
	case config.CheckFile:
		if d.File.TrackFile == "" {
			s.dropped(d, "track_file", "FILE_CHECK has no track_file specified - ignoring; write track_file NAME")
			return
		}
	case config.CheckBFD:
		if d.BFD == "" {
			s.dropped(d, "name", "No name has been specified for BFD_CHECK - skipping; write name BFD_INSTANCE")
			return
		}
	case config.CheckHTTP, config.CheckSSL:
		if len(d.HTTP.URLs) == 0 {
			s.errorf(s.pos(), "incomplete-block", "%s has no url specified - ignoring; add url { path / }", d.Kind)
			return
		}
	case config.CheckMisc:
		if d.unusable {
			return
		}
		if !d.Misc.IsSet() {
			s.errorf(s.pos(), "no-command",
				"No script path has been specified for MISC_CHECK - skipping; write misc_path \"COMMAND\"")
			return
		}
		d.Misc.User, d.Misc.Group = d.miscUser, d.miscGroup
		if !d.identity && !s.hasScriptUser() {
			s.errorf(s.pos(), "no-script-user",
				"Unable to set default user for misc script '%s' - removing; "+
					"set script_user in global_defs or user here", strings.Join(d.Misc.Argv, " "))
			return
		}
		s.runsMiscScript(d)
	}
	d.real.checkers = append(d.real.checkers, d)
}

// dropped says that a checker follows nothing, unless what it names was refused and
// that has been said.
func (s *stmt) dropped(d *checkerDraft, keyword key, text string) {
	if _, given := s.keywordIn(keyword); !given {
		s.errorf(d.Pos, "incomplete-block", "%s", text)
	}
}

// keywordIn gives the statement of a keyword in the statement's block.
func (s *stmt) keywordIn(keyword key) (syntax.Node, bool) {
	if s.node.Block != nil {
		for _, n := range s.node.Block.Nodes {
			if n.Keyword() == string(keyword) {
				return n, true
			}
		}
	}
	return syntax.Node{}, false
}

// completeChecker gives a checker what it inherits (semantics 9.1, 9.2).
func (b *binder) completeChecker(d *serviceDraft, r *realDraft, c *checkerDraft) {
	c.Checker.Alpha = firstOf(r.Alpha, c.alpha)
	if c.Kind.Polls() {
		b.completeTiming(d, r, c)
	}
	switch {
	case c.Kind == config.CheckMisc:
		if c.Misc.Timeout == 0 {
			c.Misc.Timeout = firstOf(60*time.Second, d.checks.DelayLoop)
		}
	case c.Kind.Socket():
		port := r.checkPort
		if c.connectPort != 0 {
			port = c.connectPort
		}
		c.Connect = netip.AddrPortFrom(c.target(), port)
		c.ConnectTimeout = firstOf(5*time.Second, c.own.ConnectTimeout, r.checks.ConnectTimeout,
			d.checks.ConnectTimeout)
		b.completeWeb(d, r, c)
	}
	r.Checkers = append(r.Checkers, c.Checker)
}

// completeTiming fills in when the checker is made.
func (b *binder) completeTiming(d *serviceDraft, r *realDraft, c *checkerDraft) {
	vs, rs, own := &d.checks, &r.checks, &c.own
	c.DelayLoop = firstOf(60*time.Second, own.DelayLoop, rs.DelayLoop, vs.DelayLoop)
	c.Warmup = firstOf(c.DelayLoop, own.Warmup, rs.Warmup, vs.Warmup)
	retry, delay := uint32(1), time.Second
	switch c.Kind {
	case config.CheckHTTP, config.CheckSSL:
		delay = 3 * time.Second
	case config.CheckMisc:
		retry = 0
	case config.CheckDNS:
		retry, delay = 3, c.DelayLoop
	}
	c.Retry = int(firstOf(retry, own.Retry, rs.Retry, vs.Retry))
	c.DelayBeforeRetry = firstOf(delay, own.DelayBeforeRetry, rs.DelayBeforeRetry, vs.DelayBeforeRetry)
	c.LogAllFailures = firstOf(b.global().CheckerLogAllFailure, c.logAll)
}

// or takes what is not given from another.
func (c checkDefaults) or(other checkDefaults) checkDefaults {
	pick := func(a, b *time.Duration) *time.Duration {
		if a != nil {
			return a
		}
		return b
	}
	c.DelayLoop, c.DelayBeforeRetry = pick(c.DelayLoop,
		other.DelayLoop), pick(c.DelayBeforeRetry, other.DelayBeforeRetry)
	c.Warmup, c.ConnectTimeout = pick(c.Warmup, other.Warmup), pick(c.ConnectTimeout, other.ConnectTimeout)
	if c.Retry == nil {
		c.Retry = other.Retry
	}
	return c
}

// timingRows are the keywords of every checker.
func timingRows(retry, delay string) []Keyword {
	return []Keyword{
		row("retry",
			retryCount(func(d *checkerDraft) *checkDefaults { return &d.own }, 0),
			"real_server, virtual_server, else "+retry, "failures tolerated before it counts as failed"),
		row("delay_before_retry",
			secondsPtr(func(d *checkerDraft) **time.Duration { return &d.own.DelayBeforeRetry }, 0, maxSeconds),
			"real_server, virtual_server, else "+delay, "pause before a failed check is repeated"),
		row("warmup",
			secondsPtr(func(d *checkerDraft) **time.Duration { return &d.own.Warmup }, 0, maxSeconds),
			"real_server, virtual_server, else delay_loop", "the first check comes within this time, at random"),
		row("delay_loop",
			secondsPtr(func(d *checkerDraft) **time.Duration { return &d.own.DelayLoop }, 1, maxSeconds),
			"real_server, virtual_server, else 60", "time between checks"),
		row("alpha",
			tristate(func(d *checkerDraft) **bool { return &d.alpha }),
			"of real_server", "counts as failed until it passes"),
		row("log_all_failures",
			tristate(func(d *checkerDraft) **bool { return &d.logAll }),
			"checker_log_all_failures", "log every failure while up"),
	}
}
