package config

import (
	"encoding/hex"
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
}

// urlDraft is a url block while it is being read.
type urlDraft struct {
	draft
	URL
	checker *checkerDraft
}

func retryCount[T any](p func(*T) *checkDefaults, lo int64) Keyword {
	return number(func(t *T) *uint32 {
		n := new(uint32)
		p(t).Retry = n
		return n
	}, lo, maxUint32)
}

func openChecker(kind CheckKind) func(s *stmt, r *realDraft) *checkerDraft {
	return func(s *stmt, r *realDraft) *checkerDraft {
		d := &checkerDraft{real: r}
		d.Kind, d.Pos = kind, s.pos()
		if kind == CheckHTTP || kind == CheckSSL {
			d.HTTPProtocol = "1.0"
		}
		return d
	}
}

// closeChecker drops a checker that could never say anything (semantics 10.5).
func closeChecker(s *stmt, d *checkerDraft) {
	switch d.Kind {
	case CheckHTTP, CheckSSL:
		if len(d.URLs) == 0 {
			s.errorf(s.pos(), "%s has no url specified - ignoring; add url { path / }", d.Kind)
			return
		}
	case CheckMisc:
		if d.unusable {
			return
		}
		if !d.Misc.IsSet() {
			s.errorf(s.pos(), "No script path has been specified for MISC_CHECK - skipping; write misc_path \"COMMAND\"")
			return
		}
		d.Misc.User, d.Misc.Group = d.miscUser, d.miscGroup
		if !d.identity && !s.hasScriptUser() {
			s.errorf(s.pos(), "Unable to set default user for misc script '%s' - removing; set script_user in global_defs or user here", strings.Join(d.Misc.Argv, " "))
			return
		}
		s.runsMiscScript(d)
	}
	d.real.checkers = append(d.real.checkers, d)
}

func (b *binder) runsMiscScript(d *checkerDraft) {
	if problem := b.scriptProblem(d.Misc); problem != "" {
		b.mutedf(d.Misc.Pos, "MISC_CHECK: %s; the check is not made", problem)
		return
	}
	b.runsCheckScript(d.Misc.Pos)
}

// completeChecker gives a checker what it inherits (semantics 9.1, 9.2).
func (b *binder) completeChecker(d *serviceDraft, r *realDraft, c *checkerDraft) {
	vs, rs, own := &d.checks, &r.checks, &c.own
	c.DelayLoop = firstOf(60*time.Second, own.DelayLoop, rs.DelayLoop, vs.DelayLoop)
	c.ConnectTimeout = firstOf(5*time.Second, own.ConnectTimeout, rs.ConnectTimeout, vs.ConnectTimeout)
	c.Warmup = firstOf(c.DelayLoop, own.Warmup, rs.Warmup, vs.Warmup)
	retry, delay := uint32(1), time.Second
	switch c.Kind {
	case CheckHTTP, CheckSSL:
		delay = 3 * time.Second
	case CheckMisc:
		retry = 0
	}
	c.Retry = int(firstOf(retry, own.Retry, rs.Retry, vs.Retry))
	c.DelayBeforeRetry = firstOf(delay, own.DelayBeforeRetry, rs.DelayBeforeRetry, vs.DelayBeforeRetry)
	c.Checker.Alpha = firstOf(r.Alpha, c.alpha)
	c.LogAllFailures = firstOf(b.global.CheckerLogAllFailure, c.logAll)
	addr, port := r.Addr, r.checkPort
	if c.connectIP.IsValid() {
		addr = c.connectIP
	}
	if c.connectPort != 0 {
		port = c.connectPort
	}
	if c.Kind == CheckMisc {
		if c.MiscTimeout == 0 {
			c.MiscTimeout = firstOf(60*time.Second, vs.DelayLoop)
		}
		r.Checkers = append(r.Checkers, c.Checker)
		return
	}
	c.Connect = netip.AddrPortFrom(addr, port)
	b.completeWeb(d, r, c)
	r.Checkers = append(r.Checkers, c.Checker)
}

// completeWeb resolves the host names of HTTP_GET and SSL_GET (semantics 10.2, 10.6).
func (b *binder) completeWeb(d *serviceDraft, r *realDraft, c *checkerDraft) {
	if c.Kind != CheckHTTP && c.Kind != CheckSSL {
		if c.Connect.Port() == 0 {
			b.mutedf(c.Pos, "%s of %s has no port to connect to and will fail; write connect_port", c.Kind, r.Addr)
		}
		return
	}
	for _, host := range []string{r.host, d.host} {
		if c.Host == "" {
			c.Host = host
		}
	}
	if c.Connect.Port() == 0 {
		port := uint16(80)
		if c.Kind == CheckSSL {
			port = 443
		}
		c.Connect = netip.AddrPortFrom(c.Connect.Addr(), port)
		b.notef(c.Pos, "%s of %s has no port to connect to, %d is used; write connect_port", c.Kind, r.Addr, port)
	}
}

func openURL(_ *stmt, d *checkerDraft) *urlDraft { return &urlDraft{checker: d} }

func closeURL(s *stmt, u *urlDraft) {
	if u.Path == "" {
		s.errorf(s.pos(), "%s url has no path - ignoring; write path / or another", u.checker.Kind)
		return
	}
	if len(u.Status) == 0 {
		u.Status = StatusSet{{200, 299}}
	}
	if u.Regex == "" && (u.RegexNoMatch || len(u.RegexOptions) > 0 || u.has("regex_min_offset") || u.has("regex_max_offset")) {
		s.mutedf(s.pos(), "%s url has regex settings without a regex - ignoring them", u.checker.Kind)
		u.RegexNoMatch, u.RegexOptions, u.RegexMin, u.RegexMax = false, nil, 0, 0
	}
	u.checker.URLs = append(u.checker.URLs, u.URL)
}

func setDigest(s *stmt, u *urlDraft) bool {
	text := s.word(0)
	if len(text) != 2*len(u.Digest) {
		s.errorf(s.at(0), "digest '%s' must have %d hexadecimal digits, it has %d; holdfast genhash prints it", text, 2*len(u.Digest), len(text))
		return false
	}
	if _, err := hex.Decode(u.Digest[:], []byte(text)); err != nil {
		s.errorf(s.at(0), "digest '%s' has a character that is no hexadecimal digit", text)
		u.Digest = [16]byte{}
		return false
	}
	u.HasDigest = true
	return true
}

func setStatus(s *stmt, u *urlDraft) bool {
	took := false
	for i := range s.args {
		lo, hi, ranged := strings.Cut(s.word(i), "-")
		from, junk1 := parseInt(lo)
		to, junk2 := from, false
		if ranged {
			to, junk2 = parseInt(hi)
		}
		if junk1 || junk2 || from < 100 || to > 599 || from > to {
			s.errorf(s.at(i), "Invalid %s status code '%s'; write codes or ranges from 100 to 599, such as 200-299", u.checker.Kind, s.word(i))
			continue
		}
		u.Status = append(u.Status, [2]uint16{uint16(from), uint16(to)})
		took = true
	}
	return took
}

func setRegex(s *stmt, u *urlDraft) bool {
	words, err := syntax.ScriptWords(s.node)
	if err != nil || len(words) == 0 {
		s.errorf(s.pos(), "regex cannot be read: %v; quote the pattern", err)
		return false
	}
	u.Regex = words[0]
	return true
}

func setRegexOptions(s *stmt, u *urlDraft) bool {
	for _, w := range s.args {
		u.RegexOptions = append(u.RegexOptions, w.Text)
	}
	return true
}

func setHTTPProtocol(s *stmt, d *checkerDraft) bool {
	switch v := strings.ToUpper(s.word(0)); v {
	case "1.0", "1.0C", "1.1":
		d.HTTPProtocol = v
		return true
	}
	s.errorf(s.at(0), "Invalid http_protocol version %s - using 1.0; write 1.0, 1.0C or 1.1", s.word(0))
	return false
}

func setSNIName(s *stmt, d *checkerDraft) bool {
	d.SNIName, d.EnableSNI = s.word(0), true
	return true
}

func miscPath() Keyword {
	k := custom(`"COMMAND ARGS"`, 1, func(s *stmt, d *checkerDraft) bool {
		c, ok := s.command()
		if !ok {
			return false
		}
		if c.User != "" {
			s.mutedf(s.pos(), "misc_path: '%s' and what follows is not passed on; quote the whole command", c.User)
		}
		c.User, c.Group = "", ""
		d.Misc = c
		return true
	})
	k.Script = true
	return k
}

func setMiscTimeout(s *stmt, d *checkerDraft) bool {
	n, ok := s.integer(0, 0, maxGARPSecs, true)
	if ok {
		d.MiscTimeout = time.Duration(n) * time.Second
	}
	return ok
}

func setMiscDynamic(_ *stmt, d *checkerDraft) bool { d.MiscDynamic = true; return true }

func setMiscIdentity(s *stmt, d *checkerDraft) bool {
	user, group := s.word(0), strings.TrimPrefix(s.word(1), ":")
	if problem := s.identityProblem(user, group); problem != "" {
		s.errorf(s.at(0), "MISC_CHECK user: %s; the check is not made - create it or name another", problem)
		d.unusable = true
		return false
	}
	d.miscUser, d.miscGroup, d.identity = user, group, true
	return true
}
