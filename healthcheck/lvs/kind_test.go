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
	"holdfast/internal/golden"
)

// ofEachKind gives a checker of each kind that is made, in a Core.
func ofEachKind(t *testing.T, use func(kind config.CheckKind, k *check)) {
	t.Helper()
	for _, kind := range config.CheckKinds() {
		if !Makes(kind) {
			continue
		}
		cfg := config.Checker{Kind: kind, Retry: 2, DelayLoop: 2 * time.Second, DelayBeforeRetry: 5 * time.Second}
		switch kind { // what the language always gives these
		case config.CheckHTTP, config.CheckSSL:
			cfg.HTTP = &config.HTTPCheck{URLs: []config.URL{{Path: "/"}}}
		case config.CheckMisc:
			cfg.Misc = &config.MiscCheck{Command: config.Command{Argv: []string{"/bin/check"}}}
		case config.CheckFile:
			cfg.File = &config.FileCheck{TrackFile: "load"}
		case config.CheckSMTP:
			cfg.SMTP = &config.SMTPCheck{}
		case config.CheckDNS:
			cfg.DNS = &config.DNSCheck{}
		case config.CheckUDP:
			cfg.UDP = &config.UDPCheck{}
		}
		v := config.VirtualServer{Addr: netip.MustParseAddr("10.0.0.1"), Port: 80, Quorum: 1, Scheduler: "rr"}
		v.RealServers = []config.RealServer{
			{Addr: netip.MustParseAddr("10.1.0.1"), Port: 80, Weight: 1, Checkers: []config.Checker{cfg}},
		}
		c := New(1)
		c.Configure(time.Unix(0, 0), Setup{VirtualServers: []config.VirtualServer{v}})
		for _, k := range c.checks {
			use(kind, k)
		}
	}
}

// What each kind says, beside each other.
func TestWordsOfEachKind(t *testing.T) {
	var b strings.Builder
	failed := attempt.Outcome{
		Line:   "One attempt failed.",
		Reason: reason.Reason{Code: reason.Refused},
		Exit:   attempt.Exit{Status: 1},
	}
	ofEachKind(t, func(kind config.CheckKind, k *check) {
		w := k.kind
		fmt.Fprintf(&b, "%s\n  about it: %s\n  success: %s\n", kind, w.subject(k), w.success(k))
		if w.effect != nil { // it is known at once, without an attempt, and nobody gets mail of it
			fmt.Fprintf(&b, "  failure: %s\n\n", w.failure(k, failed))
			return
		}
		fmt.Fprintf(&b, "  mail: %s\n", w.successMail(k))
		fmt.Fprintf(&b, "  first failure: %s\n", w.failure(k, failed))
		k.ran, k.tries = true, 1
		fmt.Fprintf(&b, "  attempt: %s\n  failure: %s\n  mail: %s\n", w.attempt(k, failed), w.failure(k, failed), w.failureMail(k, failed))
		fmt.Fprintf(&b, "  pause while down: %s\n  who hears that it is down from the start: %s\n\n", w.downPause(k.cfg),
			[...]string{"nobody", "scripts", "scripts and mail"}[w.start])
	})
	golden.Equal(t, "testdata/kinds.golden", b.String())
}

// No kind speaks as another one: each line about a check has a name of its kind in it, and
// only HTTP_GET and SSL_GET, which are one to keepalived, have the same; so has a mail of SMTP_CHECK.
func TestNoKindSpeaksAsAnother(t *testing.T) {
	said := map[string]config.CheckKind{}
	ofEachKind(t, func(kind config.CheckKind, k *check) {
		lines := []string{k.kind.subject(k), k.kind.success(k)}
		if k.kind.effect == nil {
			lines = append(lines, k.kind.successMail(k), k.kind.failureMail(k, attempt.Outcome{}))
		}
		for _, line := range lines {
			other, taken := said[line]
			alike := other == config.CheckHTTP && kind == config.CheckSSL || line == "=> CHECK succeed on service <="
			if taken && !alike || line == "" && kind != config.CheckDNS {
				t.Errorf("%s says %q as %s does", kind, line, other)
			}
			if line != "" {
				said[line] = kind
			}
		}
	})
}

// A checker of a kind that is not made is a fault of whoever filled the Setup.
func TestAKindThatIsNotMadeIsRefused(t *testing.T) {
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, "have no kind") {
			t.Errorf("%s", got)
		}
	}()
	kindOf(config.CheckKind(len(config.CheckKinds())))
}
