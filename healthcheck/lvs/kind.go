package lvs

import (
	"fmt"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// kind is everything the core knows of one kind of checkers: its words and its rules.
// There is one for each kind that is made, in a file of its own. The seam to what does I/O
// is the name of the kind: how an attempt is made, what it has prepared, and its lines in
// the dump are in healthcheck.Kind, which may import this package and not the other way round.
type kind struct {
	// The words are keepalived's. subject is what lines about the check itself begin with.
	subject func(*check) string
	// success and failure are verdicts, "" for one without a line; attempt is a failure that is retried.
	success func(*check) string
	failure func(*check, attempt.Outcome) string
	attempt func(*check, attempt.Outcome) string
	// successMail and failureMail are the bodies of the mails of a verdict.
	successMail func(*check) string
	failureMail func(*check, attempt.Outcome) string
	// where names the part of the target that was looked at; nil for one that has no parts.
	where func(*check) string

	// passed takes a success and gives the pause before the next attempt.
	passed func(*check, *pending, Setup, attempt.Outcome) time.Duration
	// downPause is the pause after a verdict of failure, and while down.
	downPause func(*config.Checker) time.Duration
	// start is who hears of the first verdict of a checker that started down, if that is a failure.
	start audience
	// lineAtStart is set when the attempt behind that verdict has a line too (log_all_failures).
	lineAtStart bool
	// oneLine is set when the attempt behind a verdict has no line of its own, whoever asks for one.
	oneLine bool
	// patient is set when retries count from the very first attempt, although nothing is known of the server.
	patient bool
	// mailsFirst is set when the first success is mailed even if the checker was up before it.
	mailsFirst bool
	// runs is set when an attempt runs a program: each checker has its own.
	runs bool
	// fromStart is set when pauses count from the start of an attempt, not from its end.
	fromStart bool
	// weighs reports whether the exit status is a weight; nil for kinds without one.
	weighs func(*config.Checker) bool
	// alike removes what does not make it another checker at a reload; nil for nothing more
	// than what no kind counts.
	alike func(*config.Checker)
	// follows is the name of what a checker follows instead of making attempts; nil for kinds that make some.
	follows func(*config.Checker) string
	// effect is what the value of what it follows does to the server: points for its weight, or a fault. nil: 0 is a
	// fault, and nothing has to do with the weight. A kind with an effect is known before its server enters the table.
	effect func(c *Core, k *config.Checker, value int) (points int64, fault bool)
}

// audience is who is told of a server that is down from its start.
type audience uint8

const (
	nobody    audience = iota // only the log
	notified                  // scripts and FIFOs
	andByMail                 // and those who get mail
)

// kinds is the table of the kinds that are made. A kind that is missing here cannot be
// configured: a test holds the table against that of healthcheck and the language's.
var kinds = [...]*kind{
	config.CheckTCP:  tcpKind(),
	config.CheckHTTP: webKind("HTTP"),
	config.CheckSSL:  webKind("SSL"),
	config.CheckMisc: scriptKind(),
	config.CheckSMTP: smtpKind(),
	config.CheckDNS:  dnsKind(),
	config.CheckUDP:  udpKind(),
	config.CheckPing: pingKind(),
	config.CheckFile: fileKind(),
	config.CheckBFD:  bfdKind(),
	config.CheckGRPC: grpcKind(),
}

// Makes reports whether checkers of a kind can be in a Setup.
func Makes(k config.CheckKind) bool { return int(k) < len(kinds) && kinds[k] != nil }

// kindOf is the descriptor of a kind. Whoever fills a Setup leaves out what is not made.
func kindOf(k config.CheckKind) *kind {
	if !Makes(k) {
		panic(fmt.Sprintf("lvs: checkers of type %d have no kind", k))
	}
	return kinds[k]
}

// steady is passed of a kind whose attempts are all alike.
func steady(k *check, a *pending, setup Setup, o attempt.Outcome) time.Duration {
	k.passed(a, setup, o)
	return k.cfg.DelayLoop
}

// delayLoop is downPause of a kind that is made as often while down.
func delayLoop(c *config.Checker) time.Duration { return c.DelayLoop }

// asReported is attempt of a kind whose attempts word their failures themselves.
func asReported(_ *check, o attempt.Outcome) string { return withReason(o.Line, o.Reason) }

// always is failureMail of a kind that has one text.
func always(text string) func(*check, attempt.Outcome) string {
	return func(*check, attempt.Outcome) string { return text }
}

// fixed is successMail of a kind that has one text.
func fixed(text string) func(*check) string { return func(*check) string { return text } }
