package healthcheck

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/report"
	"holdfast/internal/runas"
)

// A Kind is everything that is done on a host for one kind of checkers, in a file of its
// own. What its outcomes mean, and what is said of them, is in the file of the same name of
// healthcheck/lvs, which reaches no I/O: what crosses the seam between the two is an attempt.Outcome
// on the way in, and on the way out a lvs.Probe.
type Kind struct {
	// Probe makes one attempt; nil for a kind that follows something instead (config.CheckKind.Polls).
	Probe func(context.Context, Prober, Target) attempt.Outcome
	// begins is set for a kind whose attempts do nothing but connect: see Begin.
	begins bool
	// Prepare makes what attempts need beside the configuration; nil for nothing.
	Prepare func(*Preparer, *config.Checker) (Parts, error)
	// Program is set when an attempt runs a program: it has no connection of its own.
	Program bool

	// Dump writes the lines of the dump file that only this kind has.
	Dump func(*report.Page, lvs.CheckerStatus, config.Global)
	// Iterations is the number of retries that the dump shows of a checker that is down;
	// nil for the retries under way, which are none.
	Iterations func(*config.Checker) int
	// UsualDelay is the delay_before_retry of a checker that is not given any, for the dump; 0 where that is its
	// delay_loop.
	UsualDelay time.Duration
}

// kinds is the table of the kinds that are made; a test holds it against that of lvs and the
// language's.
var kinds = [...]*Kind{
	config.CheckTCP:  tcpKind(),
	config.CheckHTTP: webKind(),
	config.CheckSSL:  secureKind(),
	config.CheckMisc: scriptKind(),
	config.CheckSMTP: smtpKind(),
	config.CheckDNS:  dnsKind(),
	config.CheckUDP:  udpKind(),
	config.CheckPing: pingKind(),
	config.CheckFile: fileKind(),
	config.CheckBFD:  bfdKind(),
	config.CheckGRPC: grpcKind(),
}

// KindOf is the kind of checkers that a block of the language is, nil when it is not made.
func KindOf(k config.CheckKind) *Kind {
	if int(k) >= len(kinds) {
		return nil
	}
	return kinds[k]
}

// mustKind is the kind of a checker that is made.
func mustKind(k config.CheckKind) *Kind {
	kind := KindOf(k)
	if kind == nil {
		panic(fmt.Sprintf("healthcheck: checkers of type %d have no kind", k))
	}
	return kind
}

// Parts are what was made ready for the attempts of one checker.
type Parts struct {
	// Patterns are the compiled regexes of the URLs, in their order, nil where a URL has none.
	Patterns []*Pattern
	// Program is the resolved script of a MISC_CHECK.
	Program runas.Program
	// Credentials are what connections over TLS show and verify; nil for nothing.
	Credentials *Credentials
}

// pattern is the compiled regex of a URL, nil when it has none.
func (p Parts) pattern(url int) *Pattern {
	if url >= len(p.Patterns) {
		return nil
	}
	return p.Patterns[url]
}

// ErrNotMade says that a checker has to be left out, as if it were not there.
var ErrNotMade = errors.New("the check is not made")

// A Preparer makes the parts of the checkers of one configuration. Its zero value resolves no
// scripts.
type Preparer struct {
	// Resolve finds the program of a command, and says why when it does not.
	Resolve func(c config.Command, what string) (runas.Program, error)
	// SSL is the SSL block, with the contents of its files.
	SSL config.SSL

	compiled map[patternKey]*Pattern // many servers have the same page
	secure   *Credentials
}

// Needs reports whether there is anything to prepare for checkers of a kind, or they are to
// be left out.
func (*Preparer) Needs(k config.CheckKind) bool {
	kind := KindOf(k)
	return kind == nil || kind.Prepare != nil
}

// Prepare makes the parts of k, and changes k where it is to be shown in another way. With
// ErrNotMade the checker is left out; with another error its attempts fail as far as a part
// is missing.
func (p *Preparer) Prepare(k *config.Checker) (Parts, error) {
	kind := KindOf(k.Kind)
	if kind == nil {
		return Parts{}, ErrNotMade
	}
	if kind.Prepare == nil {
		return Parts{}, nil
	}
	return kind.Prepare(p, k)
}

// dumpMethod is Dump of a kind that has nothing to add to its name.
func dumpMethod(d *report.Page, s lvs.CheckerStatus, _ config.Global) {
	d.Line(3, "Keepalive method", s.Config.Kind)
}
