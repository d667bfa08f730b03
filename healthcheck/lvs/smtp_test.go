package lvs

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

// replay makes attempts of the only checker of a server, at their times, and gives what is said and told.
func replay(k config.Checker, attempts ...attempt.Outcome) string {
	v := config.VirtualServer{Addr: netip.MustParseAddr("10.0.0.1"), Port: 25, Protocol: config.TCP, Quorum: 1, Scheduler: "rr",
		RealServers: []config.RealServer{{Addr: netip.MustParseAddr("10.1.0.1"), Port: 25, Weight: 1, SMTPAlert: true,
			Alpha: k.Alpha, Checkers: []config.Checker{k}}}}
	c, begin := New(1), time.Unix(0, 0)
	c.Configure(begin, Setup{VirtualServers: []config.VirtualServer{v}})
	var b strings.Builder
	for _, o := range attempts {
		now, _ := c.Next()
		p := c.Expire(now).Probe[0]
		out := c.Observe(now, p.ID, o)
		fmt.Fprintf(&b, "%v\n", now.Sub(begin))
		for _, l := range out.Log {
			fmt.Fprintf(&b, "  %s\n", l.Text)
		}
		for _, n := range out.Notify {
			fmt.Fprintf(&b, "  tells %s%s\n", n.Line, n.Body)
		}
	}
	return b.String()
}

// Retries of a mail server count from the very first check, with alpha too, and words are the same for an attempt and
// for a verdict, which has one line then.
func TestSemantics9_4_MailServersHaveTheirRetriesAtTheStart(t *testing.T) {
	k := config.Checker{Kind: config.CheckSMTP, SMTP: &config.SMTPCheck{}, Retry: 1, DelayLoop: 10 * time.Second,
		DelayBeforeRetry: time.Second, LogAllFailures: true}
	bad := attempt.Outcome{Line: "SMTP_CHECK Bad greeting banner from server [10.1.0.1]:25",
		Reason: reason.Reason{Code: reason.Status, Number: 554, Want: "220"}}
	good := attempt.Outcome{Verdict: attempt.Passed}
	const said = "  SMTP_CHECK Bad greeting banner from server [10.1.0.1]:25 (status 554 where 220 is wanted)\n"
	for name, c := range map[string]struct {
		alpha    bool
		attempts []attempt.Outcome
		want     string
	}{
		"down from the start": {false, []attempt.Outcome{bad, bad, bad, good}, "1s\n" + said +
			"2s\n" + said + "  Removing service [10.1.0.1]:tcp:25 from VS [10.0.0.1]:tcp:25\n" +
			"  Lost quorum 1-0=1 > 0 for VS [10.0.0.1]:tcp:25\n  tells RS [10.1.0.1]:tcp:25 [10.0.0.1]:tcp:25 DOWN\n" +
			"  tells VS [10.0.0.1]:tcp:25 DOWN\n" +
			"  tells => CHECK failed on service : Bad greeting banner from server [10.1.0.1]:25 <=\n12s\n22s\n" +
			"  Remote SMTP server [10.1.0.1]:tcp:25 succeed on service.\n" +
			"  Adding service [10.1.0.1]:tcp:25 to VS [10.0.0.1]:tcp:25\n  Gained quorum 1+0=1 <= 1 for VS [10.0.0.1]:tcp:25\n" +
			"  tells RS [10.1.0.1]:tcp:25 [10.0.0.1]:tcp:25 UP\n  tells VS [10.0.0.1]:tcp:25 UP\n" +
			"  tells => CHECK succeed on service <=\n"},
		"late at the start": {false, []attempt.Outcome{bad, good, bad, good}, "1s\n" + said +
			"2s\n  Remote SMTP server [10.1.0.1]:tcp:25 succeed on service.\n12s\n" + said + "13s\n"},
		"alpha": {true, []attempt.Outcome{bad, bad, bad}, "1s\n" + said + "2s\n" + said +
			"  tells RS [10.1.0.1]:tcp:25 [10.0.0.1]:tcp:25 DOWN\n12s\n"},
	} {
		k.Alpha = c.alpha
		if got := replay(k, c.attempts...); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}
