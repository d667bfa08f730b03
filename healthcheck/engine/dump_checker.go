package engine

import (
	"bytes"
	"cmp"
	"fmt"
	"time"

	"holdfast/config"
	"holdfast/healthcheck"
	"holdfast/healthcheck/lvs"
)

// checker prints one checker as keepalived does, and behind that why it is down.
func checker(b *bytes.Buffer, s lvs.CheckerStatus, g config.Global) {
	k := s.Config
	kind := healthcheck.KindOf(k.Kind)
	fmt.Fprintf(b, "   Enabled = yes\n   Up = %s\n   Has run = %s\n   Current weight = %d\n   Alpha = %s\n",
		yesNo(s.Up), yesNo(s.Ran), s.Weight, yesNo(k.Alpha))
	fmt.Fprintf(b, "   Delay loop = %d us\n   Warmup = %d us\n   Retries = %d\n   Delay before retry = %d us\n   Retries iterations = %d\n",
		k.DelayLoop.Microseconds(), k.Warmup.Microseconds(), k.Retry, k.DelayBeforeRetry.Microseconds(), iterations(kind, s))
	fmt.Fprintf(b, "   Default delay before retry = %d us\n   Log all failures = %s\n",
		kind.UsualDelay.Microseconds(), yesNo(k.LogAllFailures))
	if !kind.Program {
		connection(b, s)
	}
	kind.Dump(b, s, g)
	failures(b, s)
}

// iterations counts as keepalived does: in a checker that is down it shows what the last
// verdict took.
func iterations(kind *healthcheck.Kind, s lvs.CheckerStatus) int {
	if s.Up || !s.Ran || kind.Iterations == nil {
		return s.Tries
	}
	return kind.Iterations(s.Config)
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
