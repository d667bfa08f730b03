package config

import (
	"net/netip"
	"strings"
	"time"

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
	Checker
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

func openChecker(kind CheckKind) func(s *stmt, r *realDraft) *checkerDraft {
	return func(s *stmt, r *realDraft) *checkerDraft {
		d := s.checker(r)
		d.Kind, d.Pos = kind, s.pos()
		switch kind {
		case CheckHTTP, CheckSSL:
			d.HTTP = &HTTPCheck{Protocol: "1.0"}
		case CheckMisc:
			d.Misc = &MiscCheck{}
		case CheckSMTP:
			d.SMTP = &SMTPCheck{Helo: defaultHelo}
		case CheckDNS:
			d.DNS = &DNSCheck{Type: DNSTypeSOA, Name: "."}
		case CheckUDP:
			d.UDP = &UDPCheck{MaxReply: defaultMaxReply}
		case CheckFile:
			d.File = &FileCheck{}
		}
		return d
	}
}

// checker is an empty draft.
func (b *binder) checker(r *realDraft) *checkerDraft {
	d := b.services.checkers.next()
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
	case CheckSMTP:
		for _, h := range d.hosts {
			h.inherit(d)
		}
		if len(d.hosts) > 0 {
			d.real.checkers = append(d.real.checkers, d.hosts...)
			return
		}
	case CheckUDP:
		if u := d.UDP; u.MinReply > u.MaxReply {
			s.warnf(d.at("min_reply_length", d.Pos), "limits-swapped", "UDP_CHECK min_reply length %d > max_reply_length %d - will always fail; swap them", u.MinReply, u.MaxReply)
		}
	case CheckFile:
		if d.File.TrackFile == "" {
			s.dropped(d, "track_file", "FILE_CHECK has no track_file specified - ignoring; write track_file NAME")
			return
		}
	case CheckBFD:
		if d.BFD == "" {
			s.dropped(d, "name", "No name has been specified for BFD_CHECK - skipping; write name BFD_INSTANCE")
			return
		}
	case CheckHTTP, CheckSSL:
		if len(d.HTTP.URLs) == 0 {
			s.errorf(s.pos(), "incomplete-block", "%s has no url specified - ignoring; add url { path / }", d.Kind)
			return
		}
	case CheckMisc:
		if d.unusable {
			return
		}
		if !d.Misc.IsSet() {
			s.errorf(s.pos(), "no-command", "No script path has been specified for MISC_CHECK - skipping; write misc_path \"COMMAND\"")
			return
		}
		d.Misc.User, d.Misc.Group = d.miscUser, d.miscGroup
		if !d.identity && !s.hasScriptUser() {
			s.errorf(s.pos(), "no-script-user", "Unable to set default user for misc script '%s' - removing; set script_user in global_defs or user here", strings.Join(d.Misc.Argv, " "))
			return
		}
		s.runsMiscScript(d)
	}
	d.real.checkers = append(d.real.checkers, d)
}

// dropped says that a checker follows nothing, unless what it names was refused and
// that has been said.
func (s *stmt) dropped(d *checkerDraft, keyword, text string) {
	if _, given := s.keywordIn(keyword); !given {
		s.errorf(d.Pos, "incomplete-block", "%s", text)
	}
}

// keywordIn gives the statement of a keyword in the statement's block.
func (s *stmt) keywordIn(keyword string) (syntax.Node, bool) {
	if s.node.Block != nil {
		for _, n := range s.node.Block.Nodes {
			if n.Keyword() == keyword {
				return n, true
			}
		}
	}
	return syntax.Node{}, false
}

func (b *binder) runsMiscScript(d *checkerDraft) {
	if d.Misc.Problem = b.scriptProblem(d.Misc.Command); d.Misc.Problem != "" {
		b.mutedf(d.Misc.Pos, "script-not-usable", "MISC_CHECK: %s%s; the check is not made", d.Misc.Problem, b.notReplaced(d.Misc.Command))
		return
	}
	b.runsCheckScript(d.Misc.Pos)
}

// completeChecker gives a checker what it inherits (semantics 9.1, 9.2).
func (b *binder) completeChecker(d *serviceDraft, r *realDraft, c *checkerDraft) {
	c.Checker.Alpha = firstOf(r.Alpha, c.alpha)
	if c.Kind.Polls() {
		b.completeTiming(d, r, c)
	}
	switch {
	case c.Kind == CheckMisc:
		if c.Misc.Timeout == 0 {
			c.Misc.Timeout = firstOf(60*time.Second, d.checks.DelayLoop)
		}
	case c.Kind.Socket():
		port := r.checkPort
		if c.connectPort != 0 {
			port = c.connectPort
		}
		c.Connect = netip.AddrPortFrom(c.target(), port)
		c.ConnectTimeout = firstOf(5*time.Second, c.own.ConnectTimeout, r.checks.ConnectTimeout, d.checks.ConnectTimeout)
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
	case CheckHTTP, CheckSSL:
		delay = 3 * time.Second
	case CheckMisc:
		retry = 0
	case CheckDNS:
		retry, delay = 3, c.DelayLoop
	}
	c.Retry = int(firstOf(retry, own.Retry, rs.Retry, vs.Retry))
	c.DelayBeforeRetry = firstOf(delay, own.DelayBeforeRetry, rs.DelayBeforeRetry, vs.DelayBeforeRetry)
	c.LogAllFailures = firstOf(b.global.CheckerLogAllFailure, c.logAll)
}

// completeWeb resolves the host names of HTTP_GET and SSL_GET (semantics 10.2, 10.6).
func (b *binder) completeWeb(d *serviceDraft, r *realDraft, c *checkerDraft) {
	if c.Kind != CheckHTTP && c.Kind != CheckSSL {
		if c.Connect.Port() == 0 && c.Kind != CheckPing {
			b.mutedf(c.Pos, "check-without-port", "%s of %s has no port to connect to and will fail; write connect_port", c.Kind, r.Addr)
		}
		return
	}
	for i, own := range c.urlTLS {
		c.HTTP.URLs[i].TLSCompliant = firstOf(c.HTTP.TLSCompliant, own)
	}
	for _, host := range []string{r.host, d.host} {
		if c.HTTP.Host == "" {
			c.HTTP.Host = host
		}
	}
	if c.Connect.Port() == 0 {
		port := uint16(80)
		if c.Kind == CheckSSL {
			port = 443
		}
		c.Connect = netip.AddrPortFrom(c.Connect.Addr(), port)
		b.notef(c.Pos, "check-without-port", "%s of %s has no port to connect to, %d is used; write connect_port", c.Kind, r.Addr, port)
	}
}

func setHTTPProtocol(s *stmt, d *checkerDraft) bool {
	switch v := strings.ToUpper(s.word(0)); v {
	case "1.0", "1.0C", "1.1":
		d.HTTP.Protocol = v
		return true
	}
	s.errorf(s.at(0), "unknown-value", "Invalid http_protocol version %s; write 1.0, 1.0C or 1.1", s.word(0))
	return false
}

func setSNIName(s *stmt, d *checkerDraft) bool {
	d.HTTP.SNIName, d.HTTP.EnableSNI = s.word(0), true
	return true
}

func miscPath() Keyword {
	k := custom(`"COMMAND ARGS"`, 1, func(s *stmt, d *checkerDraft) bool {
		c, ok := s.command()
		if !ok {
			return false
		}
		if c.User != "" {
			s.mutedf(s.pos(), "command-not-quoted", "misc_path: '%s' and what follows is not passed on; quote the whole command", c.User)
		}
		c.User, c.Group = "", ""
		d.Misc.Command = c
		return true
	})
	k.Script = true
	k.bind.show = showing(func(d *checkerDraft) []writing {
		return commandIf(Command{Argv: d.Misc.Argv})
	})
	return k
}

func setMiscIdentity(s *stmt, d *checkerDraft) bool {
	user, group := s.identityWords()
	if problem := s.identityProblem(user, group); problem != "" {
		s.errorf(s.at(0), "unknown-user", "MISC_CHECK user: %s; the check is not made - create it or name another", problem)
		d.unusable = true
		return false
	}
	d.miscUser, d.miscGroup, d.identity = user, group, true
	return true
}
