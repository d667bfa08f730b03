package lvs

import (
	"strconv"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// scriptKind is MISC_CHECK. It differs from the others in many ways that 2.2.7 has: mail
// also of the first verdict, pauses that count from the start of the script, and an exit
// status that may be a weight.
func scriptKind() *kind {
	return &kind{
		subject: (*check).scriptSubject,
		success: func(k *check) string { return k.scriptSubject() + "succeeded." },
		failure: func(k *check, o attempt.Outcome) string {
			how := " with retry disabled"
			if k.cfg.Retry > 0 {
				how = " after " + retries(k.cfg.Retry)
			}
			return k.scriptSubject() + endWord(o.Exit) + how + endCause(o.Exit) + "."
		},
		attempt:     (*check).scriptAttempt,
		successMail: fixed("=> MISC CHECK succeeded on service <="),
		failureMail: func(_ *check, o attempt.Outcome) string {
			return "=> MISC CHECK " + endWord(o.Exit) + " on service <="
		},
		passed:      steady,
		downPause:   delayLoop,
		start:       andByMail,
		lineAtStart: true,
		mailsFirst:  true,
		fromStart:   true,
		runs:        true,
		weighs:      func(c *config.Checker) bool { return c.Misc.Dynamic },
		alike: func(c *config.Checker) {
			misc := *c.Misc
			misc.Pos = config.Command{}.Pos
			c.Misc = &misc
		},
	}
}

func (k *check) scriptSubject() string {
	path := ""
	if k.cfg.Misc.IsSet() {
		path = k.cfg.Misc.Argv[0]
	}
	return "Misc check for [" + k.server.name + " VS " + k.server.service.name + "] by [" + path + "] "
}

// scriptAttempt says that a script failed and is run again.
func (k *check) scriptAttempt(o attempt.Outcome) string {
	if k.tries == 1 {
		return k.scriptSubject() + endWord(o.Exit) + ", will do " + retries(k.cfg.Retry) + endCause(o.Exit) + "."
	}
	return k.scriptSubject() + endWord(o.Exit) + " on retry " + itoa(k.tries-1) + "/" + itoa(k.cfg.Retry) +
		endCause(o.Exit) + "."
}

func retries(n int) string {
	if n == 1 {
		return "1 retry"
	}
	return itoa(n) + " retries"
}

// endWord and endCause say how a script ended, in keepalived's words.
func endWord(e attempt.Exit) string { return pick(e.TimedOut, "timed out", "failed") }

func endCause(e attempt.Exit) string {
	switch {
	case e.TimedOut:
		return ""
	case e.Signal != 0:
		return " (due to signal " + strconv.Itoa(e.Signal) + ")"
	}
	return " (exited with status " + strconv.Itoa(e.Status) + ")"
}

// setsWeight reports whether the exit status is a weight (misc_dynamic).
func (k *check) setsWeight() bool { return k.kind.weighs != nil && k.kind.weighs(k.cfg) }

// contribution of a checker to the weight of its server: of a file its points; with misc_dynamic, what turns
// the configured weight into the exit status - 2 (semantics 10.8). A new configured
// weight therefore changes nothing while a status is in force, as seen on 2.2.7.
func (k *check) contribution() int64 {
	if k.kind.effect != nil {
		return k.points
	}
	if k.code == 0 || !k.setsWeight() {
		return 0
	}
	return int64(k.code) - 2 - int64(k.server.cfg.Weight)
}

// dynamic is the part of an exit status that is a weight: 2..255, or 0 for none.
func dynamic(status int) uint8 {
	if status < 2 || status > 255 {
		return 0
	}
	return uint8(status)
}
