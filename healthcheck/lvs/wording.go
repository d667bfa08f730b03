package lvs

import (
	"strings"
	"time"

	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

// The lines and mails of checkers, word for word as keepalived 2.2.7 writes them
// (semantics 9.11, 8.26), with the reason behind. People's monitoring greps for them. What a
// kind of checkers says is in its own file; here is what all of them have.

// sayFailure logs the verdict, and before it the attempt when asked for.
func (k *check) sayFailure(a *pending, o attempt.Outcome) {
	v := k.server.service.name
	if k.cfg.LogAllFailures && o.Line != "" && !k.kind.oneLine && (k.up || k.kind.lineAtStart) {
		a.log(Info, v, withReason(o.Line, o.Reason))
	}
	a.log(Info, v, k.kind.failure(k, o))
	k.said, k.changed = o.Reason, time.Time{}
}

// withReason puts the reason behind a line, before its full stop if it has one.
func withReason(line string, why reason.Reason) string {
	bare, stop := strings.CutSuffix(line, ".")
	return bare + because(why) + pick(stop, ".", "")
}

// because is a reason in parentheses; none is nothing.
func because(why reason.Reason) string {
	if why.Code == reason.None {
		return ""
	}
	return " (" + why.String() + ")"
}

// because is a reason in parentheses, with what it is about.
func (k *check) because(why reason.Reason) string {
	if why.Code == reason.None {
		return ""
	}
	return " (" + k.where() + why.String() + ")"
}

// where names the part of the target that is looked at, "" for one without parts.
func (k *check) where() string {
	if k.kind.where == nil {
		return ""
	}
	return k.kind.where(k)
}

func afterRetries(n int) string {
	if n == 0 {
		return ""
	}
	return " after " + itoa(n) + " retries"
}
