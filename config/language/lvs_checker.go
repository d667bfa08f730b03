package language

import (
	"net/netip"
	"slices"
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
	of   *checkKind // of Kind
	real *realDraft
	// what the checker itself says; Checker has what holds
	own         checkDefaults
	connectIP   netip.Addr
	connectPort uint16
	alpha       *bool
	logAll      *bool
	// its user does not exist, which has been said
	unusable bool
	// `user` was given and is there
	identity  bool
	miscUser  string
	miscGroup string
	smtp      *checkerDraft   // the SMTP_CHECK around a host
	hosts     []*checkerDraft // of an SMTP_CHECK
	urlTLS    []*bool         // tls_compliant of each url
}

func retryCount[T any](p func(*T) *checkDefaults, lo int64) Keyword {
	//	retry 3
	// A new number each time: nil is "not given", so that the next outer block is asked.
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
	of := checkKindOf(kind)
	// The kind is looked up once, when the row is made, and not for each of many checkers.
	return func(s *stmt, r *realDraft) *checkerDraft {
		d := s.checker(r, of)
		d.Kind, d.Pos, d.Checker.Own = kind, s.pos(), config.OwnLines(s.node.Own)
		if of.begin != nil {
			of.begin(&d.Checker)
		}
		return d
	}
}

// checker is an empty draft.
func (b *binder) checker(r *realDraft, of *checkKind) *checkerDraft {
	d := b.services().checkers.next()
	// The memory of a draft that is no longer needed is used again; everything in it is set anew.
	*d = checkerDraft{draft: d.empty(), real: r, of: of}
	return d
}

// closeChecker drops a checker that could never say anything.
func closeChecker(s *stmt, d *checkerDraft) {
	// Hosts were looked at one by one, when their blocks ended. Each is a checker; the block around them is one too if it
	// says anything about the connection.
	if itself := len(d.hosts) == 0 || d.connects(); itself && d.complete(s) {
		d.real.checkers = append(d.real.checkers, d)
	}
	for _, h := range d.hosts {
		h.inherit(d)
	}
	d.real.checkers = append(d.real.checkers, d.hosts...)
}

// complete reports whether a checker can say anything (semantics 10.5), and says why not.
func (d *checkerDraft) complete(s *stmt) bool {
	if d.Kind.Socket() && !d.reachable(s) {
		return false
	}
	return d.of.usable == nil || d.of.usable(s, d)
}

// connects reports whether the block says anything about the connection.
func (d *checkerDraft) connects() bool {
	return slices.ContainsFunc(targetRows(), func(k Keyword) bool { return d.has(k.key()) })
}

// dropped says that a checker follows nothing, unless what it names was refused and
// that has been said.
func (s *stmt) dropped(d *checkerDraft, keyword key, text string) {
	// Looked for in the text: what a keyword was refused with is not in the draft.
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
	// That of the server, which has that of its service by now (semantics 8.8).
	c.Checker.Alpha = firstOf(r.Alpha, c.alpha)
	if c.Kind.Polls() {
		b.completeTiming(d, r, c)
	}
	if c.Kind.Socket() {
		port := r.checkPort
		// Not the port in the table, which the forwarding method may have replaced.
		if c.connectPort != 0 {
			port = c.connectPort
		}
		c.Connect = netip.AddrPortFrom(c.target(), port)
		c.ConnectTimeout = firstOf(5*time.Second, c.own.ConnectTimeout, r.checks.ConnectTimeout,
			d.checks.ConnectTimeout)
		b.settleCheckPort(r, c)
	}
	if c.of.complete != nil {
		c.of.complete(b, d, r, c)
	}
	r.Checkers = append(r.Checkers, c.Checker)
}

// settleCheckPort says what becomes of a checker that nothing gives a port, as that of a fwmark service may be.
func (b *binder) settleCheckPort(r *realDraft, c *checkerDraft) {
	switch {
	// A checker that has a port, or needs none.
	case c.Connect.Port() != 0 || c.of.portless:
	case c.of.port != 0:
		c.Connect = netip.AddrPortFrom(c.Connect.Addr(), c.of.port)
		b.notef(c.Pos, "check-without-port", "%s of %s has no port to connect to, %d is used; write connect_port",
			c.Kind, r.Addr, c.of.port)
	default:
		b.mutedf(c.Pos, "check-without-port",
			"%s of %s has no port to connect to and will fail; write connect_port", c.Kind, r.Addr)
	}
}

// completeTiming fills in when the checker is made: its own setting counts before that of its real server, and
// that before that of the virtual server.
func (b *binder) completeTiming(d *serviceDraft, r *realDraft, c *checkerDraft) {
	// The nearest setting counts: checker, real server, virtual server, and then what the kind has (semantics 9.2).
	vs, rs, own := &d.checks, &r.checks, &c.own
	c.DelayLoop = firstOf(60*time.Second, own.DelayLoop, rs.DelayLoop, vs.DelayLoop)
	c.Warmup = firstOf(c.DelayLoop, own.Warmup, rs.Warmup, vs.Warmup)
	pause := c.of.pause
	if c.of.pauseLoop {
		pause = c.DelayLoop
	}
	c.Retry = int(firstOf(c.of.retry, own.Retry, rs.Retry, vs.Retry))
	c.DelayBeforeRetry = firstOf(pause, own.DelayBeforeRetry, rs.DelayBeforeRetry, vs.DelayBeforeRetry)
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

// keep keeps what a block says for what is in it, nil if that is nothing. Weight and inhibit are only said by a virtual
// server.
func (r *servicesRead) keep(c *checkDefaults, host string, weight int, inhibit bool) *config.CheckDefaults {
	all := config.CheckDefaults{Host: host, DelayLoop: c.DelayLoop, DelayBeforeRetry: c.DelayBeforeRetry, Warmup: c.Warmup,
		ConnectTimeout: c.ConnectTimeout, Retry: c.Retry, Weight: weight, InhibitOnFailure: inhibit}
	if all == (config.CheckDefaults{}) {
		return nil
	}
	if len(r.kept) == cap(r.kept) {
		r.kept = make([]config.CheckDefaults, 0, manyReals)
	}
	r.kept = append(r.kept, all)
	return &r.kept[len(r.kept)-1]
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
