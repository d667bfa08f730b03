package engine

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/report"
	"holdfast/internal/runas"
)

// checker prints one checker as keepalived does, and behind that why it is down.
func checker(b *bytes.Buffer, s lvs.CheckerStatus, g config.Global) {
	k := s.Config
	fmt.Fprintf(b, "   Enabled = yes\n   Up = %s\n   Has run = %s\n   Current weight = %d\n   Alpha = %s\n",
		yesNo(s.Up), yesNo(s.Ran), s.Weight, yesNo(k.Alpha))
	fmt.Fprintf(b, "   Delay loop = %d us\n   Warmup = %d us\n   Retries = %d\n   Delay before retry = %d us\n   Retries iterations = %d\n",
		k.DelayLoop.Microseconds(), k.Warmup.Microseconds(), k.Retry, k.DelayBeforeRetry.Microseconds(), iterations(s))
	fmt.Fprintf(b, "   Default delay before retry = %d us\n   Log all failures = %s\n",
		usualDelay(k.Kind).Microseconds(), yesNo(k.LogAllFailures))
	if k.Kind != config.CheckMisc {
		connection(b, s)
	}
	switch k.Kind {
	case config.CheckHTTP, config.CheckSSL:
		pages(b, s)
	case config.CheckMisc:
		program(b, s, g)
	default:
		fmt.Fprintf(b, "   Keepalive method = %s\n", k.Kind)
	}
	failures(b, s)
}

// iterations counts as keepalived does: in a checker that is down it shows what the last
// verdict took.
func iterations(s lvs.CheckerStatus) int {
	switch {
	case s.Up || !s.Ran || s.Config.Kind == config.CheckMisc:
		return s.Tries
	case s.Config.HTTP != nil:
		return s.Config.Retry + 1
	}
	return min(s.Config.Retry, 1)
}

// usualDelay is the delay_before_retry of a kind that does not say another.
func usualDelay(k config.CheckKind) time.Duration {
	if k == config.CheckHTTP || k == config.CheckSSL {
		return 3 * time.Second
	}
	return time.Second
}

func connection(b *bytes.Buffer, s lvs.CheckerStatus) {
	k := s.Config
	fmt.Fprintf(b, "   Connection\n     Dest = [%s]:%d\n", k.Connect.Addr(), k.Connect.Port())
	if k.BindAddr.IsValid() {
		fmt.Fprintf(b, "     Bind to = [%s]:%d\n", k.BindAddr, k.BindPort)
	}
	if k.BindIf != "" {
		fmt.Fprintf(b, "     Bind i/f = %s\n", k.BindIf)
	}
	if k.FWMark != 0 {
		fmt.Fprintf(b, "     Mark = %d\n", k.FWMark)
	}
	fmt.Fprintf(b, "     Timeout = %f\n", k.ConnectTimeout.Seconds())
	if h := s.History; h.Undone > 0 && h.UndoneWhy.Errno != 0 {
		fmt.Fprintf(b, "     Last errno = %d\n", h.UndoneWhy.Errno)
	}
}

func pages(b *bytes.Buffer, s lvs.CheckerStatus) {
	h := s.Config.HTTP
	fmt.Fprintf(b, "   Keepalive method = %s, http protocol %s\n", s.Config.Kind, h.Protocol)
	if h.Host != "" {
		fmt.Fprintf(b, "   Virtualhost = %s\n", h.Host)
	}
	fmt.Fprintf(b, "   Enable SNI %s\n   Fast recovery %s\n", isSet(h.EnableSNI), isSet(h.FastRecovery))
	for _, u := range h.URLs {
		page(b, u)
	}
	if failing := s.History; (!s.Up && s.Ran || failing.Failures > 0) && !failing.At.IsZero() && failing.URL < len(h.URLs) {
		fmt.Fprintf(b, "   Failed URL = %s\n", h.URLs[failing.URL].Path)
	}
}

func page(b *bytes.Buffer, u config.URL) {
	fmt.Fprintf(b, "   Checked url = %s\n", u.Path)
	if u.HasDigest {
		fmt.Fprintf(b, "     digest = %s\n", hex.EncodeToString(u.Digest[:]))
	}
	b.WriteString("     HTTP Status Code(s)\n")
	if len(u.Status) == 0 {
		b.WriteString("       200-299\n")
	}
	for i := range u.Status {
		fmt.Fprintf(b, "       %s\n", u.Status[i:i+1])
	}
	if u.Host != "" {
		fmt.Fprintf(b, "     Virtual host = %s\n", u.Host)
	}
	if u.Regex == "" {
		return
	}
	fmt.Fprintf(b, "     Regex = \"%s\"\n", u.Regex)
	if u.RegexNoMatch {
		b.WriteString("     Regex no match\n")
	}
	if u.RegexMin != 0 || u.RegexMax != 0 {
		fmt.Fprintf(b, "     Regex min offset = %d, max_offset = %d\n", u.RegexMin, u.RegexMax)
	}
	b.WriteString("     Regex options:")
	for _, o := range u.RegexOptions {
		b.WriteString(" " + o)
	}
	b.WriteString("\n")
}

func program(b *bytes.Buffer, s lvs.CheckerStatus, g config.Global) {
	m := s.Config.Misc
	fmt.Fprintf(b, "   Keepalive method = %s\n", s.Config.Kind)
	command(b, "   script", m.Command)
	fmt.Fprintf(b, "   timeout = %d\n   dynamic = %s\n", m.Timeout/time.Second, report.Word(m.Dynamic, "YES", "NO"))
	user, group := m.User, m.Group
	if user == "" {
		user, group = g.ScriptUser, g.ScriptGroup
	}
	fmt.Fprintf(b, "   uid:gid = %s\n", runas.IDs(user, group))
	if t := s.Started; !t.IsZero() {
		fmt.Fprintf(b, "   Last ran = %d.%06d (%s.%06d)\n", t.Unix(), t.Nanosecond()/1000, t.Format(time.ANSIC), t.Nanosecond()/1000)
	}
	fmt.Fprintf(b, "   Last status = %d\n", s.History.Status)
}

// failures are lines of ours: why the last attempt failed, since when they do, and how
// many in a row, also when it was long ago; and why attempts cannot be made.
func failures(b *bytes.Buffer, s lvs.CheckerStatus) {
	h := s.History
	if !h.At.IsZero() {
		fmt.Fprintf(b, "   Last failure = %s\n   Last failure at = %s\n", cmp.Or(h.Last.String(), "unknown"), h.At.Format(time.ANSIC))
	}
	if h.Failures > 0 {
		fmt.Fprintf(b, "   Failing since = %s\n   Failures in a row = %d\n", h.Since.Format(time.ANSIC), h.Failures)
	}
	if h.Undone > 0 {
		fmt.Fprintf(b, "   Not checked because = %s\n   Attempts not made in a row = %d\n", h.UndoneWhy, h.Undone)
	}
}

func isSet(c bool) string { return report.Word(c, "set", "unset") }
